# SPDX-License-Identifier: Apache-2.0
"""The casts of `barnabas.transforms.cast`, one function per target type.

Each takes the schema of the value, None for schemaless, and the value; null never comes. Without a
schema the result must say its own width, so it is a marked number (`barnabas.data.Int8` …).

Source:
    Narrowing conversions of the Java language; Apache Kafka
    ``org.apache.kafka.connect.transforms.Cast``.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, NoReturn

from barnabas import config
from barnabas.data import (
    Float32,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    Schema,
    Type,
    convert_to_string,
    java_string,
    wrap_integer,
)
from barnabas.data.coercion import point_ms
from barnabas.data.numbers import decimal_to_float32
from barnabas.errors import ConfigError, DataError

__all__ = ["CASTS", "CASTS_UNMARKED", "SOURCE_TYPES"]

Cast = Callable[[Schema | None, Any], Any]

_INTEGER: Final = re.compile(r"[+-]?\d+")
_DECIMAL: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?", re.ASCII)
_BLANK: Final = "".join(map(chr, range(0x21)))
_BYTES: Final = (bytes, bytearray, memoryview)


def _integer(value: Any, bits: int) -> int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return wrap_integer(int(value), bits)
    if isinstance(value, float):
        return wrap_integer(_truncated(value, max(bits, 32)), bits)
    if isinstance(value, Decimal):
        return wrap_integer(int(value), bits)
    if not isinstance(value, str):
        _refuse(value)
    return _parsed_integer(value, bits)


def _truncated(value: float, bits: int) -> int:
    """Cut off the fraction; what is too large gives the limit."""
    if math.isnan(value):
        return 0
    limit = 1 << (bits - 1)
    if not -limit <= value < limit:
        return limit - 1 if value > 0 else -limit
    return int(value)


def _parsed_integer(text: str, bits: int) -> int:
    if _INTEGER.fullmatch(text) and len(text) <= 64:
        number = int(text)
        if wrap_integer(number, bits) == number:
            return number
    return _out_of_range(text)


def _floating(value: Any) -> float:
    if isinstance(value, str):
        try:
            return float(config.parse_type("value", value, config.ConfigType.DOUBLE))  # type: ignore[arg-type] # a double
        except ConfigError:
            _out_of_range(value)
    if not isinstance(value, int | float | Decimal):
        _refuse(value)
    return float(value)


def _to_float32(_schema: Schema | None, value: Any) -> Float32:
    if isinstance(value, str):
        found = _DECIMAL.fullmatch(value.strip(_BLANK))
        if found is not None:
            return Float32(decimal_to_float32(Decimal(found[1])))
    if isinstance(value, Decimal):
        return Float32(decimal_to_float32(value))
    return Float32(_floating(value))


def _to_boolean(_schema: Schema | None, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.lower() == "true"
    return _integer(value, 64) != 0


def _to_string(schema: Schema | None, value: Any) -> str:
    if isinstance(value, _BYTES):
        return base64.b64encode(value).decode("ascii")
    if point_ms(schema, value) is not None:
        return convert_to_string(schema, value) or ""
    return java_string(schema, value)


def _refuse(value: Any) -> NoReturn:
    message = f"Unexpected type in Cast transformation: {type(value).__name__}"
    raise DataError(message)


def _out_of_range(text: str) -> NoReturn:
    message = f"Value ({text}) was out of range for requested data type"
    raise DataError(message)


CASTS: Final[dict[Type, Cast]] = {
    Type.INT8: lambda _, value: Int8(_integer(value, 8)),
    Type.INT16: lambda _, value: Int16(_integer(value, 16)),
    Type.INT32: lambda _, value: Int32(_integer(value, 32)),
    Type.INT64: lambda _, value: Int64(_integer(value, 64)),
    Type.FLOAT32: _to_float32,
    Type.FLOAT64: lambda _, value: Float64(_floating(value)),
    Type.BOOLEAN: _to_boolean,
    Type.STRING: _to_string,
}
"""Casts whose results say their width."""

CASTS_UNMARKED: Final[dict[Type, Cast]] = {
    **CASTS,
    Type.INT8: lambda _, value: _integer(value, 8),
    Type.INT16: lambda _, value: _integer(value, 16),
    Type.INT32: lambda _, value: _integer(value, 32),
    Type.INT64: lambda _, value: _integer(value, 64),
    Type.FLOAT32: lambda schema, value: float(_to_float32(schema, value)),
    Type.FLOAT64: lambda _, value: _floating(value),
}
"""Casts for places where a schema says the width."""

SOURCE_TYPES: Final = frozenset({*CASTS, Type.BYTES})
"""What can be cast."""
