# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.data import (
    FLOAT32,
    TIMESTAMP,
    Float32,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    Type,
)
from barnabas.errors import DataError
from barnabas.transforms.casting import CASTS, CASTS_UNMARKED

INFINITY = math.inf
MOMENT = datetime.datetime(2023, 11, 14, 22, 13, 20, 123_000, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("value", "kind", "result"),
    [
        (300, Type.INT8, 44),
        (5_000_000_000, Type.INT16, -3584),
        (-1.7, Type.INT8, -1),
        (5e9, Type.INT8, -1),
        (5e9, Type.INT32, 2**31 - 1),
        (5e9, Type.INT64, 5_000_000_000),
        (math.nan, Type.INT64, 0),
        (-INFINITY, Type.INT64, -(2**63)),
        (Decimal("12.99"), Type.INT32, 12),
        (True, Type.INT16, 1),
        ("-128", Type.INT8, -128),
        ("+5", Type.INT32, 5),
        (45, Type.FLOAT32, 45.0),
        ("1e3", Type.FLOAT64, 1000.0),
        (" 5f ", Type.FLOAT32, 5.0),
        ("0x1p3", Type.FLOAT32, 8.0),
        ("NaN", Type.FLOAT64, math.nan),
        (Decimal("0.1"), Type.FLOAT32, Float32(0.1)),
        (True, Type.FLOAT64, 1.0),
        (0.9, Type.BOOLEAN, False),
        (-2, Type.BOOLEAN, True),
        ("TRUE", Type.BOOLEAN, True),
        ("1", Type.BOOLEAN, False),
        (b"\x01\xff", Type.STRING, "Af8="),
        (1e10, Type.STRING, "1.0E10"),
        (True, Type.STRING, "true"),
        (Decimal("1.50"), Type.STRING, "1.50"),
        (MOMENT, Type.STRING, "2023-11-14T22:13:20.123Z"),
    ],
)
def test_values_are_cast_as_in_java(value: Any, kind: Type, result: Any) -> None:
    for casts in (CASTS, CASTS_UNMARKED):
        assert repr(casts[kind](None, value)) == repr(result)


@pytest.mark.parametrize(
    ("kind", "mark"),
    [
        (Type.INT8, Int8),
        (Type.INT16, Int16),
        (Type.INT32, Int32),
        (Type.INT64, Int64),
        (Type.FLOAT32, Float32),
        (Type.FLOAT64, Float64),
    ],
)
def test_a_number_says_its_width_where_no_schema_does(kind: Type, mark: type) -> None:
    assert type(CASTS[kind](None, "1")) is mark
    assert type(CASTS_UNMARKED[kind](None, Int8(1))) in (int, float)


@pytest.mark.parametrize("text", ["", "x", " 5", "1.5", "128", "1_0", "9" * 70])
def test_other_text_is_no_integer(text: str) -> None:
    with pytest.raises(DataError, match="was out of range for requested data type"):
        CASTS[Type.INT8](None, text)


@pytest.mark.parametrize("text", ["", "x", "1_0", "0x10", "infinity"])
def test_other_text_is_no_floating_number(text: str) -> None:
    for kind in (Type.FLOAT32, Type.FLOAT64):
        with pytest.raises(DataError, match="was out of range for requested data type"):
            CASTS[kind](None, text)


@pytest.mark.parametrize("kind", [Type.INT8, Type.FLOAT32, Type.FLOAT64, Type.BOOLEAN])
def test_bytes_become_nothing_but_text(kind: Type) -> None:
    with pytest.raises(DataError, match="Unexpected type in Cast transformation: bytes"):
        CASTS[kind](None, b"1")


def test_the_schema_tells_narrow_floats_and_far_points_in_time() -> None:
    assert CASTS[Type.STRING](FLOAT32, 0.10000000149011612) == "0.1"
    assert CASTS[Type.STRING](TIMESTAMP, 10**15).endswith("Z")


@given(st.integers(-(2**63), 2**63 - 1))
def test_an_integer_keeps_its_low_bits(number: int) -> None:
    assert (CASTS[Type.INT16](None, number) - number) % 2**16 == 0
    assert CASTS[Type.INT64](None, number) == number
