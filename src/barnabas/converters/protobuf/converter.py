# SPDX-License-Identifier: Apache-2.0
"""ProtobufConverter: Protobuf with schemas in a registry."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from barnabas.api import Converter
from barnabas.converters.protobuf.settings import ProtobufConverterConfig
from barnabas.converters.registered import converting, for_role, load_library
from barnabas.data import Headers, Schema, SchemaAndValue
from barnabas.errors import DataError
from barnabas.registry import (
    RegisteredSchema,
    Registry,
    SchemaKey,
    SchemaReader,
    SchemaWriter,
    make_registry,
)
from barnabas.registry.framing import read_message_indexes
from barnabas.registry.recent import Recent

if TYPE_CHECKING:
    from barnabas.converters.protobuf.codecs import Decoder, Encoder

__all__ = ["ProtobufConverter"]

_WRITING: Final = "Failed to serialize Protobuf data from topic"
_READING: Final = "Failed to deserialize data to Protobuf for topic"
_LIBRARIES: Final = ("google.protobuf", "google.type.date_pb2", "proto_schema_parser", "antlr4")


class _Place(NamedTuple):
    """Which message a record is."""

    topic: str
    key: SchemaKey
    path: tuple[int, ...]


class ProtobufConverter(Converter):
    """Writes and reads Protobuf as Confluent's ProtobufConverter, its schemas in a registry.

    See `ProtobufConverterConfig` for the settings. A null of whatever schema is a null record.

    Source:
        Behaviour of ``io.confluent.connect.protobuf.ProtobufConverter``; reference page *Schema
        Registry*, sections 1, 2 and 7.

    Differs:
        What the modules `schema_writing`, `value_writing`, `value_reading` and `moments` say. A
        root value of a logical type is refused, which Java writes unreadably.
    """

    config_class = ProtobufConverterConfig

    def configure(self, configs: Mapping[str, Any], *, is_key: bool) -> None:
        """Take the settings; see `ProtobufConverterConfig`. Asks the registry nothing yet."""
        settings = ProtobufConverterConfig(for_role(configs, is_key=is_key))
        for library in _LIBRARIES:
            load_library(library, extra="protobuf", converter="ProtobufConverter")
        self._settings = settings
        self._registry: Registry = make_registry(settings)
        self._writer = SchemaWriter(self._registry, settings, is_key=is_key)
        self.adds_headers = settings.uses_headers(is_key=is_key)
        self._reader = SchemaReader(self._registry, settings, is_key=is_key)
        size = max(1, settings.schemas_cache_config)
        self._encoder_of: Callable[[Schema], Encoder] = functools.lru_cache(size)(self._encoder)
        self._last_encoder: tuple[Schema, Encoder] | None = None
        ttl_s = settings.latest_cache_ttl_sec if self._reads_latest() else -1
        self._decoders: Recent[_Place, Decoder] = Recent(size, ttl_s)

    def _reads_latest(self) -> bool:
        settings = self._settings
        return settings.use_latest_version or bool(settings.use_latest_with_metadata)

    def close(self) -> None:
        """Give the registry's connections back."""
        self._registry.close()

    def from_connect_data(
        self, topic: str, headers: Headers | None, schema: Schema | None, value: Any
    ) -> bytes | None:
        """Write one value; see `Converter.from_connect_data`."""
        if value is None:
            return None
        with converting(_WRITING, topic):
            encoder = self._encoder_for(schema)
            payload = encoder.encode(value)
            framed = encoder.frame(topic, self._writer)
            framed.add_to(topic, headers)
            return framed.prefix + payload

    def from_connect_batch(
        self, topic: str, schema: Schema | None, values: Sequence[Any]
    ) -> list[bytes | None]:
        """Write many values of one schema; see `Converter.from_connect_batch`."""
        present = [value for value in values if value is not None]
        if not present:
            return [None] * len(values)
        with converting(_WRITING, topic):
            encoder = self._encoder_for(schema)
            encode = encoder.encode
            framed = encoder.frame(topic, self._writer)
            framed.add_to(topic, None)
            prefix = framed.prefix
            return [None if value is None else prefix + encode(value) for value in values]

    def _encoder_for(self, schema: Schema | None) -> Encoder:
        last = self._last_encoder
        if last is not None and last[0] is schema:
            return last[1]
        if schema is None:
            message = (
                "a value has no schema, which Protobuf needs; use a source or a transformation that"
                " gives schemas, or JsonConverter with schemas.enable=false"
            )
            raise DataError(message)
        encoder = self._encoder_of(schema)
        self._last_encoder = (schema, encoder)
        return encoder

    def _encoder(self, schema: Schema) -> Encoder:
        from barnabas.converters.protobuf.codecs import Encoder

        return Encoder(schema, self._settings, self._registry)

    def to_connect_data(
        self, topic: str, headers: Headers | None, data: bytes | None
    ) -> SchemaAndValue:
        """Read one record; see `Converter.to_connect_data`."""
        if data is None:
            return SchemaAndValue(None, None)
        with converting(_READING, topic):
            frame = self._reader.parse(topic, headers, data)
            if frame.header_rest is None:
                path, offset = read_message_indexes(data, frame.offset)
            else:
                path, offset = read_message_indexes(frame.header_rest, 0)[0], 0
            decoder = self._decoder(_Place(topic, frame.key, path))
            return SchemaAndValue(decoder.schema, decoder.decode(data[offset:]))

    def to_connect_batch(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[list[Schema | None], list[Any]] | tuple[Schema | None, list[Any]]:
        """Read many records; see `Converter.to_connect_batch`."""
        values: list[Any] = [None] * len(data)
        schemas: list[Schema | None] = [None] * len(data)
        with converting(_READING, topic):
            groups = self._reader.groups(topic, data)
            for group in groups:
                if group.key is None:
                    continue
                for prefix, places in _by_path(data, group.places, group.offset).items():
                    path, offset = read_message_indexes(prefix, group.offset)
                    decoder = self._decoder(_Place(topic, group.key, path))
                    decode = decoder.decode
                    for place in places:
                        payload: Any = data[place]
                        values[place] = decode(payload[offset:])
                        schemas[place] = decoder.schema
        first = schemas[0] if schemas else None
        if all(schema is first for schema in schemas):
            return first, values
        return schemas, values

    def _decoder(self, place: _Place) -> Decoder:
        decoder = self._decoders.get(place)
        if decoder is None:
            decoder = self._make_decoder(place)
            self._decoders.put(place, decoder)
        return decoder

    def _make_decoder(self, place: _Place) -> Decoder:
        from barnabas.converters.protobuf.codecs import Decoder
        from barnabas.converters.protobuf.linking import message_name
        from barnabas.converters.protobuf.references import link

        found = self._reader.definition(place.key, place.topic)
        file_name = f"schema {place.key}"
        linked = link(self._registry, file_name, found.definition)
        name = message_name(linked.file, place.path)
        registered = self._reader.schema(place.key, place.topic, name)
        latest = self._latest(registered)
        if latest is not None:
            registered = latest
            linked = link(self._registry, file_name, latest.definition)
        return Decoder(linked, name, registered, self._settings)

    def _latest(self, registered: RegisteredSchema) -> RegisteredSchema | None:
        """Fetch the schema to read with, if the settings ask for another than the writer's."""
        subject = registered.subject or ""
        text = self._settings.use_latest_with_metadata
        if text:
            pairs = [item.partition("=") for item in text.split(",") if item.strip()]
            metadata = {name.strip(): value.strip() for name, _, value in pairs}
            return self._registry.latest_with(subject, metadata)
        return self._registry.latest(subject) if self._settings.use_latest_version else None


def _by_path(data: Sequence[Any], places: Sequence[int], offset: int) -> dict[bytes, list[int]]:
    """Sort records of one schema by the bytes up to the end of their path."""
    sorted_places: dict[bytes, list[int]] = {}
    for place in places:
        each = data[place]
        end = offset + 1
        if each[offset:end] != b"\0":
            _, end = read_message_indexes(each, offset)
        sorted_places.setdefault(each[:end], []).append(place)
    return sorted_places
