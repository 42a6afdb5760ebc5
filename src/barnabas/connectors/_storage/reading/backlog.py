# SPDX-License-Identifier: Apache-2.0
"""Files that were found and not read yet, in the order of reading.

Of each Kafka partition the file with the smallest start offset is next, whichever directory it is
in. Kafka partitions take turns. When there are more files than are to be remembered, those that
would be read last are forgotten; their directories are `truncated` and must be listed again before
any of their Kafka partition is read that comes after.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from barnabas.api import TopicPartition
from barnabas.connectors._storage.reading.file_names import StoredFile
from barnabas.connectors._storage.reading.positions import Place

__all__ = ["MOST_FILES", "Backlog", "WaitingFile"]

MOST_FILES: Final = 50_000
"""So many files are remembered, about 12 MB; twice as many while directories are listed."""
_Key = tuple[int, str]


class WaitingFile(NamedTuple):
    """A file whose turn it is."""

    place: Place
    file: StoredFile


class Backlog:
    """Files to read.

    Args:
        most: So many are remembered.
    """

    def __init__(self, most: int = MOST_FILES) -> None:
        self._most = most
        self._files: dict[Place, list[StoredFile]] = {}
        self._heaps: dict[TopicPartition, list[tuple[int, str, Place]]] = {}
        self._turns: deque[TopicPartition] = deque()
        self._limits: dict[TopicPartition, _Key] = {}
        self._count = 0
        self.truncated: set[str] = set()
        """Directories that have files which were forgotten."""

    def __len__(self) -> int:
        return self._count

    @property
    def needs_listing(self) -> bool:
        """Whether forgotten files of a Kafka partition are next, because all others are read."""
        return any(where not in self._heaps for where in self._limits)

    def begin_listing(self) -> None:
        """Say that the truncated directories are being listed again now."""
        self.truncated = set()
        self._limits = {}

    def replace(self, place: Place, files: Sequence[StoredFile]) -> None:
        """Say which files of a place are not read yet, all of them, in any order."""
        before = self._files.pop(place, [])
        self._count -= len(before)
        where = TopicPartition(place.topic, place.partition)
        limit = self._limits.get(where)
        kept = sorted((one for one in files if limit is None or one.key <= limit), reverse=True)
        if len(kept) < len(files):
            self.truncated.add(place.directory)
        if not kept:
            return
        self._files[place] = kept
        self._count += len(kept)
        if where not in self._heaps:
            self._heaps[where] = []
            self._turns.append(where)
        if before[-1:] != kept[-1:]:
            heapq.heappush(self._heaps[where], (*kept[-1].key, place))
        if self._count > 2 * self._most:
            self._forget_last()

    def next(self) -> WaitingFile | None:
        """Take the next file; None when there is none that may be read."""
        for _ in range(len(self._turns)):
            where = self._turns[0]
            self._turns.rotate(-1)
            found = self._next_of(where)
            if found is not None:
                return found
            self._turns.remove(where)
            del self._heaps[where]
        return None

    def _next_of(self, where: TopicPartition) -> WaitingFile | None:
        heap = self._heaps[where]
        while heap:
            start, name, place = heapq.heappop(heap)
            files = self._files.get(place)
            if not files or files[-1].key != (start, name):  # the place was listed again since
                continue
            file = files.pop()
            self._count -= 1
            if files:
                heapq.heappush(heap, (*files[-1].key, place))
            else:
                del self._files[place]
            return WaitingFile(place, file)
        return None

    def _forget_last(self) -> None:
        share = max(1, self._most // len(self._heaps))
        by_partition: dict[TopicPartition, list[Place]] = {}
        for place in self._files:
            by_partition.setdefault(TopicPartition(place.topic, place.partition), []).append(place)
        for where, places in by_partition.items():
            keys = sorted(file.key for place in places for file in self._files[place])
            if len(keys) <= share:
                continue
            self._limits[where] = keys[share - 1]
            for place in places:
                self._forget_after(place, keys[share - 1])

    def _forget_after(self, place: Place, limit: _Key) -> None:
        files = self._files[place]
        kept = [file for file in files if file.key <= limit]
        if len(kept) == len(files):
            return
        self._count -= len(files) - len(kept)
        self.truncated.add(place.directory)
        if kept:
            self._files[place] = kept
        else:
            del self._files[place]
