# SPDX-License-Identifier: Apache-2.0
"""The numbers of a sink task: group ``sink-task-metrics``."""

from __future__ import annotations

from collections.abc import Callable

from barnabas.runtime.tasks.link import TaskLink
from barnabas.runtime.tasks.metrics import TaskMetrics

__all__ = ["SinkMetrics"]


class SinkMetrics:
    """Fed by the loop, once per batch."""

    def __init__(self, link: TaskLink, now: Callable[[], float]) -> None:
        self.common = TaskMetrics(link.report_metrics, now)
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
        self.common.commit_ms.add(seconds * 1000)
        self.common.commit_failures.add(0)

    def commit_failed(self, seconds: float) -> None:
        """Hear that a commit failed."""
        self.common.commit_ms.add(seconds * 1000)
        self.common.commit_failures.add(1)

    def commit_skipped(self) -> None:
        """Hear that the answer to a commit came too late to count."""
        self._skipped.add(1)

    def tick(self, partitions: int) -> None:
        """Hear, once per batch, how many partitions there are; report when it is time."""
        self._active.add(self._unacknowledged)
        self.common.fixed["sink-record-active-count"] = self._unacknowledged
        self.common.fixed["partition-count"] = partitions
        self.common.tick()
