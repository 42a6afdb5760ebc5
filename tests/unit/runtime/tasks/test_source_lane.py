# SPDX-License-Identifier: Apache-2.0
"""The record path of a source task with a dead letter queue."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.api import SourceRecord
from barnabas.runtime.pipeline import Chain, StopWaitingError
from barnabas.runtime.tasks.source_lane import SourceLane
from barnabas.testing import MemoryTaskLink
from tests.unit.runtime.pipeline.doubles import Skip, converters, source_record


class Queue:
    """Settles after so many questions."""

    def __init__(self, questions: int) -> None:
        self.left = questions
        self.is_closed = False

    def settle(self, _partitions: Any, _timeout_s: float) -> bool:
        self.left -= 1
        return self.left <= 0

    def close(self, _timeout_s: float) -> None:
        self.is_closed = True


def lane(queue: Any, link: MemoryTaskLink | None = None) -> SourceLane:
    tolerance = Skip()
    chain: Chain[SourceRecord] = Chain([], tolerance)
    return SourceLane(converters(), chain, tolerance, queue, link or MemoryTaskLink())


def test_a_batch_goes_on_when_its_dead_letters_are_acknowledged() -> None:
    queue = Queue(3)
    batch = lane(queue).convert([source_record("good"), source_record("bad")])
    assert list(batch.values) == [b"good"]
    assert queue.left == 0


def test_a_batch_without_dead_letters_does_not_wait() -> None:
    queue = Queue(3)
    lane(queue).convert([source_record("good")])
    assert queue.left == 3


def test_a_stop_ends_the_wait() -> None:
    link = MemoryTaskLink()
    link.stop()
    with pytest.raises(StopWaitingError):
        lane(Queue(100), link).convert([source_record("bad")])


def test_the_queue_is_closed_with_the_rest() -> None:
    queue = Queue(0)
    lane(queue).close()
    assert queue.is_closed
    lane(None).close()
