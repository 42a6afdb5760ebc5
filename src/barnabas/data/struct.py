# SPDX-License-Identifier: Apache-2.0
"""Struct values: plain dicts, or dicts that carry their schema along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from barnabas.data.schema import Field, Schema, validate_value

__all__ = ["Struct", "get_field"]


class Struct(dict[str, Any]):
    """A dict by field name that carries its schema.

    Where the schema of a record says STRUCT, a plain dict is the normal value. A `Struct` is for
    places without a schema, such as an element of an array whose element schema is unknown, where
    a plain dict would be taken for a map. Equality is that of dicts: the schema is not compared.
    """

    __slots__ = ("schema",)
    schema: Schema

    def __init__(
        self, schema: Schema, values: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()
    ) -> None:
        super().__init__(values)
        self.schema = schema

    def validate(self) -> None:
        """Check all members against the schema.

        Raises:
            DataError: A member is missing, unknown or of the wrong type.
        """
        validate_value(self.schema, self)

    def __reduce__(self) -> tuple[type[Struct], tuple[Schema, dict[str, Any]]]:
        return Struct, (self.schema, dict(self))


def get_field(value: Mapping[str, Any], field: Field) -> Any:
    """Read a field of a struct value; the default stands for null and for what is left out."""
    member = value.get(field.name)
    return field.schema.default if member is None else member
