# SPDX-License-Identifier: Apache-2.0
"""Numbers and points in time from each other, by Java's rules and without parsing text.

This is the ground under `barnabas.data.conversion` and `barnabas.data.parsing`. Java has one class
for all points in time and lets the schema tell which is meant; here the Python class tells most of
it and the schema the rest, above all for ints beyond Python's dates.

Source: reference page ``data-model``, section 4.3.
"""

from __future__ import annotations

import datetime
import math
import re
from decimal import Decimal
from typing import Any, Final, Never

from barnabas.data.calendars import java_date_text
from barnabas.data.logical import (
    FarTimestamp,
    decimal_from_unscaled,
    decimal_schema,
    decode_date,
    decode_time,
    decode_timestamp,
    encode_date,
    encode_time,
    encode_timestamp,
    scale_of,
)
from barnabas.data.numbers import (
    Float32,
    Int8,
    Int16,
    Int32,
    double_text,
    wrap_integer,
)
from barnabas.data.schema import Schema
from barnabas.data.types import (
    DAY_MS,
    LOGICAL_DATE,
    LOGICAL_TIME,
    LOGICAL_TIMESTAMP,
)
from barnabas.errors import DataError

__all__ = [
    "as_float",
    "as_integer",
    "date_from_ms",
    "is_temporal",
    "milliseconds",
    "parse_decimal",
    "point_ms",
    "refuse",
    "time_from_ms",
    "to_date",
    "to_decimal",
    "to_float32",
    "to_float64",
    "to_int8",
    "to_int16",
    "to_int32",
    "to_int64",
    "to_time",
    "to_timestamp",
]

_DECIMAL: Final = re.compile(r"([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?")
_LONG_MIN, _LONG_MAX = -(1 << 63), (1 << 63) - 1
_POINTS: Final = frozenset({LOGICAL_DATE, LOGICAL_TIME, LOGICAL_TIMESTAMP})


def refuse(value: Any, wanted: Schema | str | None) -> Never:
    """Raise that a value cannot become what is wanted; None is a number."""
    shown = java_date_text(milliseconds(value)) if is_temporal(value) else repr(value)
    shown = shown if len(shown) <= 100 else shown[:97] + "..."
    target = "a number" if wanted is None else str(wanted)
    message = f"Unable to convert {shown} (class {type(value).__name__}) to {target}"
    raise DataError(message)


def parse_decimal(text: str) -> Decimal | None:
    """Read a number as Java's BigDecimal does, keeping every digit; None when it is none."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return None
    exponent = int(found[3] or 0)
    fraction = len(found[2].partition(".")[2])
    if not -(1 << 31) <= fraction - exponent < 1 << 31 or abs(exponent) >= 1 << 31:
        return None
    value = Decimal(text)
    return value or value.copy_abs()


def is_temporal(value: Any) -> bool:
    """Whether the value is a date, a time or a datetime of Python."""
    return isinstance(value, datetime.date | datetime.time)


def milliseconds(value: datetime.date | datetime.time) -> int:
    """Return the ms since the epoch that Java's one class of dates would hold."""
    if isinstance(value, datetime.datetime):
        return encode_timestamp(value)
    return encode_date(value) * DAY_MS if isinstance(value, datetime.date) else encode_time(value)


def point_ms(schema: Schema | None, value: Any) -> int | None:
    """Return the ms since the epoch of a point in time; None for values that are none.

    An int is one where the schema says so: it lies beyond Python's dates.
    """
    if type(value) is FarTimestamp:
        return int(value)
    if is_temporal(value):
        return milliseconds(value)
    if type(value) is int and schema is not None and schema.name in _POINTS:
        return value * DAY_MS if schema.name == LOGICAL_DATE else value
    return None


def date_from_ms(ms: int) -> datetime.date | int:
    """Return the date of ms; with a time of day it stays a datetime, as Java's date would."""
    days, rest = divmod(ms, DAY_MS)
    return decode_timestamp(ms) if rest else decode_date(days)


def time_from_ms(ms: int) -> datetime.time | datetime.date | int:
    """Return the time of ms; outside the epoch's day it stays a datetime, as Java's date would."""
    return decode_time(ms) if 0 <= ms <= DAY_MS else decode_timestamp(ms)


