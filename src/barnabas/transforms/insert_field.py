# SPDX-License-Identifier: Apache-2.0
"""InsertField: what a record says of itself, or a fixed text, as fields of its key or value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from barnabas import config
from barnabas.api.records import SinkRecord, SourceRecord
from barnabas.api.transform import Record
from barnabas.data import INT32, INT64, STRING, TIMESTAMP, Int32, Schema, Type, decode_timestamp
from barnabas.errors import ConfigError
from barnabas.transforms import options
from barnabas.transforms.key_or_value import KeyOrValue, OnKey, OnValue
from barnabas.transforms.requirements import require_map, require_sink_record, require_struct
from barnabas.transforms.schema_cache import SchemaCache
from barnabas.transforms.structs import StructReader, build_struct

__all__ = ["InsertField", "InsertFieldKey", "InsertFieldValue"]

_PURPOSE = "field insertion"
_SUFFIXES = (
    " A name may end with `!` for a required field, or with `?` for an optional one (default)."
)


class InsertFieldConfig(config.Config):
    """Settings of `InsertField`."""

    topic_field = config.Option(
        "topic.field", str, None, "Field for the name of the topic." + _SUFFIXES
    )
    partition_field = config.Option(
        "partition.field", str, None, "Field for the number of the partition." + _SUFFIXES
    )
    offset_field = config.Option(
        "offset.field", str, None, "Field for the offset; in sinks only." + _SUFFIXES
    )
    timestamp_field = config.Option(
        "timestamp.field", str, None, "Field for the record's timestamp." + _SUFFIXES
    )
    static_field = config.Option(
        "static.field", str, None, "Field for the text in `static.value`." + _SUFFIXES
    )
    static_value = config.Option("static.value", str, None, "The text for `static.field`.")
    replace_null_with_default = options.replace_null_with_default()


class _Insertion(NamedTuple):
    """One field to insert."""

    name: str
    schema: Schema
    of_record: Callable[[SourceRecord | SinkRecord], Any]
    """Reads what is inserted into a struct; None inserts nothing."""
    schemaless: Callable[[Any], Any]
    """Changes it to what is inserted into a map."""


def _same(value: Any) -> Any:
    return value


def _topic(record: SourceRecord | SinkRecord) -> str:
    return record.topic


def _partition(record: SourceRecord | SinkRecord) -> int | None:
    return record.kafka_partition


def _offset(record: SourceRecord | SinkRecord) -> int:
    return require_sink_record(record, _PURPOSE).kafka_offset


def _timestamp(record: SourceRecord | SinkRecord) -> int | None:
    return record.timestamp


_SOURCES: Final = (
    ("topic_field", STRING, _topic, _same),
    ("partition_field", INT32, _partition, Int32),
    ("offset_field", INT64, _offset, _same),
    ("timestamp_field", TIMESTAMP, _timestamp, _same),
)
"""Setting, schema, reader and schemaless form, in the order in which fields are added."""


class InsertField(KeyOrValue):
    """Adds fields behind those that are there; a null key or value stays null.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.InsertField`` (KIP-66, KIP-1040).
    """

    config_class = InsertFieldConfig

    def __init__(self) -> None:
        self._plans: SchemaCache[tuple[Schema, StructReader]] = SchemaCache(self._plan)

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        settings = InsertFieldConfig(configs)
        self._fills_defaults = settings.replace_null_with_default
        self._insertions = [
            _insertion(spec, schema, read, schemaless)
            for setting, schema, read, schemaless in _SOURCES
            if (spec := getattr(settings, setting)) is not None
        ]
        text = settings.static_value
        if settings.static_field is not None:
            problem = f"No value specified for static field: {settings.static_field}"
            if text is None:
                raise config.invalid_value(InsertFieldConfig.static_value.name, text, problem)
            insertion = _insertion(settings.static_field, STRING, lambda _: text, _same)
            self._insertions.append(insertion)
        if not self._insertions:
            message = "No field insertion configured: set one of the `….field` settings"
            raise ConfigError(message)

    def apply(self, record: Record) -> Record | None:
        """Return the record with more fields; see `Transformation.apply`."""
        schema, value = self.read(record)
        if value is None:
            return record
        if schema is None:
            members = dict(require_map(value, _PURPOSE))
            for insertion in self._insertions:
                inserted = insertion.of_record(record)
                if inserted is not None:
                    members[insertion.name] = insertion.schemaless(inserted)
            return self.write(record, None, members)
        struct = require_struct(schema, value, _PURPOSE)
        new, reader = self._plans[schema]
        struct = reader.copy(struct)
        for insertion in self._insertions:
            _insert(insertion, [record], [struct])
        return self.write(record, new, struct)

    def apply_batch(self, records: Sequence[Record]) -> list[Record | None]:
        """Do the same to many records; see `Transformation.apply_batch`."""
        results: list[Record | None] = []
        for run, schema, values in self.runs(records):
            if schema is None or schema.type is not Type.STRUCT or None in values:
                results += [self.apply(record) for record in run]
                continue
            new, reader = self._plans[schema]
            structs = reader.copy_many(values)
            for insertion in self._insertions:
                _insert(insertion, run, structs)
            results += self.write_many(run, new, structs)
        return results

    def _plan(self, schema: Schema) -> tuple[Schema, StructReader]:
        fields = [(field.name, field.schema) for field in schema.fields]
        fields += [(insertion.name, insertion.schema) for insertion in self._insertions]
        new = build_struct(schema, fields)
        return new, StructReader(schema, fills_defaults=self._fills_defaults)


class InsertFieldKey(OnKey, InsertField):
    """`InsertField` into the key."""


class InsertFieldValue(OnValue, InsertField):
    """`InsertField` into the value."""


def _insert(
    insertion: _Insertion,
    records: Sequence[SourceRecord | SinkRecord],
    structs: Sequence[dict[str, Any]],
) -> None:
    """Insert one field into structs; neighbours often have the same timestamp."""
    name, read = insertion.name, insertion.of_record
    is_time = read is _timestamp
    last_ms: int | None = None
    point: Any = None
    for record, struct in zip(records, structs, strict=True):
        inserted = read(record)
        if inserted is None:
            continue
        if is_time:
            if inserted != last_ms:
                last_ms, point = inserted, decode_timestamp(inserted)
            inserted = point
        struct[name] = inserted


def _insertion(
    spec: str,
    schema: Schema,
    read: Callable[[SourceRecord | SinkRecord], Any],
    schemaless: Callable[[Any], Any],
) -> _Insertion:
    is_optional = not spec.endswith("!")
    name = spec[:-1] if spec.endswith(("!", "?")) else spec
    return _Insertion(name, schema.with_attributes(optional=is_optional), read, schemaless)
