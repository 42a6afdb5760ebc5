# SPDX-License-Identifier: Apache-2.0
"""Default values of fields as they stand in DDL."""

from __future__ import annotations

import datetime
import math
from typing import Any

from barnabas import data
from barnabas.errors import ConnectError

__all__ = ["date_text", "string_literal", "time_text", "timestamp_text", "value_literal"]


def string_literal(text: str) -> str:
    """Put a text into single quotes.

    Differs: a quote inside is doubled; Java writes it as it is, which no database understands.
    """
    return "'" + text.replace("'", "''") + "'"


def date_text(value: datetime.date | int) -> str:
    """Write a Date as ``yyyy-MM-dd``."""
    held: datetime.date = _held(data.decode_date(data.encode_date(value)), value)
    return held.isoformat()


def time_text(value: datetime.time | int) -> str:
    """Write a Time as ``HH:mm:ss.SSS``."""
    held: datetime.time = _held(data.decode_time(data.encode_time(value)), value)
    return held.isoformat("milliseconds")


def timestamp_text(value: datetime.datetime | int, zone: datetime.tzinfo) -> str:
    """Write a Timestamp as ``yyyy-MM-dd HH:mm:ss.SSS`` in the zone."""
    encoded = data.encode_timestamp(value)
    held: datetime.datetime = _held(data.decode_timestamp(encoded), value)
    return held.astimezone(zone).replace(tzinfo=None).isoformat(" ", "milliseconds")


def _held(decoded: Any, value: Any) -> Any:
    if isinstance(decoded, int):
        message = f"The default {value} is a date or time that cannot be written in SQL"
        raise ConnectError(message)
    return decoded


def value_literal(schema: data.Schema, value: Any, zone: datetime.tzinfo) -> str | bytes | bool:
    """Write a value as far as all databases do the same; bytes and booleans come back as such.

    Raises:
        ConnectError: There is no SQL for it.
    """
    text = _logical_literal(schema, value, zone)
    if text is not None:
        return text
    if schema.type is data.Type.BOOLEAN:
        return bool(value)
    if schema.type is data.Type.STRING:
        return string_literal(value)
    if schema.type is data.Type.BYTES:
        return bytes(value)
    return _number(schema, value)


def _logical_literal(schema: data.Schema, value: Any, zone: datetime.tzinfo) -> str | None:
    if schema.name == data.LOGICAL_DECIMAL:
        return format(value, "f")
    if schema.name == data.LOGICAL_DATE:
        return string_literal(date_text(value))
    if schema.name == data.LOGICAL_TIME:
        return string_literal(time_text(value))
    if schema.name == data.LOGICAL_TIMESTAMP:
        return string_literal(timestamp_text(value, zone))
    return None


def _number(schema: data.Schema, value: Any) -> str:
    if schema.type in {data.Type.INT8, data.Type.INT16, data.Type.INT32, data.Type.INT64}:
        return str(int(value))
    if schema.type in {data.Type.FLOAT32, data.Type.FLOAT64} and math.isfinite(value):
        text = data.float32_text if schema.type is data.Type.FLOAT32 else data.double_text
        return text(value)
    message = f"Unsupported type for column value: {schema.type.name} ({type(value).__name__})"
    raise ConnectError(message)
