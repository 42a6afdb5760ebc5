# SPDX-License-Identifier: Apache-2.0
"""ValueToKey: a key made of fields of the value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from barnabas import config
from barnabas.api.transform import Record, Transformation
from barnabas.data import Schema
from barnabas.transforms import options
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

    def _key_schema(self, schema: Schema) -> Schema:
        fields = []
        for name in self._fields:
            field = schema.field(name)
            if field is None:
                raise unknown_field(_UNKNOWN, name, schema)
            fields.append((name, field.schema))
        return Schema.struct(fields)
