# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
import datetime
import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.json import Rules, text
from barnabas.converters.json.reading import base64_bytes, plain_value, reader_for
from barnabas.converters.json.writing import writer_for
from barnabas.data import (
    BOOLEAN,
    BYTES,
    DATE,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    TIME,
    TIMESTAMP,
    Schema,
    decimal_schema,
)
from barnabas.errors import DataError
from tests.unit.converters.json import strategies

UTC = datetime.UTC
INF = float("inf")
MAP = Schema.map(STRING, INT32)
PAIRS = Schema.map(INT32, INT32)
POINT = Schema.struct({"x": INT32, "y": OPTIONAL_INT32})


def decode_typed(schema: Schema, data: bytes, rules: Rules) -> Any:
    reader = reader_for(schema, rules)
    decoded = [msgspec.json.Decoder(reader.hint, float_hook=Decimal).decode(data)]
    return (decoded if reader.finish is None else reader.finish(decoded))[0]


def read(schema: Schema, data: str, rules: Rules | None = None) -> Any:
    """Read the forgiving way; the strict way must give the same or refuse."""
    rules = rules or Rules()
    value = reader_for(schema, rules).one(text.read_leniently(data.encode()))
    try:
        strict = decode_typed(schema, data.encode(), rules)
    except text.READ_ERRORS:
        return value
    assert strategies.same(strict, value)
    return value


@given(strategies.schemas_and_batches())
def test_both_ways_give_the_value_back(case: tuple[Schema, list[Any]]) -> None:
    schema, values = case
    rules = Rules()
    for value in values:
        data = text.encode(writer_for(schema, rules).one(value))
        assert strategies.same(decode_typed(schema, data, rules), value)
        assert reader_for(schema, rules).one(text.read_leniently(data)) == value


@given(strategies.schemas(), strategies.schemaless, st.booleans())
def test_the_strict_way_gives_what_the_forgiving_way_gives(
    schema: Schema, node: Any, replace: bool
) -> None:
    rules = Rules(replace_null_with_default=replace)
    data = json.dumps(node).encode()
    try:
        strict = decode_typed(schema, data, rules)
    except (*text.READ_ERRORS, DataError):
        return
    assert strategies.same(reader_for(schema, rules).one(text.read_leniently(data)), strict)


@pytest.mark.parametrize(
    ("schema", "data", "value"),
    [
        (INT8, "300", 44),
        (INT16, "40000", -25536),
        (INT32, "1.7", 1),
        (INT32, "-1.7", -1),
        (INT32, '"7"', 0),
        (INT32, "true", 0),
        (INT32, "1e400", 0),
        (INT64, "1.9e3", 1900),
        (INT64, "12345678901234567890", -6101065172474983726),
        (FLOAT32, "3", 3.0),
        (FLOAT32, "1e39", INF),
        (FLOAT64, "1e400", INF),
        (FLOAT64, "-1e400", -INF),
        (FLOAT64, "1" + "0" * 400, INF),
        (FLOAT64, '"NaN"', 0.0),
        (BOOLEAN, "true", True),
        (BOOLEAN, '"true"', False),
        (BOOLEAN, "1", False),
        (STRING, '"a"', "a"),
        (STRING, "5", None),
        (STRING, "[]", None),
        (BYTES, '"AAH/"', b"\x00\x01\xff"),
        (BYTES, "5", None),
        (decimal_schema(2), '"AJw="', Decimal("1.56")),
        (decimal_schema(2), "1.567", Decimal("1.567")),
        (decimal_schema(2), "5", Decimal(5)),
        (decimal_schema(2), "-0.0", Decimal("0.0")),
        (DATE, "10", datetime.date(1970, 1, 11)),
        (DATE, "2147483647", 2147483647),
        (TIME, "5", datetime.time(0, 0, 0, 5000)),
        (TIME, "86400000", 86400000),
        (TIMESTAMP, "-1", datetime.datetime(1969, 12, 31, 23, 59, 59, 999_000, UTC)),
        (TIMESTAMP, "9223372036854775807", 9223372036854775807),
        (TIMESTAMP, "12345678901234567890", -6101065172474983726),
        (Schema.array(INT32), "[1,2]", [1, 2]),
        (Schema.array(INT32), '"x"', []),
        (Schema.array(INT32), '{"a":1,"b":2}', [1, 2]),
        (Schema.array(STRING), "[5]", [None]),
        (MAP, '{"a":1}', {"a": 1}),
        (PAIRS, "[[1,2],[1,3]]", {1: 3}),
        (Schema.map(Schema.array(INT32), INT32), "[[[1,2],3]]", {(1, 2): 3}),
        (POINT, '{"x":1}', {"x": 1, "y": None}),
        (POINT, '{"x":1,"y":2,"z":3}', {"x": 1, "y": 2}),
        (Schema.struct({"é": INT32, "z": OPTIONAL_INT32}), '{"é":1}', {"é": 1, "z": None}),
        (Schema.struct({'a"é': INT32, "z": OPTIONAL_INT32}), '{"a\\"é":1}', {'a"é': 1, "z": None}),
        (Schema.struct({}), '{"x":1}', {}),
    ],
)
def test_a_value_is_read_as_java_reads_it(schema: Schema, data: str, value: Any) -> None:
    assert strategies.same(read(schema, data), value)


