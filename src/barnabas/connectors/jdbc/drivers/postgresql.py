# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL through psycopg 3: cursors of the server, rows in text form."""

from __future__ import annotations

import contextlib
import itertools
import select
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus

from barnabas.connectors.jdbc.address import Address
from barnabas.connectors.jdbc.columns import Column, TableDefinition
from barnabas.connectors.jdbc.drivers import postgresql_types as types
from barnabas.connectors.jdbc.drivers.driver import Driver, RowStream
from barnabas.connectors.jdbc.drivers.postgresql_text import load_as_text, prepare_session
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.placeholders import translate

__all__ = ["PostgreSqlDriver", "PostgreSqlStream"]

_TYPES: Final = """
SELECT t.oid, t.typname, t.typtype, t.typbasetype, t.typtypmod, t.typelem, t.typcategory
FROM pg_catalog.pg_type t WHERE t.oid = ANY(%s)
"""
_ATTRIBUTES: Final = """
SELECT a.attrelid, a.attnum, a.attname, a.attnotnull OR (t.typtype = 'd' AND t.typnotnull),
  a.attidentity <> ''
    OR COALESCE(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') LIKE '%%nextval(%%',
  n.nspname, c.relname, a.atttypid, a.atttypmod,
  EXISTS (SELECT 1 FROM pg_catalog.pg_index i
    WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY(i.indkey))
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""
_TABLES: Final = """
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = %s AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (%s::text IS NULL OR n.nspname LIKE %s)
ORDER BY 1, 2
"""
_TABLE: Final = """
SELECT c.oid, n.nspname, c.relname, c.relkind
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND CASE WHEN %s::text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid)
      ELSE n.nspname = %s END
