# SPDX-License-Identifier: Apache-2.0
"""Python's own SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from barnabas.connectors.jdbc.columns import Column, JdbcType, TableDefinition
from barnabas.connectors.jdbc.drivers.driver import Driver, RowStream
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.placeholders import translate

__all__ = ["SqliteDriver", "jdbc_type_of"]


class SqliteDriver(Driver):
    """SQLite through the standard library."""

    def open_stream(
        self, raw: Any, sql: str, params: Sequence[Any] | None, batch_rows: int
    ) -> RowStream:
        """Start a query; its first row is read at once, for SQLite's types are those of values."""
        declared = self.describe(raw, sql)
        cursor = raw.cursor()
        cursor.execute(sql, tuple(params or ()))
        return _SqliteStream(declared, cursor)

    def described(self, raw: Any, cursor: Any) -> list[Column]:
        """Describe by names alone: a cursor of SQLite knows no more."""
        del raw
        return [_column(item[0], "", None, None) for item in cursor.description or ()]

    def describe(self, raw: Any, sql: str) -> list[Column]:
        """Describe the rows of a query by the types its columns were declared with."""
        cursor = raw.cursor()
        literal = translate(sql.rstrip().rstrip(";"), "null")
        cursor.execute(f"CREATE TEMP VIEW barnabas_described AS {literal}")
        try:
            found = cursor.execute("PRAGMA temp.table_info(barnabas_described)").fetchall()
        finally:
            cursor.execute("DROP VIEW temp.barnabas_described")
            cursor.close()
        return [_column(name, declared, None, None) for _, name, declared, *_ in found]

    def tables(
        self, raw: Any, catalog: str | None, schema_pattern: str | None, types: Sequence[str]
    ) -> list[TableId]:
        """List tables; SQLite has neither catalogs nor schemas, so both are ignored."""
        del catalog, schema_pattern
        wanted = [kind for kind in ("TABLE", "VIEW") if kind in {item.upper() for item in types}]
        found = []
        for kind in wanted:
            query = "SELECT name FROM sqlite_master WHERE type = ? ORDER BY name"
            rows = self.run(raw, query, [kind.lower()]).fetchall()
            found += [TableId(None, None, name) for (name,) in rows]
        return [table for table in found if not table.table.startswith("sqlite_")]

    def definition(self, raw: Any, table: TableId) -> TableDefinition | None:
        """Describe a table by what its columns were declared as."""
        query = "SELECT name, type, sql FROM sqlite_master WHERE lower(name) = lower(?)"
        found = self.run(raw, query, [table.table]).fetchone()
        if found is None:
            return None
        name, kind, sql = found
        table = TableId(None, None, name)
        query = 'SELECT name, type, "notnull", pk FROM pragma_table_info(?)'
        rows = self.run(raw, query, [name]).fetchall()
        increments = "AUTOINCREMENT" in (sql or "").upper()
        columns = tuple(_column(*row, table=table, increments=increments) for row in rows)
        return TableDefinition(table, columns, kind.upper())


class _SqliteStream(RowStream):
    """Rows whose types are settled by the first one."""

    def __init__(self, declared: Sequence[Column], cursor: Any) -> None:
        super().__init__(declared, cursor)
        self._first: list[tuple[Any, ...]] = cursor.fetchmany(1)

    def fetch(self, count: int) -> list[tuple[Any, ...]]:
        """Return the next rows, at most so many; an empty list means that was all."""
        if not self._first:
            return super().fetch(count)
        first, self._first = self._first, []
        return first + (super().fetch(count - 1) if count > 1 else [])


def _column(
    name: str,
    declared: str,
    not_null: int | None,
    key: int | None,
    *,
    table: TableId | None = None,
    increments: bool = False,
) -> Column:
    bare, _, rest = declared.partition("(")
    kind = bare.strip().upper()
    digits = [int(part) for part in rest.rstrip(") ").split(",") if part.strip().isdecimal()]
    return Column(
        name,
        name,
        jdbc_type_of(kind),
        kind,
        precision=digits[0] if digits else 0,
        scale=digits[1] if len(digits) > 1 else 0,
        signed=kind in {"NUMERIC", "INTEGER", "REAL", "DECIMAL"},
        nullable=None if not_null is None else not not_null,
        auto_increment=bool(increments and key),
        table=table,
        primary_key=bool(key),
    )


def jdbc_type_of(declared: str) -> JdbcType:
    """Tell the type of a column by its declaration alone."""
    del declared
    return JdbcType.NUMERIC
