# SPDX-License-Identifier: Apache-2.0
"""Answers vectors about values: parsing, converting, inferring, validating, projecting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from barnabas import data
from barnabas.data import Schema
from tests.compat.vector_notation import (
    Json,
    decode_schema,
    decode_value,
    encode_schema,
    encode_value,
)

_CONVERSIONS: dict[str, tuple[Callable[..., Any], Schema | None]] = {
    "boolean": (data.convert_to_boolean, None),
    "byte": (data.convert_to_int8, None),
    "short": (data.convert_to_int16, None),
    "int": (data.convert_to_int32, None),
    "long": (data.convert_to_int64, None),
    "float": (data.convert_to_float32, None),
    "double": (data.convert_to_float64, None),
    "string": (data.convert_to_string, None),
    "java": (data.java_string, None),
    "decimal": (data.convert_to_decimal, None),
    "date": (data.convert_to_date, data.DATE),
    "time": (data.convert_to_time, data.TIME),
    "timestamp": (data.convert_to_timestamp, data.TIMESTAMP),
    "list": (data.convert_to_list, None),
    "map": (data.convert_to_map, None),
    "struct": (data.convert_to_struct, None),
}


def values_parse(vector: Json) -> Json:
    parsed = data.parse_string(vector["text"])
    if parsed is None:
        return {"schema_and_value": None}
    return {
        "schema": encode_schema(parsed.schema),
        "value": encode_value(parsed.value, parsed.schema),
    }


def values_convert(vector: Json) -> Json:
    schema = decode_schema(vector["schema"])
    value = decode_value(vector["value"], schema)
    convert, result_schema = _CONVERSIONS[vector["to"]]
    scale = (vector["scale"],) if vector["to"] == "decimal" else ()
    result = convert(schema, value, *scale)
    if result is value and isinstance(value, list | dict):  # its schema tells us the widths
        return {"value": encode_value(result, schema, told=False)}
    return {"value": encode_value(result, result_schema)}


def infer_schema(vector: Json) -> Json:
    return {"schema": encode_schema(data.infer_schema(decode_value(vector["value"], None)))}


def validate_value(vector: Json) -> Json:
    schema = decode_schema(vector["schema"])
    data.validate_value(schema, decode_value(vector["value"], schema), field="f")  # type: ignore[arg-type] # None is an accident in Java too
    return {"valid": True}


def project(vector: Json) -> Json:
    source, target = decode_schema(vector["source"]), decode_schema(vector["target"])
    value = decode_value(vector["value"], source)
    return {"value": encode_value(data.project(source, value, target), target)}  # type: ignore[arg-type] # both are given
