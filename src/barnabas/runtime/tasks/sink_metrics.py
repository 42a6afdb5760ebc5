# SPDX-License-Identifier: Apache-2.0
"""The numbers of a sink task: group ``sink-task-metrics``, and how far it is behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from barnabas.runtime.pipeline import ConsumedMessage
from barnabas.runtime.tasks.lag import SinkLag
from barnabas.runtime.tasks.link import TaskLink
from barnabas.runtime.tasks.metrics import TaskMetrics

__all__ = ["SinkMetrics"]


class SinkMetrics:
    """Fed by the loop, once per batch.

    Args:
        link: Where they go.
        now: Seconds of a clock that only goes forward.
        lag: Says how far the task is behind; None where nobody knows.
    """

    def __init__(
        self, link: TaskLink, now: Callable[[], float], lag: SinkLag | None = None
    ) -> None:
        self.common = TaskMetrics(link.report_metrics, now)
        self._lag = lag
        self._read = self.common.count("sink-record-read")
        self._sent = self.common.count("sink-record-send")
        self._completed = self.common.count("offset-commit-completion")
        self._skipped = self.common.count("offset-commit-skip")
        self._put_ms = self.common.measure("put-batch-avg-time-ms", "put-batch-max-time-ms")
        self._active = self.common.measure(
            "sink-record-active-count-avg", "sink-record-active-count-max"
        )
        self._unacknowledged = 0

    def read(self, messages: int, records: int) -> None:
        """Hear of consumed messages and the records they became."""
        if messages:
            self.common.note_record()
            self._read.add(messages)
            self.common.batch_size.add(messages)
            self._sent.add(records)
            self._unacknowledged += records

    def put(self, seconds: float) -> None:
        """Hear of a ``put``."""
        self._put_ms.add(seconds * 1000)

    def commit_began(self, number: int) -> None:
        """Hear of an offset commit."""
        self.common.fixed["offset-commit-seq-no"] = number

    def committed(self, seconds: float) -> None:
        """Hear that a commit succeeded."""
        self._completed.add(1)
        self._unacknowledged = 0
        self.common.note_commit()
        self.common.commit_ms.add(seconds * 1000)
        self.common.commit_failures.add(0)

    def commit_failed(self, seconds: float) -> None:
        """Hear that a commit failed."""
        self.common.commit_ms.add(seconds * 1000)
        self.common.commit_failures.add(1)

    def commit_skipped(self) -> None:
        """Hear that the answer to a commit came too late to count."""
        self._skipped.add(1)

    def tick(
        self,
        partitions: int,
        messages: Sequence[ConsumedMessage] = (),
        *,
        is_holding: bool = False,
    ) -> None:
        """Hear, once per batch, how many partitions there are; report when it is time.

        Args:
            partitions: How many are read.
            messages: Those of the batch that was just put.
            is_holding: Whether the task could not take records and is to be offered them again.
        """
        self._active.add(self._unacknowledged)
        self.common.fixed["sink-record-active-count"] = self._unacknowledged
        self.common.fixed["partition-count"] = partitions
        if self.common.is_due:
            if self._lag is not None:
                self.common.fixed.update(self._lag.values(messages, is_holding=is_holding))
            self.common.report()
