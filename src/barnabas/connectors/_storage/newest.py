# SPDX-License-Identifier: Apache-2.0
"""The last offsets in a tree of committed files, found without reading all of it.

Needed once per partition: when files are there, of Java's connector for instance, but nothing that
says what was committed. The directories above those with files are listed, then those with files,
from the one that changed last. The search ends as soon as no directory that is left can hold a
later file, because it has not changed since the files found were written. And it ends after so many
directories: what is older than those has long been noted in the consumer group.

Source:
    Reference page *hdfs*, section 5, "Recovery" 2b, where Java lists the whole tree.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence, Set
from typing import NamedTuple

from barnabas.api import TopicPartition
from barnabas.connectors._storage.names import Places, parse_committed_name
from barnabas.connectors._storage.storage import Entry, Storage

__all__ = ["MOST_DIRECTORIES", "LastFile", "LastFileSearch", "ListMany", "last_files"]

MOST_DIRECTORIES = 2000
"""So many directories without files, and so many with files, are listed at most."""

_BATCH = 16
_CLOCK_SLACK_MS = 60_000
"""How far the clocks that date files and directories may differ."""

ListMany = Callable[[Callable[[str], Sequence[Entry]], Iterable[str]], Iterable[Sequence[Entry]]]
"""Calls a function for several paths, perhaps at once, and gives the answers in their order."""


class LastFile(NamedTuple):
    """The committed file with the largest end offset of a Kafka partition."""

    end: int
    """Offset of its last record."""
    modified_ms: int
    """When it was written, milliseconds since the epoch."""
    path: str


def last_files(
    storage: Storage,
    directory: str,
    topic: str,
    partitions: Set[int],
    *,
    only: Set[str] | None = None,
    list_many: ListMany = map,
) -> dict[int, LastFile]:
    """Find the committed file with the largest end offset, per partition.

    Args:
        storage: Where the files are.
        directory: Directory of the topic.
        topic: Its name; files named after other topics do not count.
        partitions: Kafka partitions to look for.
        only: Names of the directories in the topic's that count; None: all.
        list_many: How to list several directories; by default one after the other.

    Returns:
        Only partitions of which a file was found.

    Raises:
        StorageError: A directory cannot be listed.
    """
    search = _Search(storage, topic, partitions, list_many)
    top = [entry for entry in search.look_into([directory]) if only is None or entry.name in only]
    depth = search.depth_of_files(top)
    inner, files_in = top, top
    for _ in range(depth - 1):
        inner = _latest(inner)[: search.left]
        files_in = search.look_into_all([entry.path for entry in inner])
        inner = files_in
    search.left = MOST_DIRECTORIES
    waiting = _latest(files_in)
    while waiting and search.left > 0 and not search.is_settled(waiting[0].modified_ms):
        batch, waiting = waiting[:_BATCH], waiting[_BATCH:]
        below = search.look_into([entry.path for entry in batch])
        if below:  # a value with slashes makes directories of its own
            waiting = _latest([*waiting, *below])
    return search.found


class LastFileSearch:
    """Finds the last files of the Kafka partitions of a task, with one search a topic.

    May be used by several threads at once.

    Args:
        storage: Where the files are.
        directory_of: Name of the only directory in a topic's that may hold files of a partition;
            None: any.
        list_many: See `last_files`.
    """

    def __init__(
        self,
        storage: Storage,
        directory_of: Callable[[TopicPartition], str | None] = lambda _where: None,
        list_many: ListMany = map,
    ) -> None:
        self._storage = storage
        self._directory_of = directory_of
        self._list_many = list_many
        self._lock = threading.Lock()
        self._announced: dict[str, set[TopicPartition]] = {}
        self._found: dict[TopicPartition, LastFile | None] = {}

    def announce(self, partitions: Iterable[TopicPartition]) -> None:
        """Say for which partitions `find` will be called soon; what was found earlier is gone."""
        with self._lock:
            self._announced, self._found = {}, {}
            for where in partitions:
                self._announced.setdefault(where.topic, set()).add(where)

    def find(self, places: Places) -> LastFile | None:
        """Find the last committed file of a partition; each answer is given once.

        Raises:
            StorageError: A directory cannot be listed.
        """
        where = places.where
        with self._lock:
            if where not in self._found:
                wanted = self._announced.pop(where.topic, set()) | {where}
                self._found |= self._search(places.committed, wanted)
            return self._found.pop(where)

    def _search(
        self, directory: str, wanted: Set[TopicPartition]
    ) -> dict[TopicPartition, LastFile | None]:
        names = [self._directory_of(where) for where in wanted]
        only = None if None in names else {name for name in names if name is not None}
        topic = next(iter(wanted)).topic
        numbers = {where.partition for where in wanted}
        found = last_files(
            self._storage, directory, topic, numbers, only=only, list_many=self._list_many
        )
        return {where: found.get(where.partition) for where in wanted}


class _Search:
    def __init__(
        self, storage: Storage, topic: str, partitions: Set[int], list_many: ListMany
    ) -> None:
        self._storage = storage
        self._topic = topic
        self._partitions = partitions
        self._list_many = list_many
        self.left = MOST_DIRECTORIES
        self.found: dict[int, LastFile] = {}

    def look_into(self, paths: Sequence[str]) -> list[Entry]:
        """List directories: remember their committed files, give back what is below."""
        self.left -= len(paths)
        below = []
        for entries in self._list_many(self._storage.list, paths):
            for entry in entries:
                if entry.is_directory:
                    below.append(entry)
                else:
                    self._note(entry)
        return below

    def look_into_all(self, paths: Sequence[str]) -> list[Entry]:
        below = []
        for at in range(0, len(paths), _BATCH):
            below += self.look_into(paths[at : at + _BATCH])
        return below

    def depth_of_files(self, entries: Sequence[Entry]) -> int:
        """How many levels of directories there are, going by the one that changed last."""
        depth = 0
        while entries and self.left > 0:
            depth += 1
            entries = self._storage.list(_latest(entries)[0].path)
            if any(not entry.is_directory for entry in entries):
                break
        return depth

    def is_settled(self, changed_ms: int) -> bool:
        """Whether a directory that changed then last holds no later file of any partition."""
        return all(
            partition in self.found
            and changed_ms + _CLOCK_SLACK_MS < self.found[partition].modified_ms
            for partition in self._partitions
        )

    def _note(self, entry: Entry) -> None:
        name = parse_committed_name(entry.name)
        if name is None or name.topic != self._topic or name.partition not in self._partitions:
            return
        known = self.found.get(name.partition)
        if known is None or name.end > known.end:
            self.found[name.partition] = LastFile(name.end, entry.modified_ms, entry.path)


def _latest(entries: Iterable[Entry]) -> list[Entry]:
    """Those that changed last first; within a minute by name, as times sort in names."""
    return sorted(
        entries, key=lambda entry: (entry.modified_ms // _CLOCK_SLACK_MS, entry.path), reverse=True
    )
