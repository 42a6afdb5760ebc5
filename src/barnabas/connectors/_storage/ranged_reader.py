# SPDX-License-Identifier: Apache-2.0
"""A file to read from a store that gives out ranges of bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

__all__ = ["RangedReader"]


class RangedReader(io.RawIOBase):
    """Reads a file range by range, wherever one likes; wrap it in a buffer.

    Args:
        fetch: Returns bytes of the file, given where they begin and how many are wanted; fewer are
            taken as well. What it raises is raised by the read.
        size: Length of the file in bytes.
    """

    def __init__(self, fetch: Callable[[int, int], bytes], size: int) -> None:
        self._fetch = fetch
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Return where the next read begins, in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, also behind the end; returns where that is."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as the file goes; returns the number of bytes, 0 at the end."""
        wanted = min(len(buffer), self._size - self._position)
        if wanted <= 0:
            return 0
        data = self._fetch(self._position, wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
