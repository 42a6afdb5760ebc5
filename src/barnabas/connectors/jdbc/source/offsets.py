# SPDX-License-Identifier: Apache-2.0
"""Source partitions and offsets, in the form Java's connectors store them.

================  =================================================================
table             ``{"protocol":"1","table":"<full name, unquoted>"}``
table, old        ``{"table":"<bare name>"}``: read, never written; also bulk's
query             ``{"query":"query"}``
offset            ``timestamp_nanos``, ``incrementing``, ``timestamp``; each if there
================  =================================================================

The order of members is that of Java's maps, because Kafka compares the bytes of keys. ``timestamp``
is in ms since the epoch, ``timestamp_nanos`` the ns of its second, 0 to 999,999,999, so that it
repeats the ms. Here an instant is one number, the ns since the epoch.

Source:
    Reference page *jdbc*, section 3.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Final

from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.errors import ConnectError

__all__ = [
    "BEFORE_ALL",
    "INCREMENTING",
    "QUERY_PARTITION",
    "TIMESTAMP",
    "TIMESTAMP_NANOS",
    "Position",
    "bulk_partition",
    "check_offset",
    "check_partition",
    "first_found",
    "possible_partitions",
    "table_partition",
    "timestamp_offset",
]

PROTOCOL: Final = "protocol"
TABLE: Final = "table"
QUERY: Final = "query"
SPLIT: Final = "split"
SPLIT_BOUNDS: Final = "bounds"
INCREMENTING: Final = "incrementing"
TIMESTAMP: Final = "timestamp"
TIMESTAMP_NANOS: Final = "timestamp_nanos"

QUERY_PARTITION: Final[Mapping[str, str]] = {QUERY: QUERY}
"""Source partition of a connector with a query."""

NANOS_PER_MS: Final = 1_000_000
NANOS_PER_S: Final = 1_000_000_000
_LEAST_LONG: Final = -(1 << 63)
_GREATEST_LONG: Final = (1 << 63) - 1


@dataclasses.dataclass(frozen=True, slots=True)
class Position:
    """Where reading of a table stands: everything before was sent.

    Attributes:
        timestamp_ns: Of the last row, in ns since the epoch; None when unknown.
        incrementing: Of the last row; None when unknown.
    """

    timestamp_ns: int | None = None
    incrementing: int | None = None

    @classmethod
    def of_offset(cls, offset: Mapping[str, Any] | None) -> Position:
        """Read a stored offset; one of an older connector may lack ``timestamp_nanos``.

        Raises:
            ConnectError: A member is no whole number.
        """
        if not offset:
            return BEFORE_ALL
        timestamp = _number(offset, TIMESTAMP)
        nanos = _number(offset, TIMESTAMP_NANOS)
        ns = None
        if timestamp is not None:
            ns = timestamp * NANOS_PER_MS
            if nanos is not None:
                ns = timestamp // 1000 * NANOS_PER_S + nanos
        return cls(ns, _number(offset, INCREMENTING))

    @property
    def begin_ns(self) -> int:
        """Lower bound of timestamps: the epoch when nothing is known."""
        return 0 if self.timestamp_ns is None else self.timestamp_ns

    @property
    def last_id(self) -> int:
        """Lower bound of the incrementing column: -1 when nothing is known."""
        return -1 if self.incrementing is None else self.incrementing

    def to_offset(self) -> dict[str, int]:
        """Write the offset; its members are in Java's order."""
        offset: dict[str, int] = {}
        if self.timestamp_ns is not None:
            offset[TIMESTAMP_NANOS] = self.timestamp_ns % NANOS_PER_S
        if self.incrementing is not None:
            offset[INCREMENTING] = self.incrementing
        if self.timestamp_ns is not None:
            offset[TIMESTAMP] = self.timestamp_ns // NANOS_PER_MS
        return offset


BEFORE_ALL: Final = Position()
"""Nothing was read yet."""


