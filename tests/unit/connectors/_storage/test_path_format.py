# SPDX-License-Identifier: Apache-2.0
"""Times in Joda-Time's patterns."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors._storage.path_format import PathFormat
from barnabas.connectors._storage.zones import zone_of
from barnabas.errors import ConfigError

WEDNESDAY_MS = 1_715_160_453_007  # 2024-05-08T09:27:33.007Z


def written(pattern: str, ms: int = WEDNESDAY_MS, zone: str = "UTC") -> str:
    return PathFormat(pattern, zone_of(zone)).format(ms)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("'year'=YYYY/'month'=M/'day'=d/'hour'=H", "year=2024/month=5/day=8/hour=9"),
        ("yyyy-MM-dd HH:mm:ss.SSS", "2024-05-08 09:27:33.007"),
        ("yy YY YYYYY y", "24 24 02024 2024"),
        ("MMM MMMM E EEEE e", "May May Wed Wednesday 3"),
        ("x-'W'ww D DDD", "2024-W19 129 129"),
        ("G C a", "AD 20 AM"),
        ("h hh K KK k kk", "9 09 9 09 9 09"),
        ("S SS SSSS", "0 00 0070"),
        ("z Z ZZ ZZZ", "UTC +0000 +00:00 UTC"),
        ("'it''s' '' 'd'd", "it's ' d8"),
    ],
)
def test_letters_mean_what_they_do_in_joda_time(pattern: str, text: str) -> None:
    assert written(pattern) == text


def test_the_week_year_is_not_the_year_of_the_era() -> None:
    new_year_ms = 1_735_603_200_000  # 2024-12-31
    assert written("x-ww YYYY", new_year_ms) == "2025-01 2024"


def test_clocks_of_the_zone_are_shown() -> None:
    assert written("dd HH Z ZZ ZZZ", zone="Asia/Kolkata") == "08 14 +0530 +05:30 Asia/Kolkata"
    assert written("HH z", zone="America/New_York") == "05 EDT"


@given(st.datetimes(timezones=st.just(datetime.UTC)))
def test_all_times_python_knows_are_written_as_python_does(moment: datetime.datetime) -> None:
    ms = (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(
        milliseconds=1
    )
    assert (
        written("yyyy-MM-dd'T'HH:mm:ss.SSS", ms) == moment.isoformat(timespec="milliseconds")[:23]
    )


@given(st.integers(-(1 << 53), 1 << 53))
def test_the_calendar_repeats_after_400_years(ms: int) -> None:
    cycle_ms = 146_097 * 86_400_000
    pattern = "MM-dd HH E ww"
    assert written(pattern, ms) == written(pattern, ms + cycle_ms)
    assert int(written("yyyy", ms)) + 400 == int(written("yyyy", ms + cycle_ms))


def test_years_before_the_first_are_of_the_other_era() -> None:
    year_zero_ms = -62_167_219_200_000
    assert written("y Y G", year_zero_ms) == "0 1 BC"
    assert written("yyyy", year_zero_ms - 1) == "-0001"


@pytest.mark.parametrize("pattern", ["'year=YYYY", "YYYY/qq", "bad"])
def test_a_pattern_that_means_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigError, match=r"configuration path\.format"):
        written(pattern)


def test_names_are_english_only() -> None:
    with pytest.raises(ConfigError, match="locale=en"):
        PathFormat("MMM", datetime.UTC, locale="de-DE")
    assert PathFormat("MM", datetime.UTC, locale="de-DE").format(0) == "01"
    assert PathFormat("MMM", datetime.UTC, locale="en_US").format(0) == "Jan"
