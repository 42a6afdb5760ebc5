# SPDX-License-Identifier: Apache-2.0
"""Values without schema made ready for the JSON encoder: one, or a column of them.

What is ready is told in `writing`. Most values are ready as they are; of a column that is found out
by the classes, keys and extremes of all its values at once, and the same objects are given back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import is_
from typing import Any, Final

from barnabas import data
from barnabas.converters.json import text
from barnabas.errors import DataError

__all__ = ["has_text_keys", "ready_schemaless", "ready_schemaless_column"]

_NONE: Final = type(None)
_READY: Final = frozenset({str, bool, _NONE})
_LEAST: Final = -(1 << 63)
_LARGEST: Final = (1 << 63) - 1


def has_text_keys(value: Mapping[Any, Any]) -> bool:
    """Whether a map is written as a JSON object."""
    return all(isinstance(key, str) for key in value)


def ready_schemaless_column(values: Sequence[Any]) -> Sequence[Any]:
    """Make many values ready; the same as `ready_schemaless` for each.

    Raises:
        DataError: No type of Connect has such a value.
    """
    kinds = set(map(type, values))
    if kinds <= _READY:
        return values
    if kinds == {dict}:
        return _ready_dicts(values)
    if _are_plain_numbers(values, kinds):
        return values
    return list(map(ready_schemaless, values))


def _are_plain_numbers(values: Sequence[Any], kinds: set[type]) -> bool:
    """Whether all values are whole numbers of 64 bits, or fractions written as they are."""
    if _NONE in kinds:
        kinds = kinds - {_NONE}
        values = [value for value in values if value is not None]
    if kinds == {int}:
        return bool(min(values) >= _LEAST and max(values) <= _LARGEST)
    if kinds == {float}:
        # A sum of what is no number is none, so the extremes are those of numbers.
        return math.isfinite(sum(values)) and min(values) >= 1e-3 and max(values) < 1e7
    return False


def _ready_dicts(values: Sequence[dict[Any, Any]]) -> Sequence[Any]:
    shapes = set(map(tuple, values))
    if len(shapes) > 1:
        return list(map(_ready_dict, values))
    (names,) = shapes
    if not names or set(map(type, names)) != {str}:
        return list(map(_ready_dict, values))
    columns = list(zip(*map(dict.values, values), strict=True))
    ready = list(map(ready_schemaless_column, columns))
    if all(map(_is_same, columns, ready)):
        return values
    return [dict(zip(names, row, strict=True)) for row in zip(*ready, strict=True)]


def _is_same(column: Sequence[Any], ready: Sequence[Any]) -> bool:
    return ready is column or all(map(is_, column, ready))


def ready_schemaless(value: Any) -> Any:
    """Make a value without schema ready; its class tells its type.

    Raises:
        DataError: No type of Connect has such values: dates and Decimals need a schema.
    """
    ready = _SCHEMALESS.get(type(value))
    if ready is not None:
        return ready(value)
    for kind, ready in _SCHEMALESS.items():
        if isinstance(value, kind) and not isinstance(value, data.Struct):
            return ready(value)
    if isinstance(value, data.Struct):
        message = "Mismatching schema: a struct cannot be written where no schema is given"
        raise DataError(message)
    message = (
        f"A value of class {type(value).__name__} does not have a corresponding schema type:"
        " give its schema, or a plain number, text, bytes, list or dict"
    )
    raise DataError(message)


def _ready_integer(value: int) -> int:
    if -(1 << 63) <= value < 1 << 63:
        return int(value)
    message = f"{value} does not fit into INT64, the widest whole number without a schema"
    raise DataError(message)


def _ready_list(value: Iterable[Any]) -> Any:
    return list(map(ready_schemaless, value))


def _ready_dict(value: dict[Any, Any]) -> Any:
    ready = map(ready_schemaless, value.values())
    if has_text_keys(value):
        return dict(zip(map(str.__str__, value), ready, strict=True))
    return list(zip(map(ready_schemaless, value), ready, strict=True))


def _unchanged(value: Any) -> Any:
    return value


_SCHEMALESS: Final[dict[type, Callable[[Any], Any]]] = {
    _NONE: _unchanged,
    bool: _unchanged,
    str: str.__str__,
    int: _ready_integer,
    data.Float32: text.ready_float32,
    float: lambda value: text.ready_float(float(value)),
    bytes: bytes,
    bytearray: bytes,
    memoryview: bytes,
    list: _ready_list,
    tuple: _ready_list,
    dict: _ready_dict,
}
