# SPDX-License-Identifier: Apache-2.0
"""Schemas, values and records to and from the notation of the vectors (VECTORS.md).

Numbers are decoded as plain ones where their schema is of the same type and as marked ones
elsewhere, so that a Java ``Long`` where an ``Integer`` belongs stays recognizable. ``date`` becomes
what the schema says; without one a datetime.
"""

from __future__ import annotations

import base64
import datetime
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from barnabas.data import (
    DATE,
    LOGICAL_DATE,
    LOGICAL_TIME,
    LOGICAL_TIMESTAMP,
    TIME,
    TIMESTAMP,
    FarTimestamp,
    Float32,
    Float64,
    Headers,
    Int8,
    Int16,
    Int32,
    Int64,
    Schema,
    Struct,
    Type,
    decimal_from_unscaled,
    decode_date,
    decode_time,
    decode_timestamp,
    double_text,
    encode_date,
    encode_time,
    encode_timestamp,
    float32_text,
    scale_of,
    unscaled_value,
    validate_value,
)
from barnabas.errors import DataError

Json = dict[str, Any]

DAY_MS = 86_400_000

_NUMBERS: dict[str, tuple[Type, type[int] | type[float]]] = {
    "i8": (Type.INT8, Int8),
    "i16": (Type.INT16, Int16),
    "i32": (Type.INT32, Int32),
    "i64": (Type.INT64, Int64),
    "f32": (Type.FLOAT32, Float32),
    "f64": (Type.FLOAT64, Float64),
}
_NUMBER_TAGS = {kind: tag for tag, (kind, _) in _NUMBERS.items()}
_MARK_TAGS: dict[type, str] = {mark: tag for tag, (_, mark) in _NUMBERS.items()}
_LOGICAL_SCHEMAS = {LOGICAL_DATE: DATE, LOGICAL_TIME: TIME, LOGICAL_TIMESTAMP: TIMESTAMP}


def decode_schema(text: Json | str | None) -> Schema | None:
    """Make the schema; None for null."""
    if text is None:
        return None
    if isinstance(text, str):
        return Schema(Type(text))
    fields = ((field["name"], decode_schema(field["schema"])) for field in text.get("fields", ()))
    bare = Schema(
        Type(text["type"]),
        optional=text.get("optional", False),
        name=text.get("name"),
        version=text.get("version"),
        doc=text.get("doc"),
        parameters=text.get("params"),
        fields=fields,  # type: ignore[arg-type] # a field has a schema
        key_schema=decode_schema(text.get("keys")),
        value_schema=decode_schema(text.get("values", text.get("items"))),
    )
    if "default" not in text:
        return bare
    return bare.with_attributes(default=decode_value(text["default"], bare))


def encode_schema(schema: Schema | None) -> Json | None:
    """Write the schema with the attributes that are set."""
    if schema is None:
        return None
    result: Json = {"type": schema.type.value}
    if schema.optional:
        result["optional"] = True
    for key in ("name", "version", "doc"):
        if getattr(schema, key) is not None:
            result[key] = getattr(schema, key)
    if schema.parameters:
        result["params"] = dict(schema.parameters)
    if schema.default is not None:
        result["default"] = encode_value(schema.default, schema)
    if schema.type is Type.ARRAY:
        result["items"] = encode_schema(schema.value_schema)
    elif schema.type is Type.MAP:
        result["keys"] = encode_schema(schema.key_schema)
        result["values"] = encode_schema(schema.value_schema)
    elif schema.type is Type.STRUCT:
        result["fields"] = [
            {"name": field.name, "schema": encode_schema(field.schema)} for field in schema.fields
        ]
    return result


def decode_value(tagged: Json | None, schema: Schema | None) -> Any:
    """Make the value that stands under a schema.

    Raises:
        DataError: A struct refuses one of its members.
    """
    if tagged is None:
        return None
    tag = tagged["t"]
    if tag in _NUMBERS:
        return _decode_number(tag, tagged["v"], schema)
    if tag in ("list", "map", "struct"):
        return _decode_compound(tag, tagged, schema)
    return _decode_date(tagged["v"], schema) if tag == "date" else _SCALARS[tag](tagged)


_SCALARS: dict[str, Any] = {
    "bool": lambda tagged: tagged["v"],
    "str": lambda tagged: tagged["v"],
    "bytes": lambda tagged: base64.b64decode(tagged["v"]),
    "bytebuffer": lambda tagged: base64.b64decode(tagged["v"]),
    "dec": lambda tagged: decimal_from_unscaled(int(tagged["u"]), tagged["s"]),
    "bigint": lambda tagged: int(tagged["v"]),
    "object": lambda _: object(),
}


def _decode_compound(tag: str, tagged: Json, schema: Schema | None) -> Any:
    if tag == "struct":
        return _decode_struct(tagged, schema)
    keys, values = (None, None) if schema is None else (schema.key_schema, schema.value_schema)
    if tag == "list":
        return [decode_value(item, values) for item in tagged["v"]]
    return {_key(decode_value(k, keys)): decode_value(v, values) for k, v in tagged["v"]}


def _key(key: Any) -> Any:
    return tuple(map(_key, key)) if isinstance(key, list) else key


