# SPDX-License-Identifier: Apache-2.0
"""Times as texts."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors._storage.iso_times import parse_time

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def ms_of(text: str) -> int:
    moment = datetime.datetime.fromisoformat(text)
    return (moment - EPOCH) // datetime.timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2024-05-08T09:27:33.007Z", "2024-05-08T09:27:33.007+00:00"),
        ("2024-05-08T09:27:33,007+02:00", "2024-05-08T09:27:33.007+02:00"),
        ("2024-05-08T09:27-0330", "2024-05-08T09:27:00-03:30"),
        ("2024-05-08T09.5Z", "2024-05-08T09:30:00+00:00"),
        ("2024-05-08TZ", "2024-05-08T00:00:00+00:00"),
        ("2024-129TZ", "2024-05-08T00:00:00+00:00"),
        ("2024-W19-3TZ", "2024-05-08T00:00:00+00:00"),
        ("2024-05TZ", "2024-05-01T00:00:00+00:00"),
        ("T10:00Z", "1970-01-01T10:00:00+00:00"),
        ("2024-05-08T09:27z", "2024-05-08T09:27:00+00:00"),
        ("1978-09-18T21:50:13+01:02:03.004", "1978-09-18T20:48:09.996+00:00"),
        ("1970-01-01T12.123456789Z", "1970-01-01T12:07:24.443+00:00"),
    ],
)
def test_times_of_iso_8601_are_read(text: str, same: str) -> None:
    assert parse_time(text) == ms_of(same)


def test_a_time_without_zone_is_in_that_of_the_process() -> None:
    moment = datetime.datetime(2024, 5, 8, 9, 27).astimezone()
    assert parse_time("2024-05-08T09:27") == ms_of(moment.isoformat())


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_numbers_are_ms_since_the_epoch(number: int) -> None:
    assert parse_time(str(number)) == number


@given(st.datetimes(timezones=st.just(datetime.UTC)))
def test_what_python_writes_is_read(moment: datetime.datetime) -> None:
    assert parse_time(moment.isoformat()) == ms_of(moment.isoformat())


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2024-13-01", "2024-02-30T00:00Z", "2023-366", "2024-05-08 09:27"),
        *("T25:00Z", "99999999999999999999", "9223372036854775808", "2024-05-08T09:27+99:00"),
        *("1.5", "T", "TZ", "T+01:00"),
    ],
)
def test_anything_else_is_no_time(text: str) -> None:
    assert parse_time(text) is None
