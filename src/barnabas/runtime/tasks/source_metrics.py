# SPDX-License-Identifier: Apache-2.0
"""The numbers of a source task: group ``source-task-metrics``."""

from __future__ import annotations

from collections.abc import Callable

from barnabas.runtime.tasks.link import TaskLink
from barnabas.runtime.tasks.metrics import Series, TaskMetrics

__all__ = ["SourceMetrics"]


class SourceMetrics:
    """Fed by the loop, once per batch."""

    def __init__(self, link: TaskLink, now: Callable[[], float]) -> None:
        self.common = TaskMetrics(link.report_metrics, now)
        self._polled = self.common.count("source-record-poll")
        self._written = self.common.count("source-record-write")
        self._poll_ms = self.common.measure("poll-batch-avg-time-ms", "poll-batch-max-time-ms")
        self._active = self.common.measure(
            "source-record-active-count-avg", "source-record-active-count-max"
        )
        self._sizes: Series | None = None
        self._smallest = 0

    def polled(self, count: int, seconds: float) -> None:
        """Hear of a poll that returned records."""
        self._polled.add(count)
        self.common.note_record()
        self.common.batch_size.add(count)
        self._poll_ms.add(seconds * 1000)

    def written(self, count: int) -> None:
        """Hear of records handed to the producer."""
        self._written.add(count)

    def committed(self, count: int, seconds: float) -> None:
        """Hear of a transaction that ended with so many records, and how long ending it took."""
        self._written.add(count)
        self.common.commit_ms.add(seconds * 1000)
        self.common.commit_failures.add(0)
        if count:
            self._smallest = min(count, self._smallest or count)
            self.common.fixed["transaction-size-min"] = self._smallest
            self._transaction_size().add(count)

    def _transaction_size(self) -> Series:
        if self._sizes is None:
            self._sizes = self.common.measure("transaction-size-avg", "transaction-size-max")
        return self._sizes

    def tick(self, active: int) -> None:
        """Hear, once per batch, how many records are under way; report when it is time."""
        self._active.add(active)
        self.common.fixed["source-record-active-count"] = active
        self.common.tick()
