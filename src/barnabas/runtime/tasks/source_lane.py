# SPDX-License-Identifier: Apache-2.0
"""The record path of a source task that may have a dead letter queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from barnabas.api import SourceRecord
from barnabas.runtime.pipeline import (
    Chain,
    Converters,
    ProduceBatch,
    SourcePipeline,
    StopWaitingError,
    Tolerance,
)
from barnabas.runtime.tasks.dead_letter_queue import DeadLetterQueue
from barnabas.runtime.tasks.link import TaskLink

__all__ = ["SourceLane"]

_SLICE_S: Final = 0.1
_CLOSE_S: Final = 5.0


class SourceLane(SourcePipeline):
    """Waits, after a batch with dead letters, until those are acknowledged. Main thread only.

    So no source offset goes past a record that is neither in its topic nor in the queue.
    """

    def __init__(
        self,
        converters: Converters,
        chain: Chain[SourceRecord],
        tolerance: Tolerance,
        queue: DeadLetterQueue | None,
        link: TaskLink,
    ) -> None:
        super().__init__(converters, chain, tolerance)
        self._queue = queue
        self._link = link

    def convert(self, polled: Sequence[SourceRecord]) -> ProduceBatch:
        """Turn the records of one poll into columns of bytes.

        Raises:
            ConnectError: A record failed and that is not tolerated or cannot be reported.
            StopWaitingError: The task is to stop while dead letters are under way.
        """
        batch = super().convert(polled)
        if self._queue is not None and batch.dropped:
            while not self._queue.settle(None, _SLICE_S):
                if self._link.is_stopping:
                    raise StopWaitingError
        return batch

    def close(self) -> None:
        """Close converters, transformations and the queue."""
        try:
            super().close()
        finally:
            if self._queue is not None:
                self._queue.close(_CLOSE_S)
