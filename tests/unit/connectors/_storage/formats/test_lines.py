# SPDX-License-Identifier: Apache-2.0
"""Files of texts and of bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors._storage.formats.lines import ByteArrayFormat, StringFormat
from barnabas.errors import DataError
from tests.unit.connectors._storage.formats.memory_store import read, read_schema, written

texts = st.text(st.characters(codec="utf-8", exclude_characters="\n"))


@given(st.lists(texts))
def test_texts_are_lines(values: list[str]) -> None:
    data = written(StringFormat(), None, values)
    assert data == "".join(f"{value}\n" for value in values).encode()
    assert read(StringFormat(), data) == values


@given(st.lists(st.binary().filter(lambda value: b"--" not in value + b"--"[:1])))
def test_bytes_have_a_separator_behind_them(values: list[bytes]) -> None:
    kind = ByteArrayFormat(".raw", b"--")
    data = written(kind, None, values[:1], values[1:])
    assert data == b"".join(value + b"--" for value in values)
    assert read(kind, data) == values


def test_extensions_are_javas_unless_told_otherwise() -> None:
    assert StringFormat().extension == ".txt"
    assert ByteArrayFormat().extension == ".bin"
    assert ByteArrayFormat(".raw").extension == ".raw"


@pytest.mark.parametrize("value", [5, b"x", None, {"a": 1}, "\ud800"])
def test_only_texts_are_lines(value: Any) -> None:
    with pytest.raises(DataError, match="StringConverter"):
        written(StringFormat(), None, ["fine", value])


@pytest.mark.parametrize("value", [5, "x", None])
def test_only_bytes_are_bytes(value: Any) -> None:
    with pytest.raises(DataError, match="ByteArrayConverter"):
        written(ByteArrayFormat(), None, [b"fine", value])


@pytest.mark.parametrize("kind", [StringFormat(), ByteArrayFormat()])
def test_files_tell_no_schema(kind: Any) -> None:
    assert read_schema(kind, b"") is None


def test_long_files_are_read_in_batches() -> None:
    values = [f"line {number} " + "x" * 1000 for number in range(3000)]
    assert read(StringFormat(), written(StringFormat(), None, values)) == values


def test_the_last_line_need_not_be_ended() -> None:
    assert read(StringFormat(), b"a\nb") == ["a", "b"]


def test_other_files_are_refused_by_name() -> None:
    with pytest.raises(DataError, match="a/file is no text in UTF-8"):
        read(StringFormat(), b"\xff\n")
