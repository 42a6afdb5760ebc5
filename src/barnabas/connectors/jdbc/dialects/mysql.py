# SPDX-License-Identifier: Apache-2.0
"""MySQL and MariaDB."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, ClassVar

from barnabas import data
from barnabas.connectors.jdbc.columns import Column
from barnabas.connectors.jdbc.dialects.dialect import Dialect, SinkField, Statement
from barnabas.connectors.jdbc.identifiers import IdentifierRules, TableId

__all__ = ["MySqlDialect"]


class MySqlDialect(Dialect):
    """SQL of MySQL and MariaDB."""

    name = "MySqlDatabaseDialect"
    subprotocols = ("mariadb", "mysql")
    backends = ("mysql", "mariadb")
    default_rules = IdentifierRules("`", "`")
    clock_query = "SELECT CURRENT_TIMESTAMP(6)"
    backslashes = True
    timestamp_type = "DATETIME(6)"
    types: ClassVar[dict[data.Type, str]] = {
        data.Type.INT8: "TINYINT",
        data.Type.INT16: "SMALLINT",
        data.Type.INT32: "INT",
        data.Type.INT64: "BIGINT",
        data.Type.FLOAT32: "FLOAT",
        data.Type.FLOAT64: "DOUBLE",
        data.Type.BOOLEAN: "TINYINT",
        data.Type.STRING: "TEXT",
        data.Type.BYTES: "VARBINARY(1024)",
    }
    key_types: ClassVar[dict[data.Type, str]] = {data.Type.STRING: "VARCHAR(256)"}
    """Differs: Java says TEXT here too, which neither MySQL nor MariaDB takes as a key."""
    logical_types: ClassVar[dict[str, str]] = {
        data.LOGICAL_DECIMAL: "DECIMAL(65,{scale})",
        data.LOGICAL_DATE: "DATE",
        data.LOGICAL_TIME: "TIME(3)",
        data.LOGICAL_TIMESTAMP: "DATETIME(3)",
    }

    def parse_table(self, text: str) -> TableId:
        """Read a name; of two parts the first is the database, which JDBC calls a catalog."""
        found = self.rules.parse(text)
        if found.schema is not None and found.catalog is None:
            return TableId(found.schema, None, found.table)
        return found

    def column_spec(self, field: SinkField) -> str:
        """Write a column; the default of a text is an expression, as MySQL takes no other."""
        spec = super().column_spec(field)
        start, found, default = spec.partition(" TEXT DEFAULT ")
        return f"{start}{found}({default})" if found else spec

    def _upsert(self, to: Statement) -> str:
        quoted = [self.rules.quote(name) for name in to.values or to.keys]
        marks = ",".join("?" * len(to.columns))
        changes = ",".join(f"{name}=values({name})" for name in quoted)
        return (
            f"insert into {self.rules.quoted(to.table)}({self._list(to.columns)}) values({marks})"
            f" on duplicate key update {changes}"
        )

    def literal(self, schema: data.Schema, value: Any) -> str:
        """Write a value; a backslash in a text is doubled, for it escapes here."""
        written = super().literal(schema, value)
        return written.replace("\\", "\\\\") if schema.type is data.Type.STRING else written

    def binder(
        self, schema: data.Schema, column: Column | None = None
    ) -> Callable[[Any], Any] | None:
        """Leave out the zone of a Timestamp: MySQL takes what is written."""
        del column
        return _local if schema.name == data.LOGICAL_TIMESTAMP else None


def _local(value: datetime.datetime | int) -> datetime.datetime | int:
    return value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value
