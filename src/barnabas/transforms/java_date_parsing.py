# SPDX-License-Identifier: Apache-2.0
"""Reading dates as Java's ``SimpleDateFormat`` does: leniently, off the front of a text.

Blanks may stand before a number, numbers may overflow (month 13 is January of the next year) and
what follows the last field is not looked at. A number takes all digits there are, unless another
number follows at once: then it takes no more characters than it has letters.

When fields contradict each other, the later one in the pattern decides. Where too little is said,
it is 1970, January, the first, midnight.

Differs:
    Of the names of time zones only those in `barnabas.transforms.java_date_names` are known.

Source:
    Behaviour of ``java.text.SimpleDateFormat``, compared with OpenJDK 17.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from barnabas.data.calendars import days_of
from barnabas.data.numbers import wrap_integer
from barnabas.data.types import DAY_MS
from barnabas.transforms.java_date_names import DAYS, ERAS, HALVES, MONTHS, ZONE_MINUTES

__all__ = ["Part", "parse_parts"]

_NUMBER: Final = re.compile(r"-?\d+")
_ZONES: Final = ("z", "Z", "X")
_OFFSET_Z: Final = re.compile(r"([+-])(\d\d)(\d\d)", re.ASCII)
_OFFSET_GMT: Final = re.compile(r"GMT(?:([+-])(\d\d?):(\d\d))?(?![+-])", re.ASCII | re.IGNORECASE)
_OFFSETS_ISO: Final = {
    1: re.compile(r"([+-])(\d\d)()", re.ASCII),
    2: _OFFSET_Z,
    3: re.compile(r"([+-])(\d\d):(\d\d)", re.ASCII),
}
_LONG_MAX: Final = (1 << 63) - 1


class Part(NamedTuple):
    """A piece of a pattern: a field by its letter and how often that stands, or plain text."""

    letter: str
    width: int
    literal: str


class _Fields:
    """What the text said: value and rank of each field; the highest rank was said last."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}
        self.has_short_year = False

    def put(self, letter: str, value: int) -> None:
        self.values.pop(letter, None)
        self.values[letter] = value

    def rank(self, *letters: str) -> int:
        """When the last of these was said, counted from 1; 0 unless all of them were."""
        order = list(self.values)
        if not all(letter in self.values for letter in letters):
            return 0
        return max(order.index(letter) for letter in letters) + 1

    def get(self, letter: str, otherwise: int) -> int:
        return self.values.get(letter, otherwise)


class _Mismatch(Exception):  # noqa: N818 - it never leaves this module
    """The text does not fit the pattern."""


def parse_parts(parts: Sequence[Part], text: str, today: datetime.date) -> int | None:
    """Read ms since the epoch; None when the text does not fit the parts."""
    century_start = days_of(today.year - 80, today.month, today.day)
    fields = _Fields()
    position = 0
    try:
        for index, part in enumerate(parts):
            if not part.letter:
                position = _expect(part.literal, text, position)
                continue
            is_bounded = index + 1 < len(parts) and _is_number(parts[index + 1])
            position = _read(part, text, position, fields, is_bounded=is_bounded)
    except _Mismatch:
        return None
    return _resolve(fields, today.year - 80, century_start)


def _expect(literal: str, text: str, position: int) -> int:
    if not text.startswith(literal, position):
        raise _Mismatch
    return position + len(literal)


def _read(part: Part, text: str, position: int, fields: _Fields, *, is_bounded: bool) -> int:
    """Read one field and return the place behind it."""
    names = _names_of(part)
    if names is not None:
        value, end = _longest(names, text, position)
        fields.put(_MEANS.get(part.letter, part.letter), value)
        return end
    start = position
    while text[start : start + 1] in (" ", "\t"):
        start += 1
    if part.letter in _ZONES:
        minutes, end = _zone(part, text, start)
        fields.put("z", minutes)
        return end
    limit = position + part.width if is_bounded else len(text)
    found = _NUMBER.match(text, start, limit)
    if found is None or limit > len(text):
        raise _Mismatch
    _put_number(part, found[0], fields)
    return found.end()


def _is_number(part: Part) -> bool:
    return bool(part.letter) and part.letter not in _ZONES and _names_of(part) is None


_MEANS: Final = {"L": "M", "k": "H", "h": "K", "u": "E"}
"""Letters whose value is kept under another one, in that one's way of counting."""


def _put_number(part: Part, digits: str, fields: _Fields) -> None:
    value = int(digits)
    value = wrap_integer(value, 32) if abs(value) <= _LONG_MAX else (1 << 31) - (value > 0)
    if part.letter in "yY":
        fields.has_short_year = part.width <= 2 and len(digits) == 2 and digits.isdecimal()
    change = _NUMBER_CHANGES.get(part.letter)
    fields.put(_MEANS.get(part.letter, part.letter), value if change is None else change(value))


_NUMBER_CHANGES: Final[dict[str, Callable[[int], int]]] = {
    "k": lambda value: 0 if value == 24 else value,
    "h": lambda value: 0 if value == 12 else value,
    "u": lambda value: value % 7 if 1 <= value <= 7 else (value - 1) % 7,
}


