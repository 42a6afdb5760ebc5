# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.numbers import (
    DoubleConverter,
    FloatConverter,
    IntegerConverter,
    LongConverter,
    NumberConverter,
    ShortConverter,
)
from barnabas.data import FLOAT64, INT16, INT64, STRING, Float32, Float64, Int8, Int16, Int32
from barnabas.errors import ConfigError, DataError

ALL = [ShortConverter, IntegerConverter, LongConverter, FloatConverter, DoubleConverter]


@pytest.mark.parametrize(
    ("kind", "value", "data"),
    [
        (ShortConverter, -2, "fffe"),
        (IntegerConverter, 5, "00000005"),
        (LongConverter, -1, "ffffffffffffffff"),
        (FloatConverter, 1.5, "3fc00000"),
        (DoubleConverter, -2.25, "c002000000000000"),
    ],
)
def test_a_number_is_written_big_endian(
    kind: type[NumberConverter], value: float, data: str
) -> None:
    converter = kind()
    for schema in (None, converter.schema):
        assert converter.from_connect_data("t", None, schema, value) == bytes.fromhex(data)
    assert converter.to_connect_data("t", None, bytes.fromhex(data)) == (converter.schema, value)


@given(st.lists(st.none() | st.integers(-(1 << 63), (1 << 63) - 1)))
def test_whole_numbers_come_back_as_they_were(values: list[int | None]) -> None:
    converter = LongConverter()
    data = converter.from_connect_batch("t", INT64, values)
    assert converter.to_connect_batch("t", data) == (converter.schema, values)


@given(st.lists(st.none() | st.floats(width=32, allow_nan=False)))
def test_short_floats_come_back_as_they_were(values: list[float | None]) -> None:
    converter = FloatConverter()
    data = converter.from_connect_batch("t", None, values)
    assert converter.to_connect_batch("t", data) == (converter.schema, values)


def test_not_a_number_is_a_number() -> None:
    data = DoubleConverter().from_connect_data("t", None, FLOAT64, math.nan)
    assert math.isnan(DoubleConverter().to_connect_data("t", None, data).value)


@pytest.mark.parametrize("kind", ALL)
def test_null_stays_null(kind: type[NumberConverter]) -> None:
    assert kind().from_connect_data("t", None, STRING, None) is None
    assert kind().to_connect_data("t", None, None) == (kind.schema, None)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("value", ["x", True, b"x", Int8(1), [1]])
def test_other_values_are_refused(kind: type[NumberConverter], value: Any) -> None:
    with pytest.raises(DataError, match=f"{kind.type_name} .was {type(value).__name__}"):
        kind().from_connect_data("t", None, None, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ShortConverter, 32768),
        (IntegerConverter, 1 << 31),
        (LongConverter, 1 << 63),
        (FloatConverter, 1e39),
        (IntegerConverter, 1.0),
        (DoubleConverter, 1),
    ],
)
def test_numbers_that_do_not_fit_are_refused(kind: type[NumberConverter], value: float) -> None:
    with pytest.raises(DataError):
        kind().from_connect_data("t", None, None, value)


def test_a_plain_number_is_of_its_schemas_type() -> None:
    with pytest.raises(DataError, match="INT64"):
        IntegerConverter().from_connect_data("t", None, INT64, 5)


def test_a_marked_number_is_of_its_own_type() -> None:
    assert ShortConverter().from_connect_data("t", None, STRING, Int16(5)) == b"\x00\x05"
    for value in (Int32(5), Float32(5.0), Float64(5.0)):
        with pytest.raises(DataError):
            ShortConverter().from_connect_data("t", None, INT16, value)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("data", [b"", b"abc", b"123456789"])
def test_bytes_of_another_length_are_refused(kind: type[NumberConverter], data: bytes) -> None:
    with pytest.raises(DataError, match=f"{kind.type_name}: topic t has {len(data)} bytes"):
        kind().to_connect_data("t", None, data)


def test_headers_are_converted_alike() -> None:
    converter = IntegerConverter()
    converter.configure_header({})
    assert converter.from_connect_header("t", "h", None, 5) == b"\x00\x00\x00\x05"
    assert converter.to_connect_header("t", "h", b"\x00\x00\x00\x05") == (converter.schema, 5)


def test_settings_are_checked() -> None:
    LongConverter().configure({}, is_key=True)
    with pytest.raises(ConfigError):
        LongConverter().configure_header({"converter.type": "lock"})
