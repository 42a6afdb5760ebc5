# SPDX-License-Identifier: Apache-2.0
"""Oracle."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from barnabas import data
from barnabas.connectors.jdbc.columns import Column
from barnabas.connectors.jdbc.dialects.dialect import Dialect, SinkField, Statement
from barnabas.connectors.jdbc.identifiers import TableId

__all__ = ["OracleDialect"]


class OracleDialect(Dialect):
    """SQL of Oracle."""

    name = "OracleDatabaseDialect"
    subprotocols = ("oracle",)
    backends = ("oracle",)
    clock_query = "select CURRENT_TIMESTAMP from dual"
    check_query = "SELECT 1 FROM DUAL"
    timestamp_type = "TIMESTAMP({digits})"
    types: ClassVar[dict[data.Type, str]] = {
        data.Type.INT8: "NUMBER(3,0)",
        data.Type.INT16: "NUMBER(5,0)",
        data.Type.INT32: "NUMBER(10,0)",
        data.Type.INT64: "NUMBER(19,0)",
        data.Type.FLOAT32: "BINARY_FLOAT",
        data.Type.FLOAT64: "BINARY_DOUBLE",
        data.Type.BOOLEAN: "NUMBER(1,0)",
        data.Type.STRING: "VARCHAR2(4000)",
        data.Type.BYTES: "BLOB",
    }
    logical_types: ClassVar[dict[str, str]] = {
        data.LOGICAL_DECIMAL: "NUMBER(*,{scale})",
        data.LOGICAL_DATE: "DATE",
        data.LOGICAL_TIME: "DATE",
        data.LOGICAL_TIMESTAMP: "TIMESTAMP",
    }

    def fold(self, name: str) -> str:
        """Write a configured name in upper case when nothing is quoted, as the server does."""
        return name if self.rules.quoting else name.upper()

    def alter_table(self, table: TableId, fields: Sequence[SinkField]) -> list[str]:
        """Write one ALTER TABLE … ADD(…) for all columns."""
        specs = ",\n".join(self.column_spec(field) for field in fields)
        return [f"ALTER TABLE {self.rules.quoted(table)} ADD(\n{specs})"]

    def _upsert(self, to: Statement) -> str:
        quote = self.rules.quote
        table = self.rules.quoted(to.table)
        source = ", ".join(f"? {quote(name)}" for name in to.columns)
        match = " and ".join(f"{table}.{quote(name)}=incoming.{quote(name)}" for name in to.keys)
        changes = ",".join(f"{table}.{quote(name)}=incoming.{quote(name)}" for name in to.values)
        change = f" when matched then update set {changes}" if changes else ""
        order = (*to.values, *to.keys)
        return (
            f"merge into {table} using (select {source} FROM dual) incoming on({match}){change}"
            f" when not matched then insert({self._list(order, table + '.')})"
            f" values({self._list(order, 'incoming.')})"
        )

    def bytes_literal(self, value: bytes) -> str:
        """Write HEXTORAW('…')."""
        return f"HEXTORAW('{value.hex().upper()}')"

    def binder(
        self, schema: data.Schema, column: Column | None = None
    ) -> Callable[[Any], Any] | None:
        """Make of every time what Oracle has: booleans are 1 and 0, a Time is one of 1970-01-01."""
        if schema.type is data.Type.BOOLEAN:
            return int
        if schema.name == data.LOGICAL_TIME:
            return _on_first_day
        if schema.name != data.LOGICAL_TIMESTAMP:
            return None
        if column is not None and "TIME ZONE" in column.type_name.upper():
            return None
        return _local


def _local(value: datetime.datetime | int) -> datetime.datetime | int:
    return value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value


def _on_first_day(value: datetime.time | int) -> datetime.datetime | int:
    if isinstance(value, datetime.time):
        return datetime.datetime.combine(datetime.date(1970, 1, 1), value)
    return value
