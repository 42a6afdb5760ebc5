# SPDX-License-Identifier: Apache-2.0
"""SetSchemaMetadata: another name or version for the schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from barnabas import config
from barnabas.api.transform import Record
from barnabas.data import Schema, Type
from barnabas.errors import ConfigError, DataError
from barnabas.transforms import options
from barnabas.transforms.key_or_value import OnKey, OnValue, Plan, Planned
from barnabas.transforms.requirements import require_struct
from barnabas.transforms.structs import StructReader

__all__ = ["SetSchemaMetadata", "SetSchemaMetadataKey", "SetSchemaMetadataValue"]

_PURPOSE = "updating schema metadata"


class SetSchemaMetadataConfig(config.Config):
    """Settings of `SetSchemaMetadata`."""

    schema_name = config.Option(
        "schema.name", str, None, "The new name.", importance=config.Importance.HIGH
    )
    schema_version = config.Option(
        "schema.version", int, None, "The new version.", importance=config.Importance.HIGH
    )
    replace_null_with_default = options.replace_null_with_default()


class SetSchemaMetadata(Planned):
    """Changes name, version or both of a STRUCT schema; all else stays.

    Other types are refused, as by Java.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.SetSchemaMetadata`` (KIP-1040).
    """

    config_class = SetSchemaMetadataConfig
    passes_null = False

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        settings = SetSchemaMetadataConfig(configs)
        changes = {"name": settings.schema_name, "version": settings.schema_version}
        self._changes: dict[str, Any] = {
            key: value for key, value in changes.items() if value is not None
        }
        if not self._changes:
            message = "Neither schema name nor version configured"
            raise ConfigError(message)
        self._fills_defaults = settings.replace_null_with_default

    def apply(self, record: Record) -> Record | None:
        """Return the record with the schema changed; see `Transformation.apply`."""
        return record if self.read(record) == (None, None) else super().apply(record)

    def apply_batch(self, records: Sequence[Record]) -> list[Record | None]:
        """Do the same to many records; see `Transformation.apply_batch`."""
        schemas, values = self.read_many(records)
        if None in schemas and None in values:
            return [self.apply(record) for record in records]
        return super().apply_batch(records)

    def plan(self, schema: Schema) -> Plan:
        """Make the new schema; see `Planned.plan`."""
        if schema.type is not Type.STRUCT:
            message = f"Cannot list fields on non-struct type: {schema}"
            raise DataError(message)
        reader = StructReader(schema, fills_defaults=self._fills_defaults)

        def change(value: Any) -> dict[str, Any] | None:
            if value is None:
                return None
            return reader.copy(require_struct(schema, value, _PURPOSE))

        return Plan(schema.with_attributes(**self._changes), change)

    def change_schemaless(self, value: Any) -> Any:
        """Refuse: there is no schema to change."""
        message = f"Schema required for [{_PURPOSE}]"
        raise DataError(message)


class SetSchemaMetadataKey(OnKey, SetSchemaMetadata):
    """`SetSchemaMetadata` of the key."""


class SetSchemaMetadataValue(OnValue, SetSchemaMetadata):
    """`SetSchemaMetadata` of the value."""
