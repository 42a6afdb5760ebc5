# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime

import pytest

from barnabas.transforms.java_date_format import JavaDateFormat
from barnabas.transforms.java_date_parsing import Part, parse_parts

TODAY = datetime.date(2025, 6, 15)
EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - all is UTC here


def parse(pattern: str, text: str) -> str | None:
    """Read a text and write the moment in ISO 8601."""
    ms = JavaDateFormat(pattern, today=TODAY).parse(text)
    return None if ms is None else (EPOCH + datetime.timedelta(milliseconds=ms)).isoformat(" ")


@pytest.mark.parametrize(
    ("pattern", "text", "moment"),
    [
        ("yyyy-MM-dd", "2020-1-2 and more", "2020-01-02 00:00:00"),
        ("yyyy-MM-dd", " 2020- 1-2", "2020-01-02 00:00:00"),
        ("yyyyMMdd", "20200102", "2020-01-02 00:00:00"),
        ("yyyyMMdd", "2020010", "2019-12-31 00:00:00"),
        ("yyyy-MM-dd", "2020-13-32", "2021-02-01 00:00:00"),
        ("HH:mm", "25:61", "1970-01-02 02:01:00"),
        ("H", "-1", "1969-12-31 23:00:00"),
        ("ss.SSS", "1.5678", "1970-01-01 00:00:06.678000"),
        ("dd MMM yyyy", "3 january 2020", "2020-01-03 00:00:00"),
        ("dd MMMM yyyy", "3 JAN 2020", "2020-01-03 00:00:00"),
        ("LLL yyyy''", "Feb 2020'", "2020-02-01 00:00:00"),
        ("yyyy-MM-dd", "١٩٧٠-01-02", "1970-01-02 00:00:00"),
    ],
)
def test_dates_are_read_leniently(pattern: str, text: str, moment: str) -> None:
    assert parse(pattern, text) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("24-6-14", "2024-06-14 00:00:00"),
        ("44-6-14", "2044-06-14 00:00:00"),
        ("45-6-14", "2045-06-14 00:00:00"),
        ("45-6-15", "1945-06-15 00:00:00"),
        ("46-6-14", "1946-06-14 00:00:00"),
        ("2046-6-14", "2046-06-14 00:00:00"),
    ],
)
def test_years_of_two_digits_lie_around_today(text: str, moment: str) -> None:
    assert parse("yy-M-d", text) == moment


@pytest.mark.parametrize(
    ("pattern", "text", "moment"),
    [
        ("hh:mm a", "12:30 am", "1970-01-01 00:30:00"),
        ("hh:mm a", "12:30 PM", "1970-01-01 12:30:00"),
        ("KK a", "11 PM", "1970-01-01 23:00:00"),
        ("hha", "12AM", "1970-01-01 00:00:00"),
        ("kk", "24", "1970-01-01 00:00:00"),
        ("hh", "13", "1970-01-01 13:00:00"),
        ("a", "pm", "1970-01-01 12:00:00"),
        ("HH a", "05 PM", "1970-01-01 05:00:00"),
        ("HH hh", "05 03", "1970-01-01 05:00:00"),
        ("HH hh a", "05 03 PM", "1970-01-01 15:00:00"),
    ],
)
def test_the_clock_may_have_twelve_hours(pattern: str, text: str, moment: str) -> None:
    assert parse(pattern, text) == moment


@pytest.mark.parametrize(
    ("pattern", "text", "moment"),
    [
        ("yyyy DDD", "2020 60", "2020-02-29 00:00:00"),
        ("MM dd DDD", "03 04 100", "1970-04-10 00:00:00"),
        ("YYYY 'W'ww u", "2020 W05 3", "2020-01-29 00:00:00"),
        ("YYYY-'W'ww", "2020-W05", "2020-01-26 00:00:00"),
        ("yyyy ww", "2020 05", "2020-01-26 00:00:00"),
        ("yyyy-MM W E", "2020-05 2 Tue", "2020-05-05 00:00:00"),
        ("yyyy-MM F E", "2020-05 2 Tue", "2020-05-12 00:00:00"),
        ("yyyy-MM F E", "2020-05 -1 Tuesday", "2020-05-26 00:00:00"),
        ("E", "Tue", "1970-01-06 00:00:00"),
        ("u", "7", "1970-01-04 00:00:00"),
        ("EEE yyyy-MM-dd", "Tue 2020-01-02", "2020-01-02 00:00:00"),
        ("G yyyy", "AD 5", "0004-12-30 00:00:00"),
    ],
)
def test_a_day_may_be_named_in_many_ways(pattern: str, text: str, moment: str) -> None:
    assert parse(pattern, text) == moment


def test_years_before_christ_are_read() -> None:
    assert JavaDateFormat("G yyyy").parse("BC 5") == -62_293_622_400_000


@pytest.mark.parametrize(
    ("pattern", "text", "moment"),
    [
        ("HH:mmXXX", "03:04+01:30", "1970-01-01 01:34:00"),
        ("HH:mmX", "03:04-01", "1970-01-01 04:04:00"),
        ("HH:mmX", "03:04Z", "1970-01-01 03:04:00"),
        ("HH:mm Z", "03:04 -0100", "1970-01-01 04:04:00"),
        ("HH:mm Z", "03:04 CET", "1970-01-01 02:04:00"),
        ("HH:mm z", "03:04 Pacific Standard Time", "1970-01-01 11:04:00"),
        ("HH:mm z", "03:04 gmt", "1970-01-01 03:04:00"),
        ("HH:mm z", "03:04 GMT-1:30", "1970-01-01 04:34:00"),
    ],
)
def test_time_zones_are_read(pattern: str, text: str, moment: str) -> None:
    assert parse(pattern, text) == moment


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd", "bad"),
        ("yyyy-MM-dd", "2020-01"),
        ("yyyy-MM-dd", "+2020-01-02"),
        ("yyyyMMdd", "202"),
        ("dd MMM", "3 Ja"),
        ("MMM", "1"),
        ("MMM", " Jan"),
        ("yyyy ", "2020"),
        ("XXX", "+01"),
        ("X", "z"),
        ("Z", "+1"),
        ("Z", "+9900"),
        ("z", "GMT+9"),
        ("z", "Europe/Berlin"),
        ("z", ""),
    ],
)
def test_other_text_is_refused(pattern: str, text: str) -> None:
    assert parse(pattern, text) is None


def test_numbers_beyond_32_and_64_bits_wrap_as_in_java() -> None:
    assert JavaDateFormat("yyyy-MM-dd").parse("99999999999-1-1") == 1_471_883_220_702_496_768
    assert JavaDateFormat("S").parse(str(2**64)) == 2**31 - 1


def test_parts_can_be_read_without_a_pattern() -> None:
    parts = [Part("H", 2, ""), Part("", 0, " h"), Part("m", 2, "")]
    assert parse_parts(parts, "01 h30", TODAY) == 90 * 60_000
