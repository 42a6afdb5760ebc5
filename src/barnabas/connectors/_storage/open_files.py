# SPDX-License-Identifier: Apache-2.0
"""Limits on the open files of a task and on the memory their records wait in.

With a thousand output partitions there are a thousand open files, each with records in memory. When
there are too many files, those written to least recently take no more records; when the memory is
used up, the fullest files hand their records to the store, and those that cannot take no more. What
that means is smaller files, and it is said in the log. Nothing is committed early: a file that was
ended waits for the others of its set.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from barnabas.connectors._storage.output_files import OutputFile
from barnabas.connectors._storage.storage import StorageError

__all__ = ["OpenFiles"]

_QUIET_MS = 60_000

_logger = logging.getLogger(__name__)

EndFile = Callable[[OutputFile], None]
"""Makes a file take no more records; called on the thread that called `OpenFiles`."""


class OpenFiles:
    """All files of a task that take records. Used by the task's main thread.

    Args:
        most_files: So many may be open; not positive: any number.
        most_bytes: So many bytes may wait in memory; not positive: any number.
        now_ms: The clock.
    """

    def __init__(self, most_files: int, most_bytes: int, now_ms: Callable[[], int]) -> None:
        self._most_files = most_files
        self._most_bytes = most_bytes
        self._now_ms = now_ms
        self._files: dict[OutputFile, EndFile] = {}
        self._silent_until_ms = 0
        self.ended_early = 0
        """How many files were ended for want of room."""

    def __len__(self) -> int:
        return len(self._files)

    @property
    def bytes_buffered(self) -> int:
        """Bytes that wait in memory, in all files."""
        return sum(file.writer.bytes_buffered for file in self._files)

    def make_room(self) -> None:
        """End files, unless one more may be opened."""
        if 0 < self._most_files <= len(self._files):
            surplus = len(self._files) - self._most_files + 1
            self._end(max(surplus, self._most_files // 10), "open files: max.open.files")

    def add(self, file: OutputFile, end: EndFile) -> None:
        """Count a file that was opened."""
        self._files[file] = end

    def touch(self, file: OutputFile) -> None:
        """Remember that a file was written to."""
        self._files[file] = self._files.pop(file)

    def remove(self, file: OutputFile) -> None:
        """Count a file no more; fine when it is not counted."""
        self._files.pop(file, None)

    def relieve(self) -> None:
        """Free memory when too much is in use, down to half of what is allowed.

        A file that cannot be written to keeps the error as its ``failure``.
        """
        if self._most_bytes <= 0 or not self._files:
            return
        used = self.bytes_buffered
        if used <= self._most_bytes:
            return
        for file in sorted(self._files, key=lambda each: -each.writer.bytes_buffered):
            if used <= self._most_bytes // 2:
                return
            before = file.writer.bytes_buffered
            try:
                file.writer.spill()
            except StorageError as error:
                file.failure = error
            used -= before - file.writer.bytes_buffered
        if used > self._most_bytes:
            self._end(max(1, len(self._files) // 4), "bytes in memory: max.buffered.bytes")

    def _end(self, number: int, why: str) -> None:
        oldest = list(self._files.items())[:number]
        for file, end in oldest:
            self.remove(file)
            end(file)
        self.ended_early += len(oldest)
        now = self._now_ms()
        if now >= self._silent_until_ms:
            self._silent_until_ms = now + _QUIET_MS
            _logger.warning(
                "%d of %d open files were ended early and will be small, %d in all: too many %s."
                " Fewer output partitions at a time, or a higher limit, give larger files.",
                len(oldest),
                len(oldest) + len(self._files),
                self.ended_early,
                why,
            )
