# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.data import (
    BYTES,
    DATE,
    FLOAT32,
    FLOAT64,
    INT32,
    OPTIONAL_STRING,
    STRING,
    TIME,
    TIMESTAMP,
    Float32,
    Int8,
    Schema,
    Struct,
    Type,
    convert_to_string,
    java_string,
    parse_string,
)
from barnabas.data.types import DAY_MS, MAX_DATE_DAYS, MAX_TIMESTAMP_MS
from barnabas.errors import DataError
from tests.unit.data.strategies import schemas_and_values

UTC = datetime.UTC
THIRD_DAY = datetime.datetime(1970, 1, 3)  # noqa: DTZ001 - Hypothesis draws the zone
RECORD = Schema.struct(
    {"f": OPTIONAL_STRING, "n": OPTIONAL_STRING, "d": Schema(Type.INT8, default=3)}
)


@pytest.mark.parametrize(
    ("schema", "value", "text"),
    [
        (STRING, 'a"\\', 'a"\\'),
        (None, 5, "5"),
        (None, Int8(5), "5"),
        (FLOAT64, 2.0, "2.0"),
        (FLOAT32, 0.1, "0.1"),
        (None, Float32(0.1), "0.1"),
        (None, True, "true"),
        (BYTES, b"\x01\x02\xff", "AQL/"),
        (None, [b"\x01"], '["AQ=="]'),
        (None, [1, "a", None], '[1,"a",null]'),
        (None, (1, 2), "[1,2]"),
        (None, {"a": 1, 2: ["x", None, True]}, '{"a":1,2:["x",null,true]}'),
        (RECORD, {"f": 'q"\\z'}, '{"f":"q\\"\\\\z","n":null,"d":3}'),
        (None, Struct(RECORD, {"f": "q"}), '{"f":"q","n":null,"d":3}'),
        (Schema.array(FLOAT32), [0.1], "[0.1]"),
        (None, Decimal("1.50"), "1.50"),
        (None, Decimal("1E+400"), "1E+400"),
        (None, Decimal("-0.0"), "0.0"),
        (DATE, datetime.date(2019, 8, 23), "2019-08-23"),
        (DATE, datetime.date(1970, 1, 1), "00:00:00.000Z"),
        (DATE, MAX_DATE_DAYS + 1, "10000-01-01"),
        (TIME, datetime.time(14, 34, 54, 346_000), "14:34:54.346Z"),
        (TIME, DAY_MS, "1970-01-02"),
        (
            TIMESTAMP,
            datetime.datetime(1970, 1, 2, 0, 0, 0, 1000, tzinfo=UTC),
            "1970-01-02T00:00:00.001Z",
        ),
        (TIMESTAMP, datetime.datetime(1969, 12, 31, 23, tzinfo=UTC), "23:00:00.000Z"),
        (TIMESTAMP, MAX_TIMESTAMP_MS + 2, "10000-01-01T00:00:00.001Z"),
    ],
)
def test_values_are_written_in_connects_notation(
    schema: Schema | None, value: Any, text: str
) -> None:
    assert convert_to_string(schema, value) == text


@pytest.mark.parametrize(
    ("schema", "value", "text"),
    [
        (None, None, "null"),
        (STRING, "x", "x"),
        (None, 5, "5"),
        (FLOAT64, 1e10, "1.0E10"),
        (None, False, "false"),
        (None, [1, "a", None], "[1, a, null]"),
        (None, {"k": 1.5, 2: [True]}, "{k=1.5, 2=[true]}"),
        (RECORD, {"f": "x"}, "Struct{f=x}"),
        (None, Struct(RECORD, {"f": None, "d": 5}), "Struct{d=5}"),
        (Schema.struct({"a": INT32, "b": STRING}), {"b": "x", "a": 1}, "Struct{a=1,b=x}"),
        (Schema.map(STRING, RECORD), {"k": {"f": "x"}}, "{k=Struct{f=x}}"),
        (DATE, datetime.date(2019, 8, 23), "Fri Aug 23 00:00:00 UTC 2019"),
        (DATE, MAX_DATE_DAYS + 1, "Sat Jan 01 00:00:00 UTC 10000"),
        (BYTES, b"\x01\x02\xff", "AQL/"),
    ],
)
def test_values_are_written_as_java_prints_them(
    schema: Schema | None, value: Any, text: str
) -> None:
    assert java_string(schema, value) == text


def test_null_stays_null() -> None:
    assert convert_to_string(STRING, None) is None


@pytest.mark.parametrize("write", [convert_to_string, java_string])
def test_other_values_have_no_text(write: Any) -> None:
    with pytest.raises(DataError, match="class object as text"):
        write(None, [object()])


@given(schemas_and_values())
def test_every_value_has_a_text(pair: tuple[Schema, Any]) -> None:
    schema, value = pair
    assert isinstance(convert_to_string(schema, value), str | None)
    assert isinstance(java_string(schema, value), str)


@given(st.integers(-(2**63), 2**63 - 1) | st.booleans())
def test_integers_and_booleans_are_read_back(value: Any) -> None:
    parsed = parse_string(convert_to_string(None, value))
    assert parsed is not None
    assert parsed.value == value


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_floats_are_read_back(value: float) -> None:
    parsed = parse_string(convert_to_string(FLOAT32, value))
    assert parsed is not None
    assert Float32(parsed.value) == value  # whole numbers come back as integers


@given(st.dates(datetime.date(1970, 1, 2)) | st.datetimes(THIRD_DAY, timezones=st.just(UTC)))
def test_points_in_time_are_read_back(value: datetime.date) -> None:
    if isinstance(value, datetime.datetime):
        value = value.replace(microsecond=value.microsecond // 1000 * 1000 or 1000)
    parsed = parse_string(convert_to_string(None, value))
    assert parsed is not None
    assert parsed.value == value


@given(
    st.lists(st.integers(-100, 100), max_size=4)
    | st.lists(st.text("ab c", max_size=3).map(str.strip), max_size=4)
    | st.dictionaries(st.text("ab", max_size=3), st.integers(-100, 100), max_size=4)
)
def test_lists_and_maps_are_read_back(value: Any) -> None:
    parsed = parse_string(convert_to_string(None, value))
    assert parsed is not None
    assert parsed.value == value
