# SPDX-License-Identifier: Apache-2.0
"""Cuts a long query short when the task is to stop.

A query that sorts a table for minutes keeps ``poll`` from returning, and a task that does not
return in time is killed. So a thread looks whether the task is to stop, and when it has not stopped
soon after, it has the driver cancel what runs: the query fails, and ``poll`` returns.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Final

from barnabas.api import SourceTaskContext
from barnabas.connectors.jdbc.connection import Connection, Database
from barnabas.connectors.jdbc.errors import DatabaseError

__all__ = ["Interruption", "cancel"]

_LOOK_S: Final = 0.5
_GRACE_S: Final = 1.0


def cancel(connection: Connection, database: Database) -> None:
    """Have the database cancel what runs on a connection; nothing happens where it cannot.

    psycopg, sqlite3 and oracledb can, from another thread; MySQL wants to be asked on another
    connection.
    """
    raw = connection.raw
    with contextlib.suppress(DatabaseError, *connection.driver.errors):
        for name in ("cancel", "interrupt"):
            method = getattr(raw, name, None)
            if callable(method):
                method()
                return
        if connection.dialect.name == "MySqlDatabaseDialect":
            other = database.connect(attempts=1)
            other.execute(f"KILL QUERY {raw.thread_id()}")
            other.close()


class Interruption:
    """Watches whether a task is to stop.

    Args:
        context: The task's.
        cancel_now: Has what runs cancelled.
        look_s: How often to look.
        grace_s: How long a task that is to stop may go on by itself.
    """

    def __init__(
        self,
        context: SourceTaskContext,
        cancel_now: Callable[[], None],
        look_s: float = _LOOK_S,
        grace_s: float = _GRACE_S,
    ) -> None:
        self._context = context
        self._cancel_now = cancel_now
        self._look_s = look_s
        self._grace_s = grace_s
        self._has_ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="jdbc-stop", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """End the watch; nothing is cancelled afterwards. May be called twice."""
        self._has_ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._has_ended.wait(self._look_s):
            if not self._context.is_stopping:
                continue
            if self._has_ended.wait(self._grace_s):
                return
            self._cancel_now()