def test_a_column_of_decimals_may_mix_texts_and_numbers() -> None:
    reader = reader_for(decimal_schema(2), Rules())
    assert reader.finish is not None
    assert reader.finish(["AJw=", Decimal("1.5"), 7]) == [Decimal("1.56"), Decimal("1.5"), 7]
    (thousand,) = reader_for(decimal_schema(-3), Rules()).finish(["AQ=="])  # type: ignore[misc]  # it has one
    assert str(thousand) == "1E+3"


@pytest.mark.parametrize(
    ("scale", "unscaled", "text"),
    [
        (2, 100, "1.00"),
        (2, 0, "0.00"),
        (0, -7, "-7"),
        (-3, -12, "-1.2E+4"),
        (5, 10**60 + 1, "1" + "0" * 55 + ".00001"),
        (400, -1, "-1E-400"),
    ],
)
def test_a_column_of_decimals_keeps_every_digit(scale: int, unscaled: int, text: str) -> None:
    content = unscaled.to_bytes(30, "big", signed=True)
    reader = reader_for(decimal_schema(scale), Rules())
    assert reader.finish is not None
    (value,) = reader.finish([base64.b64encode(content).decode()])
    assert str(value) == text


def test_a_short_float_is_rounded() -> None:
    assert read(FLOAT32, "0.1") == 0.10000000149011612


def test_null_is_the_default_where_there_is_one() -> None:
    schema = Schema.struct({"x": INT32.with_attributes(default=7), "y": OPTIONAL_INT32})
    assert read(schema, '{"x":null,"y":null}') == {"x": 7, "y": None}
    assert read(schema, "{}") == {"x": 7, "y": None}
    assert read(OPTIONAL_STRING.with_attributes(default="d"), "null") == "d"


def test_null_may_be_kept() -> None:
    keep = Rules(replace_null_with_default=False)
    schema = OPTIONAL_INT32.with_attributes(default=7)
    assert read(schema, "null", keep) is None
    assert read(Schema.struct({"x": schema}), "{}", keep) == {"x": None}
    with pytest.raises(DataError, match="null value for required INT32"):
        read(INT32.with_attributes(default=7), "null", keep)


@pytest.mark.parametrize(
    ("schema", "data", "message"),
    [
        (INT32, "null", "Invalid null value for required INT32 field"),
        (BYTES, '"***"', "Invalid bytes field"),
        (decimal_schema(2), '"1.56"', "Invalid bytes for Decimal field"),
        (decimal_schema(2), '""', "Invalid bytes for Decimal field"),
        (decimal_schema(2), "true", "numeric or bytes but was BOOLEAN"),
        (DATE, '"x"', "Date, underlying representation should be integer but was STRING"),
        (DATE, "3000000000", "should be integer but was NUMBER"),
        (TIME, "1.5", "should be integer but was NUMBER"),
        (TIME, "86400001", "between 0 and 86400000"),
        (TIMESTAMP, "[]", "should be integral but was ARRAY"),
        (MAP, "[]", "encoded as JSON objects, but found ARRAY"),
        (PAIRS, "{}", "JSON array of tuples, but found OBJECT"),
        (PAIRS, "[1]", "instead of array tuple: NUMBER"),
        (PAIRS, "[[1]]", "expected length 2 but found: 1"),
        (Schema.map(MAP, INT32), '[[{"a":1},2]]', "keys are maps or structs"),
        (POINT, "[1]", "encoded as JSON objects, but found ARRAY"),
        (POINT, "{}", "Invalid null value for required INT32 field"),
        (Schema.struct({"a": STRING}), '{"a":5}', 'required field: "a"'),
        (Schema.struct({"a": Schema.array(STRING)}), '{"a":[5]}', "null used for required element"),
    ],
)
def test_what_java_refuses_is_refused(schema: Schema, data: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(schema, data)


@pytest.mark.parametrize(
    ("content", "data"),
    [
        ("", b""),
        ("AJw=", b"\x00\x9c"),
        (" AJw= ", b"\x00\x9c"),
        ("AJw=\nAJw=", b"\x00\x9c\x00\x9c"),
    ],
)
def test_base64_is_read_as_jackson_reads_it(content: str, data: bytes) -> None:
    assert base64_bytes(content) == data


@pytest.mark.parametrize("content", ["AJw", "AJ w=", "AJ-_", "A===", "é", "=", "AJw=A"])
def test_other_base64_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match="Base64"):
        base64_bytes(content)


@pytest.mark.parametrize(
    ("node", "value"),
    [
        (None, None),
        (text.MISSING, None),
        (12345678901234567890, -6101065172474983726),
        ([Decimal("1.50"), {"a": Decimal("1e400")}], [1.5, {"a": INF}]),
        ({"a": True, "b": "x"}, {"a": True, "b": "x"}),
    ],
)
def test_schemaless_values_are_long_or_double(node: Any, value: Any) -> None:
    assert strategies.same(plain_value(node), value)
