# SPDX-License-Identifier: Apache-2.0
"""JsonConverter: messages of JSON, with an envelope that holds the schema or without."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from barnabas.converters import settings
from barnabas.converters.json import text
from barnabas.converters.json.envelope import schema_to_json
from barnabas.converters.json.messages import (
    EnvelopedMessages,
    FixedMessages,
    Messages,
    PlainMessages,
    parse_schema,
)
from barnabas.converters.json.settings import JsonConverterConfig
from barnabas.converters.json.writing import Writer, writer_for
from barnabas.converters.value_and_header import ValueAndHeaderConverter
from barnabas.data import Headers, Schema, SchemaAndValue
from barnabas.errors import DataError

__all__ = ["JsonConverter"]


class _Outgoing(NamedTuple):
    """How values of one schema are written."""

    before: bytes
    after: bytes
    writer: Writer


class JsonConverter(ValueAndHeaderConverter):
    """Writes and reads JSON as Java Connect's JsonConverter, byte for byte.

    See `JsonConverterConfig` for the settings. With ``schemas.enable`` a message is
    ``{"schema": …, "payload": …}``; without, it is the payload alone and values read have no
    schema.

    Source:
        Apache Kafka ``org.apache.kafka.connect.json.JsonConverter``; reference page
        ``data-model``, section 7.

    Differs:
        Floating-point numbers are written with the fewest digits that tell them apart, as Java 19
        and later do. Maps whose keys are arrays, maps or structs cannot be read. Text holding half
        of a surrogate pair cannot be written.
    """

    config_class = JsonConverterConfig

    def __init__(self) -> None:
        self._configure({"converter.type": "value"})

    def configure(self, configs: Mapping[str, Any], *, is_key: bool) -> None:
        """Take the settings; see `JsonConverterConfig`."""
        self._configure(settings.for_role(configs, is_key=is_key))

    def configure_header(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `JsonConverterConfig`."""
        self._configure(settings.for_header(configs))

    def _configure(self, configs: Mapping[str, Any]) -> None:
        config = JsonConverterConfig(configs)
        cache_size = max(0, config.schemas_cache_size)
        self._rules = config.rules
        self._has_envelope = config.schemas_enable
        self._outgoing_of: Callable[[Schema | None], _Outgoing] = functools.lru_cache(
            maxsize=cache_size
        )(self._make_outgoing)
        self._last_outgoing: tuple[Schema | None, _Outgoing] | None = None
        self._messages = _messages_for(config, cache_size)

    def from_connect_data(
        self, topic: str, headers: Headers | None, schema: Schema | None, value: Any
    ) -> bytes | None:
        """Write one value; see `Converter.from_connect_data`. Null without schema is null."""
        if schema is None and value is None:
            return None
        try:
            before, after, writer = self._outgoing(schema)
            return before + text.encode(writer.one(value)) + after
        except (UnicodeEncodeError, RecursionError) as error:
            raise _unwritable(topic, error) from error

    def from_connect_batch(
        self, topic: str, schema: Schema | None, values: Sequence[Any]
    ) -> list[bytes | None]:
        """Write many values of one schema; see `Converter.from_connect_batch`."""
        try:
            before, after, writer = self._outgoing(schema)
            texts: list[Any] = text.encode_all(writer.many(values))
        except (UnicodeEncodeError, RecursionError) as error:
            raise _unwritable(topic, error) from error
        if self._has_envelope:
            texts = [before + each + after for each in texts]
        if schema is None:
            return [
                None if value is None else each for value, each in zip(values, texts, strict=True)
            ]
        return texts

    def _outgoing(self, schema: Schema | None) -> _Outgoing:
        last = self._last_outgoing
        if last is not None and last[0] is schema:
            return last[1]
        outgoing = self._outgoing_of(schema)
        self._last_outgoing = (schema, outgoing)
        return outgoing

    def _make_outgoing(self, schema: Schema | None) -> _Outgoing:
        writer = writer_for(schema, self._rules)
        if not self._has_envelope:
            return _Outgoing(b"", b"", writer)
        described = text.encode(schema_to_json(schema, self._rules))
        return _Outgoing(b'{"schema":' + described + b',"payload":', b"}", writer)

    def to_connect_data(
        self, topic: str, headers: Headers | None, data: bytes | None
    ) -> SchemaAndValue:
        """Read one message; see `Converter.to_connect_data`. Null is null without schema."""
        return SchemaAndValue(None, None) if data is None else self._messages.read(data)

    def to_connect_batch(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[list[Schema | None], list[Any]] | tuple[Schema | None, list[Any]]:
        """Read many messages; see `Converter.to_connect_batch`."""
        return self._messages.read_all(data)

    def to_connect_most(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[list[Schema | None], list[Any], list[int]]:
        """Read what can be read of many messages; see `Converter.to_connect_most`."""
        return self._messages.read_most(data)


def _messages_for(config: JsonConverterConfig, cache_size: int) -> Messages:
    if not config.schemas_enable:
        return PlainMessages()
    schema = _fixed_schema(config)
    if schema is None:
        return EnvelopedMessages(config.rules, cache_size)
    return FixedMessages(schema, config.rules)


def _fixed_schema(config: JsonConverterConfig) -> Schema | None:
    try:
        return parse_schema(config.schema_content or "", config.rules)
    except DataError as error:
        message = (
            "Failed to parse schema in converter config: schema.content must be a schema such as"
            f' {{"type":"string","optional":true}}. {error.message}'
        )
        raise DataError(message) from error


def _unwritable(topic: str, error: Exception) -> DataError:
    reason = (
        "a text in it holds half of a surrogate pair, which is no character"
        if isinstance(error, UnicodeEncodeError)
        else "it is nested too deeply"
    )
    message = (
        "Converting Kafka Connect data to byte[] failed due to serialization error: the value for"
        f" topic {topic} cannot be written because {reason}"
    )
    return DataError(message)
