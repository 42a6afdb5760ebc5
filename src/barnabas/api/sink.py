# SPDX-License-Identifier: Apache-2.0
"""Sink connectors and tasks: from Kafka to another system."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence, Set
from concurrent.futures import Future
from typing import Protocol

from barnabas.api.connector import Connector, Task
from barnabas.api.records import OffsetAndMetadata, SinkRecord, TopicPartition

__all__ = ["ErrantRecordReporter", "SinkConnector", "SinkTask", "SinkTaskContext"]


class ErrantRecordReporter(Protocol):
    """Takes records that the sink cannot store: to the log, to the dead letter queue (KIP-610)."""

    def report(self, record: SinkRecord, error: BaseException) -> Future[None]:
        """Hand over a record and go on with the next one. Any thread.

        The dead letter is the record as it was consumed, whatever transformations or
        ``record.replace`` made of it. A record that the task made itself is converted by the task's
        converters. Report each record once, and only for what is wrong with the record: raise for
        what is wrong with the other system.

        Returns:
            A future that is done when the dead letter is acknowledged, at once when there is only
            the log. Offsets after the record are not committed before that, so there is no need to
            wait; when it fails, so does the task.

        Raises:
            ConnectError: ``errors.tolerance`` is ``none``, or the record cannot be reported. Let it
                pass: the task fails even when it is swallowed.
        """


class SinkTaskContext(Protocol):
    """What the framework offers a sink task; use it on the main thread."""

    @property
    def configs(self) -> Mapping[str, str]:
        """The task's configuration, with references to config providers resolved anew."""

    @property
    def assignment(self) -> Set[TopicPartition]:
        """Partitions this task reads now."""

    @property
    def errant_record_reporter(self) -> ErrantRecordReporter | None:
        """None when neither a dead letter queue nor error logging is configured."""

    @property
    def is_stopping(self) -> bool:
        """Whether the task has been asked to stop; ask it in long loops. Any thread."""

    def offset(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Go on reading at these offsets, which the task kept itself (before the next poll)."""

    def timeout(self, timeout_ms: int) -> None:
        """Call ``put`` again within this time, for example for a retry; holds once."""

    def pause(self, *partitions: TopicPartition) -> None:
        """Read no more of these partitions until :meth:`resume`.

        Raises:
            IllegalStateError: A partition is not assigned to this task.
        """

    def resume(self, *partitions: TopicPartition) -> None:
        """Read paused partitions again.

        Raises:
            IllegalStateError: A partition is not assigned to this task.
        """

    def request_commit(self) -> None:
        """Commit offsets soon, before ``offset.flush.interval.ms`` has passed."""


class SinkTask(Task):
    """Copies records from Kafka to another system.

    All methods are called on the main thread of the task's own process. Life: ``start`` →
    ``open`` → ``put`` again and again, ``pre_commit`` now and then → ``close`` → ``stop``;
    ``open`` and ``close`` come whenever partitions come and go.
    """

    context: SinkTaskContext
    """Set before ``start``."""

    @abc.abstractmethod
    def put(self, records: Sequence[SinkRecord]) -> None:
        """Take records: write or buffer them.

        Called again and again, also with an empty list, so time-based work can be done here.

        Raises:
            RetriableError: The same records are offered again, after ``context.timeout``; in the
                meantime nothing else is read.
            Exception: Anything else fails the task.
        """

    def flush(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        """Make everything taken so far durable; called by the default :meth:`pre_commit`."""

    def pre_commit(
        self, offsets: Mapping[TopicPartition, OffsetAndMetadata]
    ) -> Mapping[TopicPartition, OffsetAndMetadata]:
        """Say which offsets may be committed; called before each offset commit.

        Args:
            offsets: Offset after the last record given to ``put``, per partition.

        Returns:
            Offsets up to which everything is durable, with the partitions and offsets of
            ``record.original``. A partition left out is not committed; an empty map commits
            nothing.

        Raises:
            Exception: Nothing is committed; the records since the last commit are read again.
        """
        self.flush(offsets)
        return offsets

    def open(self, partitions: Set[TopicPartition]) -> None:
        """Hear which partitions were newly assigned; make writers for them here."""

    def close(self, partitions: Set[TopicPartition]) -> None:
        """Hear which partitions are taken away; close their writers here.

        Called after the last ``pre_commit`` for them; when they were *lost* there is none.
        """


class SinkConnector(Connector):
    """Splits the copying from Kafka to another system into tasks."""
