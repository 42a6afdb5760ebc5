# SPDX-License-Identifier: Apache-2.0
"""Fields named by dotted paths, in structs and in maps."""

from __future__ import annotations

from typing import Any, Final

from barnabas.data import Schema, Type
from barnabas.errors import ConfigError

__all__ = ["MISSING", "FieldPath"]

MISSING: Final = object()
"""What is found where a schema has no such field, or a value no fields at all."""


class FieldPath:
    """The way to a field, such as ``order.customer.country``.

    A field whose own name has dots is found first.

    Args:
        text: Names joined by dots.
        setting: Which setting it is from, for errors.

    Raises:
        ConfigError: A name is empty.
    """

    def __init__(self, text: str, setting: str) -> None:
        self.text = text
        self._names = text.split(".")
        if not all(name.strip() for name in self._names):
            message = (
                f"Invalid value {text!r} for configuration {setting}: names of fields, joined by"
                " dots where they are nested, must not be blank"
            )
            raise ConfigError(message)

    def find(self, schema: Schema | None, value: Any) -> tuple[Any, Schema | None]:
        """Return the value of the field and its schema.

        The value is None when it, or a struct on the way to it, is null; then defaults stand in.
        It is `MISSING` when the schema has no such field, or something on the way has no fields.
        """
        if len(self._names) > 1 and _has(schema, value, self.text):
            return _member(schema, value, self.text)
        for name in self._names:
            value, schema = _member(schema, value, name)
            if value is MISSING:
                break
        return value, schema


def _has(schema: Schema | None, value: Any, name: str) -> bool:
    if schema is not None and schema.type is Type.STRUCT:
        return schema.field(name) is not None
    return isinstance(value, dict) and name in value


def _member(schema: Schema | None, value: Any, name: str) -> tuple[Any, Schema | None]:
    if schema is None:
        if value is None:
            return None, None
        if not isinstance(value, dict):
            return MISSING, None
        return value.get(name), None
    if schema.type is Type.MAP:
        member = None if value is None else value.get(name)
        return member, schema.value_schema
    field = schema.field(name) if schema.type is Type.STRUCT else None
    if field is None:
        return MISSING, None
    member = None if value is None else value.get(name)
    return (field.schema.default if member is None else member), field.schema
