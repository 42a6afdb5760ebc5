# SPDX-License-Identifier: Apache-2.0
"""ReplaceField: fields dropped or renamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from barnabas import config
from barnabas.data import Field, Schema, Type, validate_value
from barnabas.errors import DataError
from barnabas.transforms import options
from barnabas.transforms.key_or_value import OnKey, OnValue, Plan, Planned
from barnabas.transforms.requirements import require_map, require_struct
from barnabas.transforms.structs import build_struct, check_null, is_filled, read_field

__all__ = ["ReplaceField", "ReplaceFieldKey", "ReplaceFieldValue"]

_PURPOSE = "field replacement"


def _check_renames(name: str, value: object) -> None:
    for item in value if isinstance(value, list) else ():
        if len(options.parse_mapping(item)) != 2:
            raise config.invalid_value(name, value, f"Invalid rename mapping: {item}")


class ReplaceFieldConfig(config.Config):
    """Settings of `ReplaceField`."""

    exclude = config.Option("exclude", list, [], "The fields to drop; goes before `include`.")
    include = config.Option("include", list, [], "The fields to keep; all when empty.")
    renames = config.Option(
        "renames",
        list,
        [],
        "Fields with their new names, such as `old:new,a:b`.",
        validator=config.validator(
            _check_renames, "list of colon-delimited pairs, e.g. <code>foo:bar,abc:xyz</code>"
        ),
    )
    replace_null_with_default = options.replace_null_with_default()


class ReplaceField(Planned):
    """Keeps some fields and renames some; the settings mean the old names.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.ReplaceField`` (KIP-66, KIP-1040).
    """

    config_class = ReplaceFieldConfig

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        settings = ReplaceFieldConfig(configs)
        self._exclude = frozenset(settings.exclude)
        self._include = frozenset(settings.include)
        pairs = [options.parse_mapping(item) for item in settings.renames]
        self._renames = dict(pairs)
        self._origins = {new: old for old, new in self._renames.items()}
        self._fills_defaults = settings.replace_null_with_default

    def _keeps(self, name: str) -> bool:
        return name not in self._exclude and (not self._include or name in self._include)

    def plan(self, schema: Schema) -> Plan:
        """List the fields that are kept, with their new names; see `Planned.plan`."""
        if schema.type is not Type.STRUCT:
            return Plan(schema, lambda value: require_struct(schema, value, _PURPOSE))
        kept = [field for field in schema.fields if self._keeps(field.name)]
        new = build_struct(
            schema, [(self._renames.get(field.name, field.name), field.schema) for field in kept]
        )
        sources = [
            (target, self._origin(schema, field))
            for target, field in zip(new.fields, kept, strict=True)
        ]
        fills = self._fills_defaults

        def change(value: Any) -> dict[str, Any]:
            struct = require_struct(schema, value, _PURPOSE)
            result = {}
            for field, origin in sources:
                member = struct.get(origin.name)
                if member is None:
                    member = check_null(field, read_field(struct, origin, fills_defaults=fills))
                if field.schema is not origin.schema:
                    validate_value(field.schema, member, field=field.name)
                result[field.name] = member
            return result

        if any(field.schema is not origin.schema for field, origin in sources):
            return Plan(new, change)
        moves = [(field.name, origin.name) for field, origin in sources]

        def change_many(values: list[Any]) -> list[dict[str, Any]]:
            return [
                {name: value[origin] for name, origin in moves}
                if type(value) is dict and is_filled(schema, value)
                else change(value)
                for value in values
            ]

        return Plan(new, change, change_many)

    def _origin(self, schema: Schema, field: Field) -> Field:
        """Find the field whose value a kept field gets.

        It is the field itself; but as in Java one that is called like the new name of another
        field gets the value of that one.
        """
        name = field.name if field.name in self._renames else self._origins.get(field.name)
        origin = field if name is None else schema.field(name)
        if origin is None:
            message = (
                f"{name} is not a valid field name: it shall be renamed to {field.name}, but there"
                f" is a field {field.name} and no field {name}; exclude one of them"
            )
            raise DataError(message)
        return origin

    def change_schemaless(self, value: Any) -> dict[str, Any]:
        """Keep and rename members of a map."""
        result = {}
        for name, member in require_map(value, _PURPOSE).items():
            if not isinstance(name, str):
                message = (
                    f"Only maps with text as keys are supported for [{_PURPOSE}], not {name!r}"
                )
                raise DataError(message)
            if self._keeps(name):
                result[self._renames.get(name, name)] = member
        return result


class ReplaceFieldKey(OnKey, ReplaceField):
    """`ReplaceField` in the key."""


class ReplaceFieldValue(OnValue, ReplaceField):
    """`ReplaceField` in the value."""
