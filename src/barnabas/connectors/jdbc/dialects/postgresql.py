# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL, and what speaks its language."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, ClassVar

from barnabas import data
from barnabas.connectors.jdbc.columns import Column
from barnabas.connectors.jdbc.dialects.dialect import Dialect, SinkField, Statement

__all__ = ["PostgreSqlDialect"]

_LONGEST_NAME = 63  # bytes; the server cuts longer names without a word
_CASTS = frozenset({"uuid", "json", "jsonb"})


class PostgreSqlDialect(Dialect):
    """SQL of PostgreSQL."""

    name = "PostgreSqlDatabaseDialect"
    subprotocols = ("postgresql",)
    backends = ("postgresql", "cockroachdb")
    types: ClassVar[dict[data.Type, str]] = {
        data.Type.INT8: "SMALLINT",
        data.Type.INT16: "SMALLINT",
        data.Type.INT32: "INT",
        data.Type.INT64: "BIGINT",
        data.Type.FLOAT32: "REAL",
        data.Type.FLOAT64: "DOUBLE PRECISION",
        data.Type.BOOLEAN: "BOOLEAN",
        data.Type.STRING: "TEXT",
        data.Type.BYTES: "BYTEA",
    }
    logical_types: ClassVar[dict[str, str]] = {
        data.LOGICAL_DECIMAL: "DECIMAL",
        data.LOGICAL_DATE: "DATE",
        data.LOGICAL_TIME: "TIME",
        data.LOGICAL_TIMESTAMP: "TIMESTAMP",
    }

    def fold(self, name: str) -> str:
        """Cut a name to the server's length, and write it in lower case when nothing is quoted."""
        folded = name if self.rules.quoting else name.lower()
        return folded.encode()[:_LONGEST_NAME].decode(errors="ignore")

    def column_type(self, field: SinkField) -> str:
        """Name the column type for a field; an ARRAY is one of its elements' type."""
        element = field.schema.value_schema
        if field.schema.type is data.Type.ARRAY and element is not None:
            return self.column_type(SinkField(field.name, element)) + "[]"
        return super().column_type(field)

    def insert(self, to: Statement) -> str:
        """Write INSERT of one row, with casts for uuid, json and jsonb."""
        marks = ",".join("?" + self._cast(to, name) for name in to.columns)
        return (
            f"INSERT INTO {self.rules.quoted(to.table)} ({self._list(to.columns)}) VALUES ({marks})"
        )

    def _upsert(self, to: Statement) -> str:
        keys = self._list(to.keys)
        quoted = [self.rules.quote(name) for name in to.values]
        changes = ",".join(f"{name}=EXCLUDED.{name}" for name in quoted)
        action = f"DO UPDATE SET {changes}" if changes else "DO NOTHING"
        return f"{self.insert(to)} ON CONFLICT ({keys}) {action}"

    def update(self, to: Statement) -> str:
        """Write UPDATE of one row, with casts for uuid, json and jsonb."""
        changes = ", ".join(
            f"{self.rules.quote(name)} = ?{self._cast(to, name)}" for name in to.values
        )
        return f"UPDATE {self.rules.quoted(to.table)} SET {changes}{self._where(to)}"

    def _where(self, to: Statement) -> str:
        terms = [f"{self.rules.quote(name)} = ?{self._cast(to, name)}" for name in to.keys]
        return " WHERE " + " AND ".join(terms) if terms else ""

    def _cast(self, to: Statement, name: str) -> str:
        column = to.target(name)
        known = column is not None and column.type_name.lower() in _CASTS
        return f"::{column.type_name.lower()}" if column is not None and known else ""

    def boolean_literal(self, value: bool) -> str:
        """Write TRUE or FALSE."""
        return "TRUE" if value else "FALSE"

    def bytes_literal(self, value: bytes) -> str:
        r"""Write ``'\x…'``; what other databases write is a bit string here."""
        return f"'\\x{value.hex()}'"

    def literal(self, schema: data.Schema, value: Any) -> str:
        """Write a value; an array as ARRAY[…]."""
        element = schema.value_schema
        if schema.type is data.Type.ARRAY and element is not None:
            return "ARRAY[" + ",".join(self.literal(element, item) for item in value) + "]"
        return super().literal(schema, value)

    def binder(
        self, schema: data.Schema, column: Column | None = None
    ) -> Callable[[Any], Any] | None:
        """Leave out the zone, except for columns that keep an instant."""
        if schema.name != data.LOGICAL_TIMESTAMP:
            return None
        if column is not None and column.type_name.lower() == "timestamptz":
            return None
        return _local


def _local(value: datetime.datetime | int) -> datetime.datetime | int:
    return value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value
