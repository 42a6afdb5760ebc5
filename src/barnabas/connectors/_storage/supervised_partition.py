# SPDX-License-Identifier: Apache-2.0
"""A partition writer that survives its store's failures.

After a failure the partition is paused; ``retry.backoff.ms`` later it is recovered, and read again
from the first record that is in no committed file. That goes on for as long as it takes. Errors
that no waiting mends, such as a missing permission, fail the task. Nothing more is committed then:
the failing task is asked for offsets once more, and what its open files hold is not whole.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from barnabas.api import SinkRecord, SinkTaskContext
from barnabas.connectors._storage.claims import ClaimLostError
from barnabas.connectors._storage.partition_writer import PartitionWriter
from barnabas.connectors._storage.record_batches import offset_of
from barnabas.connectors._storage.storage import (
    FileMissingError,
    StorageError,
    TargetExistsError,
)
from barnabas.errors import RetriableError

__all__ = ["SupervisedPartition"]

_MOST_SEEKS = 3
_CLOSING_POLL_MS = 100
_PASSING = (RetriableError, ClaimLostError, FileMissingError, TargetExistsError)
"""What another attempt may mend: somebody removed a file, or wrote at the same time."""

_logger = logging.getLogger(__name__)


class SupervisedPartition:
    """Drives one writer. Used by the task's main thread.

    Args:
        writer: Has not recovered yet.
        context: Seeks, pauses and resumes.
        backoff_ms: Time between a failure and the next attempt.
        now_ms: The clock.
    """

    def __init__(
        self,
        writer: PartitionWriter,
        context: SinkTaskContext,
        backoff_ms: int,
        now_ms: Callable[[], int],
    ) -> None:
        self.writer = writer
        self._where = writer.places.where
        self._context = context
        self._backoff_ms = backoff_ms
        self._now_ms = now_ms
        self._is_ready = False
        self._has_failed = False
        self._is_paused = False
        self._retry_at_ms = 0
        self._back_to: int | None = None
        self._awaited: int | None = None
        self._seeks = 0

    @property
    def committable(self) -> int | None:
        """Offset that may be committed to the consumer group; None: leave it."""
        return self.writer.committable

    @property
    def wake_in_ms(self) -> int | None:
        """When to be called again at the latest; None: whenever."""
        if not self._is_ready:
            return max(1, self._retry_at_ms - self._now_ms())
        return _CLOSING_POLL_MS if self.writer.is_closing else None

    def begin(self, recover: Callable[[], int | None]) -> None:
        """Start after the partition was assigned.

        Args:
            recover: Gives what `PartitionWriter.recover` gave, or raises what it raised.

        Raises:
            StorageError: Waiting will not help.
        """
        try:
            next_offset = recover()
        except StorageError as error:
            self._failed(error)
            return
        self._is_ready = True
        if next_offset is not None:
            _logger.info("%s-%d: going on at offset %d", *self._where, next_offset)
            self._context.offset({self._where: next_offset})

    def put(self, records: Sequence[SinkRecord]) -> None:
        """Take records, perhaps none, and do what is due.

        Raises:
            StorageError: Waiting will not help.
            ConnectError: A record shall fail the task.
        """
        if self._has_failed:
            return
        self._has_failed = True  # unless it ends well, or can be mended
        if self._is_ready:
            self._write(records)
        else:
            self._remember(records)
            self._retry()
        self._has_failed = False

    def _write(self, records: Sequence[SinkRecord]) -> None:
        records = self._expected(records)
        try:
            if records:
                self.writer.write(records)
            else:
                self.writer.tick()
        except StorageError as error:
            self._failed(error)

    def end(self, timeout_s: float) -> None:
        """Stop before the partition is taken away; what cannot be cleaned up is logged."""
        try:
            self.writer.end(timeout_s)
        except StorageError as error:
            _logger.warning("%s-%d: not everything was cleaned up: %s", *self._where, error)

    def _remember(self, records: Sequence[SinkRecord]) -> None:
        """Come back later to records that cannot be taken now."""
        if records and self._back_to is None:
            self._back_to = offset_of(records[0])

    def _expected(self, records: Sequence[SinkRecord]) -> Sequence[SinkRecord]:
        """Leave out what was read on from the old place although another was asked for.

        That may also have been read before, by an earlier wish to go back. What follows a gap of
        the topic looks the same, so it is believed after a few tries.
        """
        if not records or self._awaited is None:
            return records
        if offset_of(records[0]) > self._awaited and self._seeks < _MOST_SEEKS:
            self._seeks += 1
            self._context.offset({self._where: self._awaited})
            return []
        self._awaited = None
        return records

    def _failed(self, error: StorageError) -> None:
        if not isinstance(error, _PASSING):
            raise error
        offset = self.writer.give_up()
        if offset is not None:
            self._back_to = offset
            self._context.offset({self._where: offset})
        self._is_ready = False
        self._retry_at_ms = self._now_ms() + self._backoff_ms
        if not self._is_paused:
            self._context.pause(self._where)
            self._is_paused = True
        _logger.warning(
            "%s-%d: writing failed and begins again at the last commit in %d ms: %s",
            *self._where,
            self._backoff_ms,
            error,
        )

    def _retry(self) -> None:
        if self._now_ms() < self._retry_at_ms:
            return
        try:
            next_offset = self.writer.recover()
        except StorageError as error:
            self._failed(error)
            return
        offsets = [offset for offset in (next_offset, self._back_to) if offset is not None]
        self._is_ready = True
        self._back_to = None
        if offsets:
            self._awaited, self._seeks = max(offsets), 0
            self._context.offset({self._where: self._awaited})
            _logger.info("%s-%d: going on at offset %d", *self._where, self._awaited)
        if self._is_paused:
            self._context.resume(self._where)
            self._is_paused = False
