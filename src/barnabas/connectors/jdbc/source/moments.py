# SPDX-License-Identifier: Apache-2.0
"""Times of a database as points in time, whatever class its driver gives.

Drivers give text (PostgreSQL, asked for it), datetimes with and without zone, ms since the epoch,
Julian days (both SQLite). A column of usual values is converted in one comprehension; whatever
Python's classes cannot hold, such as ``infinity`` and years BC, is looked at alone.

Source:
    Reference page *jdbc*, sections 2.4, 4.1 and 7.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from barnabas.connectors.jdbc.time_zones import DAYS_REMEMBERED, TimeZone
from barnabas.data import calendars
from barnabas.data.types import DAY_MS, MAX_TIMESTAMP_MS, MIN_TIMESTAMP_MS

__all__ = ["Moments", "UnfitError", "days_of_date", "days_of_text", "wall_text"]


class UnfitError(ValueError):
    """A value cannot be what its column is to become; the text goes on behind the column's name."""


_EPOCH: Final = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time
_EPOCH_UTC: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_EPOCH_ORDINAL: Final = _EPOCH.toordinal()
_MICROSECOND: Final = datetime.timedelta(microseconds=1)
_DAY_US: Final = DAY_MS * 1000
_NONE: Final = type(None)
_GREGORIAN: Final = "1582-10-15"
_GREGORIAN_UTC: Final = datetime.datetime(1582, 10, 15, tzinfo=datetime.UTC)
_GREGORIAN_WALL: Final = datetime.datetime(1582, 10, 15)  # noqa: DTZ001 - a wall time
_FIRST_WHOLLY_GREGORIAN_YEAR: Final = 1583
_INFINITE_MS: Final = {
    "infinity": 9_223_372_036_825_200_000,
    "-infinity": -9_223_372_036_832_400_000,
}
"""What PostgreSQL's JDBC driver makes of them."""
_UNIX_EPOCH_JULIAN_DAY: Final = 2_440_587.5
_TEXT: Final = re.compile(
    r"(-?\d{4,})-(\d\d)-(\d\d)"
    r"(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?"
    r"(?: ?(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?))?"
    r"( BC)?"
)


_WITH_ZONE: Final = re.compile(r":.*(?:Z|[+-][\d:]+)$")


def _as_utc(instant: datetime.datetime) -> datetime.datetime:
    if instant.tzinfo is None:
        raise ValueError
    return instant.astimezone(datetime.UTC)


class Moments:
    """Reads the timestamps of one column.

    Args:
        zone: The zone of values without one.
        is_legacy: Whether days before 1582-10-15 are those of the Julian calendar.
    """

    def __init__(self, zone: TimeZone, *, is_legacy: bool) -> None:
        self._zone = zone
        self._is_legacy = is_legacy
        self._offsets = _OffsetOfDay(zone)

    def instants(self, values: Sequence[Any]) -> list[Any]:
        """Make Connect's Timestamps: UTC datetimes, or ms where those cannot be.

        Raises:
            UnfitError: A value is no time.
        """
        kinds = set(map(type, values))
        if _NONE in kinds:
            present = iter(self.instants([value for value in values if value is not None]))
            return [None if value is None else next(present) for value in values]
        fast = _FAST.get(next(iter(kinds))) if len(kinds) == 1 else None
        found = None if fast is None else fast(self, values)
        return list(map(self._instant_of, values)) if found is None else found

    def micros(self, values: Sequence[Any]) -> list[int | None]:
        """Count µs since the epoch.

        Raises:
            UnfitError: A value is no time.
        """
        return [
            (past := instant - _EPOCH_UTC).days * _DAY_US
            + past.seconds * 1_000_000
            + past.microseconds
            if type(instant) is datetime.datetime
            else (None if instant is None else instant * 1000)
            for instant in self.instants(values)
        ]

    def us_of(self, value: Any) -> int:
        """Count the µs from the epoch to one time.

        Raises:
            UnfitError: It is no time.
        """
        for kind, convert in _ONE.items():
            if isinstance(value, kind):
                return convert(self, value)
        message = f"is no time but a value of class {type(value).__name__}"
        raise UnfitError(message)

    # -- whole columns; None when one of the values is unusual ---------------------------------

    def _of_texts(self, values: Sequence[str]) -> list[Any] | None:
        if self._is_legacy and min(values) < _GREGORIAN:
            return None
        parse = datetime.datetime.fromisoformat
        try:
            if _WITH_ZONE.search(values[0]) is not None:
                utc = datetime.UTC
                instants = map(parse, values)
                return [each if each.tzinfo is utc else _as_utc(each) for each in instants]
            if self._zone.is_utc:
                return [parse(value + "Z") for value in values]
            offsets = self._offsets
            return [parse(value + "Z") - offsets[value[:10]] for value in values]
        except (ValueError, TypeError, OverflowError):  # infinity, or clocks change on a day
            return None

    def _of_datetimes(self, values: Sequence[datetime.datetime]) -> list[Any] | None:
        try:
            is_aware = values[0].tzinfo is not None
            if self._is_legacy and min(values) < (_GREGORIAN_UTC if is_aware else _GREGORIAN_WALL):
                return None
            if is_aware:
                return list(map(_as_utc, values))
            if self._zone.is_utc:
                return [_EPOCH_UTC + (value - _EPOCH) for value in values]
            offsets = self._zone.offsets
            return [_EPOCH_UTC + (value - _EPOCH) - offsets[value.toordinal()] for value in values]
        except (TypeError, ValueError, OverflowError):  # as above, or some have a zone
            return None

    # -- single values -------------------------------------------------------------------------

    def _instant_of(self, value: Any) -> datetime.datetime | int:
        try:
            wall = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
            if type(wall) is datetime.datetime and wall.year >= _FIRST_WHOLLY_GREGORIAN_YEAR:
                return self._zone.instant_of(wall)
        except (ValueError, OverflowError):
            pass
        return _instant(self.us_of(value))

    def _us_of_text(self, text: str) -> int:
        infinite = _INFINITE_MS.get(text.strip())
        if infinite is not None:
            return infinite * 1000
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            message = "is a text that does not look like a time (2024-05-31 12:30:00.123)"
            raise UnfitError(message)
        wall = _days_of_match(found, is_legacy=self._is_legacy) * _DAY_US + _us_of_day(found)
        zone = found[8]
        return self._zone.us_of_wall(wall) if zone is None else wall - _offset_us(zone)

    def _us_of_datetime(self, value: datetime.datetime) -> int:
        wall = value.replace(tzinfo=None)
        days = days_of_date(wall.year, wall.month, wall.day, is_legacy=self._is_legacy)
        us = (
            days * _DAY_US
            + (wall - datetime.datetime.combine(wall, datetime.time.min)) // _MICROSECOND
        )
        offset = value.utcoffset()
        return self._zone.us_of_wall(us) if offset is None else us - offset // _MICROSECOND

    def _us_of_date(self, value: datetime.date) -> int:
        days = days_of_date(value.year, value.month, value.day, is_legacy=self._is_legacy)
        return self._zone.us_of_wall(days * _DAY_US)

    def _us_of_ms(self, value: int) -> int:
        return value * 1000

    def _us_of_julian_day(self, value: float) -> int:
        return round((value - _UNIX_EPOCH_JULIAN_DAY) * DAY_MS) * 1000


