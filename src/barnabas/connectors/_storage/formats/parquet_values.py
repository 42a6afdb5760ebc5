# SPDX-License-Identifier: Apache-2.0
"""Arrow arrays as Connect values, the way back of `parquet_columns`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from barnabas import data
from barnabas.converters.avro import kinds
from barnabas.data import Schema, Type
from barnabas.errors import DataError

__all__ = ["values_of"]


def values_of(schema: Schema, array: pa.Array) -> list[Any]:
    """Read the values of an array that holds values of a schema.

    Raises:
        DataError: The array is of another type.
    """
    if kinds.is_union(schema):
        return _structs(schema, array, [f"member{i}" for i in range(len(schema.fields))])
    if schema.type is Type.STRUCT:
        return _structs(schema, array, [field.name for field in schema.fields])
    if schema.type is Type.ARRAY:
        _check(schema, array, pa.types.is_list(array.type))
        return _cut(array, values_of(_known(schema.value_schema), array.values), list)
    if schema.type is Type.MAP:
        return _maps(schema, array)
    return _leaves(schema, array)


def _structs(schema: Schema, array: pa.Array, names: list[str]) -> list[Any]:
    _check(schema, array, pa.types.is_struct(array.type))
    if array.null_count:  # what is below a null struct is no value of its field
        present = array.is_valid()
        rest = iter(_structs(schema, array.filter(present), names))
        return [next(rest) if is_there else None for is_there in present.to_pylist()]
    columns = {}
    for field, name in zip(schema.fields, names, strict=True):
        index = array.type.get_field_index(name)
        if index >= 0:
            columns[field.name] = values_of(field.schema, array.field(index))
    if not columns:
        return [{} for _ in range(len(array))]
    rows = zip(*columns.values(), strict=True)
    if not kinds.is_union(schema):
        return [dict(zip(columns, row, strict=True)) for row in rows]
    return [
        {name: member for name, member in zip(columns, row, strict=True) if member is not None}
        for row in rows
    ]


def _maps(schema: Schema, array: pa.Array) -> list[Any]:
    if pa.types.is_map(array.type):
        keys, items = array.keys, array.items
    else:
        _check(schema, array, pa.types.is_list(array.type))
        keys, items = array.values.field(0), array.values.field(1)
    pairs = zip(
        values_of(_known(schema.key_schema), keys),
        values_of(_known(schema.value_schema), items),
        strict=True,
    )
    return _cut(array, list(pairs), dict)


def _cut(array: pa.Array, parts: list[Any], make: Callable[[list[Any]], Any]) -> list[Any]:
    offsets = array.offsets.to_pylist()
    present = array.is_valid().to_pylist()
    return [
        make(parts[begin:end]) if is_there else None
        for begin, end, is_there in zip(offsets, offsets[1:], present, strict=False)
    ]


def _leaves(schema: Schema, array: pa.Array) -> list[Any]:
    if schema.name in (data.LOGICAL_DATE, data.LOGICAL_TIME, data.LOGICAL_TIMESTAMP):
        base = pa.int64() if schema.type is Type.INT64 else pa.int32()
        array = array.cast(base)
    elif schema.name == data.LOGICAL_DECIMAL and pa.types.is_decimal(array.type):
        return list(array.to_pylist())
    plain = array.to_pylist()
    if schema.name not in data.LOGICAL_NAMES:
        return list(plain)
    return [data.decode_logical(schema, value) for value in plain]


def _known(schema: Schema | None) -> Schema:
    assert schema is not None  # schemas that were read from a file are whole
    return schema


def _check(schema: Schema, array: pa.Array, fits: bool) -> None:
    if not fits:
        message = f"The file's metadata says {schema}, and its data are {array.type}"
        raise DataError(message)
