# SPDX-License-Identifier: Apache-2.0
"""JsonSchemaConverter: messages of JSON whose schemas are kept in a Schema Registry."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from barnabas.api import Converter
from barnabas.converters.json import text
from barnabas.converters.json_schema.indenting import indented
from barnabas.converters.json_schema.loading import load_schema, parse_json
from barnabas.converters.json_schema.payloads import Payloads, parse_payload
from barnabas.converters.json_schema.schema_reading import connect_schema
from barnabas.converters.json_schema.schema_writing import json_schema_text
from barnabas.converters.json_schema.settings import JsonSchemaConverterConfig
from barnabas.converters.json_schema.validation import Check, check_for
from barnabas.converters.json_schema.writing import Writer, writer_for
from barnabas.converters.registered import check_type, converting, for_role, load_library
from barnabas.data import Headers, Schema, SchemaAndValue
from barnabas.errors import DataError, IllegalStateError
from barnabas.registry import (
    Framed,
    RegisteredSchema,
    Registry,
    SchemaDefinition,
    SchemaReader,
    SchemaWriter,
    make_registry,
)
from barnabas.registry.framing import SchemaKey
from barnabas.registry.model import JSON
from barnabas.registry.recent import Recent

__all__ = ["JsonSchemaConverter"]

_LIBRARIES: Final = ("referencing", "jsonschema")
_WRITING: Final = (
    "Converting Kafka Connect data to byte[] failed due to serialization error of topic"
)
_READING: Final = (
    "Converting byte[] to Kafka Connect data failed due to serialization error of topic"
)


class _Outgoing(NamedTuple):
    """How values of one Connect schema are written."""

    definition: SchemaDefinition
    record_name: str | None
    writer: Writer


class _Incoming(NamedTuple):
    """How messages of one registered schema are read."""

    payloads: Payloads
    check: Check | None


class JsonSchemaConverter(Converter):
    """Writes and reads JSON with a schema id before it, as Confluent's JsonSchemaConverter.

    See `JsonSchemaConverterConfig` for the settings. The JSON Schema of a Connect schema has the
    same text as Java's, so that both register it as one version.

    Args:
        registry: The registry to use instead of the one the settings name, for tests.

    Source:
        Reference page *Schema Registry*, sections 1, 2, 4 and 6.

    Differs:
        A value of another kind than its schema's cannot be read; Java reads 0 or null. Values
        without schema are written only under a schema of the registry's that the settings choose.
        See `reading`, `schema_reading` and `schema_writing` for rare cases.
    """

    config_class = JsonSchemaConverterConfig

    def __init__(self, registry: Registry | None = None) -> None:
        self._given_registry = registry
        self._open_registry: Registry | None = None

    def configure(self, configs: Mapping[str, Any], *, is_key: bool) -> None:
        """Take the settings; see `JsonSchemaConverterConfig`.

        Raises:
            ConfigError: A setting is wrong, or the libraries for JSON Schema are not installed.
        """
        config = JsonSchemaConverterConfig(for_role(configs, is_key=is_key))
        for library in _LIBRARIES:
            load_library(library, extra="json-schema", converter="JsonSchemaConverter")
        self._config = config
        self._rules = config.rules
        if self._given_registry is None:
            self._open_registry = make_registry(config)
        registry = self._registry
        self._writer = SchemaWriter(registry, config, is_key=is_key)
        self.adds_headers = config.uses_headers(is_key=is_key)
        self._reader = SchemaReader(registry, config, is_key=is_key)
        remember = functools.lru_cache(maxsize=config.schemas_cache_config)
        self._outgoing_of: Callable[[Schema | None], _Outgoing] = remember(self._make_outgoing)
        self._last: tuple[Schema | None, _Outgoing] | None = None
        ttl_s = config.latest_cache_ttl_sec if self._reads_latest else -1
        self._incoming: Recent[tuple[SchemaKey, str], _Incoming] = Recent(
            max(1, config.schemas_cache_config), ttl_s
        )
        self._check_of: Callable[[SchemaDefinition], Check] = remember(self._make_check)

    @property
    def _registry(self) -> Registry:
        registry = self._given_registry or self._open_registry
        if registry is None:
            message = "The converter was not configured"
            raise IllegalStateError(message)
        return registry

    @property
    def _reads_latest(self) -> bool:
        config = self._config
        return config.use_latest_version or bool(config.use_latest_with_metadata)

    def close(self) -> None:
        """Release the connections to the registry."""
        if self._open_registry is not None:
            self._open_registry.close()
            self._open_registry = None

    def from_connect_data(
        self, topic: str, headers: Headers | None, schema: Schema | None, value: Any
    ) -> bytes | None:
        """Write one value; see `Converter.from_connect_data`.

        Null is null without schema or if the schema has neither null nor a default, and the JSON
        ``null`` if the schema is optional.
        """
        if schema is None and value is None:
            return None
        with converting(_WRITING, topic):
            outgoing = self._outgoing(schema)
            ready = outgoing.writer.one(value)
            if ready is msgspec.UNSET:
                return None
            framed = self._writer.for_schema(topic, outgoing.record_name, outgoing.definition)
            payload = self._encoded([ready], framed)[0]
            framed.add_to(topic, headers)
            return framed.prefix + payload

    def from_connect_batch(
        self, topic: str, schema: Schema | None, values: Sequence[Any]
    ) -> list[bytes | None]:
        """Write many values of one schema; see `Converter.from_connect_batch`."""
        with converting(_WRITING, topic):
            if all(value is None for value in values) and schema is None:
                return [None] * len(values)
            outgoing = self._outgoing(schema)
            ready: Sequence[Any] = outgoing.writer.many(values)
            missing = _missing(values, ready, has_schema=schema is not None)
            if missing:
                ready = [each for place, each in enumerate(ready) if place not in missing]
            if not ready:
                return [None] * len(values)
            framed = self._writer.for_schema(topic, outgoing.record_name, outgoing.definition)
            framed.add_to(topic, None)
            prefix = framed.prefix
            written: list[bytes | None] = [prefix + each for each in self._encoded(ready, framed)]
            for place in sorted(missing):
                written.insert(place, None)
            return written

    def _encoded(self, ready: Sequence[Any], framed: Framed) -> list[bytes]:
        try:
            texts = text.encode_all(ready)
        except (UnicodeEncodeError, RecursionError) as error:
            reason = (
                "a text in it holds half of a surrogate pair, which is no character"
                if isinstance(error, UnicodeEncodeError)
                else "it is nested too deeply"
            )
            message = f"The value cannot be written because {reason}"
            raise DataError(message) from error
        if self._config.json_fail_invalid_schema:
            check = self._check_of(framed.definition)
            for each in texts:
                check(parse_payload(each))
        return [indented(each) for each in texts] if self._config.json_indent_output else texts

    def _outgoing(self, schema: Schema | None) -> _Outgoing:
        last = self._last
        if last is not None and last[0] is schema:
            return last[1]
        outgoing = self._outgoing_of(schema)
        self._last = (schema, outgoing)
        return outgoing

    def _make_outgoing(self, schema: Schema | None) -> _Outgoing:
        if schema is None:
            self._require_schema()
            return _Outgoing(SchemaDefinition("{}", JSON), None, writer_for(None, self._rules))
        written = json_schema_text(schema, self._rules)
        return _Outgoing(
            SchemaDefinition(written, JSON), _title(written), writer_for(schema, self._rules)
        )

    def _require_schema(self) -> None:
        config = self._config
        chooses = config.use_latest_version or config.use_latest_with_metadata
        if not config.auto_register_schemas and (
            chooses or config.use_schema_id >= 0 or config.use_schema_guid
        ):
            return
        message = (
            "A value without schema has nothing to be registered; give the record a schema, or set"
            " auto.register.schemas=false, use.latest.version=true and"
            " latest.compatibility.strict=false to write it under the latest schema of its subject"
        )
        raise DataError(message)

    def to_connect_data(
        self, topic: str, headers: Headers | None, data: bytes | None
    ) -> SchemaAndValue:
        """Read one message; see `Converter.to_connect_data`. Null is null without schema."""
        if data is None:
            return SchemaAndValue(None, None)
        with converting(_READING, topic):
            frame = self._reader.parse(topic, headers, data)
            payloads, check = self._incoming_for(frame.key, topic)
            with _naming(frame.key):
                payload = data[frame.offset :]
                if check is not None:
                    check(parse_payload(payload))
                return SchemaAndValue(payloads.schema, payloads.read(payload))

    def to_connect_batch(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[list[Schema | None], list[Any]] | tuple[Schema | None, list[Any]]:
        """Read many messages; see `Converter.to_connect_batch`."""
        with converting(_READING, topic):
            groups = self._reader.groups(topic, data)
            if len(groups) == 1:
                return self._read_group(topic, groups[0], data)
            schemas: list[Schema | None] = [None] * len(data)
            values: list[Any] = [None] * len(data)
            for group in groups:
                schema, found = self._read_group(topic, group, data)
                for place, value in zip(group.places, found, strict=True):
                    schemas[place], values[place] = schema, value
            return schemas, values

    def _read_group(
        self, topic: str, group: Any, data: Sequence[bytes | None]
    ) -> tuple[Schema | None, list[Any]]:
        key, offset, places = group
        if key is None:
            return None, [None] * len(places)
        payloads, check = self._incoming_for(key, topic)
        texts = [data[place][offset:] for place in places]
        with _naming(key):
            if check is not None:
                for each in texts:
                    check(parse_payload(each))
            return payloads.schema, payloads.read_all(texts)

    def _incoming_for(self, key: SchemaKey, topic: str) -> _Incoming:
        incoming = self._incoming.get((key, topic))
        if incoming is None:
            incoming = self._make_incoming(key, topic)
            self._incoming.put((key, topic), incoming)
        return incoming

    def _make_incoming(self, key: SchemaKey, topic: str) -> _Incoming:
        found = self._reader.definition(key, topic)
        with _naming(key):
            _json_definition(found)
        writers = self._reader.schema(key, topic, _title(found.definition.text))
        registered = self._latest(writers) if self._reads_latest else writers
        with _naming(key, registered.subject):
            definition = _json_definition(registered)
            node = load_schema(
                definition.text,
                self._references(definition),
                ignore_modern_dialects=self._rules.ignore_modern_dialects,
            )
            schema = connect_schema(node, self._rules, registered.version)
            check = self._check_of(definition) if self._config.json_fail_invalid_schema else None
        return _Incoming(Payloads(schema, self._rules), check)

    def _latest(self, writers: RegisteredSchema) -> RegisteredSchema:
        """Fetch the schema to read with where the settings ask for another than the writer's."""
        subject = writers.subject or ""
        text = self._config.use_latest_with_metadata
        if not text:
            return self._registry.latest(subject)
        pairs = [item.partition("=") for item in text.split(",") if item.strip()]
        metadata = {name.strip(): value.strip() for name, _, value in pairs}
        return self._registry.latest_with(subject, metadata)

    def _make_check(self, definition: SchemaDefinition) -> Check:
        return check_for(
            definition.text,
            self._references(definition),
            ignore_modern_dialects=self._rules.ignore_modern_dialects,
        )

    def _references(self, definition: SchemaDefinition) -> dict[str, str]:
        if not definition.references:
            return {}
        resolved = self._registry.resolve(definition)
        return {name: each.text for name, each in resolved.items()}


def _missing(values: Sequence[Any], ready: Sequence[Any], *, has_schema: bool) -> set[int]:
    """Find the places of values that become null bytes."""
    if None not in values:
        return set()
    return {
        place
        for place, value in enumerate(values)
        if value is None and (not has_schema or ready[place] is msgspec.UNSET)
    }


def _title(written: str) -> str | None:
    """Tell the name by which subjects may be named."""
    node = parse_json(written)
    title = node.get("title") if isinstance(node, dict) else None
    return title if isinstance(title, str) else None


def _json_definition(registered: RegisteredSchema) -> SchemaDefinition:
    check_type(registered.definition, JSON)
    return registered.definition


@contextlib.contextmanager
def _naming(key: SchemaKey, subject: str | None = None) -> Iterator[None]:
    """Put the schema's id before the message of a DataError."""
    try:
        yield
    except DataError as error:
        name = f"schema {key}" + (f" of subject {subject}" if subject else "")
        error.args = (f"{name}: {error.message}", *error.args[1:])
        raise
