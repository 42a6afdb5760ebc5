# SPDX-License-Identifier: Apache-2.0
"""MySQL and MariaDB through PyMySQL: rows as they come from the socket."""

# ruff: noqa: SLF001 - PyMySQL has no public way to its fields, packets and socket

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence
from typing import Any, Final

import pymysql
from pymysql.constants import COMMAND
from pymysql.cursors import SSCursor
from pymysql.protocol import FieldDescriptorPacket

from barnabas.connectors.jdbc.columns import Column, TableDefinition
from barnabas.connectors.jdbc.drivers import mysql_types
from barnabas.connectors.jdbc.drivers.driver import Driver, RowStream
from barnabas.connectors.jdbc.drivers.mysql_rows import RowReader
from barnabas.connectors.jdbc.identifiers import IdentifierRules, TableId

__all__ = ["MySqlDriver"]

_SLOW_READER_S: Final = 3600
"""The server gives up a reader that takes nothing for so long; its own 60 s is too short."""
_RULES: Final = IdentifierRules("`", "`")
_KINDS: Final = {
    "TABLE": "BASE TABLE",
    "VIEW": "VIEW",
    "SYSTEM TABLE": "SYSTEM VIEW",
    "SEQUENCE": "SEQUENCE",
}
_TABLES: Final = """
SELECT table_schema, table_name FROM information_schema.tables
WHERE table_type = %s AND (%s IS NULL OR table_schema = %s)
  AND (%s IS NOT NULL OR table_type = 'SYSTEM VIEW' OR table_schema NOT IN
    ('information_schema', 'mysql', 'performance_schema', 'sys'))
ORDER BY 1, 2
"""
_TABLE: Final = """
SELECT table_schema, table_name, table_type FROM information_schema.tables
WHERE table_schema = COALESCE(%s, DATABASE()) AND table_name = %s
"""


class MySqlDriver(Driver):
    """MySQL and MariaDB."""

    def connect(self, user: str | None, password: str | None) -> Any:
        """Open a connection that notices when the server is gone."""
        raw = super().connect(user, password)
        keep = ((socket.SO_KEEPALIVE, 1, socket.SOL_SOCKET), *_KEEPALIVE)
        for option, value, level in keep:
            if raw._sock.family != socket.AF_UNIX:
                raw._sock.setsockopt(level, option, value)
        with raw.cursor() as cursor:
            cursor.execute(f"SET SESSION net_write_timeout = {_SLOW_READER_S}")
        return raw

    def open_stream(
        self, raw: Any, sql: str, params: Sequence[Any] | None, batch_rows: int
    ) -> RowStream:
        """Start a query whose rows wait in the server until they are read."""
        cursor = raw.cursor(SSCursor)
        try:
            cursor.execute(sql, None if params is None else tuple(params))
        except pymysql.Error:
            if raw._result is not None:
                raw._result.unbuffered_active = False  # there is no rest to read at its end
            raise
        return _MySqlStream(self.described(raw, cursor), cursor)

    def described(self, raw: Any, cursor: Any) -> list[Column]:
        """Describe the rows of an executed cursor."""
        del raw
        fields = [] if cursor._result is None else cursor._result.fields or []
        return [mysql_types.column(field) for field in fields]

    def describe(self, raw: Any, sql: str) -> list[Column]:
        """Describe a query the server prepares but does not run."""
        raw._execute_command(COMMAND.COM_STMT_PREPARE, sql)
        answer = raw._read_packet()
        answer.advance(1)
        statement, columns, parameters = answer.read_struct("<IHH")
        _read_fields(raw, parameters)
        fields = _read_fields(raw, columns)
        raw._execute_command(COMMAND.COM_STMT_CLOSE, statement.to_bytes(4, "little"))
        return [mysql_types.column(field) for field in fields]

    def is_valid(self, raw: Any, check_query: str, timeout_s: float) -> bool:
        """Whether the server answers within the time."""
        del check_query
        if not raw.open:
            return False
        before, raw._read_timeout = raw._read_timeout, timeout_s
        try:
            raw.ping(reconnect=False)
        finally:
            raw._read_timeout = before
        return True

    # -- the catalogue ----------------------------------------------------------------------------

    def table_types(self, raw: Any) -> list[str]:
        """List the types of tables."""
        del raw
        return list(_KINDS)

    def tables(
        self, raw: Any, catalog: str | None, schema_pattern: str | None, types: Sequence[str]
    ) -> list[TableId]:
        """List tables of the catalog, by default the connection's own.

        A database of MySQL is a catalog in JDBC's words; there are no schemas.

        Differs: without ``catalog.pattern`` a URL that names a database is about that one, where
        MySQL's JDBC driver lists those of all databases; only a URL without one is about all.
        """
        del schema_pattern
        where = catalog if catalog is not None else self.current(raw)[0]
        found: list[TableId] = []
        for kind in sorted({item.upper() for item in types} & _KINDS.keys()):
            rows = self.run(raw, _TABLES, (_KINDS[kind], where, where, where)).fetchall()
            found += [TableId(schema, None, table) for schema, table in rows]
        return found

    def definition(self, raw: Any, table: TableId) -> TableDefinition | None:
        """Describe a table by the fields of a query for none of its rows."""
        where = table.catalog or table.schema
        row = self.run(raw, _TABLE, (where, table.table)).fetchone()
        if row is None:
            return None
        schema, name, kind = row
        found = TableId(schema, None, name)
        cursor = self.run(raw, f"SELECT * FROM {_RULES.quoted(found)} LIMIT 0")
        columns = tuple(self.described(raw, cursor))
        cursor.close()
        kinds = {theirs: ours for ours, theirs in _KINDS.items()}
        return TableDefinition(found, columns, kinds.get(kind, kind))

    def current(self, raw: Any) -> tuple[str | None, str | None]:
        """Name the current database, which is a catalog in JDBC's words."""
        return self.run(raw, "SELECT DATABASE()").fetchone()[0], None


_KEEPALIVE: Final = tuple(
    (getattr(socket, name), value, socket.IPPROTO_TCP)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
    if hasattr(socket, name)
)


def _read_fields(raw: Any, count: int) -> list[Any]:
    fields = [raw._read_packet(FieldDescriptorPacket) for _ in range(count)]
    if count:
        raw._read_packet()  # the end of the list
    return fields


class _MySqlStream(RowStream):
    """Rows as they come; the connection does nothing else until the last one."""

    def __init__(self, columns: Sequence[Column], cursor: Any) -> None:
        super().__init__(columns, cursor)
        self._rows = RowReader(cursor.connection, cursor._result)

    def fetch(self, count: int) -> list[tuple[Any, ...]]:
        """Return the next rows, at most so many; an empty list means that was all."""
        return self._rows.read(count)

    def close(self) -> None:
        """Let go of the other rows; the connection is closed when there are some.

        Reading them to throw them away would take as long as the rest of the table.
        """
        self._rows.abandon()
        self._cursor._result = None
        with contextlib.suppress(pymysql.Error):
            self._cursor.close()
        self._cursor.connection = None

    def __del__(self) -> None:
        self.close()
