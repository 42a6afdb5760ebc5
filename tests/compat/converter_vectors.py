# SPDX-License-Identifier: Apache-2.0
"""Answers vectors about converters and header converters."""

from __future__ import annotations

from typing import Any

from barnabas.errors import ConfigError
from tests.compat import plugin_lookup
from tests.compat.vector_notation import (
    Json,
    decode_bytes,
    decode_schema,
    decode_value,
    encode_bytes,
    encode_schema,
    encode_value,
)


def conv_from(vector: Json) -> Json | None:
    converter = _converter(vector)
    if converter is None:
        return None
    schema = decode_schema(vector["schema"])
    value = decode_value(vector["value"], schema)
    return encode_bytes(converter.from_connect_data("t", None, schema, value))


def conv_to(vector: Json) -> Json | None:
    converter = _converter(vector)
    if converter is None:
        return None
    return _pair(*converter.to_connect_data("t", None, decode_bytes(vector)))


def header_from(vector: Json) -> Json | None:
    converter = _header_converter(vector)
    if converter is None:
        return None
    schema = decode_schema(vector["schema"])
    value = decode_value(vector["value"], schema)
    return encode_bytes(converter.from_connect_header("t", "h", schema, value))


def header_to(vector: Json) -> Json | None:
    converter = _header_converter(vector)
    if converter is None:
        return None
    return _pair(*converter.to_connect_header("t", "h", decode_bytes(vector)))


def _pair(schema: Any, value: Any) -> Json:
    return {"schema": encode_schema(schema), "value": encode_value(value, schema)}


NEWER_SETTINGS = {"schema.content"}
"""Settings of Kafka Connect 4.2 and later; 4.1.0, which gave the vectors, ignored them."""


def _settings(vector: Json) -> Json:
    return {key: value for key, value in vector["config"].items() if key not in NEWER_SETTINGS}


class SerializationException(Exception):  # noqa: N818 - the name is the answer
    """What Java raises for an unknown character set; Barnabas has a ConfigError for that."""


def _converter(vector: Json) -> Any:
    plugin = plugin_lookup.find_plugin(vector["class"])
    if plugin is None:
        return None
    converter = plugin()
    is_key = vector.get("is_key", False)
    role = {"converter.type": "key" if is_key else "value"}
    try:
        converter.configure({**_settings(vector), **role}, is_key=is_key)
    except ConfigError as error:
        if "converter.encoding" in error.message:
            raise SerializationException(error.message) from error
        raise
    return converter


def _header_converter(vector: Json) -> Any:
    plugin = plugin_lookup.find_plugin(vector["class"])
    if plugin is None:
        return None
    converter = plugin()
    converter.configure_header({**_settings(vector), "converter.type": "header"})
    return converter