def as_integer(value: Any, schema: Schema | None) -> int:
    """Return the 64-bit integer Java takes from a value: cut, wrapped or at the limit.

    Raises:
        DataError: The value is no number, number's text or point in time.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return wrap_integer(value, 64)
    if isinstance(value, float):
        return _integer_of_float(value)
    number = parse_decimal(value) if isinstance(value, str) else value
    if isinstance(number, Decimal):
        return _integer_of_decimal(number)
    if schema is not None and schema.name in _POINTS and is_temporal(value):
        return _integer_of_point(schema, value)
    return refuse(value, schema)


def as_float(value: Any, schema: Schema | None) -> float:
    """Return the FLOAT64 Java takes from a value.

    Raises:
        DataError: The value is no number, number's text or point in time.
    """
    if isinstance(value, str):
        number = parse_decimal(value)
        return refuse(value, schema) if number is None else float(number)
    if isinstance(value, float | Decimal):
        return float(value)
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return float(as_integer(value, schema))


def to_int8(schema: Schema | None, value: Any) -> Int8:
    """Return the low 8 bits of `as_integer`."""
    return Int8.wrapped(as_integer(value, schema))


def to_int16(schema: Schema | None, value: Any) -> Int16:
    """Return the low 16 bits of `as_integer`."""
    return Int16.wrapped(as_integer(value, schema))


def to_int32(schema: Schema | None, value: Any) -> Int32:
    """Return the low 32 bits of `as_integer`."""
    return Int32.wrapped(as_integer(value, schema))


def to_int64(schema: Schema | None, value: Any) -> int:
    """Return `as_integer`, a plain int."""
    return as_integer(value, schema)


def to_float32(schema: Schema | None, value: Any) -> Float32:
    """Return `as_float` rounded to 32 bits."""
    return Float32(as_float(value, schema))


def to_float64(schema: Schema | None, value: Any) -> float:
    """Return `as_float`, a plain float."""
    return as_float(value, schema)


def to_date(schema: Schema | None, value: Any) -> datetime.date | int:
    """Return a date from a date, a timestamp (whole days towards 1970) or a number of days."""
    ms = point_ms(schema, value)
    name = None if schema is None else schema.name
    if ms is not None and (schema is None or name == LOGICAL_DATE):
        return date_from_ms(ms)
    if ms is not None and name == LOGICAL_TIMESTAMP:
        days = abs(ms) // DAY_MS
        return decode_date(wrap_integer(days if ms >= 0 else -days, 32))
    return decode_date(wrap_integer(as_integer(value, schema), 32))


def to_time(schema: Schema | None, value: Any) -> datetime.time | datetime.date | int:
    """Return a time from a time, a timestamp (its time of day in UTC) or a number of ms."""
    ms = point_ms(schema, value)
    name = None if schema is None else schema.name
    if ms is not None and (schema is None or name == LOGICAL_TIME):
        return time_from_ms(ms)
    if ms is not None and name == LOGICAL_TIMESTAMP:
        return decode_time(ms % DAY_MS)
    return decode_time(wrap_integer(as_integer(value, schema), 32))


def to_timestamp(schema: Schema | None, value: Any) -> datetime.datetime | int:
    """Return a timestamp from any point in time or from a number of ms."""
    ms = point_ms(schema, value)
    name = None if schema is None else schema.name
    if ms is None or not (schema is None or name in _POINTS):
        return decode_timestamp(as_integer(value, schema))
    if name == LOGICAL_DATE:
        return decode_timestamp(encode_date(date_from_ms(ms)) * DAY_MS)
    if name == LOGICAL_TIME:
        return decode_timestamp(encode_time(ms))
    return decode_timestamp(ms)


def to_decimal(schema: Schema | None, value: Any, scale: int) -> Decimal:
    """Return a Decimal from a number, its text, or its unscaled bytes; scale is for bytes only.

    Raises:
        DataError: The value is none of these.
    """
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bytes | bytearray | memoryview) and len(value):
        return decimal_from_unscaled(int.from_bytes(value, "big", signed=True), scale)
    if isinstance(value, str):
        number = parse_decimal(value)
        return refuse(value, decimal_schema(scale)) if number is None else number
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and point_ms(schema, value) is None:
        number = parse_decimal(double_text(as_float(value, None)))
        return refuse(value, decimal_schema(scale)) if number is None else number
    return refuse(value, decimal_schema(scale))


def _integer_of_point(schema: Schema, value: datetime.date | datetime.time) -> int:
    ms = milliseconds(value)
    if schema.name == LOGICAL_DATE:
        return encode_date(date_from_ms(ms))
    return encode_time(ms) if schema.name == LOGICAL_TIME else ms


def _integer_of_float(value: float) -> int:
    if math.isnan(value):
        return 0
    if math.isinf(value):
        return _LONG_MAX if value > 0 else _LONG_MIN
    return max(_LONG_MIN, min(_LONG_MAX, int(value)))


def _integer_of_decimal(value: Decimal) -> int:
    if not value or value.adjusted() < 0 or -scale_of(value) >= 64:
        return 0  # a multiple of 10 to the 64th has no low 64 bits
    return wrap_integer(int(value), 64)
