# SPDX-License-Identifier: Apache-2.0
"""The task: looks at each of its tables every ``poll.interval.ms`` and returns what is new.

One connection, one table at a time, the one first that was not looked at for longest. A database
that is away is waited for: what failed in a way that may pass is tried again at the next interval,
behind the last row that was returned.

Source:
    Reference page *jdbc*, section 2.3 (the loop of versions up to 10.7).

Differs:
    There is no thread that reads ahead: the framework sends a batch while the next one is read.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import time
from collections.abc import Mapping
from typing import Final

import barnabas
from barnabas.api import SourceRecord, SourceTask
from barnabas.connectors.jdbc.connection import Connection, Database
from barnabas.connectors.jdbc.database_settings import database_settings
from barnabas.connectors.jdbc.errors import DatabaseError, Trouble
from barnabas.connectors.jdbc.source.config import JdbcSourceTaskConfig
from barnabas.connectors.jdbc.source.interruption import Interruption, cancel
from barnabas.connectors.jdbc.source.reader import Opening, TableReader
from barnabas.connectors.jdbc.source.readers import make_readers
from barnabas.errors import ConfigError, ConnectError

__all__ = ["JdbcSourceTask"]

_logger = logging.getLogger(__name__)

_LONGEST_WAIT_S: Final = 1.0
_SHORTEST_WAIT_S: Final = 0.01
_HELD_WAIT_S: Final = 0.25
_VALID_TIMEOUT_S: Final = 5.0
_MISSING_GRACE: Final = 2
"""Intervals of table monitoring for which a table that is gone may be missing."""
_FATAL: Final = frozenset(
    {Trouble.LOGIN, Trouble.PERMISSION, Trouble.STATEMENT, Trouble.DATA, Trouble.CONSTRAINT}
)


class JdbcSourceTask(SourceTask):
    """Copies rows of some tables, or of one query."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._readers: list[tuple[float, str, int, TableReader]] = []
        self._places = itertools.count()
        self._failures = 0
        self._missing_since: dict[str, float] = {}
        self._is_suspect = False
        self._interruption: Interruption | None = None

    def version(self) -> str:
        """Version of Barnabas: the connector is its own."""
        return barnabas.__version__

    def start(self, props: Mapping[str, str]) -> None:
        """Connect, check the tables and find where to begin.

        Raises:
            ConfigError: A setting or a table is not fit.
            DatabaseError: The database cannot be reached, or refuses.
        """
        settings = self._settings = JdbcSourceTaskConfig(props)
        settings.check_query()
        _ = settings.mode
        self._interval_s = max(0, settings.poll_interval_ms) / 1000
        self._database = Database(database_settings(settings))
        if not settings.query_text and not any(settings.tables):
            if settings.tables_fetched:
                message = (
                    "Task is being killed because it was not assigned a table nor a query to"
                    " execute. If run in table mode please make sure that the tables exist on the"
                    " database and that the user may see them; check schema.pattern, table.types"
                    " and the lists of tables."
                )
                raise ConfigError(message)
            _logger.info("The tables are not known yet; this task waits for its configuration")
            return
        self._interruption = Interruption(self.context, self._cancel)
        connection = self._connected()
        for reader in make_readers(settings, connection, self.context):
            self._put(reader, 0.0)

    def poll(self) -> list[SourceRecord] | None:
        """Return the next batch of the table whose turn it is; None when nothing is new.

        Raises:
            ConnectError: What failed will not mend itself.
        """
        if not self._readers:
            self.context.wait(_LONGEST_WAIT_S)
            return None
        due_at, _, _, reader = self._readers[0]
        if not reader.is_open:
            wait_s = due_at - time.monotonic()
            if wait_s > 0 and (
                self.context.wait(min(wait_s, _LONGEST_WAIT_S)) or wait_s > _LONGEST_WAIT_S
            ):
                return None
        try:
            return self._read(reader)
        except DatabaseError as error:
            self._failed(reader, error)
            return None

    def stop(self) -> None:
        """Close the connection; an open query ends with it."""
        if self._interruption is not None:
            self._interruption.end()
        connection, self._connection = self._connection, None
        readers, self._readers = self._readers, []
        if connection is None:
            return
        for *_, reader in readers:
            with contextlib.suppress(DatabaseError, *self._database.driver.errors):
                reader.reset()
        connection.close()

    # -- reading -----------------------------------------------------------------------------------

    def _read(self, reader: TableReader) -> list[SourceRecord] | None:
        connection = self._connected(validate=not reader.is_open)
        if not reader.is_open:
            opening = reader.open(connection)
            if opening is not Opening.READING:
                self._turn_over(reader, is_held=opening is Opening.HELD)
                return None
        records = reader.read(connection)
        if not reader.is_open:
            self._failures = 0
            self._missing_since.pop(reader.origin.name, None)
            self._turn_over(reader, is_held=False)
        return records or None

    def _turn_over(self, reader: TableReader, *, is_held: bool) -> None:
        """Put the table whose turn it was behind the others."""
        heapq.heappop(self._readers)
        if reader.is_finished:
            _logger.info("%s was read to its end", reader.origin.name)
            return
        wait_s = max(self._interval_s, _SHORTEST_WAIT_S)
        self._put(reader, time.monotonic() + (min(wait_s, _HELD_WAIT_S) if is_held else wait_s))

    def _put(self, reader: TableReader, due_at: float) -> None:
        entry = (due_at, reader.origin.name, next(self._places), reader)
        heapq.heappush(self._readers, entry)

    def _connected(self, *, validate: bool = False) -> Connection:
        connection = self._connection
        if connection is not None and validate and self._is_suspect:
            if connection.is_valid(_VALID_TIMEOUT_S):
                self._is_suspect = False
            else:
                connection.close()
                connection = None
        if connection is None:
            connection = self._connection = self._database.connect(self.context.wait)
            self._is_suspect = False
        return connection

    def _cancel(self) -> None:
        """Cut short what runs; called on another thread while the task is to stop."""
        connection = self._connection
        if connection is not None:
            cancel(connection, self._database)

    # -- failures ----------------------------------------------------------------------------------

    def _failed(self, reader: TableReader, error: DatabaseError) -> None:
        """Get ready to try again at the next interval, unless that is no use."""
        self._is_suspect = True
        self._abandon(reader)
        self._failures += 1
        attempts = self._settings.query_retry_attempts
        if error.trouble in _FATAL:
            raise error
        if error.trouble is Trouble.MISSING and not self._may_come_back(reader, error):
            raise error
        if 0 < attempts < self._failures:
            message = f"Failed to query table after retries ({attempts}): {error}"
            raise ConnectError(message) from error
        _logger.warning("%s; it will be tried again in %g s", error, self._interval_s)
        self._turn_over(reader, is_held=False)

    def _abandon(self, reader: TableReader) -> None:
        with contextlib.suppress(DatabaseError, *self._database.driver.errors):
            reader.reset()
        if self._connection is not None:
            self._connection.rollback()

    def _may_come_back(self, reader: TableReader, error: DatabaseError) -> bool:
        """Whether a table that is gone may be renamed back, or is soon taken from this task."""
        if reader.origin.table is None:
            return False
        now = time.monotonic()
        since = self._missing_since.setdefault(reader.origin.name, now)
        _logger.debug("Missing for %g s: %s", now - since, error)
        return now - since < _MISSING_GRACE * self._settings.table_poll_interval_ms / 1000
