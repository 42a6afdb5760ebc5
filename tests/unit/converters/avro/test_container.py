# SPDX-License-Identifier: Apache-2.0
"""Avro's files, beside fastavro."""

from __future__ import annotations

import io
import json
import sys
from decimal import Decimal
from typing import Any

import fastavro
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from barnabas.converters.avro.container import CODECS, BlockEncoder, read_blocks, read_header
from barnabas.converters.avro.model import text_of
from barnabas.converters.avro.rules import Rules
from barnabas.converters.avro.to_avro import to_avro
from barnabas.data import BYTES, INT32, Schema, decimal_schema
from barnabas.errors import ConfigError, DataError
from tests.unit.converters.avro import strategies

RULES = Rules(enhanced=True)
ROW = Schema.struct({"id": INT32}, name="com.ex.Row")


def file_of(schema: Schema | None, *batches: list[Any], codec: str = "null") -> bytes:
    encoder = BlockEncoder(schema, RULES, codec)
    return encoder.header + b"".join(encoder.block(encoder.encode(batch)) for batch in batches)


def read(data: bytes) -> tuple[Schema | None, list[Any]]:
    source = io.BytesIO(data)
    header = read_header(source, RULES)
    return header.schema, [value for block in read_blocks(source, header, RULES) for value in block]


@given(strategies.schemas_and_batches(), st.sampled_from(CODECS))
def test_what_is_written_is_read_back(case: tuple[Schema, list[Any]], codec: str) -> None:
    schema, values = case
    values = [value for value in values if value is not None]
    try:
        data = file_of(schema, values[:2], values[2:], codec=codec)
    except DataError as error:
        assume("redefine" in error.message)
        return
    assert strategies.same(read(data)[1], values)
    assert strategies.alike(read(data)[0], schema) or not schema_survives(schema)


def schema_survives(schema: Schema) -> bool:
    """Whether the schema itself comes back; at the root, null and defaults have no place."""
    return not (schema.optional or schema.default is not None)


@given(st.lists(st.binary()))
def test_plain_bytes_have_their_length_in_files(values: list[bytes]) -> None:
    data = file_of(BYTES, values)
    assert list(fastavro.reader(io.BytesIO(data))) == values
    assert read(data)[1] == values


def test_decimals_at_the_root_are_read_back() -> None:
    values = [Decimal("1.50"), Decimal("-0.01")]
    assert read(file_of(decimal_schema(2), values))[1] == values


def test_the_header_has_the_schema_as_java_writes_it() -> None:
    header = fastavro.reader(io.BytesIO(file_of(ROW, []))).metadata
    assert header["avro.schema"] == text_of(to_avro(ROW, RULES))
    assert json.loads(header["avro.schema"])["name"] == "Row"


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy", "bzip2", "xz"])
def test_files_of_other_libraries_are_read(codec: str) -> None:
    target = io.BytesIO()
    schema = {"type": "record", "name": "R", "fields": [{"name": "a", "type": "long"}]}
    rows = [{"a": number} for number in range(5000)]
    fastavro.writer(target, schema, rows, codec=codec)
    assert read(target.getvalue())[1] == rows


@given(st.data())
def test_a_file_that_was_cut_off_is_told(case: st.DataObject) -> None:
    data = file_of(ROW, [{"id": 5}] * 20)
    whole = BlockEncoder(ROW, RULES).header
    end = case.draw(st.integers(0, len(data) - 1).filter(lambda end: end != len(whole)))
    with pytest.raises(DataError):
        read(data[:end])


@pytest.mark.parametrize("codec", CODECS)
def test_a_damaged_block_is_told(codec: str) -> None:
    data = bytearray(file_of(ROW, [{"id": 5}] * 20, codec=codec))
    data[-20] ^= 0xFF
    data[-1] ^= 0xFF if codec == "null" else 0
    with pytest.raises(DataError, match="damaged"):
        read(bytes(data))


def test_an_unknown_codec_is_refused() -> None:
    with pytest.raises(ConfigError, match="'lzo' is unknown; there are null, deflate"):
        BlockEncoder(ROW, RULES, "lzo")


def test_a_missing_library_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cramjam", None)
    with pytest.raises(ConfigError, match=r"snappy needs the library cramjam.*\[hdfs\]"):
        BlockEncoder(ROW, RULES, "snappy")
