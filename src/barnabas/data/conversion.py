# SPDX-License-Identifier: Apache-2.0
"""Values turned into values of another type, as casts and header transforms do.

Each function takes the schema of the value (None for schemaless) and the value. Numbers narrow
silently, as in Java: 300 to INT8 is 44. Text is read as a number, and by the others as
`parse_string` reads it. The integer and FLOAT32 results are marked with their width.

Source: reference page ``data-model``, section 4.3.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any, Never

from barnabas.data.coercion import (
    as_integer,
    refuse,
    to_date,
    to_decimal,
    to_float32,
    to_float64,
    to_int8,
    to_int16,
    to_int32,
    to_time,
    to_timestamp,
)
from barnabas.data.numbers import Float32, Int8, Int16, Int32
from barnabas.data.parsing import parse_string
from barnabas.data.schema import Schema
from barnabas.data.struct import Struct
from barnabas.data.types import Type
from barnabas.errors import DataError

__all__ = [
    "convert_to_boolean",
    "convert_to_date",
    "convert_to_decimal",
    "convert_to_float32",
    "convert_to_float64",
    "convert_to_int8",
    "convert_to_int16",
    "convert_to_int32",
    "convert_to_int64",
    "convert_to_list",
    "convert_to_map",
    "convert_to_struct",
    "convert_to_time",
    "convert_to_timestamp",
]


def convert_to_boolean(schema: Schema | None, value: Any) -> bool | None:
    """Return whether a number's whole part is not 0, or what ``true`` or ``false`` says.

    Raises:
        DataError: The value is no number and no text of one.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        parsed = parse_string(value)
        if parsed is not None and isinstance(parsed.value, bool):
            return parsed.value
    return as_integer(value, schema) != 0


def convert_to_int8(schema: Schema | None, value: Any) -> Int8 | None:
    """Return the low 8 bits of a number.

    Raises:
        DataError: The value is no number and no text of one.
    """
    return None if value is None else to_int8(schema, value)


def convert_to_int16(schema: Schema | None, value: Any) -> Int16 | None:
    """Return the low 16 bits of a number.

    Raises:
        DataError: The value is no number and no text of one.
    """
    return None if value is None else to_int16(schema, value)


def convert_to_int32(schema: Schema | None, value: Any) -> Int32 | None:
    """Return the low 32 bits of a number.

    Raises:
        DataError: The value is no number and no text of one.
    """
    return None if value is None else to_int32(schema, value)


def convert_to_int64(schema: Schema | None, value: Any) -> int | None:
    """Return the low 64 bits of a number; a float beyond them gives the nearest limit.

    Raises:
        DataError: The value is no number and no text of one.
    """
    return None if value is None else as_integer(value, schema)


def convert_to_float32(schema: Schema | None, value: Any) -> Float32 | None:
    """Return a number rounded to 32 bits, infinite when it is too large.

    Raises:
        DataError: The value is no number and no text of one.
    """
    return None if value is None else to_float32(schema, value)


def convert_to_float64(schema: Schema | None, value: Any) -> float | None:
    """Return a number rounded to 64 bits, infinite when it is too large.

    Raises:
        DataError: The value is no number and no text of one.
    """
    return None if value is None else to_float64(schema, value)


def convert_to_decimal(schema: Schema | None, value: Any, scale: int) -> Decimal:
    """Return a number, its text or its unscaled bytes as a Decimal.

    The scale is applied to bytes only; other values keep the digits they have, as in Java.

    Raises:
        DataError: The value is null or none of these.
    """
    return _refuse_null() if value is None else to_decimal(schema, value, scale)


def convert_to_date(schema: Schema | None, value: Any) -> datetime.date | int:
    """Return the date of a point in time, of a number of days, or of text.

    Without a schema a point in time stays as it is, a `datetime.datetime` if it has a time of day.

    Raises:
        DataError: The value is null or none of these.
    """
    return to_date(schema, _parsed(value))


def convert_to_time(schema: Schema | None, value: Any) -> datetime.time | datetime.date | int:
    """Return the time of a timestamp, of a number of ms since midnight, or of text.

    Without a schema a point in time stays as it is, a `datetime.datetime` if it has a date.

    Raises:
        DataError: The value is null or none of these.
    """
    return to_time(schema, _parsed(value))


def convert_to_timestamp(schema: Schema | None, value: Any) -> datetime.datetime | int:
    """Return the timestamp of a point in time, of a number of ms since 1970, or of text.

    Raises:
        DataError: The value is null or none of these.
    """
    return to_timestamp(schema, _parsed(value))


def convert_to_list(schema: Schema | None, value: Any) -> list[Any]:
    """Return a list, also out of text such as ``[1,2]``.

    Raises:
        DataError: The value is neither.
    """
    del schema  # kept so that all conversions are called alike
    value = _parsed(value)
    if isinstance(value, list):
        return value
    return refuse(value, "Schema{ARRAY}")


def convert_to_map(schema: Schema | None, value: Any) -> dict[Any, Any]:
    """Return a map, also out of text such as ``{"a":1}``; a struct is no map.

    Raises:
        DataError: The value is neither.
    """
    value = _parsed(value)
    if isinstance(value, dict) and not _is_struct(schema, value):
        return value
    return refuse(value, "Schema{MAP}")


def convert_to_struct(schema: Schema | None, value: Any) -> dict[str, Any]:
    """Return a struct as it is: a `Struct`, or a dict whose schema says STRUCT.

    Raises:
        DataError: The value is no struct.
    """
    if value is None:
        _refuse_null()
    if isinstance(value, dict) and _is_struct(schema, value):
        return value
    return refuse(value, "Schema{STRUCT}")


def _is_struct(schema: Schema | None, value: dict[Any, Any]) -> bool:
    return isinstance(value, Struct) or (schema is not None and schema.type is Type.STRUCT)


def _parsed(value: Any) -> Any:
    if value is None:
        _refuse_null()
    if not isinstance(value, str):
        return value
    parsed = parse_string(value)
    return _refuse_null() if parsed is None else parsed.value


def _refuse_null() -> Never:
    message = "Unable to convert a null value to a schema that requires a value"
    raise DataError(message)
