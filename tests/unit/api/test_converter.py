# SPDX-License-Identifier: Apache-2.0
"""What a converter gets for implementing the single form only."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.api import Converter
from barnabas.data import STRING, Headers, Schema, SchemaAndValue
from barnabas.errors import DataError


class Shouting(Converter):
    def from_connect_data(
        self, topic: str, headers: Headers | None, schema: Schema | None, value: Any
    ) -> bytes | None:
        if not isinstance(value, str | None):
            msg = f"{topic}: {value!r} is not text"
            raise DataError(msg)
        return value.upper().encode() if value is not None else None

    def to_connect_data(
        self, topic: str, headers: Headers | None, data: bytes | None
    ) -> SchemaAndValue:
        return SchemaAndValue(STRING, data.decode().lower() if data is not None else None)


def test_batch_form_converts_one_by_one_in_order() -> None:
    assert Shouting().from_connect_batch("t", STRING, ["a", None, "b"]) == [b"A", None, b"B"]
    assert Shouting().to_connect_batch("t", [b"A", None]) == ([STRING, STRING], ["a", None])


def test_batch_form_fails_when_one_value_cannot_be_converted() -> None:
    with pytest.raises(DataError, match="t: 1 is not text"):
        Shouting().from_connect_batch("t", STRING, ["a", 1])


def test_a_converter_without_settings_takes_any_and_closes() -> None:
    converter = Shouting()
    converter.configure({"converter.type": "key"}, is_key=True)
    converter.close()
    assert converter.config_class.definition().keys == {}


def test_a_converter_must_say_both_directions() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Converter()  # type: ignore[abstract]  # that is what is tested