def _names_of(part: Part) -> Iterable[tuple[str, int]] | None:
    """Names a field may have, with their values; None when it is a number."""
    if part.letter in "ML" and part.width > 2:
        return _both_forms(MONTHS, 1)
    if part.letter == "E":
        return _both_forms(DAYS, 0)
    if part.letter == "G":
        return [(name, place) for place, name in enumerate(ERAS)]
    if part.letter == "a":
        return [(name, place) for place, name in enumerate(HALVES)]
    return None


def _both_forms(names: Sequence[str], first: int) -> list[tuple[str, int]]:
    numbered = list(enumerate(names, first))
    return [(name, place) for place, name in numbered] + [(n[:3], place) for place, n in numbered]


def _longest(names: Iterable[tuple[str, int]], text: str, start: int) -> tuple[int, int]:
    """Return the value of the longest name that stands there, and the place behind it."""
    fitting = [
        (len(name), value)
        for name, value in names
        if text[start : start + len(name)].lower() == name.lower()
    ]
    if not fitting:
        raise _Mismatch
    length, value = max(fitting)
    return value, start + length


def _zone(part: Part, text: str, start: int) -> tuple[int, int]:
    """Return minutes ahead of UTC, and the place behind the zone."""
    if part.letter == "X":
        if text.startswith("Z", start):
            return 0, start + 1
        return _offset(_OFFSETS_ISO[part.width], text, start)
    if text.startswith(("+", "-"), start):
        return _offset(_OFFSET_Z, text, start)
    if text[start : start + 3].upper() == "GMT":
        return _offset(_OFFSET_GMT, text, start)
    return _longest(ZONE_MINUTES.items(), text, start)


def _offset(pattern: re.Pattern[str], text: str, start: int) -> tuple[int, int]:
    found = pattern.match(text, start)
    if found is None:
        raise _Mismatch
    sign, hours, minutes = found[1], int(found[2] or 0), int(found[3] or 0)
    if hours > 23 or minutes > 59:
        raise _Mismatch
    total = hours * 60 + minutes
    return -total if sign == "-" else total, found.end()


def _resolve(fields: _Fields, century_year: int, century_start: int) -> int:
    days = _days(fields, _full_year(fields, century_year))
    ms = days * DAY_MS + _ms_of_day(fields)
    is_earliest = fields.has_short_year and _said_year(fields) % 100 == century_year % 100
    if is_earliest and ms < century_start * DAY_MS:
        days = _days(fields, _full_year(fields, century_year) + 100)
        ms = days * DAY_MS + _ms_of_day(fields)
    return wrap_integer(ms - fields.get("z", 0) * 60_000, 64)


def _is_week_date(fields: _Fields) -> bool:
    return fields.rank("Y") > fields.rank("y")


def _said_year(fields: _Fields) -> int:
    return fields.get("Y" if _is_week_date(fields) else "y", 1970)


def _full_year(fields: _Fields, century_year: int) -> int:
    year = _said_year(fields)
    if fields.has_short_year:
        year += century_year // 100 * 100 + (100 if year < century_year % 100 else 0)
    return year if fields.get("G", 1) else 1 - year


def _days(fields: _Fields, year: int) -> int:
    """Return the day that is meant, by what was said last."""
    if _is_week_date(fields):
        return _in_week(days_of(year, 1, 1), fields.get("w", 1), fields.get("E", 0))
    ways: dict[str, tuple[str, ...]] = {
        "d": ("d",),
        "W": ("W", "E"),
        "F": ("F", "E"),
        "D": ("D",),
        "w": ("w", "E"),
    }
    ranks = {way: fields.rank(*letters) for way, letters in ways.items()}
    if not any(ranks.values()):
        ranks = {way: fields.rank(way) for way in "WFw"}
        ranks["F"] = max(ranks["F"], fields.rank("E"))
    way = max(ranks, key=lambda each: (ranks[each], fields.rank(each)))
    if not ranks[way]:
        way = "d"
    return _day_by(way, fields, year)


def _day_by(way: str, fields: _Fields, year: int) -> int:
    month = fields.get("M", 1)
    first = days_of(year, month, 1)
    if way == "D":
        return days_of(year, 1, 1) + fields.get("D", 1) - 1
    if way == "w":
        return _in_week(days_of(year, 1, 1), fields.get("w", 1), fields.get("E", 0))
    if way == "W":
        return _in_week(first, fields.get("W", 1), fields.get("E", 0))
    if way == "F":
        return _nth_weekday(first, days_of(year, month + 1, 1), fields)
    return days_of(year, month, fields.get("d", 1))


def _in_week(first: int, week: int, weekday: int) -> int:
    """A day (Sunday 0) of a week, counted from 1, the one with the first day."""
    return first - (first + 4) % 7 + 7 * (week - 1) + weekday


def _nth_weekday(first: int, following: int, fields: _Fields) -> int:
    number, weekday = fields.get("F", 1), fields.get("E", 0)
    latest = first + 7 * number - 1 if number >= 0 else following + 7 * (number + 1) - 1
    return latest - (latest + 4 - weekday) % 7


def _ms_of_day(fields: _Fields) -> int:
    halves = fields.rank("K", "a")
    full = fields.rank("H")
    if not halves and not full:
        halves = max(fields.rank("K"), fields.rank("a"))
    hour = fields.get("H", 0)
    if halves > full:
        hour = fields.get("K", 0) + 12 * fields.get("a", 0)
    minutes = hour * 60 + fields.get("m", 0)
    return (minutes * 60 + fields.get("s", 0)) * 1000 + fields.get("S", 0)
