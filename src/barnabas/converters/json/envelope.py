# SPDX-License-Identifier: Apache-2.0
"""The envelope ``{"schema": …, "payload": …}``: schemas as JSON, and messages cut in two.

The JSON of a schema has its members in Java's order: ``type``; ``items``, or ``keys`` and
``values``, or ``fields``; ``optional``, ``name``, ``version``, ``doc``, ``parameters``,
``default``; and ``field``, the name, last on members of a struct.

Source: reference page ``data-model``, section 7 (Apache Kafka ``JsonSchema``, ``JsonConverter``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from barnabas import data
from barnabas.converters.json.reading import reader_for
from barnabas.converters.json.settings import Rules
from barnabas.converters.json.writing import writer_for
from barnabas.data import Schema, Type
from barnabas.errors import DataError, SchemaBuilderError

__all__ = ["Cut", "cut_message", "schema_from_json", "schema_to_json"]

_TYPE_NAMES: Final[Mapping[Type, str]] = MappingProxyType(
    {kind: kind.value for kind in Type} | {Type.FLOAT32: "float", Type.FLOAT64: "double"}
)
_TYPES: Final[Mapping[str, Type]] = MappingProxyType(
    {name: kind for kind, name in _TYPE_NAMES.items()}
)


def schema_to_json(schema: Schema | None, rules: Rules) -> Any:
    """Describe a schema as an object ready for the JSON encoder; None becomes null.

    Raises:
        DataError: The default does not fit the schema.
    """
    if schema is None:
        return None
    described: dict[str, Any] = {"type": _TYPE_NAMES[schema.type], **_parts(schema, rules)}
    described["optional"] = schema.optional
    for attribute in ("name", "version", "doc"):
        value = getattr(schema, attribute)
        if value is not None:
            described[attribute] = value
    if schema.parameters:
        described["parameters"] = dict(schema.parameters)
    if schema.default is not None:
        described["default"] = writer_for(schema, rules).one(schema.default)
    return described


def _parts(schema: Schema, rules: Rules) -> dict[str, Any]:
    if schema.type is Type.ARRAY:
        return {"items": schema_to_json(schema.value_schema, rules)}
    if schema.type is Type.MAP:
        return {
            "keys": schema_to_json(schema.key_schema, rules),
            "values": schema_to_json(schema.value_schema, rules),
        }
    if schema.type is Type.STRUCT:
        return {
            "fields": [
                {**schema_to_json(field.schema, rules), "field": field.name}
                for field in schema.fields
            ]
        }
    return {}


def schema_from_json(node: Any, rules: Rules) -> Schema | None:
    """Build the schema a decoded JSON value describes; null is no schema.

    Unknown members are ignored, and so are attributes of the wrong kind, as in Java.

    Raises:
        DataError: The type is missing or unknown, or a part or the default does not fit it.
    """
    if node is None:
        return None
    members: Mapping[str, Any] = node if isinstance(node, dict) else {}
    name = members.get("type")
    if not isinstance(name, str):
        message = f"Schema must contain 'type' field, but this one has none: {_shown(node)}"
        raise DataError(message)
    kind = _TYPES.get(name)
    if kind is None:
        message = f"Unknown schema type: {name}. The types are: {', '.join(_TYPES)}"
        raise DataError(message)
    parts = _PARTS[kind](members, rules) if kind in _PARTS else {}
    schema = Schema(kind, **parts, **_attributes(members))
    return _with_default(schema, members["default"], rules) if "default" in members else schema


def _shown(node: Any) -> str:
    shown = repr(node)
    return shown if len(shown) <= 100 else shown[:97] + "..."


def _items_part(members: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    items = members.get("items")
    if items is None:
        message = 'Array schema did not specify the element type: member "items" is missing'
        raise DataError(message)
    return {"value_schema": schema_from_json(items, rules)}


def _map_parts(members: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    parts = {}
    for member, what in (("keys", "key"), ("values", "value")):
        if members.get(member) is None:
            message = f'Map schema did not specify the {what} type: member "{member}" is missing'
            raise DataError(message)
        parts[f"{what}_schema"] = schema_from_json(members[member], rules)
    return parts


def _fields_part(members: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    nodes = members.get("fields")
    if not isinstance(nodes, list):
        message = 'Struct schema\'s "fields" argument is not an array.'
        raise DataError(message)
    fields = []
    for node in nodes:
        name = node.get("field") if isinstance(node, dict) else None
        if not isinstance(name, str):
            message = f"Struct schema's field name not specified properly: {_shown(node)}"
            raise DataError(message)
        fields.append((name, schema_from_json(node, rules)))
    return {"fields": fields}


_PARTS: Final = {Type.ARRAY: _items_part, Type.MAP: _map_parts, Type.STRUCT: _fields_part}


def _attributes(members: Mapping[str, Any]) -> dict[str, Any]:
    attributes: dict[str, Any] = {"optional": members.get("optional") is True}
    for attribute in ("name", "doc"):
        if isinstance(members.get(attribute), str):
            attributes[attribute] = members[attribute]
    version = members.get("version")
    if type(version) is int:
        attributes["version"] = data.wrap_integer(version, 32)
    parameters = members.get("parameters")
    if isinstance(parameters, dict):
        for name, value in parameters.items():
            if not isinstance(value, str):
                message = f"Schema parameters must have string values, but {name} is {value!r}"
                raise DataError(message)
        attributes["parameters"] = parameters
    return attributes


def _with_default(schema: Schema, node: Any, rules: Rules) -> Schema:
    default = reader_for(schema, rules).one(node)
    if default is not None:
        return schema.with_attributes(default=default)
    if schema.optional:
        return schema
    message = f"Invalid default value {_shown(node)} for {schema}"
    raise SchemaBuilderError(message)


class _Message(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    schema: msgspec.Raw
    payload: msgspec.Raw


_MESSAGES: Final = msgspec.json.Decoder(_Message)


class Cut(NamedTuple):
    """A message cut in two."""

    schema: bytes
    """JSON of the schema."""
    payload: bytes
    """JSON of the payload."""
    prefix: bytes | None
    """What stands before the payload if only the closing brace stands behind it.

    Whatever begins with this prefix and ends with ``}`` is a message of the same schema, provided
    that what lies between is one JSON value and nothing else.
    """


def cut_message(message: bytes) -> Cut:
    """Cut a message in schema and payload without decoding them.

    Raises:
        msgspec.DecodeError: It is no JSON object of exactly these two members.
        RecursionError: It is nested too deeply.
    """
    found = _MESSAGES.decode(message)
    schema, payload = bytes(found.schema), bytes(found.payload)
    return Cut(schema, payload, _prefix(message, schema, payload))


_BEFORE_SCHEMA: Final = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*"schema"[ \t\r\n]*:[ \t\r\n]*')
_BEFORE_PAYLOAD: Final = re.compile(rb'[ \t\r\n]*,[ \t\r\n]*"payload"[ \t\r\n]*:[ \t\r\n]*')


def _prefix(message: bytes, schema: bytes, payload: bytes) -> bytes | None:
    before_schema = _BEFORE_SCHEMA.match(message)
    if before_schema is None:
        return None
    end = len(message) - len(payload) - 1
    after_schema = before_schema.end() + len(schema)
    if (
        message[before_schema.end() : after_schema] == schema
        and _BEFORE_PAYLOAD.fullmatch(message, after_schema, end) is not None
        and message[end:] == payload + b"}"
    ):
        return message[:end]
    return None
