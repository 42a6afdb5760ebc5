# SPDX-License-Identifier: Apache-2.0
"""AvroConverter: Avro with the schema in a Schema Registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from barnabas.api import Converter
from barnabas.converters.avro.codec import Decoder, Encoder
from barnabas.converters.avro.compatibility import AvroCompatibility
from barnabas.converters.avro.from_avro import to_connect
from barnabas.converters.avro.model import AvroSchema, text_of
from barnabas.converters.avro.parsing import parse
from barnabas.converters.avro.reading import is_anything
from barnabas.converters.avro.settings import AvroConverterConfig
from barnabas.converters.avro.to_avro import to_avro
from barnabas.converters.registered import check_type, converting, for_role, load_library, naming
from barnabas.data import Headers, Schema, SchemaAndValue
from barnabas.errors import DataError
from barnabas.registry import (
    Framed,
    Registry,
    SchemaDefinition,
    SchemaReader,
    SchemaWriter,
    make_registry,
)
from barnabas.registry.framing import SchemaKey
from barnabas.registry.recent import Recent

__all__ = ["AvroConverter"]

_WRITING: Final = "Failed to serialize Avro data from topic"
_READING: Final = "Failed to deserialize data for topic"


class _Own(NamedTuple):
    """A Connect schema translated."""

    avro: AvroSchema
    record_name: str | None
    definition: SchemaDefinition


class AvroConverter(Converter):
    """Writes and reads Avro as Confluent's AvroConverter does.

    See `AvroConverterConfig` for the settings. A record is the id of its schema and Avro's bytes;
    the schema itself is in the registry and is asked for once.

    Source:
        Confluent ``io.confluent.connect.avro.AvroConverter``; reference page *Schema Registry*,
        sections 1 to 5.

    Differs:
        A null in place of an optional root value that was written as a member of a union is
        read back with its schema. See the modules of this package for the rest.
    """

    config_class = AvroConverterConfig

    _registry: Registry

    def configure(self, configs: Mapping[str, Any], *, is_key: bool) -> None:
        """Take the settings; see `AvroConverterConfig`. Asks the registry nothing yet."""
        load_library("fastavro", extra="avro", converter="AvroConverter")
        config = AvroConverterConfig(for_role(configs, is_key=is_key))
        self.adds_headers = config.uses_headers(is_key=is_key)
        self._rules = config.rules
        self._fails_on_rest = config.avro_fail_on_trailing_data
        self._registry = make_registry(config)
        check = AvroCompatibility(self._registry)
        self._writer = SchemaWriter(self._registry, config, is_key=is_key, check=check)
        self._reader = SchemaReader(self._registry, config, is_key=is_key)
        size = config.schemas_cache_config
        self._own: Recent[Schema | None, _Own] = Recent(size)
        self._last_own: tuple[Schema | None, _Own] | None = None
        self._encoders: Recent[tuple[Schema | None, SchemaDefinition], Encoder] = Recent(size)
        self._decoders: Recent[tuple[SchemaKey, str], Decoder] = Recent(size)

    def close(self) -> None:
        """Give connections to the registry back."""
        registry = getattr(self, "_registry", None)
        if registry is not None:
            registry.close()

    def from_connect_data(
        self, topic: str, headers: Headers | None, schema: Schema | None, value: Any
    ) -> bytes | None:
        """Write one value; see `Converter.from_connect_data`. Null is null, whatever its schema."""
        with converting(_WRITING, topic):
            if value is None:
                _check_null(schema)
                return None
            framed, encoder = self._encoder(topic, schema)
            with naming(framed):
                written = encoder.one(framed.prefix, value)
            framed.add_to(topic, headers)
            return written

    def from_connect_batch(
        self, topic: str, schema: Schema | None, values: Sequence[Any]
    ) -> list[bytes | None]:
        """Write many values of one schema; see `Converter.from_connect_batch`."""
        with converting(_WRITING, topic):
            present = [value for value in values if value is not None]
            if len(present) != len(values):
                _check_null(schema)
            if not present:
                return [None] * len(values)
            framed, encoder = self._encoder(topic, schema)
            framed.add_to(topic, None)
            with naming(framed):
                written: list[Any] = encoder.many(framed.prefix, present)
            if len(present) == len(values):
                return written
            rest = iter(written)
            return [None if value is None else next(rest) for value in values]

    def _encoder(self, topic: str, schema: Schema | None) -> tuple[Framed, Encoder]:
        own = self._translated(schema)
        framed = self._writer.for_schema(topic, own.record_name, own.definition)
        key = (schema, framed.definition)
        encoder = self._encoders.get(key)
        if encoder is None:
            is_own = framed.definition.text == own.definition.text
            avro = own.avro if is_own else self._parsed(framed.definition)
            with naming(framed):
                encoder = Encoder(schema, avro, self._rules)
            self._encoders.put(key, encoder)
        return framed, encoder

    def _translated(self, schema: Schema | None) -> _Own:
        last = self._last_own
        if last is not None and last[0] is schema:
            return last[1]
        own = self._own.get(schema)
        if own is None:
            avro = to_avro(schema, self._rules)
            name = avro.full_name if avro.type == "record" else None
            own = _Own(avro, name, SchemaDefinition(text_of(avro)))
            self._own.put(schema, own)
        self._last_own = schema, own
        return own

    def _parsed(self, definition: SchemaDefinition) -> AvroSchema:
        check_type(definition, "AVRO")
        references = self._registry.resolve(definition) if definition.references else {}
        return parse(definition.text, [each.text for each in references.values()])

    def to_connect_data(
        self, topic: str, headers: Headers | None, data: bytes | None
    ) -> SchemaAndValue:
        """Read one record; see `Converter.to_connect_data`. Null is null without schema."""
        if data is None:
            return SchemaAndValue(None, None)
        with converting(_READING, topic):
            frame = self._reader.parse(topic, headers, data)
            decoder = self._decoder(frame.key, topic)
            with naming(frame.key):
                return SchemaAndValue(decoder.schema, decoder.one(data, frame.offset))

    def to_connect_batch(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[list[Schema | None], list[Any]] | tuple[Schema | None, list[Any]]:
        """Read many records; see `Converter.to_connect_batch`."""
        schemas: list[Schema | None] = [None] * len(data)
        values: list[Any] = [None] * len(data)
        records: Sequence[Any] = data
        with converting(_READING, topic):
            for key, offset, places in self._reader.groups(topic, data):
                if key is None:
                    continue
                decoder = self._decoder(key, topic)
                is_all = len(places) == len(data)
                own = records if is_all else [records[place] for place in places]
                with naming(key):
                    read = decoder.many(own, offset)
                if is_all:
                    return decoder.schema, read
                for place, value in zip(places, read, strict=True):
                    schemas[place] = decoder.schema
                    values[place] = value
        return schemas, values

    def _decoder(self, key: SchemaKey, topic: str) -> Decoder:
        decoder = self._decoders.get((key, topic))
        if decoder is None:
            avro = self._parsed(self._reader.definition(key, topic).definition)
            name = avro.full_name if avro.type == "record" else None
            version = self._reader.schema(key, topic, name).version
            with naming(key):
                schema = None
                if not is_anything(avro):
                    schema = to_connect(avro, self._rules, version=version)
                decoder = Decoder(schema, avro, self._rules, fails_on_rest=self._fails_on_rest)
            self._decoders.put((key, topic), decoder)
        return decoder


def _check_null(schema: Schema | None) -> None:
    if schema is not None and not schema.optional:
        message = f"Found null value for non-optional schema: {schema}"
        raise DataError(message)
