# SPDX-License-Identifier: Apache-2.0
"""Defaults in Avro schemas, which are JSON, as values of Connect.

Source:
    Reference page *Schema Registry*, section 5.3 (Confluent ``AvroData.defaultValueFromAvro``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from barnabas import data
from barnabas.converters.avro import kinds, names
from barnabas.converters.avro.model import AvroField, AvroSchema
from barnabas.converters.avro.rules import Rules
from barnabas.data import Schema, Type
from barnabas.errors import DataError

__all__ = ["read_default"]


def read_default(schema: Schema, avro: AvroSchema, node: Any, rules: Rules) -> Any:
    """Read a default, or a part of one.

    Args:
        schema: What the value shall be.
        avro: The same in Avro.
        node: The default as JSON.
        rules: What the settings say.

    Raises:
        DataError: It does not fit.
    """
    if node is None:
        return None
    if avro.type == "union":
        return _union(schema, avro, node, rules)
    read = _READERS.get(schema.type, _number)
    return data.decode_logical(schema, read(schema, avro, node, rules))


def _union(schema: Schema, avro: AvroSchema, node: Any, rules: Rules) -> Any:
    """Read it as the first member it fits, if that is not null."""
    for index, branch in enumerate(avro.branches):
        if branch.type == "null":
            continue
        try:
            if not kinds.is_union(schema):
                return read_default(schema, branch, node, rules)
            name = kinds.avro_member_name(branch, index, rules)
            field = schema.field(name)
            if field is not None:
                return {name: read_default(field.schema, branch, node, rules)}
        except DataError:
            continue
    raise _unfit(schema, node)


def _number(schema: Schema, _avro: AvroSchema, node: Any, _rules: Rules) -> Any:
    if isinstance(node, bool) or not isinstance(node, int | float):
        raise _unfit(schema, node)
    bits = int(schema.type.value[3:])
    return data.wrap_integer(int(node), bits)


def _float(schema: Schema, _avro: AvroSchema, node: Any, _rules: Rules) -> Any:
    is_number = isinstance(node, int | float) and not isinstance(node, bool)
    if not is_number and node not in ("NaN", "Infinity", "-Infinity"):
        raise _unfit(schema, node)
    value = float(node)
    return data.round_to_float32(value) if schema.type is Type.FLOAT32 else value


def _boolean(schema: Schema, _avro: AvroSchema, node: Any, _rules: Rules) -> Any:
    if isinstance(node, bool):
        return node
    raise _unfit(schema, node)


def _string(schema: Schema, _avro: AvroSchema, node: Any, _rules: Rules) -> Any:
    if isinstance(node, str):
        return node
    raise _unfit(schema, node)


def _bytes(schema: Schema, _avro: AvroSchema, node: Any, _rules: Rules) -> Any:
    try:
        return node.encode("latin-1")
    except (AttributeError, UnicodeEncodeError):
        raise _unfit(schema, node) from None


def _array(schema: Schema, avro: AvroSchema, node: Any, rules: Rules) -> Any:
    if not isinstance(node, list) or schema.value_schema is None or avro.items is None:
        raise _unfit(schema, node)
    return [read_default(schema.value_schema, avro.items, each, rules) for each in node]


def _map(schema: Schema, avro: AvroSchema, node: Any, rules: Rules) -> Any:
    keys, values = schema.key_schema, schema.value_schema
    if keys is None or values is None or avro.items is None:
        raise _unfit(schema, node)
    if avro.type == "map":
        if not isinstance(node, dict):
            raise _unfit(schema, node)
        items = avro.items
        return {key: read_default(values, items, each, rules) for key, each in node.items()}
    key_field, value_field = avro.items.field("key"), avro.items.field("value")
    if not isinstance(node, list) or key_field is None or value_field is None:
        raise _unfit(schema, node)
    pairs = [_pair(schema, each) for each in node]
    return {
        read_default(keys, key_field.schema, key, rules): read_default(
            values, value_field.schema, value, rules
        )
        for key, value in pairs
    }


def _pair(schema: Schema, node: Any) -> tuple[Any, Any]:
    if isinstance(node, list) and len(node) == 2:
        return node[0], node[1]
    if isinstance(node, dict) and node.keys() == {"key", "value"}:
        return node["key"], node["value"]
    raise _unfit(schema, node)


def _struct(schema: Schema, avro: AvroSchema, node: Any, rules: Rules) -> Any:
    if not isinstance(node, dict):
        raise _unfit(schema, node)
    by_name: dict[str, AvroField] = {field.name: field for field in avro.fields}
    value = {}
    for field in schema.fields:
        name = names.scrub(field.name) if rules.scrub_names else field.name
        member = by_name.get(name) or by_name.get(field.name)
        if member is None:
            raise _unfit(schema, node)
        part = node.get(member.name, member.default)
        if isinstance(part, str | int | float | list | dict):
            value[field.name] = read_default(field.schema, member.schema, part, rules)
        else:
            value[field.name] = None
    return value


def _unfit(schema: Schema, node: Any) -> DataError:
    text = repr(node)
    text = text if len(text) <= 100 else text[:97] + "..."
    return DataError(f"The default {text} does not fit {schema}")


_READERS: Final[dict[Type, Callable[[Schema, AvroSchema, Any, Rules], Any]]] = {
    Type.FLOAT32: _float,
    Type.FLOAT64: _float,
    Type.BOOLEAN: _boolean,
    Type.STRING: _string,
    Type.BYTES: _bytes,
    Type.ARRAY: _array,
    Type.MAP: _map,
    Type.STRUCT: _struct,
}
