# SPDX-License-Identifier: Apache-2.0
"""Records a sink task cannot store: its reporter, and what the loop waits for.

Source:
    KIP-610; Apache Kafka ``connect/runtime`` ``errors/WorkerErrantRecordReporter``.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from concurrent.futures import Future

from barnabas.api import ErrantRecordReporter, SinkRecord, SinkTask, TopicPartition
from barnabas.runtime.pipeline import (
    Converters,
    ErrorHandling,
    ErrorSettings,
    Failure,
    Stage,
)
from barnabas.runtime.pipeline.failure import describe
from barnabas.runtime.pipeline.origin import ConvertedMessage, origin_of
from barnabas.runtime.tasks.dead_letter_queue import DeadLetterQueue

__all__ = ["SinkErrors"]


class SinkErrors:
    """What becomes of records that a sink task gives up.

    Implements :class:`barnabas.api.ErrantRecordReporter`.

    Args:
        settings: The connector's.
        handling: Tells of failures and judges them.
        converters: The task's, for records that it made itself.
        queue: Where dead letters go; None when there is no queue.
    """

    def __init__(
        self,
        settings: ErrorSettings | None = None,
        handling: ErrorHandling | None = None,
        converters: Converters | None = None,
        queue: DeadLetterQueue | None = None,
    ) -> None:
        self.settings = settings or ErrorSettings()
        """The connector's settings."""
        self._handling = handling or ErrorHandling(self.settings)
        self._converters = converters
        self._queue = queue

    @property
    def reporter(self) -> ErrantRecordReporter | None:
        """What the task is given; None when nothing would be told anywhere."""
        return self if self.settings.reports else None

    def values(self) -> Mapping[str, float]:
        """Return the numbers of ``task-error-metrics``."""
        return self._handling.counts.values()

    def report(self, record: SinkRecord, error: BaseException) -> Future[None]:
        """Report a record; see :class:`barnabas.api.ErrantRecordReporter`.

        Raises:
            ConnectError: Failures are not tolerated, or the record cannot be reported.
        """
        return self._handling.report(self._failure(record, error))

    def leave_out(self, record: SinkRecord, error: BaseException) -> None:
        """Report a record that ``put`` refused, and count it as left out.

        Raises:
            ConnectError: Failures are not tolerated, or the record cannot be reported.
        """
        self._handling.handle(self._failure(record, error))

    def check(self) -> None:
        """Return unless the task is to fail for a report.

        Raises:
            ConnectError: A report was not tolerated, or a dead letter could not be written.
        """
        self._handling.check()
        if self._queue is not None:
            self._queue.check()

    def settle(self, partitions: Set[TopicPartition], timeout_s: float) -> bool:
        """Wait until what was reported of partitions is durable; False when time was up.

        Raises:
            ConnectError: A report was not tolerated, or a dead letter could not be written.
        """
        self._handling.check()
        return self._queue is None or self._queue.settle(partitions, timeout_s)

    def forget(self, partitions: Set[TopicPartition]) -> None:
        """Wait no more for what was reported of partitions that are gone."""
        if self._queue is not None:
            self._queue.forget(partitions)

    def close(self, timeout_s: float) -> None:
        """Let the producer of dead letters go."""
        if self._queue is not None:
            self._queue.close(timeout_s)

    def _failure(self, record: SinkRecord, error: BaseException) -> Failure:
        origin = origin_of(record)
        if origin is None and self.settings.reports and self._converters is not None:
            origin = ConvertedMessage.of(record, self._converters)
        return Failure(Stage.TASK_PUT, SinkTask, describe(record), error, origin)
