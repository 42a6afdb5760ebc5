# SPDX-License-Identifier: Apache-2.0
"""Which source offsets may be committed, given what the broker has acknowledged. Pure.

Records are submitted in small chunks, in the order in which the task returned them. Of each source
partition the offset of the last chunk may be committed before which, that chunk included, every
chunk with records of this partition has been acknowledged: the *acknowledged prefix*. Partitions do
not wait for each other.

Source:
    Apache Kafka ``connect/runtime`` ``SubmittedRecords``.

Differs:
    The unit is a chunk, not a record, so a commit may lag a chunk behind Java's; what is committed
    was acknowledged all the same.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

__all__ = ["Chunk", "ChunkState", "Submitted"]

P = TypeVar("P", bound=Hashable)
O = TypeVar("O")  # noqa: E741 - partition and offset

_COMPACT_BEYOND = 1000


class ChunkState(enum.Enum):
    """What is known of the records of a chunk."""

    IN_FLIGHT = "in flight"
    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"


class Chunk(Generic[P, O]):
    """Records handed to the producer together.

    Attributes:
        offsets: Offset of the last record of each source partition in the chunk; partitions whose
            offset was given out for a commit are taken away.
        size: Number of records.
        state: Set by whoever hears of the delivery.
    """

    __slots__ = ("offsets", "size", "state")

    def __init__(self, offsets: Mapping[P, O], size: int) -> None:
        self.offsets = dict(offsets)
        self.size = size
        self.state = ChunkState.IN_FLIGHT


class Submitted(Generic[P, O]):
    """The chunks that are not committed yet, in order."""

    def __init__(self) -> None:
        self._chunks: list[Chunk[P, O]] = []
        self._ready: dict[P, O] = {}
        self._compact_at = _COMPACT_BEYOND

    def submit(self, offsets: Mapping[P, O], size: int) -> Chunk[P, O]:
        """Add a chunk behind all others.

        Args:
            offsets: Offset of its last record of each source partition.
            size: How many records it has.
        """
        if len(self._chunks) >= self._compact_at:
            self._collect()
        chunk = Chunk(offsets, size)
        self._chunks.append(chunk)
        return chunk

    def withdraw(self, chunk: Chunk[P, O]) -> None:
        """Take back the newest chunk, none of whose records reached the producer."""
        assert self._chunks[-1] is chunk
        self._chunks.pop()

    def take_committable(self) -> dict[P, O]:
        """Give out the offsets that may be committed and have not been given out yet."""
        self._collect()
        ready, self._ready = self._ready, {}
        return ready

    @property
    def in_flight(self) -> int:
        """Number of records in chunks that are neither acknowledged nor failed."""
        return sum(chunk.size for chunk in self._chunks if chunk.state is ChunkState.IN_FLIGHT)

    def _collect(self) -> None:
        """Move what is committable out of the chunks, and forget chunks that are spent."""
        blocked: set[P] = set()
        kept = []
        for chunk in self._chunks:
            if chunk.state is ChunkState.ACKNOWLEDGED:
                waiting = {p: o for p, o in chunk.offsets.items() if p in blocked}
                self._ready.update((p, o) for p, o in chunk.offsets.items() if p not in blocked)
                chunk.offsets = waiting
                if waiting:
                    kept.append(chunk)
            else:
                blocked.update(chunk.offsets)
                kept.append(chunk)
        self._chunks = kept
        self._compact_at = max(_COMPACT_BEYOND, 2 * len(kept))
