# SPDX-License-Identifier: Apache-2.0
"""Text and bytes files: values as they are, one after the other.

Source:
    Reference page *HDFS sink*, sections 6 (String) and 9.2 (S3's byte array format).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from barnabas import data
from barnabas.connectors._storage.formats.buffered import BufferedWriter
from barnabas.connectors._storage.formats.format import Format, FormatSettings
from barnabas.connectors._storage.storage import Storage, StorageWriter
from barnabas.data import Schema
from barnabas.errors import DataError

__all__ = ["ByteArrayFormat", "StringFormat", "read_lines"]

_BATCH: Final = 1000


class StringFormat(Format):
    """Lines of text in UTF-8.

    Differs:
        Always UTF-8; Java takes the platform's charset.
    """

    extension = ".txt"
    value_schema = data.STRING

    def new_writer(
        self,
        storage_writer: StorageWriter,
        schema: Schema | None,
        settings: FormatSettings,
    ) -> _TextWriter:
        """Begin a file; see `Format.new_writer`."""
        return _TextWriter(storage_writer)

    def read_schema(self, storage: Storage, path: str) -> None:
        """Files do not tell; see `Format.read_schema`."""
        return

    def read(self, storage: Storage, path: str) -> Iterator[Sequence[str]]:
        """Read lines; see `Format.read`."""
        for lines in read_lines(storage, path):
            try:
                yield [line.decode() for line in lines]
            except UnicodeDecodeError as error:
                message = f"{path} is no text in UTF-8: {error}"
                raise DataError(message) from error


class ByteArrayFormat(Format):
    r"""Bytes, with a separator after each value; ``\n`` unless told otherwise.

    Args:
        extension: End of file names, with its dot.
        separator: What follows each value.
    """

    value_schema = data.BYTES

    def __init__(self, extension: str = ".bin", separator: bytes = b"\n") -> None:
        self.extension = extension
        self._separator = separator

    def new_writer(
        self,
        storage_writer: StorageWriter,
        schema: Schema | None,
        settings: FormatSettings,
    ) -> _BytesWriter:
        """Begin a file; see `Format.new_writer`."""
        return _BytesWriter(storage_writer, self._separator)

    def read_schema(self, storage: Storage, path: str) -> None:
        """Files do not tell; see `Format.read_schema`."""
        return

    def read(self, storage: Storage, path: str) -> Iterator[Sequence[bytes]]:
        """Read values; see `Format.read`. A value that holds the separator is taken for two."""
        return read_lines(storage, path, self._separator)


class _TextWriter(BufferedWriter):
    def _encode(self, values: Sequence[Any]) -> bytes:
        if not values:
            return b""
        try:
            return ("\n".join(values) + "\n").encode()
        except (TypeError, UnicodeEncodeError) as error:
            message = (
                f"StringFormat writes texts that UTF-8 can hold: {error}; use StringConverter, or"
                " set format.class to JsonFormat"
            )
            raise DataError(message) from error


class _BytesWriter(BufferedWriter):
    def __init__(self, target: StorageWriter, separator: bytes) -> None:
        super().__init__(target)
        self._separator = separator

    def _encode(self, values: Sequence[Any]) -> bytes:
        try:
            return self._separator.join([*values, b""])
        except TypeError as error:
            message = (
                f"ByteArrayFormat writes bytes: {error}; use ByteArrayConverter, or another"
                " format.class"
            )
            raise DataError(message) from error


def read_lines(storage: Storage, path: str, separator: bytes = b"\n") -> Iterator[list[bytes]]:
    """Read what stands between separators, in batches; the last need not be followed by one."""
    batch: list[bytes] = []
    rest = b""
    with storage.open_for_reading(path) as source:
        while read := source.read(1 << 20):
            *whole, rest = (rest + read).split(separator)
            batch += whole
            while len(batch) >= _BATCH:
                yield batch[:_BATCH]
                del batch[:_BATCH]
    if rest:
        batch.append(rest)
    if batch:
        yield batch
