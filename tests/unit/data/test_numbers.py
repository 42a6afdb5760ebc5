# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import copy
import math
import pickle
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.data import (
    Float32,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    double_text,
    float32_text,
    round_to_float32,
    wrap_integer,
)
from barnabas.data.numbers import FLOAT32_MAX, MarkedInt, decimal_to_float32
from barnabas.errors import DataError


@pytest.mark.parametrize("number", [Int8(-5), Int16(5), Int32(5), Int64(5), Float32(0.1)])
def test_marked_numbers_survive_pickling_and_copying(number: object) -> None:
    for twin in (pickle.loads(pickle.dumps(number)), copy.deepcopy(number)):
        assert type(twin) is type(number)
        assert twin == number


def test_marked_numbers_are_ordinary_numbers() -> None:
    assert Int8(5) + 1 == 6
    assert type(Int8(5) + 1) is int
    assert Float64(0.1) == 0.1
    assert {5: "five"}[Int32(5)] == "five"


@pytest.mark.parametrize(("width", "value"), [(Int8, 128), (Int16, -32769), (Int32, 2**31)])
def test_a_marked_integer_refuses_what_does_not_fit(width: type[MarkedInt], value: int) -> None:
    with pytest.raises(DataError, match=f"{value} does not fit"):
        width(value)


def test_a_marked_float32_is_rounded() -> None:
    assert Float32(0.1) == 0.10000000149011612
    assert Float32(1e39) == math.inf
    assert math.isnan(Float32(math.nan))


@given(st.integers(), st.sampled_from([8, 16, 32, 64]))
def test_wrapping_keeps_the_low_bits(value: int, bits: int) -> None:
    wrapped = wrap_integer(value, bits)
    assert -(1 << (bits - 1)) <= wrapped < 1 << (bits - 1)
    assert (wrapped - value) % (1 << bits) == 0


def test_wrapped_marks_never_fail() -> None:
    assert Int8.wrapped(300) == 44
    assert type(Int8.wrapped(300)) is Int8


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (100.0, "100.0"),
        (1.5, "1.5"),
        (-1.9, "-1.9"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (1e21, "1.0E21"),
        (0.001, "0.001"),
        (0.000999, "9.99E-4"),
        (1e-5, "1.0E-5"),
        (123456.789, "123456.789"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (5e-324, "4.9E-324"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
    ],
)
def test_doubles_are_written_as_java_writes_them(value: float, text: str) -> None:
    assert double_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (1.1, "1.1"),
        (3.4e38, "3.4E38"),
        (16777216.0, "1.6777216E7"),
        (1e10, "1.0E10"),
        (1e-45, "1.4E-45"),
        (0.3333333333333333, "0.33333334"),
        (1e39, "Infinity"),
        (math.nan, "NaN"),
        (-0.0, "-0.0"),
    ],
)
def test_floats_are_written_as_java_writes_them(value: float, text: str) -> None:
    assert float32_text(value) == text


@given(st.floats(allow_nan=False))
def test_the_text_of_a_double_reads_back(value: float) -> None:
    assert float(double_text(value)) == value


@given(st.floats(width=32, allow_nan=False))
def test_the_text_of_a_float_reads_back(value: float) -> None:
    assert round_to_float32(float(float32_text(value))) == value


@given(st.decimals(-(10**20), 10**20, allow_nan=False, places=12))
def test_no_float32_is_nearer_to_a_decimal(value: Decimal) -> None:
    nearest = decimal_to_float32(value)
    step = math.ulp(nearest) * 2**29
    rivals = {round_to_float32(nearest - step), round_to_float32(nearest + step)}
    distance = abs(Fraction(nearest) - Fraction(value))
    assert all(distance <= abs(Fraction(rival) - Fraction(value)) for rival in rivals)


def test_a_decimal_just_beyond_the_middle_is_rounded_once() -> None:
    middle = Decimal(16777217)  # between the FLOAT32 16777216 and 16777218
    assert decimal_to_float32(middle) == 16777216.0
    assert decimal_to_float32(middle + Decimal("1e-20")) == 16777218.0
    assert decimal_to_float32(middle - Decimal("1e-20")) == 16777216.0
    assert round_to_float32(float(middle + Decimal("1e-20"))) == 16777216.0  # rounded twice


def test_the_largest_float32_stays_finite() -> None:
    assert round_to_float32(FLOAT32_MAX) == FLOAT32_MAX
    assert decimal_to_float32(Decimal("1e400")) == math.inf
    assert decimal_to_float32(Decimal("1e39")) == math.inf
