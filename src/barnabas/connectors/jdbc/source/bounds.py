# SPDX-License-Identifier: Apache-2.0
"""Points in time as parameters of queries, in the form the timestamp column compares with.

A column with a zone is compared with the instant, one without with the wall time of
``db.timezone``. SQLite has no type for times: there the form of the values that are there decides,
ms or text.

Source:
    Reference page *jdbc*, sections 2.4 and 7.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.time_zones import TimeZone, datetime_of

__all__ = ["Bind", "binder_of", "binder_of_sample", "resolution_ns"]

Bind: TypeAlias = Callable[[int], Any]
"""Makes a parameter from ns since the epoch."""

_WITH_ZONE: Final = frozenset({"timestamptz", "timestamp with time zone"})
_WITH_ZONE_TYPES: Final = frozenset({JdbcType.TIMESTAMP_WITH_TIMEZONE, JdbcType.DATETIMEOFFSET})
_TEXT: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:(?P<separator>[ T])\d\d:\d\d(?P<seconds>:\d\d(?:\.(?P<digits>\d+))?)?)?"
    r"(?P<zone>Z)?"
)
_NANOS_PER_MS: Final = 1_000_000
_NANOS_PER_DIGIT: Final[dict[int, int]] = {d: int(10 ** (9 - d)) for d in range(10)}
_DIGITS_KNOWN: Final = frozenset({"PostgreSqlDatabaseDialect", "MySqlDatabaseDialect"})


def binder_of(column: Column | None, zone: TimeZone) -> Bind:
    """Choose the form for a column of any database but SQLite.

    Args:
        column: The first timestamp column; None when it is not known.
        zone: ``db.timezone``.
    """
    if column is not None and (
        column.type_name.lower() in _WITH_ZONE or column.jdbc_type in _WITH_ZONE_TYPES
    ):
        return datetime_of
    return zone.wall_of


def resolution_ns(column: Column | None, dialect: str) -> int:
    """Return the ns of the column's last digit; 1 when it is not known.

    Databases round to it, up as well, so a stamp of the running unit may still be given to rows to
    come: an upper bound must be cut to the unit.
    """
    if column is None or dialect not in _DIGITS_KNOWN:
        return 1
    if column.jdbc_type is JdbcType.DATE:
        return 86_400 * _NANOS_PER_DIGIT[0]
    return _NANOS_PER_DIGIT[column.scale] if 0 <= column.scale < 6 else 1


def binder_of_sample(sample: object, zone: TimeZone) -> Bind:
    """Choose the form for a column of SQLite by one of its values.

    Args:
        sample: Any value of the column that is not null; None when there is none.
        zone: ``db.timezone``.
    """
    if isinstance(sample, int | float):
        return _milliseconds
    match = _TEXT.fullmatch(sample) if isinstance(sample, str) else None
    if match is None:
        return lambda ns: _wall_text(zone, ns, " ", 3)
    if match["separator"] is None:
        return lambda ns: zone.wall_of(ns).date().isoformat()
    separator, least = match["separator"], len(match["digits"] or "")
    if match["zone"]:
        return lambda ns: _text(datetime_of(ns), ns, separator, least) + "Z"
    return lambda ns: _wall_text(zone, ns, separator, least)


def _milliseconds(ns: int) -> int:
    return ns // _NANOS_PER_MS


def _wall_text(zone: TimeZone, ns: int, separator: str, least_digits: int) -> str:
    return _text(zone.wall_of(ns), ns, separator, least_digits)


def _text(wall: datetime.datetime, ns: int, separator: str, least_digits: int) -> str:
    """Write a time with as many digits as it needs, or as its column has."""
    fraction = f"{ns % 1_000_000_000:09d}"
    needed = len(fraction.rstrip("0"))
    digits = max(min(least_digits, 9), 0 if needed == 0 else 3 if needed <= 3 else 6)
    text = wall.replace(microsecond=0).isoformat(separator, "seconds")[:19]
    return f"{text}.{fraction[:digits]}" if digits else text
