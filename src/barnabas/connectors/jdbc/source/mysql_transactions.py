# SPDX-License-Identifier: Apache-2.0
"""Open transactions of MySQL and MariaDB, from InnoDB's list of them (right PROCESS).

InnoDB keeps the list it last showed for 0.1 s, and longer while others ask for it. So an answer
counts only when it shows the very statement that asked, in a transaction of its own. Transactions
that only read do not count, and those of sources say of themselves that they do.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Hashable, Mapping, Set
from typing import Any, Final

from barnabas.connectors.jdbc.connection import Connection
from barnabas.connectors.jdbc.errors import DatabaseRetriableError, Trouble
from barnabas.connectors.jdbc.source.open_transactions import OpenTransactions

__all__ = ["MySqlTransactions"]

_BEGIN: Final = "START TRANSACTION READ ONLY"
_BEGIN_LISTED: Final = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
_TRANSACTIONS: Final = (
    "SELECT /* {mark} */ t.trx_mysql_thread_id, CAST(t.trx_started AS CHAR),"
    " TIMESTAMPDIFF(MICROSECOND, t.trx_started, CURRENT_TIMESTAMP(6)), t.trx_is_read_only,"
    " COALESCE(t.trx_query LIKE '%{mark}%', 0) FROM information_schema.innodb_trx t"
)
_STATEMENTS: Final = (
    "SELECT p.id, p.time FROM information_schema.processlist p"
    " WHERE p.command IN ('Query', 'Execute') AND p.id <> CONNECTION_ID()"
)
_DOING: Final = "look for open transactions"
_NANOS_PER_S: Final = 1_000_000_000
_SETTLE_S: Final = 0.12
_ATTEMPTS: Final = 20


class MySqlTransactions(OpenTransactions):
    """Asks InnoDB.

    Args:
        wait: Sleeps so many seconds, and returns True when the task has to stop.
    """

    def __init__(self, wait: Callable[[float], bool]) -> None:
        self._wait = wait
        self._token = uuid.uuid4().hex[:12]
        self._counter = itertools.count(1)

    def begin(self, connection: Connection) -> None:
        """Begin a transaction that says it only reads."""
        connection.execute(_BEGIN, doing=_DOING)

    def beginnings(self, connection: Connection, now_ns: int) -> Mapping[Hashable, int | None]:
        """List what may write, and statements that wait before their transaction begins."""
        rows, statements = self._listed(connection)
        listed = {thread for thread, *_ in rows}
        found: dict[Hashable, int | None] = {
            _name(thread, begun): now_ns - int(age_us) * 1000
            for thread, begun, age_us, is_read_only, _ in rows
            if not is_read_only
        }
        for connection_id, seconds in statements:
            if connection_id not in listed:
                begun_ns = now_ns - (int(seconds or 0) + 1) * _NANOS_PER_S
                found[f"about to begin on connection {connection_id}"] = begun_ns
        return found

    def writers(self, connection: Connection) -> Set[Hashable]:
        """List what may write."""
        self._wait(_SETTLE_S)  # a statement takes its number just before it is in the list
        rows, _ = self._listed(connection)
        return frozenset(
            _name(thread, begun) for thread, begun, _, is_read_only, _ in rows if not is_read_only
        )

    def _listed(self, connection: Connection) -> tuple[list[Any], list[Any]]:
        """Read the list as it is now, not as it was when somebody else asked."""
        for _ in range(_ATTEMPTS):
            mark = f"barnabas-{self._token}-{next(self._counter)}"
            connection.rollback()
            connection.execute(_BEGIN_LISTED, doing=_DOING)
            statements = self._rows(connection, _STATEMENTS)
            rows = self._rows(connection, _TRANSACTIONS.format(mark=mark))
            connection.rollback()
            if any(is_this for *_, is_this in rows):
                return rows, statements
            if self._wait(_SETTLE_S):
                break
        message = f"Cannot {_DOING}: InnoDB shows an old list of them"
        raise DatabaseRetriableError(message, trouble=Trouble.RESOURCES)

    @staticmethod
    def _rows(connection: Connection, sql: str) -> list[Any]:
        with connection.told(_DOING):
            cursor = connection.execute(sql, doing=_DOING)
            rows = list(cursor.fetchall())
            cursor.close()
        return rows


def _name(thread: int, begun: str) -> str:
    """Name a transaction; its number changes when it first writes."""
    return f"of connection {thread}, begun at {begun}"
