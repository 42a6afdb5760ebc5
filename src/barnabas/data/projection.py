# SPDX-License-Identifier: Apache-2.0
"""Values written with one schema, read with another.

Source: reference page ``data-model``, section 3 (Apache Kafka ``SchemaProjector``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from barnabas.data.numbers import round_to_float32
from barnabas.data.schema import Schema
from barnabas.data.struct import get_field
from barnabas.data.types import Type
from barnabas.errors import SchemaProjectorError

__all__ = ["project"]

_PROMOTIONS: Final = (
    Type.INT8,
    Type.INT16,
    Type.INT32,
    Type.INT64,
    Type.FLOAT32,
    Type.FLOAT64,
)


def project(source: Schema, value: Any, target: Schema) -> Any:
    """Turn a value of one schema into a value of a compatible one.

    Compatible are equal types or a widening of numbers, with equal names and parameters. Fields
    of a struct are matched by name: the source's extra fields are dropped, missing ones take the
    target's default or, if optional, are left out.

    Raises:
        SchemaProjectorError: The schemas are not compatible; says which field.
    """
    _check_compatible(source, target)
    if source.optional and not target.optional:
        if target.default is None:
            message = (
                "Writer schema is optional, however, target schema does not provide a default"
                f" value: {target!r}"
            )
            raise SchemaProjectorError(message)
        if value is None:
            return target.default
    return None if value is None else _project_value(source, value, target)


def _check_compatible(source: Schema, target: Schema) -> None:
    if source is target:
        return
    if source.type is not target.type and not _is_promotable(source.type, target.type):
        message = (
            f"Schema type mismatch. source type: {source.type.name} and target type:"
            f" {target.type.name}"
        )
        raise SchemaProjectorError(message)
    if source.name != target.name:
        message = f"Schema name mismatch. source name: {source.name} and target name: {target.name}"
        raise SchemaProjectorError(message)
    if source.parameters != target.parameters:
        message = (
            f"Schema parameters not equal. source parameters: {dict(source.parameters)} and"
            f" target parameters: {dict(target.parameters)}"
        )
        raise SchemaProjectorError(message)


def _is_promotable(source: Type, target: Type) -> bool:
    if source not in _PROMOTIONS or target not in _PROMOTIONS:
        return False
    return _PROMOTIONS.index(source) <= _PROMOTIONS.index(target)


def _project_value(source: Schema, value: Any, target: Schema) -> Any:
    if target.type is Type.STRUCT:
        return _project_struct(source, value, target)
    if target.type is Type.ARRAY:
        items = _known(source.value_schema, source), _known(target.value_schema, target)
        return [project(items[0], item, items[1]) for item in value]
    if target.type is Type.MAP:
        keys = _known(source.key_schema, source), _known(target.key_schema, target)
        values = _known(source.value_schema, source), _known(target.value_schema, target)
        return {
            project(keys[0], key, keys[1]): project(values[0], member, values[1])
            for key, member in value.items()
        }
    return value if source.type is target.type else _promote(value, target)


def _promote(value: Any, target: Schema) -> Any:
    """Widen a number and take the mark of the narrower width off it."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        message = f"Cannot widen {value!r} of class {type(value).__name__} to {target}"
        raise SchemaProjectorError(message)
    if target.type is Type.FLOAT32:
        return round_to_float32(value)
    return float(value) if target.type is Type.FLOAT64 else int(value)


def _project_struct(source: Schema, value: Mapping[str, Any], target: Schema) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for field in target.fields:
        name, schema = field.name, field.schema
        written = source.field(name)
        if written is not None:
            try:
                result[name] = project(written.schema, get_field(value, written), schema)
            except SchemaProjectorError as error:
                message = f"Error projecting {name}: {error.message}"
                raise SchemaProjectorError(message) from error
        elif schema.optional:
            continue
        elif schema.default is not None:
            result[name] = schema.default
        else:
            message = f"Required field `{name}` is missing from source schema: {source!r}"
            raise SchemaProjectorError(message)
    return result


def _known(part: Schema | None, whole: Schema) -> Schema:
    if part is None:
        message = f"Cannot project {whole!r}: the schema of its elements is not known"
        raise SchemaProjectorError(message)
    return part
