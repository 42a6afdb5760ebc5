# SPDX-License-Identifier: Apache-2.0
"""The directories of topics, looked at again and again without listing all of them each time.

A directory tells when something was last added to it, where the store keeps that. Those that have
not changed since they were listed are not listed again. Directories that hold directories are
listed when they changed, and the latest of them always; all of them every tenth look, which finds
what appeared deep in an old one. Stores that tell no times, as those of objects, have the latest
directories listed by name each time, and all of them every tenth.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final, NamedTuple

from barnabas.connectors._storage.reading.file_names import FileNames, StoredFile
from barnabas.connectors._storage.reading.positions import Place
from barnabas.connectors._storage.storage import Entry, Storage, join

__all__ = ["Found", "Tree"]

_EVERY: Final = 10
"""Looks of which one goes everywhere."""
_LATEST_OUTER: Final = 4
_LATEST_UNDATED: Final = 100
_CLOCK_SLACK_MS: Final = 60_000
"""How far the clock of the store may be from ours."""

Found = dict[Place, list[StoredFile]]
"""Files of one directory, or nothing."""


class _Known(NamedTuple):
    """What was seen of a directory."""

    modified_ms: int
    listed_ms: int
    is_outer: bool
    """Whether it has directories in it."""

    def has_changed(self, entry: Entry) -> bool:
        is_settled = self.modified_ms + _CLOCK_SLACK_MS < self.listed_ms
        return not is_settled or entry.modified_ms != self.modified_ms


class Tree:
    """Lists what may have changed.

    Args:
        storage: Where the directories are.
        top: Directory of the directories of topics.
        names: Tells which files count.
        is_wanted: Whether a Kafka partition of a topic counts; asked with None for the topic alone.
        now_ms: The clock, in ms since the epoch.
    """

    def __init__(
        self,
        storage: Storage,
        top: str,
        names: FileNames,
        is_wanted: Callable[[str, int | None], bool],
        now_ms: Callable[[], int],
    ) -> None:
        self._storage = storage
        self._top = join(top)
        self._names = names
        self._is_wanted = is_wanted
        self._now_ms = now_ms
        self._known: dict[str, _Known] = {}
        self._looks = 0

    def look(
        self, truncated: Collection[str], last_read: Callable[[str], str] = lambda _directory: ""
    ) -> Iterator[Found]:
        """List what may have changed; the caller may end between two directories.

        What was given is not given again unless its directory changes, so it must be kept.

        Args:
            truncated: Directories that are to be listed in any case, with what is above them.
            last_read: Gives the name in a directory that all files before, in the order of texts,
                need not be given; empty: give all. Not asked by looks that go everywhere.

        Yields:
            After each listing the files of that directory, all of them.

        Raises:
            StorageError: A directory cannot be listed. The next look goes on.
        """
        goes_everywhere = self._looks % _EVERY == 0 or bool(truncated)
        waiting = [
            (entry.name, entry)
            for entry in self._storage.list(self._top)
            if entry.is_directory and entry.name[:1] != "+" and self._is_wanted(entry.name, None)
        ]
        seen = {entry.path for _, entry in waiting}
        yield {}
        while waiting:
            topic, directory = waiting.pop()
            listed_ms = self._now_ms()
            after = "" if goes_everywhere else last_read(directory.path)
            if after and self._is_leaf(directory.path):
                entries = self._storage.list_after(directory.path, after)
            else:
                entries = self._storage.list(directory.path)
            below = [entry for entry in entries if entry.is_directory]
            seen.update(entry.path for entry in below)
            yield self._files(topic, directory.path, entries)
            self._known[directory.path] = _Known(directory.modified_ms, listed_ms, bool(below))
            waiting += (
                (topic, entry)
                for entry in self._worth_listing(below, truncated, everywhere=goes_everywhere)
            )
        self._looks += 1
        if goes_everywhere:
            self._known = {path: known for path, known in self._known.items() if path in seen}

    def _is_leaf(self, path: str) -> bool:
        known = self._known.get(path)
        return known is not None and not known.is_outer

    def _worth_listing(
        self, entries: Sequence[Entry], truncated: Collection[str], *, everywhere: bool
    ) -> list[Entry]:
        latest = sorted(entries, key=lambda one: (one.modified_ms // _CLOCK_SLACK_MS, one.name))
        last_outer = {entry.path for entry in latest[-_LATEST_OUTER:]}
        last_undated = {entry.path for entry in latest[-_LATEST_UNDATED:]}

        def is_worth(entry: Entry) -> bool:
            known = self._known.get(entry.path)
            if known is None or entry.path in truncated:
                return True
            if known.is_outer and (everywhere or entry.path in last_outer):
                return True
            if entry.modified_ms:
                return known.has_changed(entry)
            return everywhere or entry.path in last_undated

        return sorted(filter(is_worth, entries), key=lambda entry: entry.path, reverse=True)

    def _files(self, topic: str, directory: str, entries: Sequence[Entry]) -> Found:
        found: Found = {}
        parse, is_wanted = self._names.parse, self._is_wanted
        for entry in entries:
            if entry.is_directory:
                continue
            parsed = parse(topic, entry.name)
            if parsed is None or not is_wanted(topic, parsed[0]):
                continue
            place = Place(directory, topic, parsed[0])
            found.setdefault(place, []).append(StoredFile(parsed[1], entry.name, entry.size))
        return found
