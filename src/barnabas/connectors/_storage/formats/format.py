# SPDX-License-Identifier: Apache-2.0
"""What a file format has to offer."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from barnabas.connectors._storage.storage import Storage, StorageWriter
from barnabas.data import Schema

__all__ = ["Format", "FormatSettings", "RecordWriter"]


@dataclass(frozen=True, slots=True)
class FormatSettings:
    """The settings that formats look at; names are those of the connector's settings."""

    avro_codec: str = "null"
    parquet_codec: str = "snappy"
    keeps_logical_types: bool = True
    """Whether Parquet files say DATE, TIME, TIMESTAMP and DECIMAL as Parquet can, or as Java's
    connector writes them."""
    enhanced_avro_schema_support: bool = True
    connect_meta_data: bool = True
    allow_optional_map_keys: bool = False
    schemas_cache_size: int = 1000
    json_decimal_format: str = "BASE64"
    row_group_bytes: int = 128 << 20
    """Bytes a Parquet row group may hold in memory before it is written out."""


class RecordWriter(abc.ABC):
    """A file of records being written; called by one thread at a time, not always the same."""

    @abc.abstractmethod
    def write(self, values: Sequence[Any]) -> None:
        """Append values of the writer's schema, in order. They may stay in memory until `close`.

        Raises:
            DataError: A value does not fit the schema or cannot be held by the format. None of
                these values was taken, and the writer can go on: so the bad one is found by
                writing them one by one.
            StorageError: Bytes could not be written; only `abort` makes sense after that.
        """

    @property
    @abc.abstractmethod
    def bytes_written(self) -> int:
        """Size the file would have if closed now, as good as it can be told cheaply."""

    @property
    @abc.abstractmethod
    def bytes_buffered(self) -> int:
        """Memory that records wait in, roughly, in bytes; written out by `spill` or `close`."""

    @abc.abstractmethod
    def spill(self) -> None:
        """Hand as much buffered data as possible to the store, to free memory.

        Raises:
            StorageError: As `write`.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Write the rest and close the file in the store. May be slow; may run in another thread.

        Raises:
            StorageError: It is not certain that the file is complete.
        """

    @abc.abstractmethod
    def abort(self) -> None:
        """Give the file up, see `StorageWriter.abort`; never raises."""


class Format(abc.ABC):
    """A file format; one instance serves a task."""

    extension: str
    """End of file names, with its dot."""
    value_schema: Schema | None = None
    """Schema of all values of files that do not tell one; None: they have none."""

    @abc.abstractmethod
    def new_writer(
        self, storage_writer: StorageWriter, schema: Schema | None, settings: FormatSettings
    ) -> RecordWriter:
        """Begin to write records of one schema (None: without) to a file in the store.

        Raises:
            DataError: The format cannot hold this schema; the file of the store is left open.
        """

    @abc.abstractmethod
    def read_schema(self, storage: Storage, path: str) -> Schema | None:
        """Read which schema the records of a file have; None when files do not tell.

        Raises:
            StorageError: The file cannot be read.
            DataError: It is not a file of this format.
        """

    @abc.abstractmethod
    def read(self, storage: Storage, path: str) -> Iterator[Sequence[Any]]:
        """Read the values of a file again, in batches.

        Raises:
            StorageError: The file cannot be read.
            DataError: It is not a file of this format.
        """

    def read_from(
        self, storage: Storage, path: str, first: int
    ) -> tuple[Schema | None, Iterator[Sequence[Any]]]:
        """Read the schema of a file and its values, in batches, without so many at its beginning.

        Raises:
            StorageError: The file cannot be read; so does the iterator.
            DataError: It is not a file of this format; so does the iterator.
        """
        schema = self.read_schema(storage, path) or self.value_schema
        return schema, _without(self.read(storage, path), first)


def _without(batches: Iterator[Sequence[Any]], first: int) -> Iterator[Sequence[Any]]:
    for batch in batches:
        if first < len(batch):
            yield batch[first:] if first else batch
        first = max(0, first - len(batch))
