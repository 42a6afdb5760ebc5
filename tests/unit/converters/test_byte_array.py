# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from barnabas.converters.byte_array import ByteArrayConverter
from barnabas.data import BYTES, OPTIONAL_BYTES, STRING, Int8
from barnabas.errors import DataError

CONVERTER = ByteArrayConverter()


@pytest.mark.parametrize("value", [b"ab", bytearray(b"ab"), memoryview(b"ab")])
def test_bytes_are_written_as_they_are(value: Any) -> None:
    data = CONVERTER.from_connect_data("t", None, BYTES, value)
    assert data == b"ab"
    assert type(data) is bytes


def test_null_stays_null() -> None:
    assert CONVERTER.from_connect_data("t", None, None, None) is None
    assert CONVERTER.to_connect_data("t", None, None) == (OPTIONAL_BYTES, None)


def test_bytes_are_read_as_they_are() -> None:
    assert CONVERTER.to_connect_data("t", None, b"\x00") == (OPTIONAL_BYTES, b"\x00")
    assert CONVERTER.to_connect_batch("t", [b"a", None]) == (OPTIONAL_BYTES, [b"a", None])


def test_other_schemas_are_refused() -> None:
    with pytest.raises(DataError, match=r"STRING.*topic t"):
        CONVERTER.from_connect_data("t", None, STRING, b"a")


@pytest.mark.parametrize("value", ["a", Int8(1), [1]])
def test_other_values_are_refused(value: Any) -> None:
    with pytest.raises(DataError, match=f"{type(value).__name__}.*topic t"):
        CONVERTER.from_connect_data("t", None, None, value)


def test_headers_are_converted_alike() -> None:
    CONVERTER.configure_header({"converter.type": "header"})
    assert CONVERTER.from_connect_header("t", "h", None, b"a") == b"a"
    assert CONVERTER.to_connect_header("t", "h", b"a") == (OPTIONAL_BYTES, b"a")
