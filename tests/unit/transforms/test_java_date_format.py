# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from barnabas.errors import ConfigError
from barnabas.transforms.java_date_format import JavaDateFormat

MS = 1_483_425_001_864  # Tue 2017-01-03 06:30:01.864
EVENING_MS = 1_735_421_430_005  # Sat 2024-12-28 21:30:30.005
BEFORE_CHRIST_MS = -62_200_000_000_000
WHOLE_GREGORIAN_YEARS_S = -141_349 * 86_400  # from 1583 on
LAST_OF_PYTHON_S = 253_402_300_799
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2017-01-03T06:30:01.864Z"),
        ("EEE, d MMM yyyy HH:mm:ss Z", "Tue, 3 Jan 2017 06:30:01 +0000"),
        ("EEEE MMMM L LLL zzzz", "Tuesday January 1 Jan Coordinated Universal Time"),
        ("G y yy yyyyy Y YY u", "AD 2017 17 02017 2017 17 2"),
        ("w ww W F D DDD", "1 01 1 1 3 003"),
        ("k K h H a", "6 6 6 6 AM"),
        ("m s S SSSSS", "30 1 864 00864"),
        ("z X XX", "UTC Z Z"),
        ("'it''s' ''yy''", "it's '17'"),
        ("", ""),
    ],
)
def test_every_letter_is_written_as_in_java(pattern: str, text: str) -> None:
    assert JavaDateFormat(pattern).format(MS) == text


def test_the_evening_has_small_hours_on_a_clock_of_twelve() -> None:
    assert JavaDateFormat("h:K:k:H a").format(EVENING_MS) == "9:9:21:21 PM"
    assert JavaDateFormat("h:K:k:H a").format(0) == "12:0:24:0 AM"


def test_the_week_with_new_year_belongs_to_the_new_year() -> None:
    assert JavaDateFormat("YYYY-ww").format(EVENING_MS) == "2024-52"
    assert JavaDateFormat("YYYY-ww").format(EVENING_MS + 86_400_000) == "2025-01"


def test_years_before_christ_count_backwards() -> None:
    assert JavaDateFormat("yyyy G YY").format(BEFORE_CHRIST_MS) == "0003 BC -02"


def test_what_was_written_last_is_not_taken_for_another_time() -> None:
    for pattern in ("HH:mm:ss.SSS", "HH:mm:ss", "HH:mm", "HH", "dd"):
        writer = JavaDateFormat(pattern)
        for step in (1, 1_000, 60_000, 3_600_000, 86_400_000):
            writer.format(MS)
            assert writer.format(MS + step) == JavaDateFormat(pattern).format(MS + step)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [("bogus", "'b' means nothing"), ("yyyy'T", "quote"), ("XXXX", "three times"), ("é i", "'i'")],
)
def test_other_patterns_are_refused(pattern: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=f"SimpleDateFormat: .*{reason}"):
        JavaDateFormat(pattern)


@given(st.integers(WHOLE_GREGORIAN_YEARS_S, LAST_OF_PYTHON_S))
def test_dates_are_written_as_python_does(seconds: int) -> None:
    moment = EPOCH + datetime.timedelta(seconds=seconds)
    text = JavaDateFormat("yyyy-MM-dd HH:mm:ss u DDD").format(seconds * 1000)
    assert text == moment.strftime("%Y-%m-%d %H:%M:%S %u %j")


@given(st.integers(-(10**14), 10**15))
@example(-62_419_852_800_001)  # in the year 10 before Christ
def test_what_is_written_can_be_read(ms: int) -> None:
    # Not with y or yy: these take years of two digits for recent ones.
    for pattern in ("G yyyy-MM-dd HH:mm:ss.SSS", "G yyy D H:m:s S z", "GyyyyyyMMddHHmmssSSS"):
        form = JavaDateFormat(pattern)
        assert form.parse(form.format(ms)) == ms
