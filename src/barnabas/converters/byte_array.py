# SPDX-License-Identifier: Apache-2.0
"""ByteArrayConverter: bytes as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from barnabas.converters import settings
from barnabas.converters.value_and_header import ValueAndHeaderConverter
from barnabas.data import OPTIONAL_BYTES, Headers, Schema, SchemaAndValue, Type
from barnabas.errors import DataError

__all__ = ["ByteArrayConverter"]


class ByteArrayConverter(ValueAndHeaderConverter):
    """Passes bytes through unchanged; null stays null.

    Source:
        Apache Kafka ``org.apache.kafka.connect.converters.ByteArrayConverter``.
    """

    config_class = settings.ConverterConfig

    def from_connect_data(
        self, topic: str, headers: Headers | None, schema: Schema | None, value: Any
    ) -> bytes | None:
        """Return the bytes; see `Converter.from_connect_data`."""
        if schema is not None and schema.type is not Type.BYTES:
            message = (
                f"Invalid schema type for ByteArrayConverter: {schema.type.name}, on the way to"
                f" topic {topic}. Only BYTES can be written; choose another converter"
            )
            raise DataError(message)
        if value is None or type(value) is bytes:
            return value
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value)
        message = (
            "ByteArrayConverter is not compatible with objects of class"
            f" {type(value).__name__}, on the way to topic {topic}. Give bytes"
        )
        raise DataError(message)

    def to_connect_data(
        self, topic: str, headers: Headers | None, data: bytes | None
    ) -> SchemaAndValue:
        """Return the bytes with the schema optional BYTES."""
        return SchemaAndValue(OPTIONAL_BYTES, data)

    def to_connect_batch(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[Schema | None, list[Any]]:
        """Return all of the bytes with the schema optional BYTES."""
        return OPTIONAL_BYTES, list(data)