def timestamp_offset(ns: int) -> dict[str, int]:
    """Write the offset of a timestamp without an incrementing column."""
    return {TIMESTAMP_NANOS: ns % NANOS_PER_S, TIMESTAMP: ns // NANOS_PER_MS}


def _number(offset: Mapping[str, Any], name: str) -> int | None:
    value = offset.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        message = (
            f"The stored offset has {value!r} for '{name}', which must be a whole number; reset or"
            " alter the connector's offsets"
        )
        raise ConnectError(message)
    return value


# -- partitions ------------------------------------------------------------------------------------


def table_partition(table: TableId) -> dict[str, str]:
    """Make the source partition that offsets of a table are stored under."""
    return {PROTOCOL: "1", TABLE: table.fqn}


def bulk_partition(table: TableId) -> dict[str, str]:
    """Make the source partition of a table in bulk mode, which stores no offsets."""
    return {TABLE: table.table}


def split_partition(table: TableId, index: int) -> dict[str, str]:
    """Make the source partition of one range of a table that several tasks load at first."""
    return {**table_partition(table), SPLIT: str(index)}


def possible_partitions(
    table: TableId, *, catalog: str | None = None, schema: str | None = None
) -> list[dict[str, str]]:
    """List the partitions an offset of a table may be stored under, to be tried in this order.

    Drivers differ in which parts of a table's name they tell, so with them ways to write it.

    Args:
        table: As the dialect names it.
        catalog: The catalog of the connection, for older connectors that wrote it in front.
        schema: The schema of the connection.
    """
    short = [TableId(None, table.schema, table.table), TableId(None, None, table.table)]
    long = [TableId(catalog, table.schema or schema, table.table)] if catalog else []
    medium = [TableId(None, schema, table.table)] if schema and not table.schema else []
    written = dict.fromkeys(each.fqn for each in (table, *long, *medium, *short))
    found = [{PROTOCOL: "1", TABLE: name} for name in written]
    return [*found, {TABLE: table.table}]


def first_found(offsets: Iterable[Mapping[str, Any] | None]) -> Position | None:
    """Take the first offset that is there; None when there is none."""
    return next((Position.of_offset(offset) for offset in offsets if offset), None)


# -- offsets that users alter ----------------------------------------------------------------------


def check_partition(partition: Mapping[str, Any]) -> None:
    """Check a source partition a user wants to change (KIP-875).

    Raises:
        ConnectError: No task would ever look it up; the message says what it must be.
    """
    names = set(partition)
    is_query = names == {QUERY} and partition[QUERY] == QUERY
    is_table = names in ({TABLE}, {PROTOCOL, TABLE}, {PROTOCOL, TABLE, SPLIT})
    texts = all(isinstance(value, str) and value for value in partition.values())
    if is_query or (is_table and texts and partition.get(PROTOCOL, "1") == "1"):
        return
    message = (
        f"The source partition {dict(partition)} is none of this connector: it is"
        ' {"protocol": "1", "table": "<full name>"} for a table, {"table": "<bare name>"} for one'
        ' that a version before 5.0 stored, or {"query": "query"}'
    )
    raise ConnectError(message)


def check_offset(offset: Mapping[str, Any]) -> None:
    """Check an offset a user wants to store (KIP-875).

    Raises:
        ConnectError: A member is unknown, no whole number, or out of range.
    """
    known = {INCREMENTING, TIMESTAMP, TIMESTAMP_NANOS, SPLIT_BOUNDS}
    for name, value in offset.items():
        if name not in known:
            message = (
                f"Unknown member '{name}' of a source offset: there are '{INCREMENTING}',"
                f" '{TIMESTAMP}' (ms since the epoch) and '{TIMESTAMP_NANOS}'"
            )
            raise ConnectError(message)
        if name != SPLIT_BOUNDS:
            _check_long(name, value)
    nanos = offset.get(TIMESTAMP_NANOS)
    if nanos is not None and not 0 <= nanos < NANOS_PER_S:
        message = (
            f"'{TIMESTAMP_NANOS}' of a source offset is the ns within a second, 0 to 999999999,"
            f" not {nanos}"
        )
        raise ConnectError(message)
    if nanos is not None and offset.get(TIMESTAMP) is None:
        message = f"A source offset with '{TIMESTAMP_NANOS}' needs '{TIMESTAMP}' as well"
        raise ConnectError(message)


def _check_long(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        message = f"'{name}' of a source offset must be a whole number, not {value!r}"
        raise ConnectError(message)
    if not _LEAST_LONG <= value <= _GREATEST_LONG:
        message = f"'{name}' of a source offset must fit 64 bits, but is {value}"
        raise ConnectError(message)
