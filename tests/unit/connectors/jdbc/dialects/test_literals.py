# SPDX-License-Identifier: Apache-2.0
"""Default values of fields in DDL."""

from __future__ import annotations

import datetime
import zoneinfo
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas import data
from barnabas.connectors.jdbc.dialects.literals import string_literal, value_literal
from barnabas.data import Schema, Type
from barnabas.errors import ConnectError

MOMENT = datetime.datetime(2001, 3, 15, 0, 0, 0, 7000, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (data.INT64, -3, "-3"),
        (data.FLOAT64, 1.5, "1.5"),
        (data.FLOAT32, 0.1, "0.1"),
        (data.BOOLEAN, True, True),
        (data.STRING, "O'Hara", "'O''Hara'"),
        (data.BYTES, bytearray(b"\x01"), b"\x01"),
        (data.decimal_schema(2), Decimal("1E+3"), "1000"),
        (data.DATE, datetime.date(2001, 3, 15), "'2001-03-15'"),
        (data.TIME, datetime.time(1, 2, 3, 4000), "'01:02:03.004'"),
        (data.TIMESTAMP, MOMENT, "'2001-03-15 00:00:00.007'"),
    ],
)
def test_values_are_written_as_sql(schema: Schema, value: object, expected: object) -> None:
    assert value_literal(schema, value, datetime.UTC) == expected


def test_a_timestamp_is_written_in_the_zone() -> None:
    zone = zoneinfo.ZoneInfo("America/Los_Angeles")
    assert value_literal(data.TIMESTAMP, MOMENT, zone) == "'2001-03-14 16:00:00.007'"


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (data.FLOAT64, float("nan")),
        (Schema(Type.ARRAY, value_schema=data.INT8), [1]),
        (data.DATE, 10**8),
    ],
)
def test_what_sql_cannot_say_is_refused(schema: Schema, value: object) -> None:
    with pytest.raises(ConnectError):
        value_literal(schema, value, datetime.UTC)


@given(st.text())
def test_a_string_never_ends_before_its_last_quote(text: str) -> None:
    inner = string_literal(text)[1:-1]
    assert inner.replace("''", "") == inner.replace("'", "")
    assert inner.replace("''", "'") == text
