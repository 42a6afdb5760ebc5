# SPDX-License-Identifier: Apache-2.0
"""The condition that picks rows which were not read before, as SQL text and parameters.

The texts are Java's. Bounds are exclusive on both sides: a row stamped with the very time of the
query waits for the next one, when no other row can get that stamp any more.

Source:
    Reference page *jdbc*, section 2.4.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

from barnabas.connectors.jdbc.identifiers import IdentifierRules, TableId
from barnabas.connectors.jdbc.source.offsets import Position

__all__ = ["Criteria"]

BindTimestamp: TypeAlias = Callable[[int], Any]
"""Makes the driver's parameter from ns since the epoch."""


@dataclasses.dataclass(frozen=True, slots=True)
class Criteria:
    """Which columns tell new rows, written for one database.

    Attributes:
        incrementing: The incrementing column as SQL; None when the mode has none.
        timestamps: The timestamp columns as SQL; the first that is not null counts.
    """

    incrementing: str | None = None
    timestamps: tuple[str, ...] = ()

    @classmethod
    def of_columns(
        cls,
        rules: IdentifierRules,
        *,
        table: TableId | None,
        incrementing: str | None,
        timestamps: tuple[str, ...],
    ) -> Criteria:
        """Write the columns' names, with their table's in front when there is one."""
        return cls(
            incrementing and rules.column(incrementing, table),
            tuple(rules.column(name, table) for name in timestamps),
        )

    @property
    def timestamp(self) -> str:
        """The timestamp of a row as SQL."""
        if len(self.timestamps) == 1:
            return self.timestamps[0]
        return f"COALESCE({','.join(self.timestamps)})"

    def where(self, *, limited: bool = False) -> str:
        """Write the condition and the order, with a space in front; empty without columns.

        Args:
            limited: Whether an upper bound of the incrementing column is given as well. Without
                timestamps only: with them their bound is enough.
        """
        inc, ts = self.incrementing, self.timestamp if self.timestamps else None
        if ts and inc:
            after = f"(({ts} = ? AND {inc} > ?) OR {ts} > ?)"
            return f" WHERE {ts} < ? AND {after} ORDER BY {ts},{inc} ASC"
        if ts:
            return f" WHERE {ts} > ? AND {ts} < ? ORDER BY {ts} ASC"
        if inc:
            limit = f" AND {inc} <= ?" if limited else ""
            return f" WHERE {inc} > ?{limit} ORDER BY {inc} ASC"
        return ""

    def parameters(
        self,
        position: Position,
        end_ns: int | None,
        bind: BindTimestamp,
        limit: int | None = None,
    ) -> tuple[Any, ...]:
        """List the parameters of `where`, in order.

        Args:
            position: Where reading stands.
            end_ns: Upper bound of timestamps; None only without timestamp columns.
            bind: Makes parameters of timestamps.
            limit: Upper bound of the incrementing column, when the condition is limited.
        """
        if self.timestamps:
            assert end_ns is not None
            begin, end = bind(position.begin_ns), bind(end_ns)
            if self.incrementing:
                return (end, begin, position.last_id, begin)
            return (begin, end)
        if self.incrementing:
            return (position.last_id,) if limit is None else (position.last_id, limit)
        return ()

    def highest_id(self, source: str) -> str:
        """Write the query of the highest value of the incrementing column.

        Args:
            source: What stands behind FROM.
        """
        return f"SELECT MAX({self.incrementing}) FROM {source}"
