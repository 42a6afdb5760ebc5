# SPDX-License-Identifier: Apache-2.0
"""Dates and times as a database shows them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from barnabas import data
from barnabas.connectors.jdbc.sink.moments import MomentRules, moment_converter, since_epoch
from barnabas.connectors.jdbc.time_zones import UTC, TimeZone
from barnabas.errors import DataError

UTC_ZONE = datetime.UTC
NEW_YORK = TimeZone.of("America/New_York")
BERLIN = TimeZone.of("Europe/Berlin")


def converted(schema: data.Schema, value: Any, rules: MomentRules | None = None) -> Any:
    convert = moment_converter(schema, rules or MomentRules())
    assert convert is not None
    return convert(value)


def test_other_schemas_need_no_converter() -> None:
    assert moment_converter(data.INT64, MomentRules()) is None
    assert moment_converter(data.decimal_schema(2), MomentRules()) is None


def test_in_utc_moments_stay() -> None:
    moment = datetime.datetime(2026, 3, 29, 1, 30, tzinfo=UTC_ZONE)
    assert converted(data.TIMESTAMP, moment) is moment
    assert converted(data.DATE, moment.date()) == moment.date()
    assert converted(data.TIME, moment.time()) == moment.time()


@pytest.mark.parametrize(("month", "hour"), [(1, 13), (7, 14)])
def test_a_timestamp_is_shown_in_the_zone(month: int, hour: int) -> None:
    moment = datetime.datetime(2026, month, 1, 12, tzinfo=UTC_ZONE)
    shown = converted(data.TIMESTAMP, moment, MomentRules(BERLIN, BERLIN))
    assert shown == moment
    assert shown.hour == hour


def test_west_of_utc_a_date_is_the_day_before_unless_it_is_told_in_utc() -> None:
    day = datetime.date(2026, 1, 2)
    assert converted(data.DATE, day, MomentRules(NEW_YORK, NEW_YORK)) == datetime.date(2026, 1, 1)
    assert converted(data.DATE, day, MomentRules(NEW_YORK, UTC)) == day


def test_a_time_is_one_of_1970_in_the_zone() -> None:
    assert converted(data.TIME, datetime.time(12), MomentRules(BERLIN)) == datetime.time(13)


def test_midnight_at_the_end_of_a_day_is_midnight() -> None:
    assert converted(data.TIME, 86_400_000) == datetime.time(0)


def test_a_date_may_come_as_its_midnight() -> None:
    midnight = datetime.datetime(2026, 1, 2, tzinfo=UTC_ZONE)
    assert converted(data.DATE, midnight) == datetime.date(2026, 1, 2)


@pytest.mark.parametrize(
    ("day", "legacy"),
    [
        (datetime.date(1582, 10, 15), datetime.date(1582, 10, 15)),
        (datetime.date(1582, 10, 14), datetime.date(1582, 10, 4)),
        (datetime.date(1000, 1, 1), datetime.date(999, 12, 27)),
    ],
)
def test_old_days_are_told_by_the_julian_calendar_unless_asked_otherwise(
    day: datetime.date, legacy: datetime.date
) -> None:
    assert converted(data.DATE, day) == legacy
    assert converted(data.DATE, day, MomentRules(is_legacy=False)) == day
    noon = datetime.datetime(day.year, day.month, day.day, 12, tzinfo=UTC_ZONE)
    assert converted(data.TIMESTAMP, noon).date() == legacy


@pytest.mark.parametrize("schema", [data.DATE, data.TIMESTAMP])
def test_what_python_cannot_hold_is_refused(schema: data.Schema) -> None:
    with pytest.raises(DataError, match="outside of the years 1 to 9999"):
        converted(schema, 2**40)


def test_a_moment_that_leaves_the_years_in_its_zone_is_refused() -> None:
    with pytest.raises(DataError, match="outside of the years 1 to 9999"):
        converted(data.DATE, datetime.date.min, MomentRules(NEW_YORK, NEW_YORK))


@pytest.mark.parametrize("value", [1_700_000_000_123_456, "1700000000123456"])
def test_microseconds_become_a_timestamp(value: int | str) -> None:
    expected = datetime.datetime(2023, 11, 14, 22, 13, 20, 123456, UTC_ZONE)
    assert since_epoch(6, MomentRules())(value) == expected


@pytest.mark.parametrize(("nanos", "micros"), [(1_499, 1), (1_500, 2), (-1_500, -1)])
def test_nanoseconds_are_rounded_to_microseconds(nanos: int, micros: int) -> None:
    epoch = datetime.datetime(1970, 1, 1, tzinfo=UTC_ZONE)
    expected = epoch + datetime.timedelta(microseconds=micros)
    assert since_epoch(9, MomentRules())(nanos) == expected


@pytest.mark.parametrize("value", ["soon", 2**62])
def test_a_count_that_is_none_or_too_large_is_refused(value: int | str) -> None:
    with pytest.raises(DataError, match=r"whole number|outside of the years"):
        since_epoch(6, MomentRules())(value)
