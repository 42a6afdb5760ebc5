# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from barnabas.converters.boolean import BooleanConverter
from barnabas.data import BOOLEAN, INT8, OPTIONAL_BOOLEAN
from barnabas.errors import ConfigError, DataError

CONVERTER = BooleanConverter()


@pytest.mark.parametrize(("value", "data"), [(True, b"\x01"), (False, b"\x00"), (None, None)])
def test_a_boolean_is_one_byte(value: bool | None, data: bytes | None) -> None:
    assert CONVERTER.from_connect_data("t", None, BOOLEAN, value) == data
    read = CONVERTER.to_connect_data("t", None, data)
    assert read == (OPTIONAL_BOOLEAN, value)
    assert read.value is value


@pytest.mark.parametrize("data", [b"", b"\x02", b"\x00\x01", b"true"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(DataError, match=f"topic t has {len(data)} bytes"):
        CONVERTER.to_connect_data("t", None, data)
    with pytest.raises(DataError, match=f"topic t has {len(data)} bytes"):
        CONVERTER.to_connect_batch("t", [b"\x00", data])


@pytest.mark.parametrize("value", [1, 0, "true", 1.0, []])
def test_other_values_are_refused(value: Any) -> None:
    with pytest.raises(DataError, match=type(value).__name__):
        CONVERTER.from_connect_data("t", None, None, value)


def test_other_schemas_are_refused() -> None:
    with pytest.raises(DataError, match="INT8"):
        CONVERTER.from_connect_data("t", None, INT8, True)


def test_a_batch_is_read_as_its_messages_are() -> None:
    expected = (OPTIONAL_BOOLEAN, [True, None, False])
    assert CONVERTER.to_connect_batch("t", [b"\x01", None, b"\x00"]) == expected


def test_headers_are_converted_alike() -> None:
    CONVERTER.configure_header({})
    assert CONVERTER.from_connect_header("t", "h", None, True) == b"\x01"
    assert CONVERTER.to_connect_header("t", "h", b"\x01") == (OPTIONAL_BOOLEAN, True)


def test_settings_are_checked() -> None:
    CONVERTER.configure({}, is_key=True)
    with pytest.raises(ConfigError):
        CONVERTER.configure_header({"converter.type": "lock"})
