# SPDX-License-Identifier: Apache-2.0
"""Values without parts."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.avro import scalars
from barnabas.converters.avro.parsing import parse
from barnabas.data import (
    BOOLEAN,
    BYTES,
    DATE,
    FLOAT32,
    FLOAT64,
    INT8,
    INT32,
    STRING,
    TIME,
    TIMESTAMP,
    Int8,
    decimal_schema,
    encode_logical,
)
from barnabas.errors import DataError
from tests.unit.converters.avro import strategies

WRONG = [
    (INT8, 128),
    (INT32, True),
    (INT32, Int8(1)),
    (FLOAT64, 1),
    (FLOAT32, 1e39),
    (BOOLEAN, 1),
    (STRING, b"a"),
    (BYTES, "a"),
    (DATE, "2024-01-01"),
    (TIME, 1),
    (TIMESTAMP, datetime.datetime(2024, 1, 1)),  # noqa: DTZ001 - without zone, as it may not be
    (decimal_schema(2), 1.5),
    (decimal_schema(2), Decimal("1.5")),
]


@pytest.mark.parametrize(("schema", "value"), WRONG)
def test_a_value_that_does_not_fit_is_refused_alone_and_in_a_column(schema, value):
    plain = scalars.plain(schema)
    with pytest.raises(DataError):
        plain.one(value)
    with pytest.raises(DataError):
        plain.many([value], {type(value)})


@given(st.data())
def test_values_get_their_base_form(data):
    schema = data.draw(strategies.primitives())
    required = schema.with_attributes(optional=False)
    values = data.draw(st.lists(strategies.values(required), max_size=4))
    plain = scalars.plain(schema)
    wanted = [encode_logical(schema, value) for value in values]
    assert [plain.one(value) for value in values] == wanted
    assert list(plain.many(values, set(map(type, values)))) == wanted if values else True


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        (INT32, [1, 2]),
        (FLOAT64, [1.5]),
        (STRING, ["a", "b"]),
        (BYTES, [b"a"]),
        (BOOLEAN, [True, False]),
    ],
)
def test_a_column_without_need_of_change_stays_the_same_list(schema, values):
    assert scalars.plain(schema).many(values, set(map(type, values))) is values


def test_a_fixed_decimal_is_filled_up_with_its_sign():
    plain = scalars.fixed(decimal_schema(0), 3)
    assert plain.one(Decimal(-2)) == b"\xff\xff\xfe"
    assert plain.one(Decimal(0)) == b"\0\0\0"
    with pytest.raises(DataError, match="length 4 is greater than fixed size 3"):
        plain.one(Decimal(1 << 24))


def test_fixed_bytes_have_their_size():
    plain = scalars.fixed(BYTES, 2)
    assert plain.one(bytearray(b"ab")) == b"ab"
    with pytest.raises(DataError, match="2 bytes, not 3"):
        plain.one(b"abc")
    with pytest.raises(DataError, match="Invalid type for BYTES"):
        plain.one("ab")


def test_a_text_that_is_no_symbol_is_refused():
    plain = scalars.enum(STRING, parse('{"type":"enum","name":"E","symbols":["A"]}'))
    assert plain.one("A") == "A"
    with pytest.raises(DataError, match="'B' is no symbol of the enum E, which has: A"):
        plain.one("B")
