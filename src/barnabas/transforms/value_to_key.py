# SPDX-License-Identifier: Apache-2.0
"""ValueToKey: a key made of fields of the value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from barnabas import config
from barnabas.api.transform import Record, Transformation
from barnabas.data import Schema
from barnabas.transforms import options
from barnabas.transforms.replacing import replacing
from barnabas.transforms.requirements import require_map, require_struct, unknown_field
from barnabas.transforms.schema_cache import SchemaCache
from barnabas.transforms.structs import check_null, read_field

__all__ = ["ValueToKey"]

_UNKNOWN = "Field does not exist"

_PURPOSE = "copying fields from value to key"


class ValueToKeyConfig(config.Config):
    """Settings of `ValueToKey`."""

    fields = config.Option(
        "fields",
        list,
        config.NO_DEFAULT,
        "The fields of the value that make up the key.",
        importance=config.Importance.HIGH,
        validator=options.non_empty_list,
    )
    replace_null_with_default = options.replace_null_with_default()


class ValueToKey(Transformation):
    """Replaces the key by a struct or map of fields of the value, in the order of the settings.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.ValueToKey`` (KIP-1040).
    """

    config_class = ValueToKeyConfig

    def __init__(self) -> None:
        self._key_schemas: SchemaCache[Schema] = SchemaCache(self._key_schema)

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        settings = ValueToKeyConfig(configs)
        self._fields = settings.fields
        self._fills_defaults = settings.replace_null_with_default

    def apply(self, record: Record) -> Record | None:
        """Return the record with its new key; see `Transformation.apply`."""
        schema = record.value_schema
        if schema is None:
            members = require_map(record.value, _PURPOSE)
            key = {name: members.get(name) for name in self._fields}
            return record.replace(key_schema=None, key=key)
        value = require_struct(schema, record.value, _PURPOSE)
        key_schema = self._key_schemas[schema]
        fills = self._fills_defaults
        key = {
            field.name: check_null(field, read_field(value, field, fills_defaults=fills))
            for field in key_schema.fields
        }
        return record.replace(key_schema=key_schema, key=key)

    def apply_batch(self, records: Sequence[Record]) -> list[Record | None]:
        """Do the same to many records; see `Transformation.apply_batch`."""
        if not records:
            return []
        schema = records[0].value_schema
        values = [record.value for record in records]
        if any(record.value_schema is not schema for record in records) or None in values:
            return [self.apply(record) for record in records]
        replace = replacing(records)
        key_schema, keys = self._keys(schema, values)
        return [
            replace(record, key_schema=key_schema, key=key)
            for record, key in zip(records, keys, strict=True)
        ]

    def _keys(
        self, schema: Schema | None, values: list[Any]
    ) -> tuple[Schema | None, list[dict[str, Any]]]:
        """Make the keys of values of one schema."""
        names = self._fields
        if schema is None:
            maps = [require_map(value, _PURPOSE) for value in values]
            return None, [{name: members.get(name) for name in names} for members in maps]
        key_schema, fills = self._key_schemas[schema], self._fills_defaults
        fields, names = key_schema.fields, [field.name for field in key_schema.fields]
        keys: list[dict[str, Any]] = []
        for value in values:
            struct = require_struct(schema, value, _PURPOSE)
            key = {name: struct.get(name) for name in names}
            if None in key.values():
                key = {
                    field.name: check_null(field, read_field(struct, field, fills_defaults=fills))
                    for field in fields
                }
            keys.append(key)
        return key_schema, keys

    def _key_schema(self, schema: Schema) -> Schema:
        fields = []
        for name in self._fields:
            field = schema.field(name)
            if field is None:
                raise unknown_field(_UNKNOWN, name, schema)
            fields.append((name, field.schema))
        return Schema.struct(fields)
