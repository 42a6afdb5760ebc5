# SPDX-License-Identifier: Apache-2.0
"""IBM Db2, and Apache Derby, which speaks much like it."""

from __future__ import annotations

from typing import ClassVar

from barnabas import data
from barnabas.connectors.jdbc.dialects.dialect import Dialect, Statement

__all__ = ["Db2Dialect", "DerbyDialect"]


class Db2Dialect(Dialect):
    """SQL of IBM Db2."""

    name = "Db2DatabaseDialect"
    subprotocols: ClassVar[tuple[str, ...]] = ("db2", "db2j", "ibmdb")
    backends: ClassVar[tuple[str, ...]] = ("db2", "ibm_db_sa")
    clock_query = "SELECT CURRENT_TIMESTAMP(12) FROM SYSIBM.SYSDUMMY1"
    check_query = "SELECT 1 FROM SYSIBM.SYSDUMMY1"
    types: ClassVar[dict[data.Type, str]] = {
        data.Type.INT8: "SMALLINT",
        data.Type.INT16: "SMALLINT",
        data.Type.INT32: "INTEGER",
        data.Type.INT64: "BIGINT",
        data.Type.FLOAT32: "FLOAT",
        data.Type.FLOAT64: "DOUBLE",
        data.Type.BOOLEAN: "SMALLINT",
        data.Type.STRING: "VARCHAR(32672)",
        data.Type.BYTES: "BLOB(64000)",
    }
    logical_types: ClassVar[dict[str, str]] = {
        data.LOGICAL_DECIMAL: "DECIMAL(31,{scale})",
        data.LOGICAL_DATE: "DATE",
        data.LOGICAL_TIME: "TIME",
        data.LOGICAL_TIMESTAMP: "TIMESTAMP",
    }

    def _upsert(self, to: Statement) -> str:
        quote = self.rules.quote
        table = self.rules.quoted(to.table)
        marks = ", ".join("?" * len(to.columns))
        names = ", ".join(quote(name) for name in to.columns)
        match = " and ".join(f"{table}.{quote(name)}=DAT.{quote(name)}" for name in to.keys)
        changes = ", ".join(f"{table}.{quote(name)}=DAT.{quote(name)}" for name in to.values)
        change = f" when matched then update set {changes}" if changes else ""
        order = (*to.values, *to.keys)
        return (
            f"merge into {table} using (values({marks})) as DAT({names}) on {match}{change}"
            f" when not matched then insert({self._list(order, table + '.')})"
            f" values({self._list(order, 'DAT.')})"
        )


class DerbyDialect(Db2Dialect):
    """SQL of Apache Derby."""

    name = "DerbyDatabaseDialect"
    subprotocols: ClassVar[tuple[str, ...]] = ("derby",)
    backends: ClassVar[tuple[str, ...]] = ("derby",)
    clock_query = "values(CURRENT_TIMESTAMP)"
    check_query = "values(1)"
