# SPDX-License-Identifier: Apache-2.0
"""Cast: other types for fields or for the whole key or value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from barnabas import config
from barnabas.data import (
    LOGICAL_DATE,
    LOGICAL_ENCODERS,
    LOGICAL_TIME,
    LOGICAL_TIMESTAMP,
    Schema,
    Struct,
    Type,
    infer_type,
)
from barnabas.errors import ConfigError, ConnectError, DataError
from barnabas.transforms import options
from barnabas.transforms.casting import CASTS, CASTS_UNMARKED, SOURCE_TYPES
from barnabas.transforms.key_or_value import OnKey, OnValue, Plan, Planned
from barnabas.transforms.requirements import in_field, require_map, require_struct
from barnabas.transforms.structs import StructReader, build_struct

__all__ = ["Cast", "CastKey", "CastValue"]

_PURPOSE = "type casting"
_POINTS = frozenset({LOGICAL_DATE, LOGICAL_TIME, LOGICAL_TIMESTAMP})


def _check_spec(name: str, value: object) -> None:
    if not isinstance(value, list) or not value:
        message = "Must specify at least one field to cast."
        raise ConfigError(message)
    try:
        _parse_spec(value)
    except ConfigError as error:
        raise config.invalid_value(name, value, error.message) from error


def _parse_spec(items: list[str]) -> dict[str | None, Type]:
    """Read the types by field; None stands for the whole value."""
    types: dict[str | None, Type] = {}
    for item in items:
        parts = options.parse_mapping(item)
        if not 1 <= len(parts) <= 2:
            message = f"Invalid cast mapping: {item}; write `field:type` or a type alone"
            raise ConfigError(message)
        types[parts[0].strip() if len(parts) == 2 else None] = _parse_type(parts[-1])
    if None in types and len(items) > 1:
        message = (
            "Cast transformations that specify a type to cast the entire value to may only specify"
            " a single cast in their spec"
        )
        raise ConfigError(message)
    return types


def _parse_type(text: str) -> Type:
    try:
        kind = Type(text.strip().lower())
    except ValueError:
        constant = f"org.apache.kafka.connect.data.Schema.Type.{text.strip().upper()}"
        message = f"Invalid type found in casting spec: {text.strip()}: No enum constant {constant}"
        raise ConfigError(message) from None
    if kind not in CASTS:
        known = ", ".join(each.name for each in CASTS)
        message = (
            f"Cast transformation does not support casting to {kind.name};"
            f" supported types are [{known}]"
        )
        raise ConfigError(message)
    return kind


class CastConfig(config.Config):
    """Settings of `Cast`."""

    spec = config.Option(
        "spec",
        list,
        config.NO_DEFAULT,
        "Fields and the types they get, such as `age:int32,price:float64`; a type alone, as the"
        " only item, is for the whole key or value. Types: int8, int16, int32, int64, float32,"
        " float64, boolean, string.",
        importance=config.Importance.HIGH,
        validator=config.validator(
            _check_spec,
            "list of colon-delimited pairs, e.g. <code>foo:bar,abc:xyz</code>",
        ),
    )
    replace_null_with_default = options.replace_null_with_default()


class Cast(Planned):
    """Casts by Java's rules: numbers narrow silently, text must be a number of the type.

    A field that is cast loses name, version, doc and parameters of its schema, its optionality
    and default stay. A schemaless map gets the fields it does not have as null.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.Cast``; reference page ``transforms``.
    """

    config_class = CastConfig

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        settings = CastConfig(configs)
        self._fills_defaults = settings.replace_null_with_default
        self._fields = _parse_spec(settings.spec)
        self._whole = self._fields.pop(None, None)

    def plan(self, schema: Schema) -> Plan:
        """Make the new schema and choose a cast per field; see `Planned.plan`."""
        if self._whole is not None:
            return self._plan_whole(schema, self._whole)
        if schema.type is not Type.STRUCT:
            message = (
                f"Cannot list fields on non-struct type: {schema}; a type alone in spec casts "
                "whole values"
            )
            raise DataError(message)
        wanted = {
            field.name: self._fields[field.name]
            for field in schema.fields
            if field.name in self._fields
        }
        casts = {name: _caster(schema.field(name).schema, kind) for name, kind in wanted.items()}  # type: ignore[union-attr] # it is one of the fields
        new = build_struct(
            schema,
            (
                (f.name, _cast_schema(f.schema, wanted[f.name]) if f.name in wanted else f.schema)
                for f in schema.fields
            ),
            optional=schema.optional,
            default=schema.default,
        )
        reader = StructReader(schema, fills_defaults=self._fills_defaults)

        def change(value: Any) -> dict[str, Any]:
            result = reader.copy(require_struct(schema, value, _PURPOSE))
            name = ""
            try:
                for name, cast in casts.items():
                    member = result[name]
                    if member is not None:
                        result[name] = cast(member)
            except ConnectError as error:
                raise in_field(error, name) from error
            return result

        return Plan(new, change)

    def change_schemaless(self, value: Any) -> Any:
        """Cast a value, or members of a map, by their classes."""
        if self._whole is not None:
            return _cast_schemaless(value, self._whole)
        members = dict(require_map(value, _PURPOSE))
        name: str | None = None
        try:
            for name, kind in self._fields.items():
                member = members.get(name)
                members[name] = None if member is None else _cast_schemaless(member, kind)
        except ConnectError as error:
            raise in_field(error, name) from error
        return members

    @staticmethod
    def _plan_whole(schema: Schema, kind: Type) -> Plan:
        """Cast the whole value; here, unlike in fields, name and parameters stay."""
        cast = _caster(schema, kind, is_marked=schema.name in LOGICAL_ENCODERS)
        default = None if schema.default is None else cast(schema.default)
        new = Schema(
            kind,
            optional=schema.optional,
            default=default,
            name=schema.name,
            version=schema.version,
            doc=schema.doc,
            parameters=schema.parameters,
        )
        return Plan(new, cast)


class CastKey(OnKey, Cast):
    """`Cast` of the key."""


class CastValue(OnValue, Cast):
    """`Cast` of the value."""


def _cast_schema(schema: Schema, kind: Type) -> Schema:
    default = None if schema.default is None else _caster(schema, kind)(schema.default)
    return Schema(kind, optional=schema.optional, default=default)


def _caster(schema: Schema, kind: Type, *, is_marked: bool = False) -> Callable[[Any], Any]:
    """Choose the function that casts values of a schema; they are not null."""
    if schema.type not in SOURCE_TYPES:
        return lambda _: _refuse(schema.type)
    cast = (CASTS if is_marked else CASTS_UNMARKED)[kind]
    if kind is Type.STRING:
        return lambda value: cast(schema, value)
    if schema.name in _POINTS:
        encode = LOGICAL_ENCODERS[schema.name or ""]
        return lambda value: cast(schema, encode(schema, value))
    return lambda value: cast(schema, value)


def _cast_schemaless(value: Any, kind: Type) -> Any:
    source = Type.STRUCT if isinstance(value, Struct) else infer_type(value)
    if source is None:
        message = (
            f"Cast transformation was passed a value of type {type(value).__name__}"
            " which is not supported by Connect's data API"
        )
        raise DataError(message)
    if source not in SOURCE_TYPES:
        _refuse(source)
    return CASTS[kind](None, value)


def _refuse(source: Type) -> None:
    known = ", ".join(each.name for each in CASTS)
    message = (
        f"Cast transformation does not support casting from {source.name};"
        f" supported types are [{known}, BYTES]"
    )
    raise DataError(message)
