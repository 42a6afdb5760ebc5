# SPDX-License-Identifier: Apache-2.0
"""Wall clock times of a database as points in time and back, by Java's rules.

One `TimeZone` serves the bounds of a query and the values it returns, so both always mean the same.
Points in time are whole ns since 1970-01-01T00:00Z (plain ``int``): nothing is lost, and offsets,
bounds and comparisons need nothing else.

Where clocks are put back a wall time means the later of its two points in time; one that clocks
skip means the same distance behind the change. Before 1900 the zone's standard offset of today
holds. All this is what ``java.util.GregorianCalendar`` does.

Source:
    Reference page *jdbc*, sections 2.4, 4.4 and 7; behaviour of ``java.util.TimeZone``.
"""

from __future__ import annotations

import datetime
import re
import zoneinfo
from typing import Any, Final

from barnabas.errors import ConfigError

__all__ = ["DAYS_REMEMBERED", "UTC", "TimeZone", "datetime_of", "nanos_of"]

DAYS_REMEMBERED: Final = 40_000
"""Of so many days at most a zone knows the offset by heart: a century."""
_SHORT_IDS: Final = {
    "ACT": "Australia/Darwin",
    "AET": "Australia/Sydney",
    "AGT": "America/Argentina/Buenos_Aires",
    "ART": "Africa/Cairo",
    "AST": "America/Anchorage",
    "BET": "America/Sao_Paulo",
    "BST": "Asia/Dhaka",
    "CAT": "Africa/Harare",
    "CNT": "America/St_Johns",
    "CST": "America/Chicago",
    "CTT": "Asia/Shanghai",
    "EAT": "Africa/Addis_Ababa",
    "ECT": "Europe/Paris",
    "EST": "-05:00",
    "HST": "-10:00",
    "IET": "America/Indiana/Indianapolis",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "MIT": "Pacific/Apia",
    "MST": "-07:00",
    "NET": "Asia/Yerevan",
    "NST": "Pacific/Auckland",
    "PLT": "Asia/Karachi",
    "PNT": "America/Phoenix",
    "PRT": "America/Puerto_Rico",
    "PST": "America/Los_Angeles",
    "SST": "Pacific/Guadalcanal",
    "VST": "Asia/Ho_Chi_Minh",
}
_OFFSET: Final = re.compile(r"(?:GMT|UTC|UT)?([+-])(\d{1,2})(?::?(\d{2}))?")
_EPOCH: Final = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time
_EPOCH_UTC: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_EPOCH_ORDINAL: Final = _EPOCH.toordinal()
_DAY_US: Final = 86_400_000_000
_MICROSECOND: Final = datetime.timedelta(microseconds=1)
_FIRST_TRANSITIONS_DAY: Final = datetime.date(1900, 1, 1).toordinal() - _EPOCH_ORDINAL
_LAST_DAY: Final = datetime.date.max.toordinal() - _EPOCH_ORDINAL - 1


