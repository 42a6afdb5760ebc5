# SPDX-License-Identifier: Apache-2.0
"""Watches which tables there are, on a thread of the connector.

One query of the catalogue every ``table.poll.interval.ms``; when the list of tables that pass the
filters is another one, the framework is asked to share out tasks anew. That the database cannot be
asked is only logged. What is wrong with the tables themselves fails the connector.

Source:
    Reference page *jdbc*, section 2.2.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final

from barnabas.api import ConnectorContext
from barnabas.connectors.jdbc.connection import Connection, Database
from barnabas.connectors.jdbc.errors import DatabaseError
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig
from barnabas.connectors.jdbc.source.table_filter import check_distinct_names
from barnabas.errors import ConnectError, IllegalStateError

__all__ = ["TableMonitor", "list_tables"]

_logger = logging.getLogger(__name__)
_STOP_S: Final = 10.0


def list_tables(settings: JdbcSourceConfig, connection: Connection) -> list[TableId]:
    """List the tables that pass the filters, in the database's order.

    Raises:
        ConfigError: The filters contradict each other.
        DatabaseError: The database refused.
    """
    offered = {kind.upper() for kind in connection.table_types()}
    types = [kind.strip() for kind in settings.table_types if kind.strip().upper() in offered]
    tables = connection.tables(settings.catalog_pattern, settings.schema_pattern, types)
    connection.rollback()
    return settings.table_filter.chosen(tables, connection.dialect.rules.quoted)


class TableMonitor:
    """Knows the tables to copy.

    Args:
        settings: The connector's.
        database: Where to look.
        context: Told of changes and of errors.
    """

    def __init__(
        self, settings: JdbcSourceConfig, database: Database, context: ConnectorContext
    ) -> None:
        self._settings = settings
        self._database = database
        self._context = context
        self._interval_s = max(1, settings.table_poll_interval_ms) / 1000
        self._tables: Sequence[TableId] | None = None
        self._gave_none = False
        self._is_known = threading.Event()
        self._is_stopping = threading.Event()
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="jdbc-tables", daemon=True)

    def start(self, connection: Connection) -> None:
        """Begin to watch; the monitor owns the connection from now on."""
        self._connection = connection
        self._thread.start()

    def stop(self) -> None:
        """End, and close the connection; takes 10 s at most. May be called without `start`."""
        self._is_stopping.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)

    def tables(self, timeout_s: float) -> list[TableId] | None:
        """Return the tables; None when the first list was not there within the time.

        Raises:
            ConfigError: Two of them have the same bare name.
        """
        self._is_known.wait(timeout_s)
        tables = self._tables
        if tables is None:
            self._gave_none = True
            return None
        check_distinct_names(tables)
        return list(tables)

    # -- the thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._is_stopping.is_set():
                self._look()
                self._is_stopping.wait(self._interval_s)
        except ConnectError as error:
            if not self._is_stopping.is_set():
                self._context.raise_error(error)
        finally:
            self._is_known.set()
            if self._connection is not None:
                self._connection.close()

    def _look(self) -> None:
        """Read the list once, and tell of a change."""
        try:
            tables = self._read(list_tables)
        except DatabaseError as error:
            _logger.warning(
                "The tables cannot be listed now: %s; next try in %g s", error, self._interval_s
            )
            self._forget_connection()
            return
        previous, self._tables = self._tables, tables
        self._is_known.set()
        if previous == tables:
            return
        if previous is not None:
            _tell_changes(previous, tables)
            check_distinct_names(tables)
            self._request_reconfiguration()
        elif self._gave_none:
            self._request_reconfiguration()

    def _read(self, read: Callable[[JdbcSourceConfig, Connection], list[TableId]]) -> list[TableId]:
        if self._connection is None:
            self._connection = self._database.connect(self._is_stopping.wait)
        return read(self._settings, self._connection)

    def _forget_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _request_reconfiguration(self) -> None:
        try:
            self._context.request_task_reconfiguration()
        except IllegalStateError:
            _logger.debug("The connector was stopped meanwhile")


def _tell_changes(before: Sequence[TableId], after: Sequence[TableId]) -> None:
    added = [table.fqn for table in after if table not in before]
    removed = [table.fqn for table in before if table not in after]
    _logger.info("Tables changed; new: %s; gone: %s", added or "none", removed or "none")
