# SPDX-License-Identifier: Apache-2.0
"""Files that are compressed as a whole by gzip, while they are written."""

from __future__ import annotations

import zlib
from typing import Final

from barnabas.connectors._storage.storage import StorageWriter

__all__ = ["GzippedWriter"]

_GZIP_HEADER: Final = 16 + zlib.MAX_WBITS


class GzippedWriter(StorageWriter):
    """Compresses what is written; the same bytes give the same file, whenever that is.

    Args:
        target: The file in the store.
        level: From 0 (none) to 9 (most); -1: the library's choice.
    """

    def __init__(self, target: StorageWriter, level: int = -1) -> None:
        self._target = target
        self._stream = zlib.compressobj(level, zlib.DEFLATED, _GZIP_HEADER)
        self._is_open = True

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append bytes; see `StorageWriter.write`."""
        if compressed := self._stream.compress(data):
            self._target.write(compressed)
        return memoryview(data).nbytes

    def close(self) -> None:
        """Write the rest and close the file; see `StorageWriter.close`."""
        if self._is_open:
            self._target.write(self._stream.flush())
            self._is_open = False
        self._target.close()

    def abort(self) -> None:
        """Give the file up; see `StorageWriter.abort`."""
        self._is_open = False
        self._target.abort()