"""
_KINDS: Final = {
    "TABLE": "r",
    "PARTITIONED TABLE": "p",
    "VIEW": "v",
    "MATERIALIZED VIEW": "m",
    "FOREIGN TABLE": "f",
}


class PostgreSqlDriver(Driver):
    """PostgreSQL, and servers that speak its protocol."""

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        self._types: dict[int, types.PgType] = {}
        self._names = itertools.count(1)

    def connect(self, user: str | None, password: str | None) -> psycopg.Connection[Any]:
        """Open a connection; values of odd types come as text."""
        raw: psycopg.Connection[Any] = super().connect(user, password)
        types.register(raw)
        prepare_session(raw)
        return raw

    def run(self, raw: Any, sql: str, params: Sequence[Any] | None = None) -> Any:
        """Run a statement."""
        return raw.execute(sql, None if params is None else tuple(params))

    def open_stream(
        self, raw: Any, sql: str, params: Sequence[Any] | None, batch_rows: int
    ) -> PostgreSqlStream:
        """Declare a cursor in the server; rows come in text form, see `postgresql_text`."""
        name = f"barnabas_{next(self._names)}"
        cursor = raw.cursor()
        cursor.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", params, prepare=False)
        described = raw.pgconn.describe_portal(name.encode())
        if described.status != ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(described)
        columns = self._columns(raw, described)
        load_as_text(cursor, (described.ftype(index) for index in range(described.nfields)))
        return PostgreSqlStream(columns, cursor, name)

    def describe(self, raw: Any, sql: str) -> list[Column]:
        """Describe a query the server has parsed but does not run."""
        statement = translate(sql, "dollar").encode()
        raw.execute("SELECT 1").close()  # begins the transaction where there is none
        for result in (raw.pgconn.prepare(b"", statement), raw.pgconn.describe_prepared(b"")):
            if result.status != ExecStatus.COMMAND_OK:
                raise psycopg.errors.error_from_result(result)
            described = result
        return self._columns(raw, described)

    def described(self, raw: Any, cursor: Any) -> list[Column]:
        """Describe the rows of an executed cursor."""
        return [] if cursor.pgresult is None else self._columns(raw, cursor.pgresult)

    def is_valid(self, raw: Any, check_query: str, timeout_s: float) -> bool:
        """Whether the server answers a query within the time."""
        pgconn = raw.pgconn
        deadline = time.monotonic() + timeout_s
        pgconn.send_query(check_query.encode())
        while pgconn.flush() or pgconn.is_busy():
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pgconn.socket], [], [], left)[0]:
                return False
            pgconn.consume_input()
        result = pgconn.get_result()
        valid = result is not None and result.status in _ALIVE
        while result is not None:
            result = pgconn.get_result()
        return valid

    # -- the catalogue ----------------------------------------------------------------------------

    def table_types(self, raw: Any) -> list[str]:
        """List the types of tables."""
        del raw
        return list(_KINDS)

    def tables(
        self, raw: Any, catalog: str | None, schema_pattern: str | None, types: Sequence[str]
    ) -> list[TableId]:
        """List tables of the database; they are named without a catalog."""
        if catalog and catalog != raw.info.dbname:
            return []
        wanted = {kind.upper() for kind in types}
        found: list[TableId] = []
        for kind in sorted(wanted & _KINDS.keys()):
            params = (_KINDS[kind], schema_pattern, schema_pattern)
            rows = raw.execute(_TABLES, params).fetchall()
            found += [TableId(None, schema, table) for schema, table in rows]
        return found

    def definition(self, raw: Any, table: TableId) -> TableDefinition | None:
        """Describe a table."""
        params = (table.table, table.schema, table.schema)
        row = raw.execute(_TABLE, params).fetchone()
        if row is None:
            return None
        oid, schema, name, kind = row
        attributes = self._attributes(raw, [oid])
        columns = [
            self._column(raw, item.name, item.type_oid, item.modifier, item)
            for item in attributes.values()
        ]
        kinds = {letter: word for word, letter in _KINDS.items()}
        return TableDefinition(TableId(None, schema, name), tuple(columns), kinds[kind])

    def current(self, raw: Any) -> tuple[str | None, str | None]:
        """Name the current schema; catalogs are not told apart."""
        return None, raw.execute("SELECT current_schema()").fetchone()[0]

    # -- columns ----------------------------------------------------------------------------------

    def _columns(self, raw: Any, result: Any) -> list[Column]:
        fields = range(result.nfields)
        self._learn(raw, {result.ftype(index) for index in fields})
        tables = {result.ftable(index) for index in fields} - {0}
        attributes = self._attributes(raw, sorted(tables))
        encoding = raw.info.encoding
        return [
            self._column(
                raw,
                result.fname(index).decode(encoding),
                result.ftype(index),
                result.fmod(index),
                attributes.get((result.ftable(index), result.ftablecol(index))),
            )
            for index in fields
        ]

    def _column(
        self, raw: Any, label: str, oid: int, modifier: int, attribute: types.Attribute | None
    ) -> Column:
        found = self._type(raw, oid)
        while found.base:
            modifier = found.modifier
            found = self._type(raw, found.base)
        return types.column(label, found, modifier, attribute)

    def _attributes(
        self, raw: Any, tables: Sequence[int]
    ) -> dict[tuple[int, int], types.Attribute]:
        if not tables:
            return {}
        rows = raw.execute(_ATTRIBUTES, (list(tables),)).fetchall()
        return {(row[0], row[1]): types.Attribute(*row[2:]) for row in rows}

    def _type(self, raw: Any, oid: int) -> types.PgType:
        if oid not in self._types:
            self._learn(raw, {oid})
        return self._types[oid]

    def _learn(self, raw: Any, oids: Iterable[int]) -> None:
        unknown = [oid for oid in oids if oid not in self._types]
        if unknown:
            for oid, *rest in raw.execute(_TYPES, (unknown,)).fetchall():
                self._types[oid] = types.PgType(oid, *rest)


_ALIVE: Final = frozenset({ExecStatus.TUPLES_OK, ExecStatus.FATAL_ERROR})


class PostgreSqlStream(RowStream):
    """Rows of a cursor of the server.

    The next rows are asked for as soon as some have come, so that the server works on them while
    these are used. The server sends as many as the sockets hold; nothing here grows.
    """

    def __init__(self, columns: Sequence[Column], cursor: psycopg.Cursor[Any], name: str) -> None:
        super().__init__(columns, cursor)
        self._name = name
        self._is_open = True
        self._pgconn = cursor.connection.pgconn
        self._transformer = Transformer.from_context(cursor)
        self._asked = 0
        """How many rows were asked for that have not come."""
        self._left: list[tuple[Any, ...]] = []
        """Rows that came and were too many."""

    def fetch(self, count: int) -> list[tuple[Any, ...]]:
        """Return the next rows, at most so many; an empty list means that was all."""
        rows, self._left = self._left, []
        is_all = False
        while len(rows) < count and not is_all:
            asked = self._asked or self._ask(count - len(rows))
            came = self._answer()
            is_all = len(came) < asked
            rows = rows + came if rows else came
        if len(rows) > count:
            rows, self._left = rows[:count], rows[count:]
        if not is_all and not self._left:
            self._ask(count)
        return rows

    def close(self) -> None:
        """Close the cursor of the server, if its transaction is still there."""
        if not self._is_open:
            return
        self._is_open = False
        connection = self._cursor.connection
        if self._asked:
            with contextlib.suppress(psycopg.Error):
                self._answer()
        if connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
            self._cursor.execute(f"CLOSE {self._name}", prepare=False)
        self._cursor.close()

    def settle(self) -> None:
        """Take in the rows that were asked for; they are returned by the next `fetch`."""
        if self._asked:
            self._left += self._answer()

    def _ask(self, count: int) -> int:
        """Send for rows, without waiting for them."""
        statement = f"FETCH FORWARD {count} FROM {self._name}"
        self._pgconn.send_query_params(statement.encode(), None)
        self._asked = count
        while self._pgconn.flush():
            select.select([], [self._pgconn.socket], [])
        return count

    def _answer(self) -> list[tuple[Any, ...]]:
        """Wait for the rows that were asked for."""
        pgconn, self._asked = self._pgconn, 0
        while pgconn.is_busy():
            select.select([pgconn.socket], [], [])
            pgconn.consume_input()
        result = pgconn.get_result()
        while pgconn.get_result() is not None:
            pass
        if result is None or result.status != ExecStatus.TUPLES_OK:
            if result is None:
                message = "the connection is lost"
                raise psycopg.OperationalError(message)
            raise psycopg.errors.error_from_result(result)
        self._transformer.set_pgresult(result)
        rows: list[tuple[Any, ...]] = self._transformer.load_rows(0, result.ntuples, tuple)
        return rows
