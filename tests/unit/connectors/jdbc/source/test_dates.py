# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
from typing import Any

import pytest

from barnabas.connectors.jdbc.source.dates import date_column, time_column
from barnabas.connectors.jdbc.source.moments import UnfitError
from barnabas.connectors.jdbc.time_zones import UTC, TimeZone

LEGACY = date_column(is_legacy=True)
MODERN = date_column(is_legacy=False)
TIMES = time_column(UTC)
DAY = datetime.date(2024, 5, 31)
MIDNIGHT = datetime.datetime.combine(DAY, datetime.time.min)
NOON = datetime.time(12)


@pytest.mark.parametrize(
    "value",
    [DAY, MIDNIGHT, "2024-05-31", "2024-05-31 00:00:00", 19_874 * 86_400_000],
)
def test_a_date_may_come_in_any_form(value: Any) -> None:
    assert list(LEGACY([value])) == [DAY]
    assert list(LEGACY([None, value])) == [None, DAY]


@pytest.mark.parametrize(
    "value", ["2024-05-31 00:00:01", 1, datetime.datetime.combine(DAY, datetime.time(1))]
)
def test_a_date_with_a_time_of_day_is_refused(value: Any) -> None:
    with pytest.raises(UnfitError, match="has a time of day"):
        LEGACY([value])


@pytest.mark.parametrize("kind", [str, datetime.date.fromisoformat])
def test_javas_calendar_has_julian_days_before_1582(kind: Any) -> None:
    ancient = kind("1500-01-01")
    assert list(LEGACY([ancient])) == [datetime.date(1500, 1, 10)]
    assert list(MODERN([ancient])) == [datetime.date(1500, 1, 1)]


def test_dates_python_does_not_have_are_days() -> None:
    assert list(LEGACY(["0044-03-15 BC", "10000-01-01"])) == [-735_162, 2_932_897]


def test_a_year_is_its_first_day() -> None:
    assert list(date_column(is_legacy=True, is_year=True)([2024, None])) == [
        datetime.date(2024, 1, 1),
        None,
    ]


@pytest.mark.parametrize("value", ["soon", "infinity", b"2024-05-31", 1.5])
def test_what_is_no_date_is_refused(value: Any) -> None:
    with pytest.raises(UnfitError):
        LEGACY([value])


@pytest.mark.parametrize(
    "value",
    [
        *(NOON, NOON.replace(tzinfo=datetime.UTC), datetime.datetime.combine(DAY, NOON)),
        *("12:00:00", "12:00:00+00", "14:00:00+02", datetime.timedelta(hours=12), 43_200_000),
    ],
)
def test_a_time_may_come_in_any_form(value: Any) -> None:
    assert list(TIMES([value])) == [NOON]
    assert list(TIMES([None, value])) == [None, NOON]


def test_many_texts_keep_their_digits() -> None:
    expected = [NOON, datetime.time(0, 0, 0, 123_456)]
    assert list(TIMES(["12:00:00", "00:00:00.123456"])) == expected


def test_the_end_of_the_day_is_its_ms() -> None:
    assert list(TIMES(["24:00:00", "12:00:00"])) == [86_400_000, NOON]
    assert list(TIMES([datetime.timedelta(days=1)])) == [86_400_000]


def test_times_of_another_zone_wrap_around_midnight() -> None:
    berlin = time_column(TimeZone.of("Europe/Berlin"))
    assert list(berlin(["12:00:00", "00:30:00", "12:00:00+00", None])) == [
        datetime.time(11),
        datetime.time(23, 30),
        NOON,
        None,
    ]


@pytest.mark.parametrize(
    "value",
    ["soon", datetime.timedelta(hours=-1), datetime.timedelta(hours=25), b"12:00:00", -1],
)
def test_what_is_no_time_of_day_is_refused(value: Any) -> None:
    with pytest.raises(UnfitError, match="time of day"):
        TIMES([value])
