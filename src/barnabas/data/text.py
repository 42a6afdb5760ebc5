# SPDX-License-Identifier: Apache-2.0
"""Values as text: Connect's own notation and Java's.

`convert_to_string` writes what `parse_string` reads: ``[1,"a",null]``, ``{"k":1.5}``. It serves the
SimpleHeaderConverter and casts. `java_string` writes what Java's ``toString`` gives: ``[1, a]``,
``{k=1.5}``, ``Struct{a=1}``. It serves the StringConverter and the file sink.

A plain dict is written as a struct when the schema says STRUCT, or when it carries a schema.

Source: reference page ``data-model``, sections 1 and 4.2.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from barnabas.data.calendars import date_text, java_date_text, time_text, timestamp_text
from barnabas.data.coercion import point_ms
from barnabas.data.numbers import Float32, double_text, float32_text
from barnabas.data.schema import Schema
from barnabas.data.struct import Struct, get_field
from barnabas.data.types import DAY_MS, Type
from barnabas.errors import DataError

__all__ = ["convert_to_string", "java_string"]

_BYTES: Final = (bytes, bytearray, memoryview)


def convert_to_string(schema: Schema | None, value: Any) -> str | None:
    """Write a value in Connect's notation; null stays null and a string stays as it is.

    Points in time are written in UTC: below a day as a time, at midnight as a date, else as a
    timestamp. Bytes are written in Base64.

    Raises:
        DataError: The value, or one in it, has no text form.
    """
    if value is None or type(value) is str:
        return value
    return _connect_text(schema, value, embedded=False)


def java_string(schema: Schema | None, value: Any) -> str:
    """Write a value as Java's ``toString``; null is ``null``.

    Differs: bytes are written in Base64, where Java writes a meaningless address.

    Raises:
        DataError: The value, or one in it, is no value of the data model.
    """
    if type(value) is str:
        return value
    own = _struct_schema(schema, value)
    if own is not None:
        members = (
            f"{field.name}={java_string(field.schema, value[field.name])}"
            for field in own.fields
            if value.get(field.name) is not None
        )
        return f"Struct{{{','.join(members)}}}"
    if isinstance(value, dict):
        keys, values = _parts(schema)
        pairs = (f"{java_string(keys, k)}={java_string(values, v)}" for k, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        _, items = _parts(schema)
        return f"[{', '.join(java_string(items, item) for item in value)}]"
    ms = point_ms(schema, value)
    return _scalar_text(schema, value) if ms is None else java_date_text(ms)


def _connect_text(schema: Schema | None, value: Any, *, embedded: bool = True) -> str:
    if isinstance(value, str):
        return _quoted(value) if embedded else value
    if isinstance(value, dict):
        return _connect_members(schema, value)
    if isinstance(value, list | tuple):
        _, items = _parts(schema)
        return f"[{','.join(_connect_text(items, item) for item in value)}]"
    ms = point_ms(schema, value)
    if ms is not None:
        return _point_text(ms)
    text = _scalar_text(schema, value)
    return f'"{text}"' if embedded and isinstance(value, _BYTES) else text


def _connect_members(schema: Schema | None, value: Mapping[Any, Any]) -> str:
    own = _struct_schema(schema, value)
    if own is None:
        keys, values = _parts(schema)
        pairs = ((_connect_text(keys, k), _connect_text(values, v)) for k, v in value.items())
    else:
        pairs = (
            (_quoted(field.name), _connect_text(field.schema, get_field(value, field)))
            for field in own.fields
        )
    return f"{{{','.join(f'{name}:{text}' for name, text in pairs)}}}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _point_text(ms: int) -> str:
    if ms < DAY_MS:  # before 1970 too: Java looks at the number only
        return time_text(ms)
    return timestamp_text(ms) if ms % DAY_MS else date_text(ms // DAY_MS)


def _scalar_text(schema: Schema | None, value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return value if isinstance(value, str) else int.__repr__(value)
    if isinstance(value, float):
        narrow = type(value) is Float32 or (schema is not None and schema.type is Type.FLOAT32)
        return float32_text(value) if narrow else double_text(value)
    if isinstance(value, Decimal):
        return str(value or value.copy_abs())
    if isinstance(value, _BYTES):
        return base64.b64encode(value).decode("ascii")
    message = f"Cannot write a value of class {type(value).__name__} as text: {value!r}"
    raise DataError(message)


def _struct_schema(schema: Schema | None, value: Any) -> Schema | None:
    if isinstance(value, Struct):
        return value.schema
    if schema is not None and schema.type is Type.STRUCT and isinstance(value, dict):
        return schema
    return None


def _parts(schema: Schema | None) -> tuple[Schema | None, Schema | None]:
    return (None, None) if schema is None else (schema.key_schema, schema.value_schema)
