# SPDX-License-Identifier: Apache-2.0
"""Source connectors and tasks: from another system to Kafka."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from barnabas.api.connector import (
    Connector,
    ConnectorTransactionBoundaries,
    ExactlyOnceSupport,
    Task,
)
from barnabas.api.records import RecordMetadata, SourceRecord

__all__ = [
    "OffsetStorageReader",
    "SourceConnector",
    "SourceTask",
    "SourceTaskContext",
    "TransactionContext",
]


class OffsetStorageReader(Protocol):
    """Reads the offsets stored for source partitions. Use it on the main thread, in ``start``."""

    def offset(self, partition: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the stored offset of a partition, None when there is none.

        Raises:
            ConnectError: The offset store cannot be read.
        """

    def offsets(self, partitions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
        """Return the stored offsets of many partitions, in the order asked; cheaper than singly."""


class TransactionContext(Protocol):
    """Lets a task mark transactions, with ``transaction.boundary=connector`` (KIP-618)."""

    def commit_transaction(self, record: SourceRecord | None = None) -> None:
        """Commit after the next batch, or after ``record``."""

    def abort_transaction(self, record: SourceRecord | None = None) -> None:
        """Abort after the next batch, or after ``record``."""


class SourceTaskContext(Protocol):
    """What the framework offers a source task."""

    @property
    def configs(self) -> Mapping[str, str]:
        """The task's configuration, with references to config providers resolved anew."""

    @property
    def offset_storage_reader(self) -> OffsetStorageReader:
        """Reads stored offsets."""

    @property
    def transaction_context(self) -> TransactionContext | None:
        """None unless exactly-once is on and the connector defines the transactions."""

    @property
    def is_stopping(self) -> bool:
        """Whether the task has been asked to stop; ask it in long loops. Any thread."""

    def wait(self, timeout_s: float) -> bool:
        """Sleep inside ``poll`` but wake at once when the task is to stop or pause.

        Args:
            timeout_s: Seconds to wait at most.

        Returns:
            True when the wait was cut short.
        """


class SourceTask(Task):
    """Copies data from another system to Kafka.

    All methods are called on the main thread of the task's own process. Life: ``start`` →
    ``poll`` again and again, with ``commit`` now and then → ``stop``.
    """

    context: SourceTaskContext
    """Set before ``start``."""

    @abc.abstractmethod
    def poll(self) -> Sequence[SourceRecord] | None:
        """Return the next records, or None when there are none.

        Called in a loop without any sleep between: when there is nothing to return, wait here, for
        example ``self.context.wait(1.0)``, but return (None) within seconds, so that the task can
        be paused and stopped. Thousands of records per call are good for throughput.

        Raises:
            RetriableError: Nothing could be read now; the same as returning None.
            Exception: Anything else fails the task.
        """

    def commit(self) -> None:
        """Hear that the offsets of acknowledged records have been stored.

        Called after each successful offset commit (every ``offset.flush.interval.ms``, and before
        a clean stop). Use it to acknowledge in the other system. Errors are logged, nothing more.
        """

    def commit_record(self, record: SourceRecord, metadata: RecordMetadata | None) -> None:
        """Hear that one record was acknowledged by the broker, or dropped (metadata is None).

        Costs the framework time per record, and only when it is overridden. Called in the order of
        acknowledgement. Errors are logged, nothing more.
        """


class SourceConnector(Connector):
    """Splits the copying from another system to Kafka into tasks."""

    offset_storage_reader: OffsetStorageReader
    """Reads the offsets stored for this connector. Set before ``start``."""

    def exactly_once_support(self, props: Mapping[str, str]) -> ExactlyOnceSupport | None:
        """Say whether this configuration can deliver exactly once; None means unknown."""
        return None

    def can_define_transaction_boundaries(
        self,
        props: Mapping[str, str],
    ) -> ConnectorTransactionBoundaries:
        """Say whether the tasks can define transactions with this configuration."""
        return ConnectorTransactionBoundaries.UNSUPPORTED
