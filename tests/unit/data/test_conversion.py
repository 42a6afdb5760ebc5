# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from barnabas import data
from barnabas.data import BOOLEAN, INT32, STRING, Float32, Int8, Int16, Int32, Schema, Struct
from barnabas.data.types import DAY_MS
from barnabas.errors import DataError

NUMERIC = [
    data.convert_to_boolean,
    data.convert_to_int8,
    data.convert_to_int16,
    data.convert_to_int32,
    data.convert_to_int64,
    data.convert_to_float32,
    data.convert_to_float64,
]
OTHERS = [
    data.convert_to_date,
    data.convert_to_time,
    data.convert_to_timestamp,
    data.convert_to_list,
    data.convert_to_map,
    data.convert_to_struct,
]
POINT = Schema.struct({"x": INT32})


@pytest.mark.parametrize("convert", NUMERIC)
def test_null_stays_null_among_numbers(convert: Callable[..., Any]) -> None:
    assert convert(STRING, None) is None


@pytest.mark.parametrize("convert", OTHERS)
def test_null_is_refused_by_the_others(convert: Callable[..., Any]) -> None:
    with pytest.raises(DataError, match="null value"):
        convert(STRING, None)
    with pytest.raises(DataError, match="null value"):
        data.convert_to_decimal(None, None, 1)


@pytest.mark.parametrize("convert", OTHERS[:-1])
def test_the_text_null_is_null(convert: Callable[..., Any]) -> None:
    with pytest.raises(DataError, match="null value"):
        convert(STRING, "null")


@pytest.mark.parametrize(
    ("convert", "value", "result"),
    [
        (data.convert_to_int8, 300, Int8(44)),
        (data.convert_to_int16, "5.7", Int16(5)),
        (data.convert_to_int32, 2**40, Int32(0)),
        (data.convert_to_int64, "7", 7),
        (data.convert_to_float32, 0.1, Float32(0.1)),
        (data.convert_to_float64, "7", 7.0),
    ],
)
def test_numbers_are_marked_with_their_width(
    convert: Callable[..., Any], value: Any, result: Any
) -> None:
    converted = convert(None, value)
    assert converted == result
    assert type(converted) is type(result)


@pytest.mark.parametrize(
    ("value", "truth"),
    [(True, True), ("true", True), ("false", False), ("5.7", True), ("0.5", False), (-1.9, True)],
)
def test_booleans_come_from_text_and_whole_numbers(value: Any, truth: bool) -> None:
    assert data.convert_to_boolean(None, value) is truth


@pytest.mark.parametrize("value", ["abc", "", "TRUE", [1], b"1"])
def test_other_values_are_no_booleans(value: Any) -> None:
    with pytest.raises(DataError, match="Unable to convert"):
        data.convert_to_boolean(STRING, value)


def test_points_in_time_are_read_from_text_without_schema() -> None:
    moment = datetime.datetime(2019, 8, 23, tzinfo=datetime.UTC)
    assert data.convert_to_date(None, "2019-08-23") == moment.date()
    assert data.convert_to_time(None, "00:00:01.000Z") == datetime.time(0, 0, 1)
    assert data.convert_to_timestamp(None, "2019-08-23") == moment


def test_points_in_time_are_not_read_from_text_with_a_schema() -> None:
    with pytest.raises(DataError, match=r"to Schema\{STRING\}"):
        data.convert_to_date(STRING, "2019-08-23")


def test_decimals_keep_their_digits() -> None:
    assert str(data.convert_to_decimal(STRING, "1.55", 1)) == "1.55"
    assert data.convert_to_decimal(None, Decimal("2.50"), 1) == Decimal("2.50")
    with pytest.raises(DataError):
        data.convert_to_decimal(data.TIME, DAY_MS, 0)


def test_lists_and_maps_pass_or_are_read_from_text() -> None:
    values = [1, 2]
    assert data.convert_to_list(None, values) is values
    assert data.convert_to_list(STRING, "[1,2]") == [1, 2]
    pairs = {"a": 1}
    assert data.convert_to_map(None, pairs) is pairs
    assert data.convert_to_map(STRING, '{"a":1}') == {"a": 1}


@pytest.mark.parametrize("value", ["x", 1, {"a": 1}])
def test_other_values_are_no_lists(value: Any) -> None:
    with pytest.raises(DataError, match=r"to Schema\{ARRAY\}"):
        data.convert_to_list(None, value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [(None, "x"), (None, [1]), (POINT, {"x": 1}), (None, Struct(POINT, {"x": 1}))],
)
def test_other_values_are_no_maps(schema: Schema | None, value: Any) -> None:
    with pytest.raises(DataError, match=r"to Schema\{MAP\}"):
        data.convert_to_map(schema, value)


def test_only_structs_are_structs() -> None:
    struct = Struct(POINT, {"x": 1})
    assert data.convert_to_struct(None, struct) is struct
    assert data.convert_to_struct(POINT, {"x": 1}) == {"x": 1}
    for schema, value in ((None, {"x": 1}), (BOOLEAN, True), (STRING, "{}")):
        with pytest.raises(DataError, match=r"to Schema\{STRUCT\}"):
            data.convert_to_struct(schema, value)