_FAST: Final[dict[type, Callable[[Moments, Sequence[Any]], list[Any] | None]]] = {
    str: Moments._of_texts,  # noqa: SLF001 - its own
    datetime.datetime: Moments._of_datetimes,  # noqa: SLF001 - its own
}
_ONE: Final[dict[type, Callable[[Moments, Any], int]]] = {
    str: Moments._us_of_text,  # noqa: SLF001 - its own
    datetime.datetime: Moments._us_of_datetime,  # noqa: SLF001 - its own
    datetime.date: Moments._us_of_date,  # noqa: SLF001 - its own
    int: Moments._us_of_ms,  # noqa: SLF001 - its own
    float: Moments._us_of_julian_day,  # noqa: SLF001 - its own
}


class _OffsetOfDay(dict[str, Any]):
    """The offset of a zone by ``yyyy-MM-dd``, a timedelta; None on days on which it changes."""

    def __init__(self, zone: TimeZone) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, day: str) -> Any:
        if len(self) >= DAYS_REMEMBERED:
            self.clear()
        offset = self[day] = self._zone.offsets[datetime.date.fromisoformat(day).toordinal()]
        return offset


def _instant(us: int) -> datetime.datetime | int:
    ms = us // 1000
    if MIN_TIMESTAMP_MS <= ms <= MAX_TIMESTAMP_MS:
        return _EPOCH_UTC + datetime.timedelta(microseconds=us)
    return ms


def days_of_date(year: int, month: int, day: int, *, is_legacy: bool) -> int:
    """Count days since the epoch; the year before 1 is 0.

    Args:
        year: Of any size.
        month: 1 to 12.
        day: 1 to 31.
        is_legacy: Whether days before 1582-10-15 are those of the Julian calendar.
    """
    if is_legacy:
        return calendars.days_of(year, month, day)
    cycles, of_cycle = divmod(year - 1, 400)
    first = datetime.date(of_cycle + 1, month, 1).toordinal() - _EPOCH_ORDINAL
    return cycles * 146_097 + first + day - 1


def _days_of_match(found: re.Match[str], *, is_legacy: bool) -> int:
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        message = "is no date: its month or day is 0 or too large; cast the column in a query"
        raise UnfitError(message)
    year = 1 - year if found[9] else year
    return days_of_date(year, month, day, is_legacy=is_legacy)


def _us_of_day(found: re.Match[str]) -> int:
    hours, minutes, seconds = (int(found[group] or 0) for group in (4, 5, 6))
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + int(f"{found[7] or 0:0<6}"[:6])


def _offset_us(text: str) -> int:
    if text == "Z":
        return 0
    digits = text[1:].replace(":", "")
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4] or 0), int(digits[4:] or 0)
    us = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000
    return -us if text[0] == "-" else us


def days_of_text(text: str, *, is_legacy: bool) -> tuple[int, int]:
    """Read the day a text begins with: days since the epoch, and µs since midnight.

    Raises:
        UnfitError: It is no date, or an infinite one.
    """
    found = _TEXT.fullmatch(text.strip())
    if found is None:
        message = "is a text that does not look like a date (2024-05-31)"
        if text.strip() in _INFINITE_MS:
            message = "is an infinite date, which Connect's Date cannot be"
        raise UnfitError(message)
    return _days_of_match(found, is_legacy=is_legacy), _us_of_day(found)


def wall_text(wall_us: int) -> str:
    """Write a wall time, in µs since the epoch, as ``yyyy-MM-ddTHH:mm:ss.SSSSSS``."""
    days, us = divmod(wall_us, _DAY_US)
    seconds, us = divmod(us, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{calendars.date_text(days)}T{hour:02d}:{minute:02d}:{second:02d}.{us:06d}"
