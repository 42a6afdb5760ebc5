# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters import simple_header
from barnabas.converters.simple_header import SimpleHeaderConverter
from barnabas.data import BOOLEAN, BYTES, INT8, STRING, Schema, SchemaAndValue
from barnabas.errors import DataError

CONVERTER = SimpleHeaderConverter()


@pytest.mark.parametrize(
    ("value", "schema", "data"),
    [
        (True, BOOLEAN, b"true"),
        (5, INT8, b"5"),
        ("a,b", STRING, b"a,b"),
        ("é", STRING, "é".encode()),
        ([1, 2], Schema.array(INT8), b"[1,2]"),
        ({"a": 1}, Schema.map(STRING, INT8), b'{"a":1}'),
    ],
)
def test_a_value_comes_back_with_the_type_its_text_suggests(
    value: Any, schema: Schema, data: bytes
) -> None:
    assert CONVERTER.from_connect_header("t", "h", schema, value) == data
    assert CONVERTER.to_connect_header("t", "h", data) == (schema, value)


def test_null_has_no_schema() -> None:
    assert CONVERTER.from_connect_header("t", "h", STRING, None) is None
    assert CONVERTER.to_connect_header("t", "h", None) == SchemaAndValue(None, None)


def test_the_text_null_is_null() -> None:
    assert CONVERTER.to_connect_header("t", "h", b" null ") == SchemaAndValue(None, None)


@given(st.binary(max_size=20))
def test_any_bytes_can_be_read(data: bytes) -> None:
    assert isinstance(CONVERTER.to_connect_header("t", "h", data), SchemaAndValue)


def test_what_cannot_be_understood_is_bytes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(text: str) -> None:
        raise DataError(f"no {text}")

    monkeypatch.setattr(simple_header, "parse_string", fail)
    with caplog.at_level(logging.WARNING):
        assert CONVERTER.to_connect_header("t", "h", b"x") == (BYTES, b"x")
    assert "Header 'h' on topic t" in caplog.text


def test_it_has_no_settings() -> None:
    CONVERTER.configure_header({"anything": "goes"})
    assert list(CONVERTER.config_class.definition().keys) == []
