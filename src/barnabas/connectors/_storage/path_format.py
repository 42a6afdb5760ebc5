# SPDX-License-Identifier: Apache-2.0
"""Directories named after times, by the patterns of Joda-Time, in a time zone.

===========  ============================  ===========  ===============================
letters      meaning                       letters      meaning
===========  ============================  ===========  ===============================
G C          era, century of the era       a            AM or PM
y Y          year, year of the era         H k          hour 0-23, 1-24
x w          year and week of ISO 8601     K h          hour 0-11, 1-12
M d D        month, day, day of the year   m s S        minute, second, fraction of it
E e          weekday by name, by number    z Z          zone by name, by offset or id (ZZZ)
===========  ============================  ===========  ===============================

Source:
    Joda-Time ``DateTimeFormat``, documented patterns; reference page *HDFS sink*, section 3.
    Compared with Joda-Time 2.13 on random times, patterns and zones.

Differs:
    Names are English, whatever the locale; a pattern with names is refused for other languages.
    ``zzzz`` gives the zone's short name.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from barnabas.connectors._storage.zones import offset_ms
from barnabas.data.types import DAY_MS
from barnabas.errors import ConfigError

__all__ = ["PathFormat"]

_ITEM: Final = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'", re.DOTALL)
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EPOCH: Final = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - counts local ms, has no zone
_CYCLE_MS: Final = 146_097 * DAY_MS
"""400 years, after which the calendar repeats."""
_EARLIEST_MS: Final = -62_135_596_800_000


class _Moment(NamedTuple):
    """A local time, taken apart."""

    local: datetime.datetime
    year: int
    offset_ms: int
    ms: int
    """Since the epoch, in UTC."""


Writer = Callable[[_Moment], str]


class PathFormat:
    """One pattern, compiled for a zone.

    Args:
        pattern: A pattern of Joda-Time.
        zone: Times are written as clocks there show them.
        locale: Language of names, such as ``en-US``.
        setting: Which setting the pattern is from, for errors.

    Raises:
        ConfigError: The pattern is not valid.
    """

    def __init__(
        self,
        pattern: str,
        zone: datetime.tzinfo,
        *,
        locale: str = "en",
        setting: str = "path.format",
    ) -> None:
        self.pattern = pattern
        self._zone = zone
        self._setting = setting
        self._writers = [_writer(item, zone, self._refuse) for item in _items(pattern)]
        language = re.split("[-_]", locale)[0].lower()
        if any(item in _NAMED for item in _items(pattern)) and language not in ("en", ""):
            message = (
                f"Invalid value {locale} for configuration locale: {setting}={pattern} has names of"
                " months or days, which are known in English only; use numbers or locale=en"
            )
            raise ConfigError(message)

    def format(self, ms: int) -> str:
        """Write a point in time, ms since the epoch."""
        offset = offset_ms(self._zone, ms)
        cycles = (ms + offset - _EARLIEST_MS) // _CYCLE_MS
        cycles = 0 if 0 <= cycles < 24 else cycles
        local = _EPOCH + datetime.timedelta(milliseconds=ms + offset - cycles * _CYCLE_MS)
        moment = _Moment(local, local.year + 400 * cycles, offset, ms)
        return "".join([write(moment) for write in self._writers])

    def _refuse(self, reason: str) -> ConfigError:
        message = (
            f"Invalid value {self.pattern} for configuration {self._setting}: {reason}; put text"
            " between single quotes"
        )
        return ConfigError(message)


def _items(pattern: str) -> list[str]:
    return [found[0] for found in _ITEM.finditer(pattern)]


_NAMED: Final = frozenset(
    {"M" * count for count in range(3, 20)} | {"E" * count for count in range(1, 20)}
)


def _writer(item: str, zone: datetime.tzinfo, refuse: Callable[[str], ConfigError]) -> Writer:
    if item == "'":
        reason = "a quote is not closed"
        raise refuse(reason)
    if item[0] == "'":
        literal = "'" if item == "''" else item[1:-1].replace("''", "'")
        return lambda _: literal
    if not item[0].isascii() or not item[0].isalpha():
        return lambda _: item
    writer = _letter_writer(item[0], len(item), zone)
    if writer is None:
        reason = f"{item[0]!r} means nothing in a pattern"
        raise refuse(reason)
    return writer


def _letter_writer(letter: str, count: int, zone: datetime.tzinfo) -> Writer | None:
    number = _NUMBERS.get(letter)
    if number is not None and (letter != "M" or count < 3):
        return lambda moment: f"{number(moment):0{count}d}"
    if letter in _YEARS:
        return _year_writer(_YEARS[letter], count)
    if letter in "ME":
        return _name_writer(letter, count)
    if letter in "zZ":
        return _zone_writer(letter, count, zone)
    if letter == "S":
        return lambda moment: f"{moment.local.microsecond:06d}".ljust(count, "0")[:count]
    return _TEXTS.get(letter)


def _year_writer(year: Callable[[_Moment], int], count: int) -> Writer:
    if count == 2:
        return lambda moment: f"{abs(year(moment)) % 100:02d}"

    def write(moment: _Moment) -> str:
        number = year(moment)
        return f"-{-number:0{count}d}" if number < 0 else f"{number:0{count}d}"

    return write


def _name_writer(letter: str, count: int) -> Writer:
    names: Sequence[str] = _MONTHS if letter == "M" else _DAYS
    forms = names if count >= 4 else [name[:3] for name in names]
    if letter == "M":
        return lambda moment: forms[moment.local.month - 1]
    return lambda moment: forms[moment.local.weekday()]


def _zone_writer(letter: str, count: int, zone: datetime.tzinfo) -> Writer:
    if letter == "z":
        return lambda moment: _zone_name(zone, moment)
    if count >= 3:
        return lambda _: str(zone)

    def write(moment: _Moment) -> str:
        minutes, seconds = divmod(abs(moment.offset_ms) // 1000, 60)
        hours, minutes = divmod(minutes, 60)
        parts = [f"{hours:02d}", f"{minutes:02d}", *([f"{seconds:02d}"] if seconds else [])]
        sign = "-" if moment.offset_ms < 0 else "+"
        return sign + (":" if count == 2 else "").join(parts)

    return write


def _zone_name(zone: datetime.tzinfo, moment: _Moment) -> str:
    inside = moment.local.replace(tzinfo=datetime.UTC) - datetime.timedelta(
        milliseconds=moment.offset_ms
    )
    return inside.astimezone(zone).tzname() or str(zone)


_YEARS: Final[dict[str, Callable[[_Moment], int]]] = {
    "y": lambda moment: moment.year,
    "Y": lambda moment: moment.year if moment.year > 0 else 1 - moment.year,
    "x": lambda moment: moment.local.isocalendar().year + moment.year - moment.local.year,
}

_TEXTS: Final[dict[str, Writer]] = {
    "G": lambda moment: "AD" if moment.year > 0 else "BC",
    "a": lambda moment: "AM" if moment.local.hour < 12 else "PM",
}

_NUMBERS: Final[dict[str, Callable[[_Moment], int]]] = {
    "C": lambda moment: abs(moment.year if moment.year > 0 else 1 - moment.year) // 100,
    "M": lambda moment: moment.local.month,
    "d": lambda moment: moment.local.day,
    "D": lambda moment: moment.local.timetuple().tm_yday,
    "e": lambda moment: moment.local.isoweekday(),
    "w": lambda moment: moment.local.isocalendar().week,
    "H": lambda moment: moment.local.hour,
    "k": lambda moment: moment.local.hour or 24,
    "K": lambda moment: moment.local.hour % 12,
    "h": lambda moment: moment.local.hour % 12 or 12,
    "m": lambda moment: moment.local.minute,
    "s": lambda moment: moment.local.second,
}
