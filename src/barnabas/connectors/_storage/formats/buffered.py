# SPDX-License-Identifier: Apache-2.0
"""Files of records that are simply written one after the other."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any, Final

from barnabas.connectors._storage.formats.format import RecordWriter
from barnabas.connectors._storage.storage import StorageWriter

__all__ = ["BufferedWriter"]

_BUFFER_BYTES: Final = 1 << 18


class BufferedWriter(RecordWriter):
    """Collects encoded records and hands them to the store in large pieces.

    Args:
        target: The file in the store.
        header: What it begins with.
    """

    def __init__(self, target: StorageWriter, header: bytes = b"") -> None:
        self._target = target
        self._pieces = [header] if header else []
        self._buffered = len(header)
        self._written = 0

    @abc.abstractmethod
    def _encode(self, values: Sequence[Any]) -> bytes:
        """Encode records; DataError for one that does not fit, with nothing taken."""

    def _rest(self) -> bytes:
        """What is still to be written of what was encoded."""
        return b""

    def write(self, values: Sequence[Any]) -> None:
        """Append values; see `RecordWriter.write`."""
        self._add(self._encode(values))
        if self._buffered >= _BUFFER_BYTES:
            self._hand_over()

    @property
    def bytes_written(self) -> int:
        """Size of the file by now; see `RecordWriter.bytes_written`."""
        return self._written + self._buffered

    @property
    def bytes_buffered(self) -> int:
        """Bytes that wait; see `RecordWriter.bytes_buffered`."""
        return self._buffered

    def spill(self) -> None:
        """Hand all to the store; see `RecordWriter.spill`."""
        self._add(self._rest())
        self._hand_over()

    def close(self) -> None:
        """Hand all over and close the file; see `RecordWriter.close`."""
        self.spill()
        self._target.close()

    def abort(self) -> None:
        """Give the file up; see `RecordWriter.abort`."""
        self._pieces.clear()
        self._buffered = 0
        self._target.abort()

    def _add(self, piece: bytes) -> None:
        if piece:
            self._pieces.append(piece)
            self._buffered += len(piece)

    def _hand_over(self) -> None:
        if self._pieces:
            self._target.write(b"".join(self._pieces))
            self._written += self._buffered
            self._pieces.clear()
            self._buffered = 0
