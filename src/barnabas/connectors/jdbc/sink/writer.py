# SPDX-License-Identifier: Apache-2.0
"""Writes records to their tables, a list of them in one transaction.

Source: reference page ``jdbc``, section 6.1 (``sink/JdbcDbWriter``).
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.connection import Connection, Database
from barnabas.connectors.jdbc.errors import DatabaseError
from barnabas.connectors.jdbc.sink.config import JdbcSinkConfig
from barnabas.connectors.jdbc.sink.copying import Copier, Script, copier_for
from barnabas.connectors.jdbc.sink.fields import Fields
from barnabas.connectors.jdbc.sink.planning import PlannedBatch, Planner
from barnabas.connectors.jdbc.sink.record_errors import VALUE_ERRORS, bound

__all__ = ["Prepared", "Writer"]

_CHECK_AFTER_IDLE_S: Final = 10.0
_CHECK_TIMEOUT_S: Final = 5.0

_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Prepared:
    """Records that are ready to be sent."""

    scripts: list[Script]
    age: int


class Writer:
    """Writes records through one connection, which it opens when needed. Main thread only.

    Differs:
        Java fails when a trigger or rule of the table makes INSERT change another number of rows
        than there are records; here that is the table's business.

    Args:
        settings: The settings of the sink.
        database: Its database.
        connector: Name of the connector, for messages.
        wait: Sleeps so many seconds; returns True when the task has to stop; also asked, with 0
            seconds, while the database keeps it waiting.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        settings: JdbcSinkConfig,
        database: Database,
        connector: str,
        wait: Callable[[float], bool],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._copies = settings.copy_enabled
        self._wait = wait
        self._now = now
        self._planner = Planner(settings, connector, database.dialect)
        self._connection: Connection | None = None
        self._copier: Copier | None = None
        self._begun: Sequence[SinkRecord] = ()
        self._used_at = 0.0

    # -- writing ----------------------------------------------------------------------------------

    def write(self, records: Sequence[SinkRecord]) -> None:
        """Write records, of which there is at least one, and commit.

        Raises:
            ConnectError: A record cannot be taken, a table is not as it must be, or the database
                refused (`DatabaseError`). Call `rollback` before going on.
        """
        self.begin(records)
        self.finish()

    def prepare(self, records: Sequence[SinkRecord]) -> Prepared | None:
        """Do what can be done for records while the database is busy with those before.

        Returns:
            None when that is nothing; `begin` does it all then, and tells what is wrong.
        """
        if self._copier is None or not self._begun:
            return None
        try:
            planned = self._planner.plan_from_memory(records)
            scripts = None if planned is None else self._copier.scripts(planned, from_memory=True)
        except VALUE_ERRORS:
            return None
        return None if scripts is None else Prepared(scripts, self._planner.age)

    def begin(self, records: Sequence[SinkRecord], prepared: Prepared | None = None) -> bool:
        """Write records, but perhaps without waiting for the end.

        What was begun before is awaited first.

        Args:
            records: The records.
            prepared: What `prepare` made of them.

        Returns:
            Whether `finish` has to be called before the records are safe.

        Raises:
            ConnectError: As `write`; also for what was begun before.
        """
        self.finish()
        connection = self.connected()
        if prepared is not None and prepared.age == self._planner.age:
            scripts: list[Script] | None = prepared.scripts
        else:
            planned = self._planner.plan(records, connection)
            scripts = self._scripts(planned)
        refusal = self._send(scripts) if scripts else None
        if scripts and refusal is None:
            self._begun = records
            return True
        self._write_instead(records, refusal)
        return False

    @property
    def is_begun(self) -> bool:
        """Whether there are records whose fate `finish` would tell."""
        return bool(self._begun)

    def finish(self) -> None:
        """Wait until the records begun last are committed; nothing to do when there are none.

        Raises:
            ConnectError: As `write`.
        """
        records, self._begun = self._begun, ()
        if not records or self._copier is None:
            return
        try:
            self._copier.finish()
        except DatabaseError as error:
            self._undo_copy(error)
            self._write_instead(records, error)
        self._used_at = self._now()

    def write_plainly(self, records: Sequence[SinkRecord]) -> None:
        """Write records with statements for single rows, and do not commit.

        Raises:
            ConnectError: As `write`.
        """
        connection = self.connected()
        for each in self._planner.plan(records, connection):
            _run(connection, each)

    def commit(self) -> None:
        """Commit what was written.

        Raises:
            DatabaseError: The database refused.
        """
        self.connected().commit()
        self._used_at = self._now()

    def fields_for(self, record: SinkRecord) -> Fields | None:
        """Tell the columns of a record; None when they cannot be told."""
        return self._planner.fields_for(record)

    # -- copying ----------------------------------------------------------------------------------

    def _scripts(self, planned: Sequence[PlannedBatch]) -> list[Script] | None:
        try:
            return None if self._copier is None else self._copier.scripts(planned)
        except VALUE_ERRORS:  # statements tell which record it is
            return None

    def _send(self, scripts: Sequence[Script]) -> DatabaseError | None:
        """Send records with COPY; return the error when statements have to write them."""
        assert self._copier is not None
        try:
            for place, script in enumerate(scripts, 1):
                self._copier.start(script, is_last=place == len(scripts))
        except DatabaseError as error:
            self._undo_copy(error)
            return error
        return None

    def _undo_copy(self, error: DatabaseError) -> None:
        """Undo what COPY did, so that statements can do it.

        Raises:
            DatabaseError: The error itself, when statements would not fare better.
        """
        if error.is_transient:
            raise error
        self.rollback()

    def _write_instead(self, records: Sequence[SinkRecord], refusal: DatabaseError | None) -> None:
        """Write with statements; that they can what COPY could not is remembered."""
        self.write_plainly(records)
        self.commit()
        if refusal is not None and self._copier is not None:
            self._copier.note_refusal(refusal)

    # -- the connection ---------------------------------------------------------------------------

    def connected(self) -> Connection:
        """Return the connection; opens one when there is none or it broke while it was idle.

        Raises:
            DatabaseError: There is no way to connect.
        """
        connection = self._connection
        now = self._now()
        if connection is not None and now - self._used_at > _CHECK_AFTER_IDLE_S:
            self._used_at = now
            if not connection.is_valid(_CHECK_TIMEOUT_S):
                _logger.info("The connection to the database broke while it was idle")
                self.close()
                connection = None
        if connection is None:
            connection = self._database.connect(self._wait)
            self._connection = connection
            self._used_at = now
            self._copier = copier_for(connection, lambda: self._wait(0), is_enabled=self._copies)
        return connection

    def rollback(self) -> None:
        """Undo what was not committed and look at tables anew."""
        self._planner.forget()
        self._begun = ()
        if self._copier is not None:
            self._copier.abandon()
        if self._connection is not None:
            self._connection.rollback()

    def close(self) -> None:
        """Close the connection; what was not committed is undone. The next call opens another."""
        self._planner.forget()
        self._begun = ()
        self._copier = None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _run(connection: Connection, planned: PlannedBatch) -> None:
    plan, batch = planned.plan, planned.batch
    if batch.written:
        rows = bound(plan.bind_written, batch.written)
        connection.execute_many(plan.write_sql, rows, f"write to table {plan.table}")
    if batch.deleted:
        rows = bound(plan.bind_keys, batch.deleted)
        connection.execute_many(plan.delete_sql, rows, f"delete from table {plan.table}")
