# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors.jdbc.source.moments import (
    Moments,
    UnfitError,
    days_of_date,
    days_of_text,
    wall_text,
)
from barnabas.connectors.jdbc.time_zones import UTC, TimeZone

LEGACY = Moments(UTC, is_legacy=True)
MODERN = Moments(UTC, is_legacy=False)
BERLIN = Moments(TimeZone.of("Europe/Berlin"), is_legacy=True)


def utc(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


def naive(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    "values",
    [
        ["2024-05-31 12:30:00.123456", "2024-05-31 12:30:01"],
        ["2024-05-31T12:30:00.123456", "2024-05-31 12:30:01"],
        ["2024-05-31 14:30:00.123456+02", "2024-05-31 18:00:01+05:30"],
        ["2024-05-31 12:30:00.123456+00", "2024-05-31 12:30:01+00"],
        [naive("2024-05-31 12:30:00.123456"), naive("2024-05-31 12:30:01")],
        [utc("2024-05-31 12:30:00.123456"), naive("2024-05-31 12:30:01")],
        [naive("2024-05-31 12:30:00.123456"), utc("2024-05-31 12:30:01")],
        [naive("2024-05-31 14:30:00.123456+02:00"), utc("2024-05-31 12:30:01")],
    ],
)
def test_times_of_any_class_are_points_in_time(values: list[Any]) -> None:
    expected = [utc("2024-05-31 12:30:00.123456"), utc("2024-05-31 12:30:01")]
    for moments in (LEGACY, MODERN):
        found = moments.instants(values)
        assert found == expected
        assert {each.tzinfo for each in found} == {datetime.UTC}


@pytest.mark.parametrize("value", ["2024-07-01 12:00:00", naive("2024-07-01 12:00:00")])
def test_times_without_zone_are_those_of_the_database(value: Any) -> None:
    assert BERLIN.instants([value]) == [utc("2024-07-01 10:00:00")]


@pytest.mark.parametrize("kind", [str, naive])
def test_days_on_which_clocks_change_are_looked_at_one_by_one(kind: Any) -> None:
    values = [kind("2024-10-27 02:30:00"), kind("2024-10-27 01:30:00"), kind("2024-07-01 00:00:00")]
    expected = [utc("2024-10-27 01:30"), utc("2024-10-26 23:30"), utc("2024-06-30 22:00")]
    assert BERLIN.instants(values) == expected


def test_null_stays() -> None:
    assert LEGACY.instants([None, "2024-05-31 00:00:00", None]) == [None, utc("2024-05-31"), None]
    assert LEGACY.micros([None, "1970-01-01 00:00:01"]) == [None, 1_000_000]


def test_numbers_are_ms_or_julian_days() -> None:
    assert LEGACY.instants([1_000]) == [utc("1970-01-01 00:00:01")]
    assert LEGACY.instants([2_440_587.5 + 0.25]) == [utc("1970-01-01 06:00:00")]


def test_a_date_is_its_first_moment() -> None:
    assert BERLIN.instants([datetime.date(2024, 7, 1)]) == [utc("2024-06-30 22:00:00")]


def test_infinity_is_what_javas_driver_makes_of_it() -> None:
    expected = [9_223_372_036_825_200_000, -9_223_372_036_832_400_000]
    assert LEGACY.instants(["infinity", "-infinity"]) == expected


def test_years_before_christ_and_after_9999_are_ms() -> None:
    values = ["0044-03-15 12:00:00 BC", "10000-01-01 00:00:00"]
    assert LEGACY.instants(values) == [-63_517_953_600_000, 253_402_300_800_000]


@pytest.mark.parametrize("kind", [str, naive, utc])
def test_the_day_before_the_gregorian_calendar_is_the_last_julian_one(kind: Any) -> None:
    values = [kind("1582-10-04 00:00:00"), kind("1582-10-15 00:00:00")]
    first, second = LEGACY.instants(values)
    assert second - first == datetime.timedelta(days=1)
    first, second = MODERN.instants(values)
    assert second - first == datetime.timedelta(days=11)


@pytest.mark.parametrize(
    "value", ["yesterday", b"2024", object(), "2024-05-31 12:30:00 o'clock", "0000-00-00"]
)
def test_what_is_no_time_is_refused_without_its_value(value: Any) -> None:
    with pytest.raises(UnfitError) as caught:
        LEGACY.instants(["2024-05-31 00:00:00", value])
    assert str(value) not in str(caught.value)


def test_micros_count_all_digits() -> None:
    assert LEGACY.micros(["1969-12-31 23:59:59.999999", 5]) == [-1, 5_000]
    assert LEGACY.micros(["infinity"]) == [9_223_372_036_825_200_000_000]


@given(
    st.lists(st.datetimes(naive("1400-01-01"))),
    st.sampled_from([LEGACY, MODERN, BERLIN]),
    st.sampled_from([str, naive]),
)
def test_a_column_is_converted_as_its_values_are(
    times: list[datetime.datetime], moments: Moments, kind: Any
) -> None:
    values = [kind(time.isoformat(" ")) for time in times]
    alone = [moments.us_of(value) for value in values]
    assert moments.micros(values) == alone
    assert moments.micros([*values, "infinity"])[:-1] == alone


@given(st.datetimes(), st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]))
def test_text_and_datetimes_mean_the_same(value: datetime.datetime, zone: str) -> None:
    value = value.replace(fold=0)
    moments = Moments(TimeZone.of(zone), is_legacy=True)
    text = value.isoformat(" ")
    assert moments.micros([text]) == moments.micros([value]) == [moments.us_of(text)]


@given(st.dates(datetime.date(1582, 10, 15)))
def test_todays_calendar_counts_days_as_python(date: datetime.date) -> None:
    days = (date - datetime.date(1970, 1, 1)).days
    for is_legacy in (True, False):
        assert days_of_date(date.year, date.month, date.day, is_legacy=is_legacy) == days
        assert days_of_text(date.isoformat(), is_legacy=is_legacy) == (days, 0)


def test_the_time_of_a_date_is_told() -> None:
    assert days_of_text("1970-01-02 00:00:01.5", is_legacy=True) == (1, 1_500_000)
    with pytest.raises(UnfitError, match="infinite date"):
        days_of_text("infinity", is_legacy=True)
    with pytest.raises(UnfitError, match="does not look like a date"):
        days_of_text("soon", is_legacy=True)


@given(st.datetimes(naive("1583-01-01")))
def test_wall_times_are_written_with_six_digits(value: datetime.datetime) -> None:
    us = (value.replace(tzinfo=datetime.UTC, fold=0) - utc("1970-01-01")) // datetime.timedelta(
        microseconds=1
    )
    assert wall_text(us) == value.isoformat(timespec="microseconds")
