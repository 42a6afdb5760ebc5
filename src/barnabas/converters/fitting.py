# SPDX-License-Identifier: Apache-2.0
"""Whether values fit their schemas, for converters: the checks and the words all formats share.

Called from the main thread of a task, for values on their way out and in.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from barnabas.data import Schema
from barnabas.errors import DataError

__all__ = ["check_struct", "dict_of", "refusal"]


def refusal(schema: Schema, value: Any) -> DataError:
    """Make the error that says that a value is not of its schema's type; long values are cut."""
    shown = repr(value)
    shown = shown if len(shown) <= 100 else shown[:97] + "..."
    message = f"Invalid type for {schema.type.name}: {shown} of class {type(value).__name__}"
    if schema.name is not None:
        message += f", where the schema is {schema}"
    return DataError(message)


def check_struct(schema: Schema, value: Any, *, mismatch: str = "Mismatching schema") -> None:
    """Check that a value is a struct of this schema, if it has one, and of no other members.

    Args:
        schema: A STRUCT schema.
        value: Any value; the types of its members are not looked at.
        mismatch: What Java's converter of the format says when the struct has another schema.

    Raises:
        DataError: It is not.
    """
    if not schema.matches(value):
        raise refusal(schema, value)
    own = getattr(value, "schema", None)
    if own is not None and own is not schema and own != schema:
        message = f"{mismatch}: expected {schema!r}, the value has {own!r}"
        raise DataError(message)
    unknown = [name for name in value if schema.field(name) is None]
    if unknown:
        known = ", ".join(field.name for field in schema.fields)
        message = f"{unknown[0]!r} is not a valid field name of {schema}; its fields are: {known}"
        raise DataError(message)


def dict_of(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Make a map of keys and members that were read; keys that are lists become tuples.

    Raises:
        DataError: A key is a map or a struct.
    """
    try:
        return {_as_key(key): member for key, member in pairs}
    except TypeError:
        message = (
            "A map whose keys are maps or structs cannot be a dict in Python; let a"
            " transformation drop the field or use another converter"
        )
        raise DataError(message) from None


def _as_key(key: Any) -> Any:
    return tuple(map(_as_key, key)) if type(key) is list else key
