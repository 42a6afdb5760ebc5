# SPDX-License-Identifier: Apache-2.0
"""Connect schemas for Parquet files that tell none, from their columns.

Such are files of other programs, and those of our sink whose schema Avro cannot express.

===========================  ==============================================
Column                       Schema
===========================  ==============================================
integers, also unsigned      the smallest of INT8 to INT64 that holds them
float, double, boolean       FLOAT32 (also halves), FLOAT64, BOOLEAN
text, enum                   STRING
binary, fixed, unknown UUID  BYTES
decimal                      Decimal, with its precision
date, time                   Date, Time to the millisecond
timestamp                    Timestamp to the millisecond; UTC without zone
list, map, group             ARRAY, MAP, STRUCT without a name
===========================  ==============================================

Columns that may be null are optional. A file with another column has no schema.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pyarrow as pa

from barnabas import data
from barnabas.converters.avro import names
from barnabas.data import Field, Schema, Type

__all__ = ["plain_type", "schema_of"]

_Test = Callable[[pa.DataType], bool]
_SIMPLE: Final[tuple[tuple[_Test, Schema, pa.DataType], ...]] = (
    (pa.types.is_boolean, data.BOOLEAN, pa.bool_()),
    (pa.types.is_int8, data.INT8, pa.int8()),
    (pa.types.is_int16, data.INT16, pa.int16()),
    (pa.types.is_uint8, data.INT16, pa.int16()),
    (pa.types.is_int32, data.INT32, pa.int32()),
    (pa.types.is_uint16, data.INT32, pa.int32()),
    (pa.types.is_int64, data.INT64, pa.int64()),
    (pa.types.is_uint32, data.INT64, pa.int64()),
    (pa.types.is_float16, data.FLOAT32, pa.float32()),
    (pa.types.is_float32, data.FLOAT32, pa.float32()),
    (pa.types.is_float64, data.FLOAT64, pa.float64()),
    (pa.types.is_string, data.STRING, pa.string()),
    (pa.types.is_large_string, data.STRING, pa.string()),
    (pa.types.is_binary, data.BYTES, pa.binary()),
    (pa.types.is_large_binary, data.BYTES, pa.binary()),
    (pa.types.is_fixed_size_binary, data.BYTES, pa.binary()),
    (pa.types.is_date, data.DATE, pa.date32()),
    (pa.types.is_time, data.TIME, pa.time32("ms")),
    (pa.types.is_timestamp, data.TIMESTAMP, pa.timestamp("ms", "UTC")),
)


def schema_of(columns: pa.Schema) -> Schema | None:
    """Make the schema of a file's records; None where a column has no Connect type."""
    return _struct(list(columns))


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type that values are read from, which columns of a type are to be cast to."""
    for is_it, _, plain in _SIMPLE:
        if is_it(kind):
            return plain
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_struct(kind):
        return pa.struct([_plain(field) for field in kind])
    if pa.types.is_map(kind):
        return pa.map_(_plain(kind.key_field), _plain(kind.item_field))
    if _is_list(kind):
        return pa.list_(_plain(kind.value_field))
    return kind


def _plain(field: pa.Field) -> pa.Field:
    return field.with_type(plain_type(field.type))


def _schema(field: pa.Field) -> Schema | None:
    schema = _required(field.type)
    if schema is None or not field.nullable:
        return schema
    return schema.with_attributes(optional=True)


def _required(kind: pa.DataType) -> Schema | None:
    for is_it, schema, _ in _SIMPLE:
        if is_it(kind):
            return schema
    if pa.types.is_dictionary(kind):
        return _required(kind.value_type)
    if pa.types.is_decimal(kind):
        precision = {names.DECIMAL_PRECISION: str(kind.precision)}
        return data.decimal_schema(kind.scale, parameters=precision)
    if pa.types.is_struct(kind):
        return _struct(list(kind))
    return _map(kind) if pa.types.is_map(kind) else _list(kind)


def _map(kind: pa.DataType) -> Schema | None:
    keys, values = _schema(kind.key_field), _schema(kind.item_field)
    if keys is None or values is None:
        return None
    return Schema(Type.MAP, key_schema=keys, value_schema=values)


def _list(kind: pa.DataType) -> Schema | None:
    items = _schema(kind.value_field) if _is_list(kind) else None
    return None if items is None else Schema(Type.ARRAY, value_schema=items)


def _struct(columns: list[pa.Field]) -> Schema | None:
    fields = []
    for index, column in enumerate(columns):
        schema = _schema(column)
        if schema is None:
            return None
        fields.append(Field(column.name, index, schema))
    return Schema(Type.STRUCT, fields=fields)


def _is_list(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )
