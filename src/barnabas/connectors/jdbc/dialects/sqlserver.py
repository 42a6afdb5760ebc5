# SPDX-License-Identifier: Apache-2.0
"""Microsoft SQL Server, and Sybase from which it comes."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from barnabas import data
from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.dialects.dialect import Dialect, SinkField, Statement
from barnabas.connectors.jdbc.dialects.literals import string_literal
from barnabas.connectors.jdbc.identifiers import IdentifierRules, TableId

__all__ = ["SqlServerDialect", "SybaseDialect"]

_DEFAULT_SCHEMA = "dbo"


class SqlServerDialect(Dialect):
    """SQL of Microsoft SQL Server."""

    name = "SqlServerDatabaseDialect"
    subprotocols: ClassVar[tuple[str, ...]] = ("microsoft:sqlserver", "sqlserver", "jtds:sqlserver")
    backends: ClassVar[tuple[str, ...]] = ("mssql",)
    default_rules = IdentifierRules("[", "]")
    brackets = True
    timestamp_type = "datetime2"
    types: ClassVar[dict[data.Type, str]] = {
        data.Type.INT8: "tinyint",
        data.Type.INT16: "smallint",
        data.Type.INT32: "int",
        data.Type.INT64: "bigint",
        data.Type.FLOAT32: "real",
        data.Type.FLOAT64: "float",
        data.Type.BOOLEAN: "bit",
        data.Type.STRING: "varchar(max)",
        data.Type.BYTES: "varbinary(max)",
    }
    key_types: ClassVar[dict[data.Type, str]] = {data.Type.STRING: "varchar(900)"}
    logical_types: ClassVar[dict[str, str]] = {
        data.LOGICAL_DECIMAL: "decimal(38,{scale})",
        data.LOGICAL_DATE: "date",
        data.LOGICAL_TIME: "time",
        data.LOGICAL_TIMESTAMP: "datetime2",
    }

    def parse_table(self, text: str) -> TableId:
        """Read a name; of two parts the first is the database, and the schema is ``dbo``."""
        found = self.rules.parse(text)
        if found.catalog is not None:
            return found
        return TableId(found.schema, _DEFAULT_SCHEMA, found.table)

    def alter_table(self, table: TableId, fields: Sequence[SinkField]) -> list[str]:
        """Write one ALTER TABLE … ADD for all columns."""
        specs = ",\n".join(self.column_spec(field) for field in fields)
        return [f"ALTER TABLE {self.rules.quoted(table)} ADD\n{specs}"]

    def _upsert(self, to: Statement) -> str:
        quote = self.rules.quote
        lock = " with (HOLDLOCK)" if self.merge_holdlock else ""
        source = ", ".join(f"? AS {quote(name)}" for name in to.columns)
        match = " and ".join(f"target.{quote(name)}=incoming.{quote(name)}" for name in to.keys)
        changes = ",".join(f"{quote(name)}=incoming.{quote(name)}" for name in to.values)
        change = f" when matched then update set {changes}" if changes else ""
        order = (*to.values, *to.keys)
        names = ", ".join(quote(name) for name in order)
        return (
            f"merge into {self.rules.quoted(to.table)}{lock} AS target using (select {source})"
            f" AS incoming on ({match}){change} when not matched then insert ({names}) values"
            f" ({self._list(order, 'incoming.')});"
        )

    def bytes_literal(self, value: bytes) -> str:
        """Write ``0x…``; what other databases write is no number here."""
        return f"0x{value.hex().upper()}"

    def binder(
        self, schema: data.Schema, column: Column | None = None
    ) -> Callable[[Any], Any] | None:
        """Leave out the zone of a Timestamp, except for ``datetimeoffset``."""
        if schema.name != data.LOGICAL_TIMESTAMP:
            return None
        if column is not None and column.jdbc_type is JdbcType.DATETIMEOFFSET:
            return None
        return _local


class SybaseDialect(SqlServerDialect):
    """SQL of SAP (formerly Sybase) ASE."""

    name = "SybaseDatabaseDialect"
    subprotocols: ClassVar[tuple[str, ...]] = ("jtds:sybase", "sybase")
    backends: ClassVar[tuple[str, ...]] = ("sybase",)
    default_rules = IdentifierRules('"', '"')
    brackets = False
    clock_query = "select getdate()"
    timestamp_type = "datetime"
    types: ClassVar[dict[data.Type, str]] = {
        data.Type.INT8: "smallint",
        data.Type.INT16: "smallint",
        data.Type.INT32: "int",
        data.Type.INT64: "bigint",
        data.Type.FLOAT32: "real",
        data.Type.FLOAT64: "float",
        data.Type.BOOLEAN: "bit",
        data.Type.STRING: "text",
        data.Type.BYTES: "image",
    }
    key_types: ClassVar[dict[data.Type, str]] = {data.Type.STRING: "varchar(512)"}
    logical_types: ClassVar[dict[str, str]] = {
        data.LOGICAL_DECIMAL: "decimal(38,{scale})",
        data.LOGICAL_DATE: "date",
        data.LOGICAL_TIME: "time",
        data.LOGICAL_TIMESTAMP: "datetime",
    }

    def column_type(self, field: SinkField) -> str:
        """Name the column type for a field; a bit cannot be null."""
        found = super().column_type(field)
        return "tinyint" if found == "bit" and field.is_optional else found

    def drop_table(self, table: TableId, *, if_exists: bool = False) -> str:
        """Write DROP TABLE, with a look into the catalogue where there is no IF EXISTS."""
        drop = f"DROP TABLE {self.rules.quoted(table)}"
        if not if_exists:
            return drop
        name = string_literal(table.table)
        if table.schema is None:
            found = f"sysobjects WHERE name={name} AND type='U'"
        else:
            found = (
                "sysobjects INNER JOIN sysusers ON sysobjects.uid=sysusers.uid WHERE"
                f" sysusers.name={string_literal(table.schema)} AND sysobjects.name={name}"
                " AND type='U'"
            )
        return f"IF EXISTS (SELECT 1 FROM {found}) {drop}"


def _local(value: datetime.datetime | int) -> datetime.datetime | int:
    return value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value
