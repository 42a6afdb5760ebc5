# SPDX-License-Identifier: Apache-2.0
"""Projection of many values from one schema to another, put together once for each pair.

The result is that of `barnabas.data.project`, which says what a projection is and does all that is
unusual; structs, by far the most, are not compared again for each value.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from barnabas.data import RecursiveSchema, Schema, Type, project

__all__ = ["projector_for"]

Project = Callable[[Any], Any]


@functools.lru_cache(maxsize=256)
def projector_for(source: Schema, target: Schema) -> Project:
    """Make the function that projects values.

    It raises SchemaProjectorError for values of schemas that are not compatible.
    """
    return _compiled(source, target) or (lambda value: value)


def _compiled(source: Schema, target: Schema) -> Project | None:
    """Put a projection together; None where a value stays what it is."""
    is_recursive = isinstance(source, RecursiveSchema) or isinstance(target, RecursiveSchema)
    if source is target or (source == target and not is_recursive):
        return None
    if not is_recursive and _is_simple(source, target):
        if source.type is Type.STRUCT:
            return _struct(source, target) or _general(source, target)
        if source.type.is_primitive and source.type is target.type:
            return None
    return _general(source, target)


def _general(source: Schema, target: Schema) -> Project:
    return lambda value: project(source, value, target)


def _is_simple(source: Schema, target: Schema) -> bool:
    return (
        source.type is target.type
        and source.name == target.name
        and source.parameters == target.parameters
        and (target.optional or not source.optional)
    )


def _struct(source: Schema, target: Schema) -> Project | None:
    constants: dict[str, Any] = {}
    steps: list[tuple[str, Any, Project | None]] = []
    for field in target.fields:
        written = source.field(field.name)
        if written is not None:
            step = _compiled(written.schema, field.schema)
            steps.append((field.name, written.schema.default, step))
        elif field.schema.optional:
            continue
        elif field.schema.default is None:
            return None  # the general way says what is missing
        else:
            constants[field.name] = field.schema.default

    def one(value: Any) -> Any:
        if value is None:
            return None
        result = constants.copy()
        get = value.get
        for name, default, step in steps:
            member = get(name)
            if member is None:
                member = default
            result[name] = member if step is None else step(member)
        return result

    return one
