# SPDX-License-Identifier: Apache-2.0
"""SQLite."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from barnabas import data
from barnabas.connectors.jdbc.columns import Column
from barnabas.connectors.jdbc.dialects.dialect import Dialect, SinkField, Statement
from barnabas.connectors.jdbc.identifiers import IdentifierRules, TableId

__all__ = ["SqliteDialect"]


class SqliteDialect(Dialect):
    """SQL of SQLite."""

    name = "SqliteDatabaseDialect"
    subprotocols = ("sqlite",)
    backends = ("sqlite",)
    default_rules = IdentifierRules("`", "`")
    clock_query = "SELECT strftime('%Y-%m-%d %H:%M:%f','now')"
    timestamp_type = "NUMERIC"
    types: ClassVar[dict[data.Type, str]] = {
        data.Type.INT8: "INTEGER",
        data.Type.INT16: "INTEGER",
        data.Type.INT32: "INTEGER",
        data.Type.INT64: "INTEGER",
        data.Type.FLOAT32: "REAL",
        data.Type.FLOAT64: "REAL",
        data.Type.BOOLEAN: "INTEGER",
        data.Type.STRING: "TEXT",
        data.Type.BYTES: "BLOB",
    }
    logical_types: ClassVar[dict[str, str]] = {
        data.LOGICAL_DECIMAL: "NUMERIC",
        data.LOGICAL_DATE: "NUMERIC",
        data.LOGICAL_TIME: "NUMERIC",
        data.LOGICAL_TIMESTAMP: "NUMERIC",
    }

    def skips(self, table: TableId) -> bool:
        """Whether it is one of SQLite's own tables."""
        return table.table.startswith("sqlite_")

    def alter_table(self, table: TableId, fields: Sequence[SinkField]) -> list[str]:
        """Write one ALTER TABLE per column: SQLite adds one at a time."""
        return [super(SqliteDialect, self).alter_table(table, [field])[0] for field in fields]

    def _upsert(self, to: Statement) -> str:
        # deletes the row first: columns that are not named are lost, as with Java
        return self.insert(to).replace("INSERT INTO", "INSERT OR REPLACE INTO", 1)

    def binder(
        self, schema: data.Schema, column: Column | None = None
    ) -> Callable[[Any], Any] | None:
        """Write dates and times as ms since the epoch and decimals as text, as Java does.

        The zone of a value counts: a Time is one of 1970-01-01 in UTC.
        """
        del column
        return _BINDERS.get(schema.name or "")


def _date_ms(value: datetime.date | int) -> int:
    return data.encode_date(value) * 86_400_000


def _decimal_text(value: Decimal) -> str:
    return format(value, "f")


_BINDERS: dict[str, Callable[[Any], Any]] = {
    data.LOGICAL_DECIMAL: _decimal_text,
    data.LOGICAL_DATE: _date_ms,
    data.LOGICAL_TIME: data.encode_time,
    data.LOGICAL_TIMESTAMP: data.encode_timestamp,
}
