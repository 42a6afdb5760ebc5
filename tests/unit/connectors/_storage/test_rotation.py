# SPDX-License-Identifier: Apache-2.0
"""When files end."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors._storage.rotation import (
    OpenRange,
    Reason,
    RotationRules,
    next_scheduled_ms,
    records_before_rotation,
    rotation_due,
)

HOUR = 3_600_000


def due(rules: RotationRules, files: OpenRange, now: int, **more: object) -> Reason | None:
    facts = {"is_idle": False, "largest_file": 0, **more}
    return rotation_due(rules, files, now, **facts)  # type: ignore[arg-type]


def test_no_more_records_than_flush_size_are_in_a_set() -> None:
    rules = RotationRules(10)
    assert records_before_rotation(rules, None, None, 25) == 10
    assert records_before_rotation(rules, OpenRange(0, 0, count=7), None, 25) == 3
    assert records_before_rotation(rules, OpenRange(0, 0, count=7), None, 2) == 2


def test_flush_size_ends_files() -> None:
    assert due(RotationRules(10), OpenRange(0, 0, count=10), 0) is Reason.SIZE
    assert due(RotationRules(10), OpenRange(0, 0, count=9), 0) is None


def test_the_record_that_crosses_the_interval_begins_the_next_files() -> None:
    rules = RotationRules(100, interval_ms=HOUR, uses_record_time=True)
    times = [5, HOUR + 4, HOUR + 5, 7]
    assert records_before_rotation(rules, None, times, 4) == 2
    assert records_before_rotation(rules, OpenRange(0, 0, 6), times, 4) == 4
    assert records_before_rotation(rules, OpenRange(0, 0, 4), times, 4) == 1


@given(st.lists(st.integers(-1000, 1000), min_size=1), st.integers(1, 50))
def test_every_cut_goes_forward(times: list[int], interval: int) -> None:
    rules = RotationRules(7, interval_ms=interval, uses_record_time=True)
    at = 0
    while at < len(times):
        room = records_before_rotation(rules, None, times[at:], len(times) - at)
        assert room > 0
        assert max(times[at : at + room]) < times[at] + interval
        at += room


def test_record_times_do_not_end_files_by_the_clock_while_records_come() -> None:
    rules = RotationRules(100, interval_ms=HOUR, uses_record_time=True)
    files = OpenRange(0, 0, 0, count=1)
    assert due(rules, files, 2 * HOUR) is None
    assert due(rules, files, HOUR - 1, is_idle=True) is None
    assert due(rules, files, HOUR, is_idle=True) is Reason.IDLE


def test_idle_files_stay_open_if_that_is_wanted() -> None:
    rules = RotationRules(100, HOUR, uses_record_time=True, ends_idle_files=False)
    assert due(rules, OpenRange(0, 0, 0, count=1), 9 * HOUR, is_idle=True) is None


def test_the_clock_ends_files_counted_from_their_first_record() -> None:
    rules = RotationRules(100, interval_ms=HOUR)
    files = OpenRange(50, 60, count=1)
    assert due(rules, files, HOUR + 49) is None
    assert due(rules, files, HOUR + 50) is Reason.INTERVAL


def test_bytes_of_the_largest_file_end_files() -> None:
    rules = RotationRules(100, file_bytes=1000)
    assert due(rules, OpenRange(0, 0, count=1), 0, largest_file=999) is None
    assert due(rules, OpenRange(0, 0, count=1), 0, largest_file=1000) is Reason.BYTES


def test_the_schedule_ends_files() -> None:
    files = OpenRange(0, 0, scheduled_ms=500, count=1)
    assert due(RotationRules(100, schedule_ms=1), files, 499) is None
    assert due(RotationRules(100, schedule_ms=1), files, 500) is Reason.SCHEDULE


def ms(text: str, zone: datetime.tzinfo) -> int:
    return round(datetime.datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


@pytest.mark.mirrors("kafka-connect-storage-common DateTimeUtilsTest")
@pytest.mark.parametrize(
    ("zone", "now", "period", "expected"),
    [
        ("UTC", "2024-05-08T10:59:59", HOUR, "2024-05-08T11:00:00"),
        ("UTC", "2024-05-08T11:00:00", HOUR, "2024-05-08T12:00:00"),
        ("Europe/Berlin", "2024-05-08T23:30:00", 24 * HOUR, "2024-05-09T00:00:00"),
        ("UTC", "2024-05-08T22:00:00", 7 * HOUR, "2024-05-09T00:00:00"),
        ("Europe/Berlin", "2024-03-31T12:00:00", 24 * HOUR, "2024-04-01T00:00:00"),
        ("Asia/Kolkata", "2024-05-08T10:10:00", HOUR, "2024-05-08T11:00:00"),
    ],
)
def test_schedules_begin_at_local_midnight(zone: str, now: str, period: int, expected: str) -> None:
    info = zoneinfo.ZoneInfo(zone)
    assert next_scheduled_ms(ms(now, info), period, info) == ms(expected, info)


@given(st.integers(0, 2**41), st.integers(1, 3 * 24 * HOUR))
def test_a_schedule_is_always_ahead_and_within_a_day(now: int, period: int) -> None:
    zone = zoneinfo.ZoneInfo("America/Santiago")
    assert 0 < next_scheduled_ms(now, period, zone) - now <= min(period, 25 * HOUR)
