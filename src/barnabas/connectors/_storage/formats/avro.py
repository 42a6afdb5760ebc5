# SPDX-License-Identifier: Apache-2.0
"""Avro files, as Java's connector writes them.

Source:
    Reference page *HDFS sink*, section 6 (Avro).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from barnabas.connectors._storage.formats.buffered import BufferedWriter
from barnabas.connectors._storage.formats.format import Format, FormatSettings
from barnabas.connectors._storage.storage import Storage, StorageWriter
from barnabas.converters.avro.container import BlockEncoder, read_blocks, read_header
from barnabas.converters.avro.rules import Rules
from barnabas.converters.registered import load_library
from barnabas.data import Schema
from barnabas.errors import DataError

__all__ = ["AvroFormat", "rules_of"]

_BLOCK_BYTES: Final = 64_000
_READING: Final = Rules(enhanced=True)


def rules_of(settings: FormatSettings) -> Rules:
    """How Connect's schemas become Avro's."""
    return Rules(
        connect_meta_data=settings.connect_meta_data,
        enhanced=settings.enhanced_avro_schema_support,
        allow_optional_map_keys=settings.allow_optional_map_keys,
    )


class AvroFormat(Format):
    """Object container files.

    Raises:
        ConfigError: The library is not installed.
    """

    extension = ".avro"

    def __init__(self) -> None:
        load_library("fastavro", extra="avro", converter="AvroFormat")

    def new_writer(
        self, storage_writer: StorageWriter, schema: Schema | None, settings: FormatSettings
    ) -> _AvroWriter:
        """Begin a file; see `Format.new_writer`."""
        blocks = BlockEncoder(schema, rules_of(settings), settings.avro_codec)
        return _AvroWriter(storage_writer, blocks)

    def read_schema(self, storage: Storage, path: str) -> Schema | None:
        """Read the schema in the file's header; see `Format.read_schema`."""
        with storage.open_for_reading(path) as source:
            try:
                return read_header(source, _READING).schema
            except DataError as error:
                raise _in_file(path, error) from error

    def read(self, storage: Storage, path: str) -> Iterator[Sequence[Any]]:
        """Read values block by block; see `Format.read`."""
        with storage.open_for_reading(path) as source:
            try:
                yield from read_blocks(source, read_header(source, _READING), _READING)
            except DataError as error:
                raise _in_file(path, error) from error


class _AvroWriter(BufferedWriter):
    def __init__(self, target: StorageWriter, blocks: BlockEncoder) -> None:
        super().__init__(target, blocks.header)
        self._blocks = blocks
        self._records: list[bytes] = []
        self._record_bytes = 0

    @property
    def bytes_written(self) -> int:
        return super().bytes_written + self._record_bytes

    @property
    def bytes_buffered(self) -> int:
        return super().bytes_buffered + self._record_bytes

    def abort(self) -> None:
        self._records.clear()
        self._record_bytes = 0
        super().abort()

    def _encode(self, values: Sequence[Any]) -> bytes:
        blocks = []
        for record in self._blocks.encode(values):
            self._records.append(record)
            self._record_bytes += len(record)
            if self._record_bytes >= _BLOCK_BYTES:
                blocks.append(self._rest())
        return b"".join(blocks)

    def _rest(self) -> bytes:
        if not self._records:
            return b""
        block = self._blocks.block(self._records)
        self._records.clear()
        self._record_bytes = 0
        return block


def _in_file(path: str, error: DataError) -> DataError:
    message = f"{path} cannot be read as an Avro file: {error.message}"
    return DataError(message)
