# SPDX-License-Identifier: Apache-2.0
"""Connect's logical types as messages of Google and Confluent."""

from __future__ import annotations

import datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.protobuf import moments
from barnabas.errors import DataError

UTC = datetime.UTC


def message(**fields):
    return SimpleNamespace(**fields)


def test_a_decimal_says_its_digits_and_its_scale():
    fields = moments.decimal_fields(Decimal("-12.50"))
    assert fields == {"value": b"\xfb\x1e", "precision": 4, "scale": 2}


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_survive(value):
    read = moments.read_decimal(message(**moments.decimal_fields(value)))
    assert read.as_tuple() == (value.copy_abs() if value.is_zero() else value).as_tuple()


def test_digits_beyond_the_precision_are_rounded():
    assert moments.read_decimal(message(value=b"\x04\xd3", precision=3, scale=2)) == Decimal("12.4")


def test_a_decimal_without_bytes_is_refused():
    with pytest.raises(DataError, match="has no bytes"):
        moments.read_decimal(message(value=b"", precision=0, scale=0))


@given(st.dates(datetime.date(1582, 10, 15)))
def test_dates_survive_as_they_are_written(value):
    fields = moments.date_fields(value)
    assert fields == {"year": value.year, "month": value.month, "day": value.day}
    assert moments.read_date(message(**fields)) == value


@given(st.dates(max_value=datetime.date(1582, 10, 4), min_value=datetime.date(1, 1, 10)))
def test_dates_before_the_gregorian_calendar_survive(value):
    assert moments.read_date(message(**moments.date_fields(value))) == value


@pytest.mark.parametrize(
    ("year", "month", "day"), [(0, 1, 1), (2023, 2, 29), (2023, 0, 1), (1, 13, 1)]
)
def test_days_that_are_none_are_refused(year, month, day):
    with pytest.raises(DataError, match=f"Invalid Date: year {year}, month {month}, day {day}"):
        moments.read_date(message(year=year, month=month, day=day))


def test_a_date_before_the_year_one_is_refused():
    with pytest.raises(DataError, match="begin with the year 1"):
        moments.date_fields(-800_000)


@given(st.integers(0, 86_400_000))
def test_times_survive(ms):
    value = moments.data.decode_time(ms)
    assert moments.read_time(message(**moments.time_fields(value))) == value


def test_a_time_is_told_in_hours_to_nanoseconds():
    fields = moments.time_fields(datetime.time(23, 59, 58, 7000))
    assert fields == {"hours": 23, "minutes": 59, "seconds": 58, "nanos": 7_000_000}


@pytest.mark.parametrize("hours", [-1, 24, 25])
def test_hours_out_of_range_are_refused(hours):
    with pytest.raises(DataError, match=f"Invalid Time: hours {hours}"):
        moments.read_time(message(hours=hours, minutes=0, seconds=1, nanos=0))


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_timestamps_survive(ms):
    value = moments.data.decode_timestamp(ms)
    assert moments.read_timestamp(message(**moments.timestamp_fields(value))) == value


def test_a_timestamp_before_the_epoch_has_nanoseconds_that_count_forward():
    value = datetime.datetime(1969, 12, 31, 23, 59, 59, 1000, tzinfo=UTC)
    assert moments.timestamp_fields(value) == {"seconds": -1, "nanos": 1_000_000}


def test_nanoseconds_are_cut_to_milliseconds():
    read = moments.read_timestamp(message(seconds=0, nanos=1_999_999))
    assert read == datetime.datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "nanos"), [(10**12, 0), (0, -1), (0, 10**9)])
def test_timestamps_out_of_range_are_refused(seconds, nanos):
    with pytest.raises(DataError, match=f"Invalid Timestamp: seconds {seconds}, nanos {nanos}"):
        moments.read_timestamp(message(seconds=seconds, nanos=nanos))


def test_a_timestamp_beyond_the_year_9999_cannot_be_written():
    with pytest.raises(DataError, match="years 1 to 9999"):
        moments.timestamp_fields(253_402_300_800_000)
