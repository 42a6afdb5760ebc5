# SPDX-License-Identifier: Apache-2.0
"""HoistField: the key or value becomes the only field of a struct or map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from barnabas import config
from barnabas.data import Schema, Type, validate_value
from barnabas.transforms.key_or_value import OnKey, OnValue, Plan, Planned
from barnabas.transforms.structs import is_filled

__all__ = ["HoistField", "HoistFieldKey", "HoistFieldValue"]


class HoistFieldConfig(config.Config):
    """Settings of `HoistField`."""

    field = config.Option(
        "field", str, config.NO_DEFAULT, "The name of the one field of the new struct or map."
    )


class HoistField(Planned):
    """Wraps the key or value; null, too.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.HoistField``.
    """

    config_class = HoistFieldConfig
    passes_null = False

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        self._name = HoistFieldConfig(configs).field

    def plan(self, schema: Schema) -> Plan:
        """Make the struct schema; see `Planned.plan`."""
        name = self._name
        is_struct = schema.type is Type.STRUCT

        def change(value: Any) -> dict[str, Any]:
            if value is None or (is_struct and not is_filled(schema, value)):
                validate_value(schema, value, field=name)
            return {name: value}

        def change_many(values: list[Any]) -> list[dict[str, Any]]:
            if is_struct or None in values:
                return [change(value) for value in values]
            return [{name: value} for value in values]

        return Plan(Schema.struct([(name, schema)]), change, change_many)

    def change_schemaless(self, value: Any) -> dict[str, Any]:
        """Make a map of one entry."""
        return {self._name: value}


class HoistFieldKey(OnKey, HoistField):
    """`HoistField` of the key."""


class HoistFieldValue(OnValue, HoistField):
    """`HoistField` of the value."""
