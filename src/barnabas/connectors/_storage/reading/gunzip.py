# SPDX-License-Identifier: Apache-2.0
"""Files that are compressed as a whole by gzip, read as if they were not."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import IO, cast

from barnabas.connectors._storage.storage import Storage
from barnabas.errors import DataError

__all__ = ["Gunzipping"]


class Gunzipping:
    """As much of a `Storage` as formats need to read a file.

    Args:
        storage: Where the compressed file is.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.url = storage.url

    def as_storage(self) -> Storage:
        """This, as formats take it; only `open_for_reading` is there."""
        return cast("Storage", self)

    def open_for_reading(self, path: str) -> IO[bytes]:
        """Open a file; see `Storage.open_for_reading`. What is damaged raises DataError."""
        return io.BufferedReader(_Reader(self._storage.open_for_reading(path)))


class _Reader(io.RawIOBase):
    def __init__(self, compressed: IO[bytes]) -> None:
        self._compressed = compressed
        self._file = gzip.GzipFile(fileobj=compressed)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: object) -> int:
        try:
            return self._file.readinto(buffer)  # type: ignore[arg-type]  # a buffer, by contract
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            message = f"it cannot be decompressed: {error}"
            raise DataError(message) from error

    def close(self) -> None:
        if not self.closed:
            self._file.close()
            self._compressed.close()
        super().close()
