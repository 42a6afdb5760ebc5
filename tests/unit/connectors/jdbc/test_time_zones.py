# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors.jdbc.time_zones import (
    DAYS_REMEMBERED,
    UTC,
    TimeZone,
    datetime_of,
    nanos_of,
)
from barnabas.errors import ConfigError

EPOCH = datetime.datetime.fromisoformat("1970-01-01")
MICROSECOND = datetime.timedelta(microseconds=1)
HOUR_US = 3_600_000_000


def ms_of_wall(zone: str, wall: str) -> int:
    us = (datetime.datetime.fromisoformat(wall) - EPOCH) // MICROSECOND
    return TimeZone.of(zone).us_of_wall(us) // 1000


@pytest.mark.parametrize(
    ("zone", "wall", "ms"),
    [
        ("America/New_York", "2024-11-03 01:30", 1730615400000),
        ("Europe/Berlin", "2024-10-27 02:30", 1729992600000),
        ("Europe/Dublin", "2024-10-27 01:30", 1729992600000),
        ("Australia/Lord_Howe", "2024-04-07 01:45", 1712416500000),
    ],
)
def test_of_two_points_in_time_the_later_is_meant_as_java_does(
    zone: str, wall: str, ms: int
) -> None:
    assert ms_of_wall(zone, wall) == ms


@pytest.mark.parametrize(
    ("zone", "wall", "ms"),
    [
        ("America/New_York", "2024-03-10 02:30", 1710055800000),
        ("Europe/Berlin", "2024-03-31 02:30", 1711848600000),
        ("Europe/Dublin", "2024-03-31 01:30", 1711848600000),
        ("Australia/Lord_Howe", "2024-10-06 02:15", 1728143100000),
    ],
)
def test_a_wall_time_that_clocks_skip_lies_behind_the_change_as_in_java(
    zone: str, wall: str, ms: int
) -> None:
    assert ms_of_wall(zone, wall) == ms


def test_before_1900_the_standard_offset_of_today_holds_as_in_java() -> None:
    assert ms_of_wall("Europe/Berlin", "1850-01-01 00:00") == -3786829200000


@pytest.mark.parametrize(
    ("name", "hours"),
    [("EST", 5), ("MST", 7), ("+02:00", -2), ("GMT-3", 3), ("UTC+0230", -2.5), ("JST", -9)],
)
def test_short_ids_and_offsets_are_zones(name: str, hours: float) -> None:
    assert TimeZone.of(name).us_of_wall(0) == hours * HOUR_US


@pytest.mark.parametrize("name", ["UTC", "GMT", "Etc/UTC", " UTC "])
def test_the_names_of_utc_are_utc(name: str) -> None:
    assert TimeZone.of(name).is_utc


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "+99:00", "../passwd"])
def test_an_unknown_zone_is_refused_with_its_setting(name: str) -> None:
    with pytest.raises(ConfigError, match=r"for configuration date\.timezone: there is no such"):
        TimeZone.of(name, key="date.timezone")


def test_a_value_with_a_zone_of_its_own_is_expressed_in_utc() -> None:
    value = datetime.datetime.fromisoformat("2024-05-01T12:00:00+02:00")
    found = TimeZone.of("Asia/Tokyo").instant_of(value)
    assert (found, found.tzinfo) == (value, datetime.UTC)


def test_a_value_without_zone_is_one_of_the_database() -> None:
    wall = datetime.datetime.fromisoformat("2024-05-01T12:00:00")
    berlin = TimeZone.of("Europe/Berlin").instant_of(wall)
    assert berlin == datetime.datetime(2024, 5, 1, 10, tzinfo=datetime.UTC)
    assert UTC.instant_of(wall) == datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)


def test_a_time_no_datetime_can_hold_has_the_standard_offset() -> None:
    far_us = 400_000 * 366 * 24 * HOUR_US
    zone = TimeZone.of("Europe/Berlin")
    assert zone.us_of_wall(far_us) == far_us - HOUR_US
    assert zone.wall_us_of(far_us) == far_us + HOUR_US


def test_only_so_many_days_are_remembered() -> None:
    zone = TimeZone.of("Europe/Berlin")
    for ordinal in range(700_000, 700_000 + DAYS_REMEMBERED + 10):
        _ = zone.offsets[ordinal]
    assert len(zone.offsets) <= DAYS_REMEMBERED


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "MST"]


@given(st.sampled_from(ZONES), st.datetimes(datetime.datetime.fromisoformat("1700-01-01")))
def test_a_bound_means_the_point_in_time_its_value_was_read_as(
    name: str, wall: datetime.datetime
) -> None:
    zone = TimeZone.of(name)
    again = zone.wall_of(nanos_of(zone.instant_of(wall)))
    assert zone.instant_of(again) == zone.instant_of(wall)


@given(st.datetimes(timezones=st.just(datetime.UTC)))
def test_nanos_and_datetimes_are_the_same_points_in_time(instant: datetime.datetime) -> None:
    assert datetime_of(nanos_of(instant) + 999) == instant