def _decode_number(tag: str, value: float | str, schema: Schema | None) -> float:
    kind, mark = _NUMBERS[tag]
    number = int(value) if tag[0] == "i" else float(value)
    plain = schema is not None and schema.type is kind
    marked = mark(number)  # a FLOAT32 is rounded by it
    if not plain:
        return marked
    return int(marked) if tag[0] == "i" else float(marked)


def _decode_date(ms: int, schema: Schema | None) -> Any:
    name = None if schema is None else schema.name
    if name == LOGICAL_DATE and ms % DAY_MS == 0:
        return decode_date(ms // DAY_MS)
    if name == LOGICAL_TIME and 0 <= ms <= DAY_MS:
        return decode_time(ms)
    timestamp = decode_timestamp(ms)
    is_far = schema is None and type(timestamp) is int
    return FarTimestamp(timestamp) if is_far else timestamp


def _decode_struct(tagged: Json, schema: Schema | None) -> dict[str, Any]:
    own = decode_schema(tagged.get("schema"))
    whole = own or schema
    assert whole is not None, "a struct needs a schema"
    members = {}
    for name, member in tagged["v"].items():
        field = whole.field(name)
        if field is None:
            raise DataError(f"{name} is not a valid field name")
        members[name] = decode_value(member, field.schema)
        validate_value(field.schema, members[name], field=name)
    return members if own is None else Struct(own, members)


def encode_value(value: Any, schema: Schema | None, *, told: bool = True) -> Json | None:
    """Write a value that stands under a schema; a reader who is told it needs no other."""
    if value is None:
        return None
    for classes, encode in _ENCODERS:
        if isinstance(value, classes):
            return encode(value)
    if isinstance(value, int | float):
        return _encode_number(value, schema)
    return _encode_compound(value, schema, told=told)


_ENCODERS: tuple[tuple[Any, Callable[[Any], Json]], ...] = (
    (bool, lambda value: {"t": "bool", "v": value}),
    (str, lambda value: {"t": "str", "v": value}),
    ((bytes, bytearray, memoryview), lambda value: {"t": "bytes", "v": _base64(value)}),
    (FarTimestamp, lambda value: {"t": "date", "v": int(value)}),
    ((datetime.date, datetime.time), lambda value: {"t": "date", "v": _milliseconds(value)}),
    (Decimal, lambda value: {"t": "dec", "u": str(unscaled_value(value)), "s": scale_of(value)}),
)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _encode_number(value: float, schema: Schema | None) -> Json:
    name = None if schema is None else schema.name
    if type(value) is int and name in _LOGICAL_SCHEMAS:
        return {"t": "date", "v": value * DAY_MS if name == LOGICAL_DATE else value}
    tag = _MARK_TAGS.get(type(value))
    if tag is None and schema is not None:
        tag = _NUMBER_TAGS.get(schema.type)
    if isinstance(value, float):
        tag = tag if tag in ("f32", "f64") else "f64"
        text = float32_text(value) if tag == "f32" else double_text(value)
        return {"t": tag, "v": float(text) if math.isfinite(value) else text}
    if not -(1 << 63) <= value < 1 << 63:
        return {"t": "bigint", "v": str(value)}
    return {"t": tag if tag is not None and tag[0] == "i" else "i64", "v": int(value)}


def _milliseconds(value: datetime.date | datetime.time) -> int:
    if isinstance(value, datetime.datetime):
        return encode_timestamp(value)
    return encode_date(value) * DAY_MS if isinstance(value, datetime.date) else encode_time(value)


def _encode_compound(value: Any, schema: Schema | None, *, told: bool) -> Json:
    keys, values = (None, None) if schema is None else (schema.key_schema, schema.value_schema)
    if isinstance(value, list | tuple):
        return {"t": "list", "v": [encode_value(item, values, told=told) for item in value]}
    is_struct = schema is not None and schema.type is Type.STRUCT
    whole = value.schema if isinstance(value, Struct) else schema if is_struct else None
    if whole is not None:
        members = {f.name: encode_value(value.get(f.name), f.schema) for f in whole.fields}
        result: Json = {"t": "struct", "v": members}
        return result if told and is_struct else {**result, "schema": encode_schema(whole)}
    pairs = [
        [encode_value(k, keys, told=told), encode_value(v, values, told=told)]
        for k, v in value.items()
    ]
    return {"t": "map", "v": pairs}


def decode_bytes(vector: Json) -> bytes | None:
    """Make the bytes a vector gives as ``utf8`` or ``hex``; neither is null."""
    if vector.get("utf8") is not None:
        return str(vector["utf8"]).encode()
    return bytes.fromhex(vector["hex"]) if vector.get("hex") is not None else None


def encode_bytes(data: bytes | None) -> Json:
    """Write bytes as text if they are UTF-8, else in hexadecimal."""
    if data is None:
        return {"bytes": None}
    try:
        return {"utf8": data.decode()}
    except UnicodeDecodeError:
        return {"hex": data.hex()}


def decode_headers(headers: list[Json]) -> Headers:
    """Make the headers of a record."""
    result = Headers()
    for header in headers:
        schema = decode_schema(header["schema"])
        result.add(header["key"], decode_value(header["value"], schema), schema)
    return result


def encode_headers(headers: Headers | None) -> list[Json]:
    """Write the headers of a record."""
    return [
        {
            "key": header.key,
            "schema": encode_schema(header.schema),
            "value": encode_value(header.value, header.schema),
        }
        for header in headers or ()
    ]
