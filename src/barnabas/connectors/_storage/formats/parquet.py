# SPDX-License-Identifier: Apache-2.0
"""Parquet files, with the schema in the footer where Java's connector looks for it.

Records are turned into Arrow arrays as they come; these wait until they fill a row group. The
footer has the keys of parquet-avro, so that Java's connector goes on where this one stopped.

Source:
    Reference page *HDFS sink*, section 6 (Parquet).

Differs:
    The codec is ``parquet.codec``; Java's HDFS sink knows snappy only. A schema that Avro cannot
    express, such as one with a field called ``order-id``, has columns all the same and is told by
    these alone. See also `parquet_columns`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from barnabas.connectors._storage.formats.avro import rules_of
from barnabas.connectors._storage.formats.format import Format, FormatSettings, RecordWriter
from barnabas.connectors._storage.formats.parquet_columns import root_columns
from barnabas.connectors._storage.formats.parquet_schemas import plain_type, schema_of
from barnabas.connectors._storage.formats.parquet_values import values_of
from barnabas.connectors._storage.storage import Storage, StorageWriter
from barnabas.converters.avro.from_avro import to_connect
from barnabas.converters.avro.model import text_of
from barnabas.converters.avro.parsing import parse
from barnabas.converters.avro.rules import Rules
from barnabas.converters.avro.to_avro import to_avro
from barnabas.data import Schema
from barnabas.errors import ConfigError, DataError

__all__ = ["ParquetFormat"]

_SCHEMA_KEY: Final = "parquet.avro.schema"
_OLD_SCHEMA_KEY: Final = "avro.schema"
_READING: Final = Rules(enhanced=True)
_MOST_SMALL: Final = 64
_BATCH_ROWS: Final = 10_000
_OVERHEAD_BYTES: Final = 512
"""Memory an array takes besides its data, roughly."""
_CODECS: Final = {
    "none": "NONE",
    "uncompressed": "NONE",
    "snappy": "SNAPPY",
    "gzip": "GZIP",
    "brotli": "BROTLI",
    "zstd": "ZSTD",
    "lz4": "LZ4",
    "lz4_raw": "LZ4",
}


class ParquetFormat(Format):
    """Parquet files."""

    extension = ".parquet"

    def __init__(self) -> None:
        self._plan = functools.lru_cache(maxsize=256)(_Plan)

    def new_writer(
        self, storage_writer: StorageWriter, schema: Schema | None, settings: FormatSettings
    ) -> _ParquetWriter:
        """Begin a file; see `Format.new_writer`."""
        if schema is None:
            message = (
                "Parquet files need records with a schema; use a converter that gives one (Avro,"
                " Protobuf, JSON Schema, or JSON with schemas.enable=true), or another format.class"
            )
            raise DataError(message)
        return _ParquetWriter(storage_writer, self._plan(schema, settings))

    def read_schema(self, storage: Storage, path: str) -> Schema | None:
        """Read the schema in the footer; see `Format.read_schema`. None for files of others."""
        with storage.open_for_reading(path) as source:
            return _schema_in(_opened(source, path), path)

    def read(self, storage: Storage, path: str) -> Iterator[Sequence[Any]]:
        """Read values; see `Format.read`."""
        return self.read_from(storage, path, 0)[1]

    def read_from(
        self, storage: Storage, path: str, first: int
    ) -> tuple[Schema | None, Iterator[Sequence[Any]]]:
        """Read schema and values; whole row groups are passed over. See `Format.read_from`.

        Files that tell no schema have that of their columns, see `parquet_schemas`.
        """
        source = storage.open_for_reading(path)
        try:
            file = _opened(source, path)
            schema = _schema_in(file, path)
            plain = None
            if schema is None:
                schema = schema_of(file.schema_arrow)
                plain = plain_type(pa.struct(list(file.schema_arrow)))
        except BaseException:
            source.close()
            raise
        return schema, _values_in(source, file, _reader(schema, plain), path, first)


def _reader(
    schema: Schema | None, plain: pa.DataType | None
) -> Callable[[pa.RecordBatch], list[Any]]:
    """Make what turns columns into values; they are cast to ``plain`` before."""
    if schema is None:
        return lambda batch: list(batch.to_pylist())
    if plain is None:
        return lambda batch: values_of(schema, batch.to_struct_array())
    target = pa.schema(list(plain))
    return lambda batch: values_of(schema, batch.cast(target, safe=False).to_struct_array())


def _values_in(
    source: IO[bytes],
    file: pq.ParquetFile,
    read: Callable[[pa.RecordBatch], list[Any]],
    path: str,
    first: int,
) -> Iterator[Sequence[Any]]:
    group = 0
    while group < file.num_row_groups and first >= file.metadata.row_group(group).num_rows:
        first -= file.metadata.row_group(group).num_rows
        group += 1
    with source:
        try:
            groups = list(range(group, file.num_row_groups))
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, row_groups=groups):
                if first < batch.num_rows:
                    values = read(batch)
                    yield values[first:] if first else values
                first = max(0, first - batch.num_rows)
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(path, error) from error


class _Plan:
    """What writers of one schema share."""

    def __init__(self, schema: Schema, settings: FormatSettings) -> None:
        rules = rules_of(settings)
        self.codec = _codec(settings.parquet_codec)
        self.row_group_bytes = settings.row_group_bytes
        self.schema, self.arrays = root_columns(
            schema, rules, keeps_logical_types=settings.keeps_logical_types
        )
        self.metadata = _metadata(schema, rules)
        self.shrinking = 0.5
        """Bytes in a file for each byte in memory, as seen lately."""


def _metadata(schema: Schema, rules: Rules) -> dict[str, str]:
    try:
        text = text_of(to_avro(schema, rules))
    except DataError:  # names that Avro does not allow; the columns do not mind
        return {}
    return {_SCHEMA_KEY: text, "writer.model.name": "avro"}


class _ParquetWriter(RecordWriter):
    def __init__(self, target: StorageWriter, plan: _Plan) -> None:
        self._sink = _Sink(target)
        self._plan = plan
        self._writer: pq.ParquetWriter | None = None
        self._small: list[pa.RecordBatch] = []
        self._large: list[pa.RecordBatch] = []
        self._data_bytes = 0

    def write(self, values: Sequence[Any]) -> None:
        if not values:
            return
        plan = self._plan
        batch = pa.RecordBatch.from_arrays(plan.arrays(values), schema=plan.schema)
        self._small.append(batch)
        self._data_bytes += batch.get_total_buffer_size()
        if self._data_bytes >= plan.row_group_bytes:
            self.spill()
        elif len(self._small) >= _MOST_SMALL:
            self._large.append(pa.concat_batches(self._small))
            self._small.clear()

    @property
    def bytes_written(self) -> int:
        return self._sink.size + int(self._data_bytes * self._plan.shrinking)

    @property
    def bytes_buffered(self) -> int:
        pieces = len(self._small) + len(self._large)
        return self._data_bytes + pieces * len(self._plan.schema) * _OVERHEAD_BYTES

    def spill(self) -> None:
        batches = self._large + self._small
        if not batches:
            return
        writer, before = self._opened(), self._sink.size
        table = pa.Table.from_batches(batches)
        writer.write_table(table, row_group_size=table.num_rows)
        if self._data_bytes > 1 << 16:
            self._plan.shrinking = (self._sink.size - before) / self._data_bytes
        self._small.clear()
        self._large.clear()
        self._data_bytes = 0

    def close(self) -> None:
        self.spill()
        writer = self._opened()
        if self._plan.metadata:
            writer.add_key_value_metadata(self._plan.metadata)
        writer.close()
        self._writer = None
        self._sink.target.close()

    def abort(self) -> None:
        self._sink.is_aborted = True
        self._small.clear()
        self._large.clear()
        self._data_bytes = 0
        if self._writer is not None:
            self._writer.is_open = False
            self._writer = None
        self._sink.target.abort()

    def _opened(self) -> pq.ParquetWriter:
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                pa.PythonFile(self._sink, mode="w"),
                self._plan.schema,
                compression=self._plan.codec,
                store_schema=False,
                write_time_adjusted_to_utc=True,
            )
        return self._writer


class _Sink:
    """A file as Arrow wants it; what Arrow still writes after an abort goes nowhere."""

    closed = False

    def __init__(self, target: StorageWriter) -> None:
        self.target = target
        self.size = 0
        self.is_aborted = False

    def write(self, data: bytes) -> int:
        if not self.is_aborted:
            self.target.write(data)
            self.size += len(data)
        return len(data)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        """Nothing to do: the store decides."""

    def close(self) -> None:
        """Nothing to do: the writer closes the file in the store."""


def _codec(name: str) -> str:
    codec = _CODECS.get(name.lower())
    if codec is None or not (codec == "NONE" or pa.Codec.is_available(codec.lower())):
        message = (
            f"Invalid value {name} for configuration parquet.codec: there are {', '.join(_CODECS)}"
        )
        raise ConfigError(message)
    return codec


def _opened(source: Any, path: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(source)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: Exception) -> DataError:
    message = f"{path} cannot be read as a Parquet file: {error}"
    return DataError(message)


def _schema_in(file: pq.ParquetFile, path: str) -> Schema | None:
    metadata = file.metadata.metadata or {}
    text = metadata.get(_SCHEMA_KEY.encode()) or metadata.get(_OLD_SCHEMA_KEY.encode())
    if text is None:
        return None
    try:
        return to_connect(parse(text.decode()), _READING)
    except (DataError, UnicodeDecodeError) as error:
        message = f"{path} tells a schema that cannot be read: {error}"
        raise DataError(message) from error
