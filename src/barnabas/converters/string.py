# SPDX-License-Identifier: Apache-2.0
"""StringConverter: text in an encoding of choice, UTF-8 unless told otherwise."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from typing import Any, Final

from barnabas import config
from barnabas.converters import settings
from barnabas.converters.value_and_header import ValueAndHeaderConverter
from barnabas.data import OPTIONAL_STRING, Headers, Schema, SchemaAndValue, java_string
from barnabas.errors import ConfigError

__all__ = ["StringConverter", "StringConverterConfig"]

_UTF_16: Final = "utf-16"
_UTF_32: Final = "utf-32"


class StringConverterConfig(settings.ConverterConfig):
    """Settings of StringConverter."""

    encoding = config.Option(
        "converter.encoding",
        str,
        "UTF-8",
        "Name of the character set used to write and read text.",
        importance=config.Importance.HIGH,
        width=config.Width.MEDIUM,
        display_name="Encoding",
    )


class StringConverter(ValueAndHeaderConverter):
    """Writes any value as the text Java's ``toString()`` gives; reads text.

    Characters the encoding lacks become ``?``, bytes that are no text become U+FFFD.

    Source:
        Apache Kafka ``org.apache.kafka.connect.storage.StringConverter``.

    Differs:
        Bytes are written in Base64, where Java writes a meaningless address.
    """

    config_class = StringConverterConfig

    def __init__(self) -> None:
        self._encoding = "utf-8"

    def configure(self, configs: Mapping[str, Any], *, is_key: bool) -> None:
        """Take the encoding."""
        self._configure(settings.for_role(configs, is_key=is_key))

    def configure_header(self, configs: Mapping[str, Any]) -> None:
        """Take the encoding."""
        self._configure(settings.for_header(configs))

    def _configure(self, configs: Mapping[str, Any]) -> None:
        self._encoding = _python_encoding(StringConverterConfig(configs).encoding)

    def from_connect_data(
        self, topic: str, headers: Headers | None, schema: Schema | None, value: Any
    ) -> bytes | None:
        """Write one value as text; see `Converter.from_connect_data`."""
        if value is None:
            return None
        text = value if type(value) is str else java_string(schema, value)
        return self._encode(text)

    def from_connect_batch(
        self, topic: str, schema: Schema | None, values: Sequence[Any]
    ) -> list[bytes | None]:
        """Write many values as text; see `Converter.from_connect_batch`."""
        if self._encoding == "utf-8" and set(map(type, values)) == {str}:
            try:
                return list(map(str.encode, values))
            except UnicodeEncodeError:  # a lone surrogate: one by one, with a question mark
                pass
        single = self.from_connect_data
        return [single(topic, None, schema, value) for value in values]

    def to_connect_data(
        self, topic: str, headers: Headers | None, data: bytes | None
    ) -> SchemaAndValue:
        """Read one text; its schema is optional STRING."""
        return SchemaAndValue(OPTIONAL_STRING, None if data is None else self._decode(data))

    def to_connect_batch(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[Schema | None, list[Any]]:
        """Read many texts; see `Converter.to_connect_batch`."""
        if self._encoding == "utf-8" and set(map(type, data)) == {bytes}:
            try:
                return OPTIONAL_STRING, list(map(bytes.decode, data))  # type: ignore[arg-type] # no None among them
            except UnicodeDecodeError:  # one by one, with replacement characters
                pass
        decode = self._decode
        return OPTIONAL_STRING, [None if item is None else decode(item) for item in data]

    def _encode(self, text: str) -> bytes:
        if self._encoding == _UTF_16:  # Java writes big-endian with a mark, but nothing for ""
            return codecs.BOM_UTF16_BE + text.encode("utf-16-be", "replace") if text else b""
        if self._encoding == _UTF_32:
            return text.encode("utf-32-be", "replace")
        return text.encode(self._encoding, "replace")

    def _decode(self, data: bytes) -> str:
        if self._encoding == _UTF_16 and not data.startswith(
            (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)
        ):
            return data.decode("utf-16-be", "replace")
        if self._encoding == _UTF_32 and not data.startswith(
            (codecs.BOM_UTF32_BE, codecs.BOM_UTF32_LE)
        ):
            return data.decode("utf-32-be", "replace")
        return data.decode(self._encoding, "replace")


def _python_encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        message = (
            f"Invalid value {name} for configuration converter.encoding: unknown character set."
            " Give a name such as UTF-8, ISO-8859-1 or UTF-16"
        )
        raise ConfigError(message) from None
