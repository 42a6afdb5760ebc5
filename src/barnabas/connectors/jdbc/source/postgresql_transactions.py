# SPDX-License-Identifier: Apache-2.0
"""Open transactions of PostgreSQL.

Every transaction holds a lock on its own virtual id, and one that writes to a table holds a lock on
the table from before the first row gets its number until it ends; everybody may see locks. The
beginning of transactions of other users may be hidden, see `OldestBeginning`.

Autovacuum has no user, which shows even where its kind is hidden.

A source's own transactions hold a shared advisory lock, by which all sources know each other.

Limits: numbers a session takes from a sequence long before it writes its rows, and those a sequence
with CACHE above 1 hands out, come in another order than transactions begin.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Set
from typing import Any, Final

from barnabas.connectors.jdbc.connection import Connection
from barnabas.connectors.jdbc.errors import DatabaseError, Trouble
from barnabas.connectors.jdbc.identifiers import IdentifierRules, TableId
from barnabas.connectors.jdbc.source.open_transactions import OpenTransactions

__all__ = ["PostgreSqlTransactions"]

_MARK: Final = int.from_bytes(b"Barnabas", "big")
_MARK_HIGH: Final = _MARK >> 32
_MARK_LOW: Final = _MARK & 0xFFFFFFFF

_BEGIN: Final = f"SELECT pg_catalog.pg_advisory_xact_lock_shared({_MARK})"
_STANDBY: Final = "SELECT pg_catalog.pg_is_in_recovery()"
_BEGINNINGS: Final = f"""
SELECT l.virtualtransaction || ' of process ' || l.pid,
  (EXTRACT(EPOCH FROM a.xact_start) * 1000000)::bigint
FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
JOIN pg_catalog.pg_database d ON d.oid = a.datid AND d.datname = pg_catalog.current_database()
WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND l.granted
  AND l.pid <> pg_catalog.pg_backend_pid() AND a.application_name <> 'pg_dump'
  AND a.usesysid IS NOT NULL
  AND COALESCE(a.backend_type, '') NOT IN
    ('autovacuum worker', 'autovacuum launcher', 'walsender', 'parallel worker')
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_locks m WHERE m.pid = l.pid
    AND m.locktype = 'advisory' AND m.classid = {_MARK_HIGH} AND m.objid = {_MARK_LOW})
UNION ALL
SELECT 'prepared ' || p.transaction::text, NULL
FROM pg_catalog.pg_prepared_xacts p WHERE p.database = pg_catalog.current_database()
"""
_WRITERS: Final = """
SELECT DISTINCT l.virtualtransaction || COALESCE(' of process ' || l.pid, '')
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
  AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
    'AccessExclusiveLock')
"""
_OF_ANY_TABLE: Final = "  AND l.relation >= 16384"
_OF_TABLE: Final = """
  AND l.relation IN (WITH RECURSIVE tree(oid) AS (SELECT CAST(? AS regclass)::oid UNION ALL
    SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid)
    SELECT oid FROM tree)
"""
_DOING: Final = "look for open transactions"


class PostgreSqlTransactions(OpenTransactions):
    """Asks PostgreSQL.

    Args:
        table: The table that is read; None for a view or a query, where any table may be it.
    """

    def __init__(self, table: TableId | None) -> None:
        self._table = None if table is None else IdentifierRules().quoted(table)
        self._is_primary = False

    def begin(self, connection: Connection) -> None:
        """Take the lock that marks sources, until the transaction ends."""
        connection.execute(_BEGIN, doing=_DOING)

    def beginnings(self, connection: Connection, now_ns: int) -> Mapping[Hashable, int | None]:
        """List all open transactions of the database but those of sources and of pg_dump."""
        self._require_primary(connection)
        rows = self._rows(connection, _BEGINNINGS)
        return {name: None if us is None else us * 1000 for name, us in rows}

    def writers(self, connection: Connection) -> Set[Hashable]:
        """List the transactions that hold a writer's lock on the table."""
        self._require_primary(connection)
        if self._table is None:
            rows = self._rows(connection, _WRITERS + _OF_ANY_TABLE)
        else:
            rows = self._rows(connection, _WRITERS + _OF_TABLE, (self._table,))
        return frozenset(name for (name,) in rows)

    def _require_primary(self, connection: Connection) -> None:
        if self._is_primary:
            return
        ((is_standby,),) = self._rows(connection, _STANDBY)
        if is_standby:
            message = "this server is a standby, and transactions are open on its primary"
            raise DatabaseError(message, trouble=Trouble.PERMISSION)
        self._is_primary = True

    @staticmethod
    def _rows(
        connection: Connection, sql: str, parameters: tuple[Any, ...] | None = None
    ) -> list[Any]:
        with connection.told(_DOING):
            rows = list(connection.execute(sql, parameters, _DOING).fetchall())
        connection.rollback()
        return rows
