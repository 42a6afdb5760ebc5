# SPDX-License-Identifier: Apache-2.0
"""Avro files; `test_container` has the laws."""

from __future__ import annotations

import io
from typing import Any

import fastavro
import pytest

from barnabas.connectors._storage.formats.avro import AvroFormat, rules_of
from barnabas.connectors._storage.formats.format import FormatSettings
from barnabas.converters.avro.rules import Rules
from barnabas.data import INT32, OPTIONAL_STRING, STRING, Schema
from barnabas.errors import ConfigError, DataError
from tests.unit.connectors._storage.formats.memory_store import Memory, read, read_schema, written

SCHEMA = Schema.struct({"id": INT32, "name": OPTIONAL_STRING}, name="com.ex.Row", version=3)
ROWS = [{"id": number, "name": f"name {number}"} for number in range(10)]


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy", "bzip2", "xz"])
def test_other_libraries_read_the_files(codec: str) -> None:
    data = written(AvroFormat(), SCHEMA, ROWS[:3], ROWS[3:], avro_codec=codec)
    reader = fastavro.reader(io.BytesIO(data))
    assert list(reader) == ROWS
    assert reader.codec == codec
    assert read(AvroFormat(), data) == ROWS
    assert read_schema(AvroFormat(), data) == SCHEMA


def test_an_unknown_codec_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="'lzo' is unknown"):
        AvroFormat().new_writer(Memory(), SCHEMA, FormatSettings(avro_codec="lzo"))


def test_settings_are_those_of_the_connector() -> None:
    assert rules_of(FormatSettings()) == Rules(enhanced=True)
    settings = FormatSettings(
        connect_meta_data=False, enhanced_avro_schema_support=False, allow_optional_map_keys=True
    )
    assert rules_of(settings) == Rules(connect_meta_data=False, allow_optional_map_keys=True)


def test_a_file_is_cut_into_blocks() -> None:
    rows = [{"id": number, "name": "x" * 1000} for number in range(1000)]
    data = written(AvroFormat(), SCHEMA, rows)
    blocks = list(fastavro.block_reader(io.BytesIO(data)))
    assert len(blocks) == 16
    assert read(AvroFormat(), data) == rows


def test_values_need_no_schema() -> None:
    values: list[Any] = [{"a": 1}, [2], "x", None]
    data = written(AvroFormat(), None, values)
    assert read(AvroFormat(), data) == values
    assert read_schema(AvroFormat(), data) is None


def test_values_may_be_no_structs() -> None:
    assert read(AvroFormat(), written(AvroFormat(), STRING, ["a", "b"])) == ["a", "b"]


def test_a_refused_batch_leaves_the_file_as_it_was() -> None:
    target = Memory()
    writer = AvroFormat().new_writer(target, SCHEMA, FormatSettings())
    writer.write(ROWS)
    size = writer.bytes_written
    with pytest.raises(DataError):
        writer.write([{"id": 1}, {"id": "many"}])
    assert writer.bytes_written == size == writer.bytes_buffered
    writer.close()
    assert read(AvroFormat(), bytes(target.data)) == ROWS


def test_an_abort_gives_the_records_up() -> None:
    target = Memory()
    writer = AvroFormat().new_writer(target, SCHEMA, FormatSettings())
    writer.write(ROWS)
    writer.abort()
    assert target.is_aborted
    assert writer.bytes_buffered == 0


@pytest.mark.parametrize("data", [b"", b"PAR1", b"Obj\x01\x00" + bytes(16)])
def test_other_files_are_refused_by_name(data: bytes) -> None:
    with pytest.raises(DataError, match="a/file cannot be read as an Avro file"):
        read_schema(AvroFormat(), data)
    with pytest.raises(DataError, match="a/file cannot be read as an Avro file"):
        read(AvroFormat(), data)
