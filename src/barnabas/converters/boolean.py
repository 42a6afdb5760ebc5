# SPDX-License-Identifier: Apache-2.0
"""BooleanConverter: one byte, 0 or 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from barnabas.converters import settings
from barnabas.converters.value_and_header import ValueAndHeaderConverter
from barnabas.data import OPTIONAL_BOOLEAN, Headers, Schema, SchemaAndValue, Type
from barnabas.errors import DataError

__all__ = ["BooleanConverter"]

_BYTES: Final[Mapping[Any, bytes | None]] = {True: b"\x01", False: b"\x00", None: None}
_VALUES: Final[Mapping[bytes | None, bool | None]] = {b"\x01": True, b"\x00": False, None: None}


class BooleanConverter(ValueAndHeaderConverter):
    """Writes a boolean as one byte: 1 for true, 0 for false; null stays null.

    Source:
        Apache Kafka ``org.apache.kafka.connect.converters.BooleanConverter``.
    """

    config_class = settings.ConverterConfig

    def configure(self, configs: Mapping[str, Any], *, is_key: bool) -> None:
        """Check the settings."""
        self.config_class(settings.for_role(configs, is_key=is_key))

    def configure_header(self, configs: Mapping[str, Any]) -> None:
        """Check the settings."""
        self.config_class(settings.for_header(configs))

    def from_connect_data(
        self, topic: str, headers: Headers | None, schema: Schema | None, value: Any
    ) -> bytes | None:
        """Write one boolean; see `Converter.from_connect_data`."""
        if schema is not None and schema.type is not Type.BOOLEAN:
            message = (
                f"Invalid schema type for BooleanConverter: {schema.type.name}, on the way to"
                f" topic {topic}. Only BOOLEAN can be written; choose another converter"
            )
            raise DataError(message)
        if value is not None and type(value) is not bool:
            message = (
                "BooleanConverter is not compatible with objects of class"
                f" {type(value).__name__}, on the way to topic {topic}. Give True or False"
            )
            raise DataError(message)
        return _BYTES[value]

    def to_connect_data(
        self, topic: str, headers: Headers | None, data: bytes | None
    ) -> SchemaAndValue:
        """Read one boolean; its schema is optional BOOLEAN."""
        try:
            return SchemaAndValue(OPTIONAL_BOOLEAN, _VALUES[data])
        except KeyError:
            raise DataError(_unreadable(topic, data)) from None

    def to_connect_batch(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[Schema | None, list[Any]]:
        """Read many booleans; see `Converter.to_connect_batch`."""
        try:
            return OPTIONAL_BOOLEAN, [_VALUES[item] for item in data]
        except KeyError as error:
            raise DataError(_unreadable(topic, error.args[0])) from None


def _unreadable(topic: str, data: bytes | None) -> str:
    size = len(data or b"")
    return (
        f"Failed to deserialize boolean: topic {topic} has {size} bytes instead of the one byte"
        " 00 or 01. Were they written by another converter?"
    )
