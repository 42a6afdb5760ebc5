# SPDX-License-Identifier: Apache-2.0
"""The sink's task: writes what it is given, tries again what may succeed, names what cannot.

Source: reference page ``jdbc``, section 6.1 (``sink/JdbcSinkTask``).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence, Set
from typing import Final

import barnabas
from barnabas.api import (
    ErrantRecordReporter,
    OffsetAndMetadata,
    SinkRecord,
    SinkTask,
    TopicPartition,
)
from barnabas.connectors.jdbc.connection import Database
from barnabas.connectors.jdbc.database_settings import database_settings
from barnabas.connectors.jdbc.sink.config import JdbcSinkConfig
from barnabas.connectors.jdbc.sink.isolation import (
    concerns_records,
    is_worth_retrying,
    write_good_ones,
    write_singly,
)
from barnabas.connectors.jdbc.sink.record_errors import VALUE_ERRORS
from barnabas.connectors.jdbc.sink.writer import Writer
from barnabas.errors import ConnectError, RetriableError

__all__ = ["JdbcSinkTask"]

_SLICE_S: Final = 0.1
_PROMPT_MS: Final = 50
"""How soon to make sure of records when no more come."""

_logger = logging.getLogger(__name__)


class JdbcSinkTask(SinkTask):
    """Writes records to tables, each ``put`` in one transaction.

    A ``put`` may return while the database is still busy with its records, so that it works while
    the next ones are read and converted. Their offsets are not committed before the database has
    committed them, and until then the task keeps them, to write them again.

    Differs:
        Java tries everything the database refuses ``max.retries`` times; here that is done for what
        may pass by itself, and for errors nobody knows. Values that do not fit fail at once, with
        the record named. With an errant record reporter only bad records are reported, and never
        because the database is away; Java writes one by one after the last retry and reports
        all that fails.
    """

    def start(self, props: Mapping[str, str]) -> None:
        """Read the settings and load the driver; the first ``put`` connects."""
        settings = JdbcSinkConfig(props)
        self._settings = settings
        self._retries_left = settings.max_retries
        self._not_before = 0.0
        self._owed: Sequence[SinkRecord] = ()
        database = Database(database_settings(settings))
        _logger.info(
            "Writing to %s with %s", database.address.shown, type(database.dialect).__name__
        )
        self._writer: Writer | None = Writer(
            settings, database, props.get("name", "jdbc-sink"), self._wait
        )

    def version(self) -> str:
        """Version of Barnabas: the connector is its own."""
        return barnabas.__version__

    def put(self, records: Sequence[SinkRecord]) -> None:
        """Write records in one transaction; what the ``put`` before wrote is made sure of first.

        Raises:
            RetriableError: The database cannot take them now; they are to be offered again.
            ConnectError: It never will, or not after ``max.retries``.
        """
        writer = self._writer
        if writer is None or not (records or self._owed):
            return
        self._hold_back()
        prepared = writer.prepare(records) if records else None
        self._settle(writer)
        if not records:
            return
        try:
            is_begun = writer.begin(records, prepared)
        except VALUE_ERRORS as error:
            writer.rollback()
            self._recover(writer, records, error)
        else:
            if is_begun:
                self._owed = records
                self.context.timeout(_PROMPT_MS)
                return
        self._retries_left = self._settings.max_retries

    def pre_commit(
        self, offsets: Mapping[TopicPartition, OffsetAndMetadata]
    ) -> Mapping[TopicPartition, OffsetAndMetadata]:
        """Let offsets be committed up to the first record that is not in its table for sure."""
        writer = self._writer
        if writer is not None and self._owed and time.monotonic() >= self._not_before:
            try:
                self._settle(writer)
            except VALUE_ERRORS as error:
                _logger.warning("Offsets are not committed before the next put: %s", error)
        first: dict[TopicPartition, int] = {}
        for record in self._owed:
            where, offset = record.original
            first.setdefault(where, offset)
        return {
            where: OffsetAndMetadata(first.get(where, each.offset), each.metadata)
            for where, each in offsets.items()
        }

    def close(self, partitions: Set[TopicPartition]) -> None:
        """Forget records of these partitions that are not in their tables: others read them."""
        self._owed = [record for record in self._owed if record.original[0] not in partitions]

    def stop(self) -> None:
        """Close the connection."""
        writer = getattr(self, "_writer", None)
        self._writer = None
        if writer is not None:
            writer.close()

    def _hold_back(self) -> None:
        """Let ``retry.backoff.ms`` pass: the framework offers records again once a second."""
        left_s = self._not_before - time.monotonic()
        if left_s > 0:
            self.context.timeout(int(left_s * 1000) + 1)
            message = f"The next attempt to write is in {left_s:.1f} s"
            raise RetriableError(message)

    def _settle(self, writer: Writer) -> None:
        """Make sure that what was taken is in its tables."""
        if not self._owed:
            return
        try:
            if writer.is_begun:
                writer.finish()
            else:
                writer.write(self._owed)
        except VALUE_ERRORS as error:
            writer.rollback()
            self._recover(writer, self._owed, error)
        self._owed = ()
        self._retries_left = self._settings.max_retries

    def _recover(self, writer: Writer, records: Sequence[SinkRecord], error: Exception) -> None:
        """Do what can be done about a failure; returns when all was written or reported."""
        if is_worth_retrying(error) and self._retries_left > 0:
            self._retry(writer, error)
        if not concerns_records(error):
            raise error
        reporter = self.context.errant_record_reporter
        try:
            if reporter is None:
                write_singly(writer, records)
            else:
                self._report_bad_ones(writer, records, reporter)
        except ConnectError as failure:
            writer.rollback()
            if is_worth_retrying(failure) and self._retries_left > 0:
                self._retry(writer, failure)
            raise
        _logger.warning("Records that were refused together could be written in parts: %s", error)

    @staticmethod
    def _report_bad_ones(
        writer: Writer, records: Sequence[SinkRecord], reporter: ErrantRecordReporter
    ) -> None:
        def report(record: SinkRecord, reason: ConnectError) -> None:
            _logger.warning("Reported and left out: %s", reason)
            reporter.report(record, reason)

        write_good_ones(writer, records, report)

    def _retry(self, writer: Writer, error: Exception) -> None:
        """Have the same records offered again after ``retry.backoff.ms``."""
        backoff_ms = self._settings.retry_backoff_ms
        _logger.warning("%s; %d attempts left", error, self._retries_left)
        self._retries_left -= 1
        self._not_before = time.monotonic() + backoff_ms / 1000
        writer.close()
        self.context.timeout(backoff_ms)
        message = f"Writing failed and is tried again in {backoff_ms} ms: {error}"
        raise RetriableError(message) from None

    def _wait(self, seconds: float) -> bool:
        """Sleep; returns True early when the task has to stop."""
        deadline = time.monotonic() + seconds
        while not self.context.is_stopping:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(_SLICE_S, left))
        return True
