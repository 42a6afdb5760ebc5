# SPDX-License-Identifier: Apache-2.0
"""Parquet files, read back by pyarrow and by the format itself."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings

from barnabas.connectors._storage.formats.format import FormatSettings
from barnabas.connectors._storage.formats.parquet import ParquetFormat
from barnabas.connectors._storage.storage import StorageError
from barnabas.converters.avro.parsing import parse
from barnabas.data import (
    DATE,
    INT32,
    OPTIONAL_STRING,
    STRING,
    TIME,
    TIMESTAMP,
    Schema,
    decimal_schema,
)
from barnabas.errors import ConfigError, DataError
from tests.unit.connectors._storage.formats.memory_store import Memory, read, read_schema, written
from tests.unit.converters.avro import strategies

LAW = settings(max_examples=40, deadline=None)
SCHEMA = Schema.struct({"id": INT32, "name": OPTIONAL_STRING}, name="com.ex.Row", version=3)
ROWS = [{"id": number, "name": f"name {number}"} for number in range(10)]
LOGICAL = Schema.struct({"d": DATE, "t": TIME, "at": TIMESTAMP, "price": decimal_schema(2)})
MOMENT = datetime.datetime(2024, 5, 8, 9, 27, 33, 7000, tzinfo=datetime.UTC)
MOMENTS = {"d": MOMENT.date(), "t": MOMENT.time(), "at": MOMENT, "price": Decimal("1.50")}

ROW_OF_JAVA = {
    "d": datetime.date(2024, 1, 1),
    "p": Decimal("1.50"),
    "tags": ["a", "b"],
    "m": {"k": 1},
    "s": {"x": 1, "y": None},
    "def": 3,
    "order": [{"a": 1}, {"a": 2}],
    "nested": [[1], [2, 3]],
    "mm": {"q": ["z"]},
}


def parquet() -> ParquetFormat:
    return ParquetFormat()


@LAW
@given(strategies.schemas_and_batches())
def test_what_is_written_is_read_back(case: tuple[Schema, list[Any]]) -> None:
    part, values = case
    schema = Schema.struct({"f": part, "id": INT32})
    rows = [{"f": value, "id": 1} for value in values]
    try:
        data = written(parquet(), schema, rows[:1], rows[1:])
    except DataError as error:
        for words in ("without fields", "digits do not fit"):
            assume(words not in error.message)
        raise
    assume(read_schema(parquet(), data) is not None)  # Avro can express the schema
    whole = [strategies.whole(schema, row) for row in rows]
    assert strategies.same(read(parquet(), data), whole)
    assert read_schema(parquet(), data) == schema


@LAW
@given(strategies.unions_and_values())
def test_unions_are_groups_of_members(case: tuple[Schema, list[Any]]) -> None:
    union, values = case
    schema = Schema.struct({"u": union, "id": INT32})
    rows = [{"u": value, "id": 1} for value in values]
    try:
        data = written(parquet(), schema, rows)
    except DataError as error:
        assume("digits do not fit" not in error.message)
        raise
    fields = pq.read_schema(io.BytesIO(data)).field("u").type
    assert [field.name for field in fields] == [f"member{i}" for i in range(len(union.fields))]
    assert strategies.same(read(parquet(), data), rows)


def test_java_finds_its_schema_in_the_footer() -> None:
    footer = pq.read_metadata(io.BytesIO(written(parquet(), SCHEMA, ROWS)))
    assert footer.metadata[b"writer.model.name"] == b"avro"
    assert parse(footer.metadata[b"parquet.avro.schema"].decode()).full_name == "com.ex.Row"
    assert set(footer.metadata) == {b"writer.model.name", b"parquet.avro.schema"}


def test_files_of_java_are_read() -> None:
    """The file was written by parquet-avro 1.15.2 as Java's connector does."""
    data = (Path(__file__).parent / "written_by_java.parquet").read_bytes()
    first, second = read(parquet(), data)
    assert {**first, "id": 1} == first == {**second, **ROW_OF_JAVA}
    assert second["s"] is second["d"] is second["tags"] is None
    schema = read_schema(parquet(), data)
    assert schema is not None
    assert (schema.name, schema.version) == ("com.x.R", 3)
    assert schema.field("p").schema == decimal_schema(2, optional=True)  # type: ignore[union-attr]


def test_logical_types_are_kept() -> None:
    table = pq.read_table(io.BytesIO(written(parquet(), LOGICAL, [MOMENTS])))
    assert [str(field.type) for field in table.schema] == [
        "date32[day]",
        "time32[ms]",
        "timestamp[ms, tz=UTC]",
        "decimal128(38, 2)",
    ]
    assert table.to_pylist() == [MOMENTS]


