# SPDX-License-Identifier: Apache-2.0
"""Dates as Java's calendar counts and writes them, always in UTC.

Java counts by the Julian calendar before 1582-10-15, takes months and days out of range as an
overflow into the next ones, and reads a date off the front of a text whatever follows it. Values
here are plain ints: days and ms since the epoch, of any size.

Source: behaviour of ``java.text.SimpleDateFormat`` (lenient) and ``java.util.Date.toString``.
"""

from __future__ import annotations

import datetime
import re
from typing import Final

from barnabas.data.numbers import wrap_integer
from barnabas.data.types import DAY_MS

__all__ = [
    "civil",
    "date_text",
    "days_of",
    "java_date_text",
    "parse_date",
    "parse_time",
    "parse_timestamp",
    "time_text",
    "timestamp_text",
]

_GREGORIAN_START_DAYS: Final = -141_427
"""1582-10-15, the first day of the Gregorian calendar."""
_EPOCH_ORDINAL: Final = 719_163
_CYCLE_DAYS, _CYCLE_YEARS = 146_097, 400
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_DATE: Final = r"[ \t]*(-?\d+)-[ \t]*(-?\d+)-[ \t]*(-?\d+)"
_TIME: Final = r"[ \t]*(-?\d+):[ \t]*(-?\d+):[ \t]*(-?\d+)\.[ \t]*(-?\d+)Z"
_DATE_PATTERN: Final = re.compile(_DATE)
_TIME_PATTERN: Final = re.compile(_TIME)
_TIMESTAMP_PATTERN: Final = re.compile(_DATE + "T" + _TIME)


def parse_date(text: str) -> int | None:
    """Read ``yyyy-MM-dd`` as days; None when the text does not begin so."""
    found = _DATE_PATTERN.match(text)
    return None if found is None else days_of(*map(_number, found.groups()))


def parse_time(text: str) -> int | None:
    """Read ``HH:mm:ss.SSSZ`` as ms, more than a day's too; None when the text is none."""
    found = _TIME_PATTERN.match(text)
    return None if found is None else _ms_of(*map(_number, found.groups()))


def parse_timestamp(text: str) -> int | None:
    """Read ``yyyy-MM-ddTHH:mm:ss.SSSZ`` as ms; None when the text does not begin so."""
    found = _TIMESTAMP_PATTERN.match(text)
    if found is None:
        return None
    numbers = [_number(group) for group in found.groups()]
    return days_of(*numbers[:3]) * DAY_MS + _ms_of(*numbers[3:])


def date_text(days: int) -> str:
    """Write days as ``yyyy-MM-dd``."""
    year, month, day = civil(days)
    return f"{_year_of_era(year):04d}-{month:02d}-{day:02d}"


def time_text(ms: int) -> str:
    """Write the time of day of ms as ``HH:mm:ss.SSSZ``."""
    seconds, ms = divmod(ms % DAY_MS, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}.{ms:03d}Z"


def timestamp_text(ms: int) -> str:
    """Write ms as ``yyyy-MM-ddTHH:mm:ss.SSSZ``."""
    return f"{date_text(ms // DAY_MS)}T{time_text(ms)}"


def java_date_text(ms: int) -> str:
    """Write ms as Java prints a date: ``Fri Aug 23 00:00:00 UTC 2019``."""
    days = ms // DAY_MS
    year, month, day = civil(days)
    weekday = _WEEKDAYS[(days + 3) % 7]
    clock = time_text(ms)[:8]
    return f"{weekday} {_MONTHS[month - 1]} {day:02d} {clock} UTC {_year_of_era(year)}"


def _number(text: str) -> int:
    return wrap_integer(int(text), 32)


def _year_of_era(year: int) -> int:
    return year if year > 0 else 1 - year


def _ms_of(hours: int, minutes: int, seconds: int, ms: int) -> int:
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms


def days_of(year: int, month: int, day: int) -> int:
    """Count days to a date whose month and day may overflow into the next ones.

    Years before 1 are 0, -1 and so on.
    """
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    gregorian = _gregorian_days(year, month) + day - 1
    if gregorian >= _GREGORIAN_START_DAYS:
        return gregorian
    return _julian_days(year, month) + day - 1


def _gregorian_days(year: int, month: int) -> int:
    cycles, year = divmod(year - 1, _CYCLE_YEARS)
    first = datetime.date(year + 1, month, 1).toordinal()
    return first - _EPOCH_ORDINAL + cycles * _CYCLE_DAYS


def _julian_days(year: int, month: int) -> int:
    """Count days to the first of a month; years begin in March so that leap days come last."""
    year -= month < 3
    return year * 1461 // 4 + (153 * ((month - 3) % 12) + 2) // 5 - 719_470


def civil(days: int) -> tuple[int, int, int]:
    """Return year, month and day; the year before 1 is 0."""
    if days < _GREGORIAN_START_DAYS:
        return _julian_civil(days)
    cycles, ordinal = divmod(days + _EPOCH_ORDINAL - 1, _CYCLE_DAYS)
    date = datetime.date.fromordinal(ordinal + 1)
    return date.year + cycles * _CYCLE_YEARS, date.month, date.day


def _julian_civil(days: int) -> tuple[int, int, int]:
    days += 719_470
    year = (4 * days + 3) // 1461
    of_year = days - year * 1461 // 4
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    return year + (month > 9), (month + 2) % 12 + 1, day
