# SPDX-License-Identifier: Apache-2.0
"""Python's own SQLite.

SQLite gives types to values, not to columns. As its JDBC driver does, a stream takes the storage
of a column's value in the first row together with the type the column was declared with.
"""

from __future__ import annotations

import dataclasses
import re
import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from barnabas.connectors.jdbc.columns import Column, TableDefinition
from barnabas.connectors.jdbc.drivers.driver import Driver, RowStream
from barnabas.connectors.jdbc.drivers.sqlite_types import jdbc_type_of
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.placeholders import translate

__all__ = ["SqliteDriver"]

_VIEW: Final = "barnabas_described"
_JOINS: Final = re.compile(r"\bjoin\b|\bunion\b", re.IGNORECASE)
_NAMES_OF_SIGNED: Final = frozenset({"NUMERIC", "INTEGER", "REAL", "DECIMAL"})


class SqliteDriver(Driver):
    """SQLite through the standard library."""

    def connect(self, user: str | None, password: str | None) -> Any:
        """Open the file; SQLite knows no users."""
        del user, password
        return super().connect(None, None)

    def open_stream(
        self, raw: Any, sql: str, params: Sequence[Any] | None, batch_rows: int
    ) -> RowStream:
        """Start a query; its first row is read at once, for the types are those of its values."""
        declared = self.describe(raw, sql)
        cursor = raw.cursor()
        cursor.execute(sql, tuple(params or ()))
        return _SqliteStream(declared, cursor)

    def described(self, raw: Any, cursor: Any) -> list[Column]:
        """Describe by names alone: a cursor of SQLite knows no more."""
        del raw
        return [_column(item[0], "", None, 0) for item in cursor.description or ()]

    def describe(self, raw: Any, sql: str) -> list[Column]:
        """Describe the rows of a query by the types its columns were declared with."""
        literal = translate(sql.strip().rstrip(";"), "null")
        cursor = raw.cursor()
        # A view is made by what the connection knows of tables: let it learn of changes first.
        cursor.execute("SELECT 1 FROM main.sqlite_master LIMIT 1").fetchall()
        cursor.execute(f"CREATE TEMP VIEW {_VIEW} AS {literal}")
        try:
            found = cursor.execute(f"PRAGMA temp.table_info({_VIEW})").fetchall()
        finally:
            cursor.execute(f"DROP VIEW temp.{_VIEW}")
            cursor.close()
        return self._completed(raw, literal, [_column(row[1], row[2], None, 0) for row in found])

    def _completed(self, raw: Any, sql: str, columns: list[Column]) -> list[Column]:
        """Add what the table says of a column where the query reads one table only."""
        tables = _tables_read(raw, sql)
        if len(tables) != 1 or _JOINS.search(sql):
            return columns
        table = self.definition(raw, TableId(None, None, tables.pop()))
        if table is None or table.kind != "TABLE":
            return columns
        known = {(column.name, column.type_name): column for column in table.columns}
        return [known.get((column.name, column.type_name), column) for column in columns]

    def tables(
        self, raw: Any, catalog: str | None, schema_pattern: str | None, types: Sequence[str]
    ) -> list[TableId]:
        """List tables; SQLite has neither catalogs nor schemas, so both are ignored."""
        del catalog, schema_pattern
        wanted = {kind.upper() for kind in types}
        found: list[TableId] = []
        for kind in ("TABLE", "VIEW"):
            query = "SELECT name FROM sqlite_master WHERE type = ? ORDER BY name"
            rows = self.run(raw, query, [kind.lower()]).fetchall() if kind in wanted else ()
            found += [TableId(None, None, name) for (name,) in rows]
        return found

    def definition(self, raw: Any, table: TableId) -> TableDefinition | None:
        """Describe a table by what its columns were declared as."""
        query = (
            "SELECT name, type, sql FROM sqlite_master"
            " WHERE lower(name) = lower(?) AND type IN ('table', 'view')"
        )
        found = self.run(raw, query, [table.table]).fetchone()
        if found is None:
            return None
        name, kind, sql = found
        table = TableId(None, None, name)
        query = 'SELECT name, type, "notnull", pk FROM pragma_table_info(?)'
        rows = self.run(raw, query, [name]).fetchall()
        increments = "AUTOINCREMENT" in (sql or "").upper()
        columns = tuple(
            dataclasses.replace(
                _column(*row), table=table, auto_increment=bool(increments and row[3])
            )
            for row in rows
        )
        return TableDefinition(table, columns, kind.upper())


def _tables_read(raw: Any, sql: str) -> set[str]:
    """Ask SQLite's authorizer which tables a query reads."""
    found: set[str] = set()

    def note(action: int, table: str | None, *_: Any) -> int:
        if action == sqlite3.SQLITE_READ and table:
            found.add(table)
        return sqlite3.SQLITE_OK

    raw.set_authorizer(note)
    try:
        raw.execute(f"EXPLAIN {sql}").close()
    finally:
        raw.set_authorizer(None)
    return found


class _SqliteStream(RowStream):
    """Rows whose types are settled by the first one."""

    def __init__(self, declared: Sequence[Column], cursor: Any) -> None:
        self._first: list[tuple[Any, ...]] = cursor.fetchmany(1)
        values = self._first[0] if self._first else (None,) * len(declared)
        columns = [
            dataclasses.replace(column, jdbc_type=jdbc_type_of(column.type_name, value))
            for column, value in zip(declared, values, strict=True)
        ]
        super().__init__(columns, cursor)

    def fetch(self, count: int) -> list[tuple[Any, ...]]:
        """Return the next rows, at most so many; an empty list means that was all."""
        if not self._first:
            return super().fetch(count)
        first, self._first = self._first, []
        return first + (super().fetch(count - 1) if count > 1 else [])


def _column(name: str, declared: str, not_null: int | None, key: int) -> Column:
    bare, _, rest = declared.partition("(")
    kind = bare.strip().upper() or "NUMERIC"
    digits = [int(part) for part in rest.partition(")")[0].split(",") if part.strip().isdecimal()]
    return Column(
        name,
        name,
        jdbc_type_of(kind, None),
        kind,
        precision=digits[0] if digits else 0,
        scale=digits[1] if len(digits) > 1 else 0,
        signed=kind in _NAMES_OF_SIGNED,
        nullable=None if not_null is None else not not_null,
        primary_key=bool(key),
    )