def test_logical_types_are_plain_where_the_settings_say_so() -> None:
    data = written(parquet(), LOGICAL, [MOMENTS], keeps_logical_types=False)
    assert pq.read_table(io.BytesIO(data)).to_pylist() == [
        {"d": 19851, "t": 34_053_007, "at": 1_715_160_453_007, "price": b"\x00\x96"}
    ]
    assert read(parquet(), data) == [MOMENTS]


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "brotli", "zstd", "lz4", "lz4_raw"])
def test_columns_are_compressed(codec: str) -> None:
    data = written(parquet(), SCHEMA, ROWS, parquet_codec=codec)
    column = pq.read_metadata(io.BytesIO(data)).row_group(0).column(0)
    wanted = {"none": "UNCOMPRESSED", "lz4_raw": "LZ4"}.get(codec, codec.upper())
    assert column.compression == wanted
    assert read(parquet(), data) == ROWS


def test_an_unknown_codec_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"parquet\.codec: there are none"):
        parquet().new_writer(Memory(), SCHEMA, FormatSettings(parquet_codec="lzo"))


def test_row_groups_end_when_they_are_large() -> None:
    data = written(parquet(), SCHEMA, ROWS, ROWS, ROWS, row_group_bytes=100)
    assert pq.read_metadata(io.BytesIO(data)).num_row_groups == 3
    assert read(parquet(), data) == ROWS * 3


def test_spilling_frees_memory() -> None:
    target = Memory()
    writer = parquet().new_writer(target, SCHEMA, FormatSettings())
    writer.write(ROWS)
    assert writer.bytes_buffered > 0
    assert target.data == b""
    writer.spill()
    assert writer.bytes_buffered == 0
    assert 0 < writer.bytes_written == len(target.data)
    writer.spill()
    assert writer.bytes_written == len(target.data)


def test_many_small_batches_are_put_together() -> None:
    writer = parquet().new_writer(Memory(), SCHEMA, FormatSettings())
    for row in ROWS * 30:
        writer.write([row])
    pieces_bytes = 300 * 512 * 2
    assert writer.bytes_buffered < pieces_bytes / 2
    data = written(parquet(), SCHEMA, *[[row] for row in ROWS * 30])
    assert read(parquet(), data) == ROWS * 30


def test_a_file_may_be_empty_of_rows() -> None:
    data = written(parquet(), SCHEMA, [])
    assert read(parquet(), data) == []
    assert read_schema(parquet(), data) == SCHEMA


def test_a_refused_batch_leaves_the_file_as_it_was() -> None:
    target = Memory()
    writer = parquet().new_writer(target, SCHEMA, FormatSettings())
    writer.write(ROWS)
    with pytest.raises(DataError, match="INT32"):
        writer.write([{"id": 1}, {"id": "many"}])
    writer.write([{"id": 11}])
    writer.close()
    assert read(parquet(), bytes(target.data)) == [*ROWS, {"id": 11, "name": None}]


def test_nothing_is_written_after_an_abort() -> None:
    target = Memory()
    writer = parquet().new_writer(target, SCHEMA, FormatSettings())
    writer.write(ROWS)
    writer.spill()
    size = len(target.data)
    writer.abort()
    del writer
    assert target.is_aborted
    assert len(target.data) == size


def test_a_full_store_is_told_in_its_own_words() -> None:
    target = Memory()
    writer = parquet().new_writer(target, SCHEMA, FormatSettings())
    writer.write(ROWS)
    target.is_full = True
    with pytest.raises(StorageError, match="no room left"):
        writer.close()
    writer.abort()
    assert target.is_aborted


@pytest.mark.parametrize("schema", [None, STRING, Schema.array(STRING)])
def test_only_structs_have_columns(schema: Schema | None) -> None:
    with pytest.raises(DataError, match=r"Parquet files (need|hold)"):
        parquet().new_writer(Memory(), schema, FormatSettings())


def test_names_that_avro_does_not_allow_name_columns() -> None:
    data = written(parquet(), Schema.struct({"order-id": INT32}), [{"order-id": 1}])
    assert read_schema(parquet(), data) is None
    assert read(parquet(), data) == [{"order-id": 1}]


def test_files_of_others_tell_no_schema() -> None:
    import pyarrow as pa

    target = io.BytesIO()
    pq.write_table(pa.table({"a": [1, 2]}), target)
    assert read_schema(parquet(), target.getvalue()) is None
    assert read(parquet(), target.getvalue()) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("data", [b"", b"PAR1", b"something else, long enough to be a file"])
def test_other_files_are_refused_by_name(data: bytes) -> None:
    with pytest.raises(DataError, match="a/file cannot be read as a Parquet file"):
        read_schema(parquet(), data)


def test_a_damaged_file_is_told() -> None:
    data = bytearray(written(parquet(), SCHEMA, ROWS, parquet_codec="gzip"))
    data[4:60] = bytes(56)
    with pytest.raises(DataError, match="a/file cannot be read as a Parquet file"):
        read(parquet(), bytes(data))
