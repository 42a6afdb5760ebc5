# SPDX-License-Identifier: Apache-2.0
"""How far a sink task is: offsets read, put and committed, and the commit that is under way."""

from __future__ import annotations

from collections.abc import Mapping, Set

from barnabas.api import OffsetAndMetadata, TopicPartition

__all__ = ["CommitUnderWay", "SinkOffsets"]


class CommitUnderWay:
    """The offset commit begun last. Main thread only."""

    def __init__(self) -> None:
        self.number = 0
        """How many have begun."""
        self.is_open = False
        """Whether there is no answer yet."""
        self.is_late = False
        """Whether it counts as failed for want of one."""
        self.began_at = 0.0
        """When it began, in seconds."""
        self.offsets: dict[TopicPartition, OffsetAndMetadata] = {}
        """What it is to commit."""

    def begin(self, now: float) -> int:
        """Begin another one; returns its number."""
        self.number += 1
        self.is_open = True
        self.is_late = False
        self.began_at = now
        self.offsets = {}
        return self.number

    def is_overdue(self, now: float, timeout_s: float) -> bool:
        """Say whether it has just been without an answer for too long."""
        return self.is_open and not self.is_late and now - self.began_at > timeout_s


class SinkOffsets:
    """How far each partition is; all offsets are of the next record. Main thread only."""

    def __init__(self) -> None:
        self.consumed: dict[TopicPartition, OffsetAndMetadata] = {}
        """Read from Kafka."""
        self.put: dict[TopicPartition, OffsetAndMetadata] = {}
        """Given to the task."""
        self.committed: dict[TopicPartition, OffsetAndMetadata] = {}
        """Committed last."""

    def begin(self, where: TopicPartition, offset: int) -> None:
        """Go on at an offset."""
        for offsets in (self.consumed, self.put, self.committed):
            offsets[where] = OffsetAndMetadata(offset)

    def put_of(self, partitions: Set[TopicPartition]) -> dict[TopicPartition, OffsetAndMetadata]:
        """Pick what was put of some partitions."""
        return {where: self.put[where] for where in partitions if where in self.put}

    def remember_commit(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        """Take what was committed; partitions given back meanwhile are left out."""
        self.committed.update(
            (where, offset) for where, offset in offsets.items() if where in self.consumed
        )

    def forget(self, partitions: Set[TopicPartition]) -> None:
        """Drop partitions."""
        for offsets in (self.consumed, self.put, self.committed):
            for where in partitions:
                offsets.pop(where, None)
