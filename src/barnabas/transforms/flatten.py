# SPDX-License-Identifier: Apache-2.0
"""Flatten: nested structs or maps become one, with joined names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from barnabas import config
from barnabas.data import Field, Schema, Struct, Type, get_field, infer_type
from barnabas.errors import DataError
from barnabas.transforms.key_or_value import OnKey, OnValue, Plan, Planned
from barnabas.transforms.requirements import require_map, require_struct
from barnabas.transforms.structs import build_struct, check_null

__all__ = ["Flatten", "FlattenKey", "FlattenValue"]

_PURPOSE = "flattening"


class FlattenConfig(config.Config):
    """Settings of `Flatten`."""

    delimiter = config.Option(
        "delimiter", str, ".", "What stands between the names of the outer and the inner field."
    )


class _Leaf(NamedTuple):
    """A field that is no struct, with the way to it."""

    way: tuple[Field, ...]
    field: Field
    """The field of the result."""


class Flatten(Planned):
    """Puts the fields of nested structs, or members of nested maps, into the outermost one.

    Arrays stay as they are. Where a struct on the way may be null, so may its fields. Fields are
    read with their defaults.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.Flatten``.
    """

    config_class = FlattenConfig

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        self._delimiter = FlattenConfig(configs).delimiter

    def plan(self, schema: Schema) -> Plan:
        """List the fields that are no structs; see `Planned.plan`."""
        if schema.type is not Type.STRUCT:
            return Plan(schema, lambda value: require_struct(schema, value, _PURPOSE))
        ways = list(_leaves(schema, (), is_optional=schema.optional, default=schema.default))
        pairs = [(self._delimiter.join(f.name for f in way), leaf) for way, leaf in ways]
        new = build_struct(schema, pairs)
        leaves = [_Leaf(way, field) for (way, _), field in zip(ways, new.fields, strict=True)]

        def change(value: Any) -> dict[str, Any]:
            struct = require_struct(schema, value, _PURPOSE)
            result = {}
            for leaf in leaves:
                is_reached, member = _follow(struct, leaf.way)
                if is_reached:
                    result[leaf.field.name] = check_null(leaf.field, member)
            return result

        return Plan(new, change)

    def change_schemaless(self, value: Any) -> dict[str, Any]:
        """Flatten a map."""
        result: dict[str, Any] = {}
        self._flatten_map(require_map(value, _PURPOSE), "", result)
        return result

    def _flatten_map(self, value: dict[Any, Any], prefix: str, result: dict[str, Any]) -> None:
        for key, member in value.items():
            if not isinstance(key, str):
                message = f"Flatten transformation needs text as keys of maps, not {key!r}"
                raise DataError(message)
            name = f"{prefix}{self._delimiter}{key}" if prefix else key
            kind = None if member is None else _type_of(name, member)
            if kind is Type.MAP:
                self._flatten_map(member, name, result)
            else:
                result[name] = member


class FlattenKey(OnKey, Flatten):
    """`Flatten` of the key."""


class FlattenValue(OnValue, Flatten):
    """`Flatten` of the value."""


def _type_of(name: str, value: Any) -> Type:
    kind = infer_type(value)
    if isinstance(value, Struct) or kind is Type.STRUCT:
        message = (
            "Flatten transformation does not support STRUCT for record without schemas"
            f" (for field {name})."
        )
        raise DataError(message)
    if kind is None:
        message = (
            f"Flatten transformation was passed a value of type {type(value).__name__}"
            f" which is not supported by Connect's data API (for field {name})"
        )
        raise DataError(message)
    return kind


def _leaves(
    schema: Schema, way: tuple[Field, ...], *, is_optional: bool, default: dict[str, Any] | None
) -> Iterator[tuple[tuple[Field, ...], Schema]]:
    """List the ways to all fields that are no structs, with their new schemas."""
    for field in schema.fields:
        inner = field.schema
        here = (*way, field)
        may_be_null = is_optional or inner.optional
        own = inner.default
        if own is None and default is not None:
            own = get_field(default, field)
        if inner.type is Type.STRUCT:
            yield from _leaves(inner, here, is_optional=may_be_null, default=own)
        elif inner.type is Type.MAP:
            message = (
                "Flatten transformation does not support MAP for record with schemas"
                f" (for field {'.'.join(each.name for each in here)})."
            )
            raise DataError(message)
        else:
            yield here, inner.with_attributes(optional=may_be_null, default=own)


def _follow(struct: dict[str, Any], way: tuple[Field, ...]) -> tuple[bool, Any]:
    """Return whether all structs on the way are there, and the value at its end."""
    current: Any = struct
    for field in way:
        if current is None:
            return False, None
        current = get_field(current, field)
    return True, current
