# SPDX-License-Identifier: Apache-2.0
"""Dates written and read by the patterns of Java's ``SimpleDateFormat``.

Always in UTC, in English, with weeks that begin on Sunday, as a Java worker in an English locale
does it. Reading is in `barnabas.transforms.java_date_parsing`.

=========  ============================  =========  ==================================
letters    meaning                       letters    meaning
=========  ============================  =========  ==================================
G          era, AD or BC                 E u        weekday by name, by number (Monday 1)
y Y        year, year of the week        a          AM or PM
M L        month by number or name       H k        hour 0-23, 1-24
w W        week of the year, the month   K h        hour 0-11, 1-12
D d        day of the year, the month    m s S      minute, second, millisecond
F          which such weekday in month   z Z X      zone by name, RFC 822, ISO 8601
=========  ============================  =========  ==================================

Source:
    Behaviour of ``java.text.SimpleDateFormat`` (lenient), compared with OpenJDK 17.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from barnabas.data.calendars import civil, days_of
from barnabas.data.types import DAY_MS
from barnabas.errors import ConfigError
from barnabas.transforms.java_date_names import DAYS, ERAS, HALVES, MONTHS
from barnabas.transforms.java_date_parsing import Part, parse_parts

__all__ = ["JavaDateFormat"]

_LETTERS: Final = "GyMdkHmsSEDFwWahKzZYuXL"
_ITEM: Final = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'", re.DOTALL)


class JavaDateFormat:
    """One pattern, compiled.

    Not for use by several threads at once: it remembers what it wrote last.

    Args:
        pattern: A pattern of ``SimpleDateFormat``.
        today: Years of two digits lie within 80 years before and 20 after; today when None.

    Raises:
        ConfigError: The pattern is not valid.
    """

    def __init__(self, pattern: str, *, today: datetime.date | None = None) -> None:
        self.pattern = pattern
        self._parts = _compile(pattern)
        self._writers = [_writer(part) for part in self._parts]
        self._today = today or datetime.datetime.now(datetime.UTC).date()
        self._step = _step({part.letter for part in self._parts})
        self._last: tuple[int, str] | None = None

    def format(self, ms: int) -> str:
        """Write ms since the epoch."""
        unit = ms // self._step
        last = self._last
        if last is not None and last[0] == unit:
            return last[1]
        moment = _moment(ms)
        text = "".join([write(moment) for write in self._writers])
        self._last = (unit, text)
        return text

    def parse(self, text: str) -> int | None:
        """Read ms since the epoch off the front of a text; None when it does not fit."""
        return parse_parts(self._parts, text, self._today)


class _Moment(NamedTuple):
    """A point in time, taken apart."""

    days: int
    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    ms: int


def _moment(ms: int) -> _Moment:
    days, rest = divmod(ms, DAY_MS)
    seconds, ms = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return _Moment(days, *_civil(days), hour, minute, second, ms)


_civil = functools.lru_cache(maxsize=512)(civil)


def _compile(pattern: str) -> list[Part]:
    parts: list[Part] = []
    for found in _ITEM.finditer(pattern):
        item = found[0]
        if item == "'":
            raise _refuse(pattern, "a quote is not closed")
        if found[2] is None:
            literal = "'" if item == "''" else item
            if found[1]:
                literal = found[1].replace("''", "'")
            parts.append(Part("", 0, literal))
        elif found[2] not in _LETTERS:
            raise _refuse(pattern, f"{found[2]!r} means nothing; put text between quotes")
        elif found[2] == "X" and len(item) > 3:
            raise _refuse(pattern, "X may stand three times at most")
        else:
            parts.append(Part(found[2], len(item), ""))
    return parts


def _refuse(pattern: str, reason: str) -> ConfigError:
    message = f"{pattern!r} is no pattern of Java's SimpleDateFormat: {reason}"
    return ConfigError(message)


def _step(letters: set[str]) -> int:
    """The longest time in ms in which the text stays the same."""
    for group, step in (("S", 1), ("s", 1000), ("m", 60_000), ("HkKha", 3_600_000)):
        if letters & set(group):
            return step
    return DAY_MS


Writer = Callable[[_Moment], str]


def _writer(part: Part) -> Writer:
    count = part.width
    if not part.letter:
        return lambda _: part.literal
    if part.letter in _NUMBERS:
        number = _NUMBERS[part.letter]
        return lambda moment: _padded(number(moment), count)
    if part.letter in "yY":
        return _year_writer(_era_year if part.letter == "y" else _week_year, count)
    if part.letter in "ML":
        return _month_writer(count)
    return _TEXTS[part.letter](count)


def _padded(number: int, count: int) -> str:
    return f"-{-number:0{count}d}" if number < 0 else f"{number:0{count}d}"


def _year_writer(number: Callable[[_Moment], int], count: int) -> Writer:
    if count != 2:
        return lambda moment: _padded(number(moment), count)

    def write(moment: _Moment) -> str:
        year = number(moment)
        return f"{'-' if year < 0 else ''}{abs(year) % 100:02d}"

    return write


def _month_writer(count: int) -> Writer:
    if count <= 2:
        return lambda moment: _padded(moment.month, count)
    return _name_writer(MONTHS, lambda moment: moment.month - 1)(count)


def _name_writer(names: Sequence[str], number: Callable[[_Moment], int]) -> Callable[[int], Writer]:
    def make(count: int) -> Writer:
        forms = names if count >= 4 else [name[:3] for name in names]
        return lambda moment: forms[number(moment)]

    return make


def _era_year(moment: _Moment) -> int:
    return moment.year if moment.year > 0 else 1 - moment.year


def week_start(days: int) -> int:
    """The Sunday on or before a day."""
    return days - (days + 4) % 7


def _week_year(moment: _Moment) -> int:
    """The year whose first week, the one with 1 January, has begun on this day or before."""
    following = moment.year + 1
    return following if moment.days >= week_start(days_of(following, 1, 1)) else moment.year


def _week_of_year(moment: _Moment) -> int:
    first = week_start(days_of(_week_year(moment), 1, 1))
    return (moment.days - first) // 7 + 1


def _week_of_month(moment: _Moment) -> int:
    first = week_start(days_of(moment.year, moment.month, 1))
    return (moment.days - first) // 7 + 1


def _constant(short: str, long: str) -> Callable[[int], Writer]:
    def make(count: int) -> Writer:
        text = long if count >= 4 else short
        return lambda _: text

    return make


_NUMBERS: Final[dict[str, Callable[[_Moment], int]]] = {
    "d": lambda moment: moment.day,
    "k": lambda moment: moment.hour or 24,
    "H": lambda moment: moment.hour,
    "K": lambda moment: moment.hour % 12,
    "h": lambda moment: moment.hour % 12 or 12,
    "m": lambda moment: moment.minute,
    "s": lambda moment: moment.second,
    "S": lambda moment: moment.ms,
    "D": lambda moment: moment.days - days_of(moment.year, 1, 1) + 1,
    "F": lambda moment: (moment.day - 1) // 7 + 1,
    "w": _week_of_year,
    "W": _week_of_month,
    "u": lambda moment: (moment.days + 3) % 7 + 1,
}

_TEXTS: Final[dict[str, Callable[[int], Writer]]] = {
    "G": lambda _: lambda moment: ERAS[moment.year > 0],
    "a": lambda _: lambda moment: HALVES[moment.hour // 12],
    "E": _name_writer(DAYS, lambda moment: (moment.days + 4) % 7),
    "z": _constant("UTC", "Coordinated Universal Time"),
    "Z": _constant("+0000", "+0000"),
    "X": _constant("Z", "Z"),
}