class TimeZone:
    """The zone in which a database writes times without one (``db.timezone``).

    Any thread may use it; make one per task and keep it, for it remembers the offset of each day it
    has met.
    """

    def __init__(self, name: str, zone: datetime.tzinfo) -> None:
        self.name = name
        self.zone = zone
        self.is_utc = zone is datetime.UTC
        self._standard_us = 0 if self.is_utc else _standard_offset_us(zone)
        self._offsets_us: dict[int, int | None] = {}
        self.offsets = _Offsets(self)
        """The offset by ``date.toordinal()``, a timedelta; None on days on which it changes."""

    @classmethod
    def of(cls, name: str, *, key: str = "db.timezone") -> TimeZone:
        """Find a zone by Java's names: ``Europe/Berlin``, ``PST``, ``GMT+2``, ``+02:00``.

        Args:
            name: The id.
            key: The setting it comes from, for the message.

        Raises:
            ConfigError: There is no such zone.
        """
        text = name.strip()
        offset = _OFFSET.fullmatch(_SHORT_IDS.get(text, text))
        if text in _UTC_NAMES:
            return cls(text, datetime.UTC)
        if offset is not None and int(offset[2]) < 24:
            sign, hours, minutes = offset.groups("0")
            delta = datetime.timedelta(hours=int(hours), minutes=int(minutes))
            return cls(text, datetime.timezone(delta if sign == "+" else -delta))
        try:
            return cls(text, zoneinfo.ZoneInfo(_SHORT_IDS.get(text, text)))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            message = (
                f"Invalid value {name} for configuration {key}: there is no such time zone; write"
                " an id such as UTC, Europe/Berlin or +02:00"
            )
            raise ConfigError(message) from None

    def us_of_wall(self, wall_us: int) -> int:
        """Return the µs since the epoch at which clocks of the zone show a wall time.

        Args:
            wall_us: The wall time as if it were UTC's, in µs since the epoch; of any size.
        """
        if self.is_utc:
            return wall_us
        offset = self.offset_of_day(wall_us // _DAY_US)
        if offset is None:
            offset = self._offset_at(_EPOCH + datetime.timedelta(microseconds=wall_us))
        return wall_us - offset

    def instant_of(self, wall: datetime.datetime) -> datetime.datetime:
        """Return the point in time, in UTC, at which clocks of the zone show a wall time.

        A value that has a zone of its own is only expressed in UTC.
        """
        if wall.tzinfo is not None:
            return wall.astimezone(datetime.UTC)
        if self.is_utc:
            return _EPOCH_UTC + (wall - _EPOCH)
        offset: datetime.timedelta | None = self.offsets[wall.toordinal()]
        if offset is None:
            offset = datetime.timedelta(microseconds=self._offset_at(wall))
        return _EPOCH_UTC + (wall - _EPOCH) - offset

    def wall_us_of(self, us: int) -> int:
        """Return the wall time clocks of the zone show, in µs; the reverse of `us_of_wall`."""
        if self.is_utc:
            return us
        try:
            wall = (_EPOCH_UTC + datetime.timedelta(microseconds=us)).astimezone(self.zone)
        except OverflowError:
            return us + self._standard_us
        wall_us = (wall.replace(tzinfo=None) - _EPOCH) // _MICROSECOND
        is_early = wall_us // _DAY_US < _FIRST_TRANSITIONS_DAY
        return us + self._standard_us if is_early else wall_us

    def wall_of(self, nanos: int) -> datetime.datetime:
        """Return what clocks of the zone show at a point in time, without zone; ns are cut off.

        This is how bounds are bound: ``zone.wall_of(ns)``.

        Raises:
            OverflowError: It lies outside the years 1 to 9999.
        """
        return _EPOCH + datetime.timedelta(microseconds=self.wall_us_of(nanos // 1000))

    def offset_of_day(self, day: int) -> int | None:
        """Return the offset that holds all day, in µs; None on days with a change.

        Args:
            day: Days since the epoch, by the clocks of the zone.
        """
        try:
            return self._offsets_us[day]
        except KeyError:
            if len(self._offsets_us) >= DAYS_REMEMBERED:
                self._offsets_us.clear()
            offset = self._offsets_us[day] = self._find_offset_of_day(day)
            return offset

    def _find_offset_of_day(self, day: int) -> int | None:
        if not _FIRST_TRANSITIONS_DAY <= day < _LAST_DAY:
            return self._standard_us
        start = _EPOCH + datetime.timedelta(days=day)
        end = start + datetime.timedelta(days=1)
        offsets = {
            _offset_us(self.zone, wall.replace(fold=fold))
            for wall in (start, end)
            for fold in (0, 1)
        }
        return offsets.pop() if len(offsets) == 1 else None

    def _offset_at(self, wall: datetime.datetime) -> int:
        return min(_offset_us(self.zone, wall.replace(fold=fold)) for fold in (0, 1))


class _Offsets(dict[int, Any]):
    def __init__(self, zone: TimeZone) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, ordinal: int) -> Any:
        if len(self) >= DAYS_REMEMBERED:
            self.clear()
        offset = self._zone.offset_of_day(ordinal - _EPOCH_ORDINAL)
        self[ordinal] = None if offset is None else datetime.timedelta(microseconds=offset)
        return self[ordinal]


def _offset_us(zone: datetime.tzinfo, wall: datetime.datetime) -> int:
    offset = zone.utcoffset(wall)
    return 0 if offset is None else offset // _MICROSECOND


def _standard_offset_us(zone: datetime.tzinfo) -> int:
    """Return the offset without summer time, as of the years to come."""
    winters = [datetime.datetime(2037, month, 15) for month in range(1, 13)]  # noqa: DTZ001 - wall
    return min(_offset_us(zone, wall) for wall in winters)


_UTC_NAMES: Final = frozenset(
    ("UTC", "GMT", "Z", "Etc/UTC", "Etc/GMT", "Zulu", "Etc/Zulu", "UCT", "Etc/UCT", "Universal")
)
UTC: Final = TimeZone("UTC", datetime.UTC)


def nanos_of(instant: datetime.datetime) -> int:
    """Count the ns from 1970-01-01T00:00Z to a point in time that has a zone."""
    return (instant - _EPOCH_UTC) // _MICROSECOND * 1000


def datetime_of(nanos: int) -> datetime.datetime:
    """Make the UTC datetime of a point in time in ns; what is below a µs is cut off.

    Raises:
        OverflowError: It lies outside the years 1 to 9999.
    """
    return _EPOCH_UTC + datetime.timedelta(microseconds=nanos // 1000)
