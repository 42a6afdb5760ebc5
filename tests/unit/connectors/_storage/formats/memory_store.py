# SPDX-License-Identifier: Apache-2.0
"""A store in memory, for one file at a time."""

from __future__ import annotations

import io
from typing import Any

from barnabas.connectors._storage.formats.format import Format, FormatSettings
from barnabas.connectors._storage.storage import StorageError, StorageWriter
from barnabas.data import Schema

PATH = "a/file"


class Memory(StorageWriter):
    def __init__(self) -> None:
        self.data = bytearray()
        self.pieces: list[int] = []
        self.is_closed = self.is_aborted = False
        self.is_full = False

    def write(self, data: bytes | bytearray | memoryview) -> int:
        assert not self.is_closed
        if self.is_full:
            message = "no room left"
            raise StorageError(message)
        self.data += data
        self.pieces.append(len(data))
        return len(data)

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_aborted = True


class OneFile:
    """As much of a storage as reading needs."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def open_for_reading(self, path: str) -> io.BytesIO:
        assert path == PATH
        return io.BytesIO(self._data)


def written(kind: Format, schema: Schema | None, *batches: list[Any], **settings: Any) -> bytes:
    """The bytes of a file of some batches of values."""
    target = Memory()
    writer = kind.new_writer(target, schema, FormatSettings(**settings))
    for batch in batches:
        writer.write(batch)
    writer.close()
    assert target.is_closed
    return bytes(target.data)


def read(kind: Format, data: bytes) -> list[Any]:
    return [value for batch in kind.read(OneFile(data), PATH) for value in batch]  # type: ignore[arg-type]


def read_schema(kind: Format, data: bytes) -> Schema | None:
    return kind.read_schema(OneFile(data), PATH)  # type: ignore[arg-type]
