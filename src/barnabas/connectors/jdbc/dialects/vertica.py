# SPDX-License-Identifier: Apache-2.0
"""Vertica."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from barnabas import data
from barnabas.connectors.jdbc.dialects.dialect import Dialect, SinkField
from barnabas.connectors.jdbc.identifiers import TableId

__all__ = ["VerticaDialect"]


class VerticaDialect(Dialect):
    """SQL of Vertica, which has no statement to insert or update."""

    name = "VerticaDatabaseDialect"
    subprotocols = ("vertica",)
    backends = ("vertica",)
    types: ClassVar[dict[data.Type, str]] = {
        data.Type.INT8: "INT",
        data.Type.INT16: "INT",
        data.Type.INT32: "INT",
        data.Type.INT64: "INT",
        data.Type.FLOAT32: "FLOAT",
        data.Type.FLOAT64: "FLOAT",
        data.Type.BOOLEAN: "BOOLEAN",
        data.Type.STRING: "VARCHAR(1024)",
        data.Type.BYTES: "VARBINARY(1024)",
    }
    logical_types: ClassVar[dict[str, str]] = {
        data.LOGICAL_DECIMAL: "DECIMAL(18,{scale})",
        data.LOGICAL_DATE: "DATE",
        data.LOGICAL_TIME: "TIME",
        data.LOGICAL_TIMESTAMP: "TIMESTAMP",
    }

    def alter_table(self, table: TableId, fields: Sequence[SinkField]) -> list[str]:
        """Write one ALTER TABLE per column: Vertica adds one at a time."""
        return [super(VerticaDialect, self).alter_table(table, [field])[0] for field in fields]
