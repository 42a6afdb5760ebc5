# SPDX-License-Identifier: Apache-2.0
"""Time zones, and times rounded down as clocks there show them.

Source:
    Reference page *HDFS sink*, section 3 (time bucket); Joda-Time ``DateTimeZone``.
"""

from __future__ import annotations

import datetime
import re
import zoneinfo
from typing import Final

from barnabas.data.types import DAY_MS
from barnabas.errors import ConfigError

__all__ = ["floor_local", "offset_ms", "zone_of"]

_OFFSET: Final = re.compile(r"([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?\Z", re.ASCII)
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MILLISECOND: Final = datetime.timedelta(milliseconds=1)
_EARLIEST_MS: Final = -62_135_596_800_000 + 2 * DAY_MS
_LATEST_MS: Final = 253_402_300_799_999 - 2 * DAY_MS


def zone_of(name: str, setting: str = "timezone") -> datetime.tzinfo:
    """Find a time zone by its id, such as ``Europe/Berlin`` or ``UTC``, or by ``+01:00``.

    Raises:
        ConfigError: There is none of that name.
    """
    found = _OFFSET.match(name)
    if found is not None and int(found[2]) < 24 and int(found[3] or 0) < 60:
        sign = -1 if found[1] == "-" else 1
        hours, minutes, seconds = (int(found[at] or 0) for at in (2, 3, 4))
        ahead = datetime.timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return datetime.timezone(sign * ahead, name) if ahead else datetime.UTC
    if name in ("UTC", "Z"):
        return datetime.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        message = (
            f"Invalid value {name} for configuration {setting}: no time zone has this id; use one"
            " such as UTC, Europe/Berlin or +01:00 (are time zones installed? The package tzdata"
            " brings them)"
        )
        raise ConfigError(message) from None


def offset_ms(zone: datetime.tzinfo, ms: int) -> int:
    """How far clocks in a zone are ahead of UTC at a time, both in ms."""
    held = min(max(ms, _EARLIEST_MS), _LATEST_MS)
    moment = (_EPOCH + datetime.timedelta(milliseconds=held)).astimezone(zone)
    offset = moment.utcoffset()
    return 0 if offset is None else offset // _MILLISECOND


def floor_local(zone: datetime.tzinfo, ms: int, duration_ms: int) -> int:
    """Round a time down to a whole number of durations since the local epoch.

    Before 1970 it is rounded up, as Java's division does. A local time that clocks skip becomes the
    one the same distance after the gap's begin.
    """
    local = ms + offset_ms(zone, ms)
    floor = local // duration_ms if local >= 0 else -(-local // duration_ms)
    return _to_utc(zone, floor * duration_ms)


def _to_utc(zone: datetime.tzinfo, local: int) -> int:
    guess = offset_ms(zone, local)
    offset = offset_ms(zone, local - guess)
    if offset != guess and guess < 0 and offset_ms(zone, local - offset) != offset:
        offset = guess
    return local - offset
