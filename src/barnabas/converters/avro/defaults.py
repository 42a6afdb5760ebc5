# SPDX-License-Identifier: Apache-2.0
"""Connect defaults as JSON in Avro schemas, and what Avro accepts as the default of a field.

Source:
    Reference page *Schema Registry*, section 5.1 (Apache Avro 1.12, ``Schema.isValidDefault``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from barnabas import data
from barnabas.converters.avro import kinds, names
from barnabas.converters.avro.model import MISSING, AvroSchema
from barnabas.converters.avro.rules import Rules
from barnabas.converters.json.text import ready_float, ready_float32
from barnabas.data import Schema, Type
from barnabas.errors import DataError

__all__ = ["default_to_json", "is_valid_default"]


def default_to_json(schema: Schema, value: Any, rules: Rules) -> Any:
    """Write a default, or a part of one, as JSON that is ready for the encoder.

    Raises:
        DataError: Half of it cannot be told, as no schema says what it is.
    """
    if value is None:
        return None
    value = data.encode_logical(schema, value)
    write = _WRITERS.get(schema.type)
    return _integer(value) if write is None else write(schema, value, rules)


def _integer(value: Any) -> int:
    return int(value)


def _array(schema: Schema, value: list[Any], rules: Rules) -> Any:
    items = _known(schema.value_schema)
    return [default_to_json(items, each, rules) for each in value]


def _map(schema: Schema, value: dict[Any, Any], rules: Rules) -> Any:
    keys, values = _known(schema.key_schema), _known(schema.value_schema)
    written = [default_to_json(values, each, rules) for each in value.values()]
    if kinds.has_text_keys(schema, rules):
        return dict(zip(value, written, strict=True))
    pairs = zip(value, written, strict=True)
    return [[default_to_json(keys, key, rules), each] for key, each in pairs]


def _struct(schema: Schema, value: dict[str, Any], rules: Rules) -> Any:
    written = {}
    for field in schema.fields:
        member = default_to_json(field.schema, data.get_field(value, field), rules)
        if kinds.is_union(schema):
            return member  # the first, as Java does
        written[names.scrub(field.name) if rules.scrub_names else field.name] = member
    return written


_WRITERS: Final[dict[Type, Callable[[Schema, Any, Rules], Any]]] = {
    Type.FLOAT32: lambda _schema, value, _rules: ready_float32(value),
    Type.FLOAT64: lambda _schema, value, _rules: ready_float(value),
    Type.BOOLEAN: lambda _schema, value, _rules: bool(value),
    Type.STRING: lambda _schema, value, _rules: str.__str__(value),
    Type.BYTES: lambda _schema, value, _rules: bytes(value).decode("latin-1"),
    Type.ARRAY: _array,
    Type.MAP: _map,
    Type.STRUCT: _struct,
}


def _known(schema: Schema | None) -> Schema:
    if schema is None:
        message = "A default holds elements without a schema, which Avro cannot express"
        raise DataError(message)
    return schema


def is_valid_default(schema: AvroSchema, value: Any) -> bool:
    """Whether Avro takes a value, as JSON, for the default of a field."""
    check = _CHECKS.get(schema.type)
    return check is not None and check(schema, value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | msgspec.Raw) and not isinstance(value, bool)


def _is_integer(bits: int) -> Callable[[AvroSchema, Any], bool]:
    limit = 1 << (bits - 1)
    return lambda _schema, value: (
        isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit
    )


def _is_text(_schema: AvroSchema, value: Any) -> bool:
    return isinstance(value, str)


def _is_float(_schema: AvroSchema, value: Any) -> bool:
    return _is_number(value) or value in ("NaN", "Infinity", "-Infinity")


def _is_array(schema: AvroSchema, value: Any) -> bool:
    return isinstance(value, list) and all(is_valid_default(schema.element, each) for each in value)


def _is_map(schema: AvroSchema, value: Any) -> bool:
    return isinstance(value, dict) and all(
        is_valid_default(schema.element, each) for each in value.values()
    )


def _is_record(schema: AvroSchema, value: Any) -> bool:
    return isinstance(value, dict) and all(
        is_valid_default(field.schema, value.get(field.name, field.default))
        for field in schema.fields
    )


_CHECKS: Final[dict[str, Callable[[AvroSchema, Any], bool]]] = {
    "null": lambda _schema, value: value is None,
    "boolean": lambda _schema, value: isinstance(value, bool),
    "int": _is_integer(32),
    "long": _is_integer(64),
    "float": _is_float,
    "double": _is_float,
    "string": _is_text,
    "bytes": _is_text,
    "enum": _is_text,
    "fixed": _is_text,
    "array": _is_array,
    "map": _is_map,
    "record": _is_record,
    "union": lambda schema, value: (
        value is not MISSING and any(is_valid_default(each, value) for each in schema.branches)
    ),
}
