# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.data.calendars import (
    civil,
    date_text,
    days_of,
    java_date_text,
    parse_date,
    parse_time,
    parse_timestamp,
    time_text,
    timestamp_text,
)
from barnabas.data.types import DAY_MS

GREGORIAN = st.dates(min_value=datetime.date(1582, 10, 15))
EPOCH = datetime.date(1970, 1, 1)


@given(GREGORIAN)
def test_dates_are_written_and_read_as_in_iso_8601(date: datetime.date) -> None:
    days = (date - EPOCH).days
    assert date_text(days) == date.isoformat()
    assert parse_date(date.isoformat()) == days


@given(st.integers(-(10**7), 10**9))
def test_days_of_any_year_after_christ_come_back(days: int) -> None:
    days = max(days, -719_164)
    assert parse_date(date_text(days)) == days


@given(st.integers(0, 10**15))
def test_timestamps_come_back(ms: int) -> None:
    assert parse_timestamp(timestamp_text(ms)) == ms


@given(st.integers(0, DAY_MS - 1))
def test_times_come_back(ms: int) -> None:
    assert parse_time(time_text(ms)) == ms


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1970-01-01", 0),
        ("2019-13-45", 18_306),  # the 45th day of the month after December
        ("2019-8-1ab", 18_109),  # what follows a date is ignored
        ("2019- 8- 1", 18_109),
        ("2019-00-00", 17_865),
        ("2019--1-01", 17_836),
        ("1582-10-15", -141_427),
        ("1582-10-04", -141_428),  # the day before
        ("1582-10-10", -141_422),  # a day that never was, counted on in the old calendar
        ("1500-02-29", -171_596),  # a leap year in the old calendar only
        ("0001-01-01", -719_164),
        ("0000-01-01", -719_530),
    ],
)
@pytest.mark.mirrors("java.text.SimpleDateFormat, lenient, Gregorian calendar from 1582 on")
def test_dates_are_read_as_java_reads_them(text: str, days: int) -> None:
    assert parse_date(text) == days


@pytest.mark.parametrize("text", ["", "x2019-01-01", "2019-01", "2019/01/01", "2019 -01-01"])
def test_other_text_is_no_date(text: str) -> None:
    assert parse_date(text) is None


def test_times_may_overflow() -> None:
    assert parse_time("24:00:00.000Z") == DAY_MS
    assert parse_time("00:00:-1.000Z") == -1000
    assert parse_time("14:34:54.346") is None
    assert parse_timestamp("2019-02-30T25:61:61.999Z") == 1_551_578_521_999
    assert parse_timestamp("2019-02-30 25:61:61.999Z") is None


def test_years_beyond_pythons_are_written() -> None:
    assert date_text(2_932_897) == "10000-01-01"
    assert date_text(-719_164) == "0001-01-01"
    assert date_text(-719_165) == "0001-12-31"  # of the year 1 before Christ


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (1_566_518_400_000, "Fri Aug 23 00:00:00 UTC 2019"),
        (-1, "Wed Dec 31 23:59:59 UTC 1969"),
        (-12_219_292_800_000, "Fri Oct 15 00:00:00 UTC 1582"),
        (-12_219_292_800_001, "Thu Oct 04 23:59:59 UTC 1582"),
        (-62_135_683_200_000, "Sun Jan 02 00:00:00 UTC 1"),
        (253_402_300_800_000, "Sat Jan 01 00:00:00 UTC 10000"),
    ],
)
@pytest.mark.mirrors("java.util.Date#toString")
def test_dates_are_printed_as_java_prints_them(ms: int, text: str) -> None:
    assert java_date_text(ms) == text


@given(st.integers(-5_000_000, 5_000_000))
def test_every_day_has_a_date_that_leads_back_to_it(days: int) -> None:
    assert days_of(*civil(days)) == days
