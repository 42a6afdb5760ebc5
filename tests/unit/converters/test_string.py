# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.string import StringConverter
from barnabas.data import INT32, OPTIONAL_STRING, STRING, Schema
from barnabas.errors import ConfigError
from tests.unit.data import strategies


def converter(encoding: str | None = None) -> StringConverter:
    made = StringConverter()
    made.configure({} if encoding is None else {"converter.encoding": encoding}, is_key=False)
    return made


@given(st.text(st.characters(codec="utf-8")))
def test_text_comes_back_as_it_was(text: str) -> None:
    data = converter().from_connect_data("t", None, STRING, text)
    assert converter().to_connect_data("t", None, data) == (OPTIONAL_STRING, text)


def test_null_stays_null() -> None:
    assert converter().from_connect_data("t", None, None, None) is None
    assert converter().to_connect_data("t", None, None) == (OPTIONAL_STRING, None)


def test_other_values_are_written_as_java_writes_them() -> None:
    schema = Schema.struct({"a": INT32, "b": Schema.array(STRING)})
    value = {"a": 1, "b": ["x", "y"]}
    assert converter().from_connect_data("t", None, schema, value) == b"Struct{a=1,b=[x, y]}"
    assert converter().from_connect_data("t", None, None, 1e10) == b"1.0E10"


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("ISO-8859-1", b"\xe9?"),
        ("US-ASCII", b"??"),
        ("UTF-16", b"\xfe\xff\x00\xe9\x65\xe5"),
        ("UTF-16LE", b"\xe9\x00\xe5\x65"),
        ("UTF-32", b"\x00\x00\x00\xe9\x00\x00\x65\xe5"),
    ],
)
def test_encodings_write_what_java_writes(encoding: str, data: bytes) -> None:
    assert converter(encoding).from_connect_data("t", None, None, "é日") == data


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("UTF-8", b"\xc3\xa9"),
        ("ISO-8859-1", b"\xe9"),
        ("UTF-16", b"\x00\xe9"),
        ("UTF-16", b"\xff\xfe\xe9\x00"),
        ("UTF-16", b"\xfe\xff\x00\xe9"),
        ("UTF-32", b"\x00\x00\x00\xe9"),
        ("UTF-32", b"\xff\xfe\x00\x00\xe9\x00\x00\x00"),
    ],
)
def test_encodings_read_what_java_reads(encoding: str, data: bytes) -> None:
    assert converter(encoding).to_connect_data("t", None, data).value == "é"


def test_empty_text_in_utf_16_has_no_mark() -> None:
    assert converter("UTF-16").from_connect_data("t", None, None, "") == b""


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert converter().to_connect_data("t", None, b"a\xff").value == "a\ufffd"
    assert converter().from_connect_data("t", None, None, "a\ud800") == b"a?"


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(ConfigError, match="nope"):
        converter("nope")


@given(strategies.schemas(), st.data())
def test_a_batch_is_written_as_its_values_are(schema: Schema, data: st.DataObject) -> None:
    values = data.draw(st.lists(strategies.values(schema), max_size=4))
    single = [converter().from_connect_data("t", None, schema, value) for value in values]
    assert converter().from_connect_batch("t", schema, values) == single


@pytest.mark.parametrize("values", [[], ["a", "é"], ["a", None], ["a", "\ud800"], ["a", 1]])
def test_a_batch_of_texts_is_written_as_its_values_are(values: list[Any]) -> None:
    single = [converter().from_connect_data("t", None, None, value) for value in values]
    assert converter().from_connect_batch("t", None, values) == single


@given(st.lists(st.none() | st.binary(max_size=5)), st.sampled_from(["UTF-8", "UTF-16", "ASCII"]))
def test_a_batch_is_read_as_its_messages_are(batch: list[bytes | None], encoding: str) -> None:
    single = [converter(encoding).to_connect_data("t", None, data).value for data in batch]
    assert converter(encoding).to_connect_batch("t", batch) == (OPTIONAL_STRING, single)


def test_headers_are_converted_alike() -> None:
    header = StringConverter()
    header.configure_header({"converter.encoding": "ISO-8859-1"})
    assert header.from_connect_header("t", "h", STRING, "é") == b"\xe9"
    assert header.to_connect_header("t", "h", b"\xe9") == (OPTIONAL_STRING, "é")


def test_it_works_before_it_is_configured() -> None:
    assert StringConverter().from_connect_data("t", None, STRING, "é") == "é".encode()
