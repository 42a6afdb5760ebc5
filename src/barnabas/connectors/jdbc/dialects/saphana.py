# SPDX-License-Identifier: Apache-2.0
"""SAP HANA."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from barnabas import data
from barnabas.connectors.jdbc.dialects.dialect import Dialect, SinkField, Statement
from barnabas.connectors.jdbc.identifiers import TableId

__all__ = ["SapHanaDialect"]


class SapHanaDialect(Dialect):
    """SQL of SAP HANA."""

    name = "SapHanaDatabaseDialect"
    subprotocols = ("sap",)
    backends = ("hana",)
    clock_query = "SELECT CURRENT_TIMESTAMP FROM DUMMY"
    check_query = "SELECT 1 FROM DUMMY"
    types: ClassVar[dict[data.Type, str]] = {
        data.Type.INT8: "TINYINT",
        data.Type.INT16: "SMALLINT",
        data.Type.INT32: "INTEGER",
        data.Type.INT64: "BIGINT",
        data.Type.FLOAT32: "REAL",
        data.Type.FLOAT64: "DOUBLE",
        data.Type.BOOLEAN: "BOOLEAN",
        data.Type.STRING: "VARCHAR(1000)",
        data.Type.BYTES: "BLOB",
    }
    logical_types: ClassVar[dict[str, str]] = {
        data.LOGICAL_DECIMAL: "DECIMAL",
        data.LOGICAL_DATE: "DATE",
        data.LOGICAL_TIME: "DATE",
        data.LOGICAL_TIMESTAMP: "TIMESTAMP",
    }

    def create_table(self, table: TableId, fields: Sequence[SinkField]) -> str:
        """Write CREATE COLUMN TABLE: HANA keeps columns together."""
        made = super().create_table(table, fields)
        return made.replace("CREATE TABLE", "CREATE COLUMN TABLE", 1)

    def alter_table(self, table: TableId, fields: Sequence[SinkField]) -> list[str]:
        """Write one ALTER TABLE … ADD(…) for all columns."""
        specs = ",\n".join(self.column_spec(field) for field in fields)
        return [f"ALTER TABLE {self.rules.quoted(table)} ADD(\n{specs})"]

    def _upsert(self, to: Statement) -> str:
        return self.insert(to).replace("INSERT INTO", "UPSERT", 1) + " WITH PRIMARY KEY"
