# SPDX-License-Identifier: Apache-2.0
"""Structs read and schemas rebuilt the way Java's transformations do it.

Java copies a struct field by field. That fills in defaults, if it shall, and finds nulls where
none may be; a field that is not set counts as null.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from barnabas.data import Field, Schema, Type
from barnabas.errors import DataError

__all__ = ["StructReader", "build_struct", "check_null", "is_filled", "read_field"]


def read_field(value: dict[str, Any], field: Field, *, fills_defaults: bool) -> Any:
    """Read one field; null when it is not set and has no default, or defaults are not wanted."""
    member = value.get(field.name)
    if member is None and fills_defaults:
        return field.schema.default
    return member


def check_null(field: Field, member: Any) -> Any:
    """Return what is to be put into a field.

    Raises:
        DataError: It is null and the field is required.
    """
    if member is None and not field.schema.optional:
        message = (
            f'Invalid value: null used for required field: "{field.name}",'
            f" schema type: {field.schema.type.name}"
        )
        raise DataError(message)
    return member


def is_filled(schema: Schema, value: dict[str, Any]) -> bool:
    """Whether all fields of a struct are set, so that there is nothing to look after."""
    return len(value) == len(schema.fields) and None not in value.values()


class StructReader:
    """Copies structs of one schema.

    Args:
        schema: Their schema, of type STRUCT.
        fills_defaults: Whether a null becomes the default of its field.
    """

    def __init__(self, schema: Schema, *, fills_defaults: bool) -> None:
        self._schema = schema
        self._fills_defaults = fills_defaults

    def copy(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return a new dict with all fields.

        Raises:
            DataError: A required field is null.
        """
        if is_filled(self._schema, value):
            return dict(value)
        fills = self._fills_defaults
        return {
            field.name: check_null(field, read_field(value, field, fills_defaults=fills))
            for field in self._schema.fields
        }

    def copy_many(self, values: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Copy many; see `copy`."""
        length, copy = len(self._schema.fields), self.copy
        return [
            dict(value) if len(value) == length and None not in value.values() else copy(value)
            for value in values
        ]


def build_struct(old: Schema, fields: Iterable[tuple[str, Schema]], **attributes: Any) -> Schema:
    """Make a STRUCT schema with the name, version, doc and parameters of another schema.

    Raises:
        SchemaBuilderError: A name is empty or occurs twice.
    """
    return Schema(
        Type.STRUCT,
        name=old.name,
        version=old.version,
        doc=old.doc,
        parameters=old.parameters,
        fields=fields,
        **attributes,
    )
