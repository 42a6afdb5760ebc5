# SPDX-License-Identifier: Apache-2.0
"""ExtractField: one field in place of the struct or map that holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from barnabas import config
from barnabas.data import Schema, Type
from barnabas.transforms import options
from barnabas.transforms.field_path import FieldPath
from barnabas.transforms.key_or_value import OnKey, OnValue, Plan, Planned
from barnabas.transforms.requirements import require_map, require_struct, unknown_field

__all__ = ["ExtractField", "ExtractFieldKey", "ExtractFieldValue"]

_PURPOSE = "field extraction"
_UNKNOWN = "Unknown field"


class ExtractFieldConfig(config.Config):
    """Settings of `ExtractField`."""

    field = config.Option("field", str, config.NO_DEFAULT, "The field to extract.")
    replace_null_with_default = options.replace_null_with_default()
    field_syntax_version = config.Option(
        "field.syntax.version",
        str,
        "V1",
        "How `field` is read: with V1 it is the name of a field; with V2 dots lead into nested"
        " fields, and backticks enclose names that hold dots.",
        importance=config.Importance.HIGH,
        validator=config.case_insensitive_valid_string("V1", "V2"),
    )


class ExtractField(Planned):
    """Takes one field out; a null stays null, but gets the schema of the field.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.ExtractField`` (KIP-821, KIP-1040).
    """

    config_class = ExtractFieldConfig
    passes_null = False

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        settings = ExtractFieldConfig(configs)
        self._fills_defaults = settings.replace_null_with_default
        is_nested = settings.field_syntax_version.upper() == "V2"
        self._path = FieldPath(settings.field, is_nested=is_nested)

    def plan(self, schema: Schema) -> Plan:
        """Find the field; see `Planned.plan`."""
        path, fills_defaults = self._path, self._fills_defaults
        found = path.field_of(schema) if schema.type is Type.STRUCT else None

        def change(value: Any) -> Any:
            if value is None:
                return None
            struct = require_struct(schema, value, _PURPOSE)
            return path.value_in_struct(schema, struct, fills_defaults=fills_defaults)

        if found is None:
            raise unknown_field(_UNKNOWN, path.path, schema)
        return Plan(found.schema, change)

    def change_schemaless(self, value: Any) -> Any:
        """Read the member of a map; null when it is not there."""
        return None if value is None else self._path.value_in_map(require_map(value, _PURPOSE))


class ExtractFieldKey(OnKey, ExtractField):
    """`ExtractField` from the key."""


class ExtractFieldValue(OnValue, ExtractField):
    """`ExtractField` from the value."""
