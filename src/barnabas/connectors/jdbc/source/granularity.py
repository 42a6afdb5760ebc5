# SPDX-License-Identifier: Apache-2.0
"""``timestamp.granularity``: timestamps as Connect's, as numbers, or as text.

Source:
    Reference page *jdbc*, section 4.4.

Differs:
    Java counts the seconds of points in time before 1970 towards zero and their fraction onwards,
    so that they are one second late; here they are right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from barnabas.connectors.jdbc.source.moments import Moments, wall_text
from barnabas.connectors.jdbc.source.schemas import Granularity
from barnabas.connectors.jdbc.time_zones import TimeZone

__all__ = ["reader"]


def reader(
    moments: Moments, granularity: Granularity, zone: TimeZone
) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Make the function that writes a column of timestamps; raises UnfitError."""
    if granularity is Granularity.CONNECT_LOGICAL:
        return moments.instants
    write = _WRITE[granularity]

    def read(values: Sequence[Any]) -> list[Any]:
        return [None if us is None else write(us, zone) for us in moments.micros(values)]

    return read


def _iso_micros(us: int, zone: TimeZone) -> str:
    return wall_text(zone.wall_us_of(us))


def _iso_nanos(us: int, zone: TimeZone) -> str:
    return wall_text(zone.wall_us_of(us)) + "000"


_WRITE: Final[dict[Granularity, Callable[[int, TimeZone], Any]]] = {
    Granularity.MICROS_LONG: lambda us, _zone: us,
    Granularity.MICROS_STRING: lambda us, _zone: str(us),
    Granularity.MICROS_ISO_DATETIME_STRING: _iso_micros,
    Granularity.NANOS_LONG: lambda us, _zone: us * 1000,
    Granularity.NANOS_STRING: lambda us, _zone: str(us * 1000),
    Granularity.NANOS_ISO_DATETIME_STRING: _iso_nanos,
}
