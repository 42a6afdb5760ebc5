# SPDX-License-Identifier: Apache-2.0
"""Columns of dates and of times of day.

Source:
    Reference page *jdbc*, sections 4.1 and 7.

Differs:
    A time of day is one of ``db.timezone``; where that makes one of the day before or after in UTC,
    which Connect's Time cannot be, Java's converters fail, and here it wraps around midnight.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from barnabas import data
from barnabas.connectors.jdbc.source.moments import UnfitError, days_of_date, days_of_text
from barnabas.connectors.jdbc.time_zones import TimeZone
from barnabas.data.types import DAY_MS

__all__ = ["date_column", "time_column"]

_Read: TypeAlias = Callable[[Sequence[Any]], Sequence[Any]]

_DAY_US: Final = DAY_MS * 1000
_MICROSECOND: Final = datetime.timedelta(microseconds=1)
_MIDNIGHT: Final = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time
_GREGORIAN: Final = datetime.date(1582, 10, 15)
_HAS_TIME: Final = (
    "has a time of day, which Connect's Date cannot have; cast the column in a query, or declare it"
    " as a timestamp"
)


def date_column(
    *, is_legacy: bool, is_year: bool = False
) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Make the function for a column of dates; it raises UnfitError.

    Args:
        is_legacy: Whether days before 1582-10-15 are those of the Julian calendar.
        is_year: Whether numbers are years, and else ms since the epoch.
    """

    def one(value: Any) -> Any:
        return data.decode_date(_days(value, is_legacy, is_year))

    def read(values: Sequence[Any]) -> Sequence[Any]:
        kinds = set(map(type, values))
        if kinds == {datetime.date} and not (is_legacy and min(values) < _GREGORIAN):
            return values
        if kinds == {str} and not (is_legacy and min(values) < "1582-10-15"):
            try:
                return list(map(datetime.date.fromisoformat, values))
            except ValueError:
                pass
        return [one(value) for value in values]

    return _around_nulls(read)


def _around_nulls(read: _Read) -> _Read:
    def around(values: Sequence[Any]) -> Sequence[Any]:
        if None not in values:
            return read(values)
        present = iter(read([value for value in values if value is not None]))
        return [None if value is None else next(present) for value in values]

    return around


def _days(value: Any, is_legacy: bool, is_year: bool) -> int:
    us = 0
    if isinstance(value, str):
        days, us = days_of_text(value, is_legacy=is_legacy)
    elif isinstance(value, datetime.date):
        if isinstance(value, datetime.datetime):
            us = (value.replace(tzinfo=None) - _midnight(value)) // _MICROSECOND
        days = days_of_date(value.year, value.month, value.day, is_legacy=is_legacy)
    elif isinstance(value, int):
        days, us = (
            (days_of_date(value, 1, 1, is_legacy=is_legacy), 0)
            if is_year
            else divmod(value, DAY_MS)
        )
    else:
        message = f"is no date but a value of class {type(value).__name__}"
        raise UnfitError(message)
    if us:
        raise UnfitError(_HAS_TIME)
    return days


def _midnight(value: datetime.datetime) -> datetime.datetime:
    return datetime.datetime.combine(value, datetime.time.min)


def time_column(zone: TimeZone) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Make the function for a column of times of day; it raises UnfitError."""

    def one(value: Any) -> Any:
        us, offset = _us_of_time(value)
        if us == _DAY_US and zone.is_utc:
            return DAY_MS
        us = (zone.us_of_wall(us) if offset is None else us - offset) % _DAY_US
        return (_MIDNIGHT + datetime.timedelta(microseconds=us)).time()

    def read(values: Sequence[Any]) -> Sequence[Any]:
        if zone.is_utc and set(map(type, values)) == {str}:
            try:
                times = list(map(datetime.time.fromisoformat, values))
            except ValueError:
                times = []
            if times and all(time.tzinfo is None for time in times):
                return times
        return [one(value) for value in values]

    return _around_nulls(read)


def _us_of_time(value: Any) -> tuple[int, int | None]:
    """Count µs since midnight, and those of the value's own offset from UTC."""
    if isinstance(value, str):
        if value.startswith("24:00:00"):
            return _DAY_US, None
        try:
            value = datetime.time.fromisoformat(value)
        except ValueError:
            message = "is a text that does not look like a time of day (12:30:00.123)"
            raise UnfitError(message) from None
    if isinstance(value, datetime.datetime):
        value = value.timetz()
    if isinstance(value, datetime.time):
        past = datetime.datetime.combine(_MIDNIGHT, value.replace(tzinfo=None))
        offset = value.utcoffset()
        us = (past - _MIDNIGHT) // _MICROSECOND
        return us, None if offset is None else offset // _MICROSECOND
    if isinstance(value, datetime.timedelta):
        us = value // _MICROSECOND
    elif isinstance(value, int):
        us = value * 1000
    else:
        message = f"is no time of day but a value of class {type(value).__name__}"
        raise UnfitError(message)
    if 0 <= us <= _DAY_US:
        return us, None
    message = "is an interval of more than a day or less than nothing, and no time of day"
    raise UnfitError(message)
