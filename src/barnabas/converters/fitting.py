# SPDX-License-Identifier: Apache-2.0
"""Whether values fit their schemas, for converters: the checks and the words all formats share.

Called from the main thread of a task, for values on their way out and in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from barnabas.data import Schema
from barnabas.errors import DataError

__all__ = [
    "check_struct",
    "convert_items",
    "convert_members",
    "dict_of",
    "located",
    "located_item",
    "refusal",
    "step_to",
]

_PLACE: Final = 'in field "'


def refusal(schema: Schema, value: Any) -> DataError:
    """Make the error that says that a value is not of its schema's type; long values are cut."""
    shown = repr(value)
    shown = shown if len(shown) <= 100 else shown[:97] + "..."
    message = f"Invalid type for {schema.type.name}: {shown} of class {type(value).__name__}"
    if schema.name is not None:
        message += f", where the schema is {schema}"
    return DataError(message)


def located(error: DataError, step: str) -> DataError:
    """Make an error that says where within a value it is, from one of a part of that value.

    Args:
        error: May say already where in the part it is.
        step: Leads to the part: the name of a field, or `step_to` an item or member.
    """
    if not error.message.startswith(_PLACE):
        return DataError(f'{_PLACE}{step}": {error.message}')
    rest = error.message.removeprefix(_PLACE)
    return DataError(f"{_PLACE}{step}{'' if rest.startswith('[') else '.'}{rest}")


def step_to(key: Any) -> str:
    """Write the step to an item of a list, or a member of a map; long keys are cut."""
    shown = repr(key)
    return f"[{shown if len(shown) <= 40 else shown[:37] + '...'}]"


def located_item(
    error: DataError, convert: Callable[[Any], Any], items: Iterable[tuple[Any, Any]]
) -> DataError:
    """Find the item that an error of a whole column is about, by converting items again.

    Only the innermost list is looked through, so that no depth makes it slow; others show ``[]``.

    Args:
        error: What converting all of them raised.
        convert: Converts one item.
        items: Indexes or keys, and the items.
    """
    if "[" in error.message.partition('": ')[0]:
        return located(error, "[]")
    for key, item in items:
        try:
            convert(item)
        except DataError as found:
            return located(found, step_to(key))
    return error


def convert_items(convert: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """Convert the items of a list.

    Raises:
        DataError: What converting one raised, with its index.
    """
    converted: list[Any] = []
    try:
        for item in items:
            converted.append(convert(item))  # noqa: PERF401 - the error tells how many there are
    except DataError as error:
        raise located(error, step_to(len(converted))) from error
    return converted


def convert_members(convert: Callable[[Any], Any], members: Mapping[Any, Any]) -> dict[Any, Any]:
    """Convert the members of a map.

    Raises:
        DataError: What converting one raised, with its key.
    """
    converted: dict[Any, Any] = {}
    key = None
    try:
        for key, member in members.items():
            converted[key] = convert(member)
    except DataError as error:
        raise located(error, step_to(key)) from error
    return converted


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
