# SPDX-License-Identifier: Apache-2.0
"""Files of JSON lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors._storage.formats.format import FormatSettings
from barnabas.connectors._storage.formats.json_lines import JsonFormat
from barnabas.data import INT32, OPTIONAL_STRING, TIMESTAMP, Schema, decimal_schema
from barnabas.errors import DataError
from tests.unit.connectors._storage.formats.memory_store import Memory, read, read_schema, written
from tests.unit.converters.json import strategies

SCHEMA = Schema.struct({"id": INT32, "name": OPTIONAL_STRING, "price": decimal_schema(2)})
ROW = {"id": 1, "name": "a\nb", "price": Decimal("1.50")}


def test_structs_are_written_as_jsonconverter_does_without_schema() -> None:
    assert written(JsonFormat(), SCHEMA, [ROW]) == b'{"id":1,"name":"a\\nb","price":"AJY="}\n'


def test_decimals_are_numbers_where_the_settings_say_so() -> None:
    data = written(JsonFormat(), SCHEMA, [ROW], json_decimal_format="NUMERIC")
    assert data == b'{"id":1,"name":"a\\nb","price":1.50}\n'


def test_other_values_are_written_too() -> None:
    optional = TIMESTAMP.with_attributes(optional=True)
    assert written(JsonFormat(), None, [{"a": [1]}, None], ["x", b"y"]) == (
        b'{"a":[1]}\nnull\n"x"\n"eQ=="\n'
    )
    assert written(JsonFormat(), optional, [None]) == b"null\n"


@given(st.lists(strategies.schemaless))
def test_values_without_schema_come_back(values: list[Any]) -> None:
    assert strategies.same(read(JsonFormat(), written(JsonFormat(), None, values)), values)


def test_files_tell_no_schema() -> None:
    assert read_schema(JsonFormat(), b'{"a":1}') is None


def test_blank_lines_are_no_values() -> None:
    assert read(JsonFormat(), b'1\n\n{"a":2}') == [1, {"a": 2}]


def test_other_files_are_refused_by_name() -> None:
    with pytest.raises(DataError, match="a/file is no file of JSON lines"):
        read(JsonFormat(), b"1\n{nothing\n")


def test_a_refused_batch_leaves_the_file_as_it_was() -> None:
    target = Memory()
    writer = JsonFormat().new_writer(target, SCHEMA, FormatSettings())
    with pytest.raises(DataError):
        writer.write([ROW, {"id": "many"}])
    writer.close()
    assert target.data == b""
