# SPDX-License-Identifier: Apache-2.0
"""Converters of single numbers: big-endian bytes of a fixed width."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from barnabas.converters import settings
from barnabas.converters.value_and_header import ValueAndHeaderConverter
from barnabas.data import (
    OPTIONAL_FLOAT32,
    OPTIONAL_FLOAT64,
    OPTIONAL_INT16,
    OPTIONAL_INT32,
    OPTIONAL_INT64,
    Headers,
    Schema,
    SchemaAndValue,
)
from barnabas.errors import DataError

__all__ = [
    "DoubleConverter",
    "FloatConverter",
    "IntegerConverter",
    "LongConverter",
    "NumberConverter",
    "ShortConverter",
]


class NumberConverter(ValueAndHeaderConverter):
    """Writes one kind of number; use one of its subclasses. Null stays null.

    A plain number is of the schema's type; without a schema it is of the converter's type when it
    fits. A marked number (`barnabas.data.Int32` and its like) must be of the converter's type.
    """

    config_class = settings.ConverterConfig
    type_name: ClassVar[str]
    """How Java calls the type, for messages."""
    schema: ClassVar[Schema]
    """The optional schema of all values read."""
    form: ClassVar[struct.Struct]
    """The bytes of one number."""

    def configure(self, configs: Mapping[str, Any], *, is_key: bool) -> None:
        """Check the settings."""
        self.config_class(settings.for_role(configs, is_key=is_key))

    def configure_header(self, configs: Mapping[str, Any]) -> None:
        """Check the settings."""
        self.config_class(settings.for_header(configs))

    def from_connect_data(
        self, topic: str, headers: Headers | None, schema: Schema | None, value: Any
    ) -> bytes | None:
        """Write one number; see `Converter.from_connect_data`."""
        if value is None:
            return None
        own = self.schema
        if own.matches(value) and (
            schema is None or schema.type is own.type or type(value) not in (int, float)
        ):
            return self.form.pack(value)
        kind = type(value).__name__ if schema is None else f"{type(value).__name__} {schema}"
        message = (
            f"Failed to serialize to {self.type_name} (was {kind}), on the way to topic {topic}."
            f" Only {own.type.name} can be written; choose another converter or cast the value"
        )
        raise DataError(message)

    def to_connect_data(
        self, topic: str, headers: Headers | None, data: bytes | None
    ) -> SchemaAndValue:
        """Read one number; see `Converter.to_connect_data`."""
        if data is None:
            return SchemaAndValue(self.schema, None)
        try:
            return SchemaAndValue(self.schema, self.form.unpack(data)[0])
        except struct.error:
            message = (
                f"Failed to deserialize {self.type_name}: topic {topic} has {len(data)} bytes"
                f" instead of {self.form.size}. Were they written by another converter?"
            )
            raise DataError(message) from None

    def to_connect_batch(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[Schema | None, list[Any]]:
        """Read many numbers; see `Converter.to_connect_batch`."""
        single = self.to_connect_data
        return self.schema, [single(topic, None, item)[1] for item in data]


class ShortConverter(NumberConverter):
    """INT16 in 2 bytes.

    Source:
        Apache Kafka ``org.apache.kafka.connect.converters.ShortConverter``.
    """

    type_name = "short"
    schema = OPTIONAL_INT16
    form = struct.Struct(">h")


class IntegerConverter(NumberConverter):
    """INT32 in 4 bytes.

    Source:
        Apache Kafka ``org.apache.kafka.connect.converters.IntegerConverter``.
    """

    type_name = "integer"
    schema = OPTIONAL_INT32
    form = struct.Struct(">i")


class LongConverter(NumberConverter):
    """INT64 in 8 bytes.

    Source:
        Apache Kafka ``org.apache.kafka.connect.converters.LongConverter``.
    """

    type_name = "long"
    schema = OPTIONAL_INT64
    form = struct.Struct(">q")


class FloatConverter(NumberConverter):
    """FLOAT32 in 4 bytes.

    Source:
        Apache Kafka ``org.apache.kafka.connect.converters.FloatConverter``.
    """

    type_name = "float"
    schema = OPTIONAL_FLOAT32
    form = struct.Struct(">f")


class DoubleConverter(NumberConverter):
    """FLOAT64 in 8 bytes.

    Source:
        Apache Kafka ``org.apache.kafka.connect.converters.DoubleConverter``.
    """

    type_name = "double"
    schema = OPTIONAL_FLOAT64
    form = struct.Struct(">d")
