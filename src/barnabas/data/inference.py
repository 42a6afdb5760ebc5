# SPDX-License-Identifier: Apache-2.0
"""The schema a schemaless value suggests.

Source: reference page ``data-model``, sections 1 and 4.3.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from barnabas.data.logical import FarTimestamp
from barnabas.data.numbers import Float32, Float64, Int8, Int16, Int32, Int64
from barnabas.data.schema import (
    BOOLEAN,
    BYTES,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    STRING,
    Schema,
)
from barnabas.data.struct import Struct
from barnabas.data.types import Type
from barnabas.errors import DataError

__all__ = ["infer_schema", "infer_type"]

_SCALARS: Final[dict[type, Schema]] = {
    bool: BOOLEAN,
    str: STRING,
    int: INT64,
    float: FLOAT64,
    bytes: BYTES,
    bytearray: BYTES,
    memoryview: BYTES,
    Int8: INT8,
    Int16: INT16,
    Int32: INT32,
    Int64: INT64,
    Float32: FLOAT32,
    Float64: FLOAT64,
}


def infer_schema(value: Any) -> Schema | None:
    """Guess the schema of a value; None where Java finds none.

    A plain int is INT64 and a plain float FLOAT64. Elements of a list, and keys and values of a
    map, must be of one type; of a list or map inside only the type is kept, not its elements'.
    Dates and Decimals have no schema, nor have null, empty lists and maps, and mixed ones.

    Raises:
        DataError: All elements of a list, or all values of a map, are null.
    """
    scalar = _scalar_schema(value)
    if scalar is not None:
        return scalar
    if isinstance(value, Struct):
        return value.schema
    if isinstance(value, list) and value:
        items = _element_schema(value)
        return None if items is None else Schema.array(items)
    if isinstance(value, dict) and value:
        keys, values = _element_schema(value), _element_schema(value.values())
        return None if keys is None or values is None else Schema.map(keys, values)
    return None


def infer_type(value: Any) -> Type | None:
    """Find the type of a schemaless value by its class alone; None when Connect has none for it.

    A plain dict is a MAP, a `Struct` a STRUCT. Points in time and Decimals have no type of their
    own in Connect.
    """
    scalar = _scalar_schema(value)
    if scalar is not None:
        return scalar.type
    if isinstance(value, Struct):
        return Type.STRUCT
    if isinstance(value, dict):
        return Type.MAP
    return Type.ARRAY if isinstance(value, list | tuple) else None


def _scalar_schema(value: Any) -> Schema | None:
    if type(value) is FarTimestamp:
        return None
    for base in type(value).__mro__:
        schema = _SCALARS.get(base)
        if schema is not None:
            return schema if schema is not INT64 or INT64.matches(value) else None
    return None


def _element_schema(values: Iterable[Any]) -> Schema | None:
    """Return the one type of the values, optional if there are nulls; None when they differ."""
    found: Type | None = None
    optional = False
    for value in values:
        if value is None:
            optional = True
            continue
        schema = infer_schema(value)
        if schema is None or found not in (None, schema.type):
            return None
        found = schema.type
    if found is None:
        message = "Cannot infer the type of elements that are all null"
        raise DataError(message)
    return Schema(found, optional=optional)
