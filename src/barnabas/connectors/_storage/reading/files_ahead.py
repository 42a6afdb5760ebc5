# SPDX-License-Identifier: Apache-2.0
"""Small files that are opened while others are read, since stores take their time.

A store of objects may need a twentieth of a second to open one. Files keep their order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from barnabas.connectors._storage.reading.open_file import OpenFile

__all__ = ["FilesAhead"]

_SMALL_BYTES: Final = 1 << 18
_MOST: Final = 8
"""So many files are open besides the one that is read."""


class FilesAhead:
    """Gives files in order, and has small ones opened by other threads before.

    Args:
        next_file: Chooses the next file; None when there is none.
        opens_ahead: Whether any are opened before they are wanted.
    """

    def __init__(self, next_file: Callable[[], OpenFile | None], *, opens_ahead: bool) -> None:
        self._next_file = next_file
        self._pool = ThreadPoolExecutor(_MOST, "files") if opens_ahead else None
        self._files: deque[tuple[OpenFile, Future[None] | None]] = deque()

    def next(self) -> OpenFile | None:
        """Take the next file; waits while it is being opened."""
        if not self._files:
            self._add()
        if not self._files:
            return None
        file, opening = self._files.popleft()
        while self._pool is not None and file.file.size <= _SMALL_BYTES and self._has_room:
            if not self._add():
                break
        if opening is not None:
            opening.result()
            if file.is_to_be_opened_again:
                file.close()
        return file

    def close(self) -> None:
        """Close all that was opened; what is being opened is closed by nobody but its store."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        for file, opening in self._files:
            if opening is not None and opening.done():
                file.close()
        self._files.clear()

    @property
    def _has_room(self) -> bool:
        last_is_small = not self._files or self._files[-1][1] is not None
        return len(self._files) < _MOST and last_is_small

    def _add(self) -> bool:
        file = self._next_file()
        if file is None:
            return False
        opening = None
        if self._pool is not None and file.file.size <= _SMALL_BYTES:
            opening = self._pool.submit(file.open)
        self._files.append((file, opening))
        return True
