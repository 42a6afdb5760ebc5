# SPDX-License-Identifier: Apache-2.0
"""From a Connect schema to the text of its JSON Schema.

A registry takes two texts of one meaning for two versions, so the text is Java's to the byte:
``type`` first (last for booleans), then title, description, default and id, then what is Connect's,
then items, properties, additionalProperties or oneOf. What Java keeps in hash maps (properties,
parameters, objects in defaults, values of enums) comes in the order of its hash maps.

Source: reference page *Schema Registry*, section 6; order checked against the library that writes
schemas for Java (everit-json-schema 1.14.6).

Differs:
    A map or union of a STRUCT in which it stands itself is written as a reference; Java fails. A
    default that is infinite or not a number is written as a text; Java fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from barnabas.config.java_order import hash_order, string_hash
from barnabas.converters.json import text
from barnabas.converters.json_schema import names
from barnabas.converters.json_schema.settings import Rules
from barnabas.converters.json_schema.writing import writer_for
from barnabas.data import LOGICAL_DECIMAL, Schema, Type
from barnabas.errors import DataError

__all__ = ["json_schema_text"]

_Json = dict[str, Any]


def json_schema_text(schema: Schema, rules: Rules) -> str:
    """Write the JSON Schema of a Connect schema.

    Raises:
        DataError: A text in it is no Unicode, an array or map does not say what is in it, or it is
            nested too deeply.
    """
    try:
        described = _Description(rules).of(schema)
        return _LOWER_ESCAPES.sub(_upper, msgspec.json.encode(described)).decode()
    except UnicodeEncodeError as error:
        message = f"The JSON Schema of {schema} cannot be written: {error}"
        raise DataError(message) from error
    except RecursionError as error:
        message = (
            f"The JSON Schema of {schema} cannot be written: it is nested too deeply, or holds"
            " itself without the parameter io.confluent.connect.json.Id"
        )
        raise DataError(message) from error


_LOWER_ESCAPES: Final = re.compile(rb"\\\\|\\u00[01][0-9a-f]")


def _upper(match: re.Match[bytes]) -> bytes:
    found = match[0]
    return found if found == b"\\\\" else b"\\u" + found[2:].upper()


class _Parts:
    """What is before and after the attributes all schemas share."""

    def __init__(
        self,
        before: _Json | None = None,
        connect_type: str | None = None,
        after: _Json | None = None,
    ) -> None:
        self.before = before or {}
        self.connect_type = connect_type
        self.after = after or {}


class _Description:
    """Describes one schema; remembers which parts have an id already."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._ids: set[str] = set()
        self._open: list[str] = []

    def of(
        self, schema: Schema, index: int | None = None, *, ignore_optional: bool = False
    ) -> _Json:
        """Describe a schema; the index is its place in a STRUCT."""
        identity = schema.parameters.get(names.ID)
        if identity is None:
            return self._of(schema, index, ignore_optional=ignore_optional)
        self._ids.add(identity)
        self._open.append(identity)
        try:
            return self._of(schema, index, ignore_optional=ignore_optional)
        finally:
            self._open.pop()

    def _of(self, schema: Schema, index: int | None, *, ignore_optional: bool) -> _Json:
        identity = schema.parameters.get(names.ID)
        if schema.type is Type.STRUCT and not names.is_variant(schema):
            if names.is_union(schema):
                return _combined(self._members(schema), identity, index)
            if schema.optional:
                required = self.of(schema.with_attributes(optional=False))
                return _combined([{"type": "null"}, required], identity, index)
        parts = _PARTS[schema.type](self, schema)
        if schema.optional and not ignore_optional:
            body = _joined(parts, self._shared(schema), _connect(schema, parts, None))
            return _combined([{"type": "null"}, body], identity, index)
        shared = self._shared(schema)
        if identity is not None:
            shared["id"] = identity
        return _joined(parts, shared, _connect(schema, parts, index))

    def _shared(self, schema: Schema) -> _Json:
        shared: _Json = {}
        if schema.name is not None:
            shared["title"] = schema.name
        if schema.doc is not None:
            shared["description"] = schema.doc
        if schema.default is not None:
            written = text.encode(writer_for(schema, self._rules).one(schema.default))
            shared["default"] = _in_java_order(
                json.loads(written, parse_float=_number, parse_int=_number)
            )
        return shared

    def _inner(self, schema: Schema | None, index: int | None = None) -> _Json:
        """Describe a field or element, or refer to it if it stands somewhere before."""
        identity = _required(schema).parameters.get(names.ID)
        return {"$ref": identity} if identity in self._ids else self.of(_required(schema), index)

    def _entry(self, schema: Schema | None, index: int | None = None) -> _Json:
        """Describe a part of a map, or refer to it if the map is within it."""
        identity = _required(schema).parameters.get(names.ID)
        return {"$ref": identity} if identity in self._open else self.of(_required(schema), index)

    def _members(self, union: Schema) -> list[_Json]:
        members: list[_Json] = [{"type": "null"}] if union.optional else []
        for field in union.fields:
            identity = field.schema.parameters.get(names.ID)
            if identity in self._open:
                members.append({"$ref": identity})
                continue
            required = field.schema.with_attributes(optional=False)
            members.append(self.of(required, field.index, ignore_optional=True))
        return members

    def text_parts(self, schema: Schema) -> _Parts:
        """Describe a STRING: an enum if its parameters say so."""
        if not {names.ENUM, names.GENERALIZED_ENUM}.isdisjoint(schema.parameters):
            is_general = self._rules.generalized_sum_types
            prefix = (names.GENERALIZED_ENUM if is_general else names.ENUM) + "."
            symbols = [
                name.removeprefix(prefix) for name in schema.parameters if name.startswith(prefix)
            ]
            return _Parts({"enum": _set_order(symbols)})
        return _Parts({"type": "string"})

    def bytes_parts(self, schema: Schema) -> _Parts:
        """Describe BYTES: Base64 or, for Decimals if so set, a number."""
        is_number = schema.name == LOGICAL_DECIMAL and self._rules.decimals_are_numbers
        return _Parts({"type": "number" if is_number else "string"}, Type.BYTES.value)

    def array_parts(self, schema: Schema) -> _Parts:
        """Describe an ARRAY."""
        return _Parts({"type": "array"}, None, {"items": self._inner(schema.value_schema)})

    def map_parts(self, schema: Schema) -> _Parts:
        """Describe a MAP: an object, or an array of entries."""
        if names.is_object_map(schema):
            values = self._entry(schema.value_schema)
            return _Parts({"type": "object"}, "map", {"additionalProperties": values})
        entry = {
            names.KEY: self._entry(schema.key_schema, 0),
            names.VALUE: self._entry(schema.value_schema, 1),
        }
        items = {"type": "object", "properties": {name: entry[name] for name in hash_order(entry)}}
        return _Parts({"type": "array"}, "map", {"items": items})

    def struct_parts(self, schema: Schema) -> _Parts:
        """Describe a STRUCT that is neither a union nor optional."""
        if names.is_variant(schema):
            return _Parts()
        before: _Json = {"type": "object"}
        if not self._rules.additional_properties:
            before["additionalProperties"] = False
        keeps_all = self._rules.preserve_additional_properties
        described = {
            field.name: self._inner(field.schema, field.index)
            for field in schema.fields
            if not (keeps_all and names.is_additional(field.name, field.schema))
        }
        properties = {name: described[name] for name in hash_order(described)}
        return _Parts(before, None, {"properties": properties} if properties else {})


def _required(schema: Schema | None) -> Schema:
    if schema is not None:
        return schema
    message = "A JSON Schema needs the schemas of the elements of arrays and maps"
    raise DataError(message)


def _combined(members: list[_Json], identity: str | None, index: int | None) -> _Json:
    combined: _Json = {} if identity is None else {"id": identity}
    if index is not None:
        combined[names.CONNECT_INDEX] = index
    return {**combined, "oneOf": members}


def _joined(parts: _Parts, shared: _Json, connect: _Json) -> _Json:
    return {**parts.before, **shared, **connect, **parts.after}


def _connect(schema: Schema, parts: _Parts, index: int | None) -> _Json:
    found: _Json = {}
    if index is not None:
        found[names.CONNECT_INDEX] = index
    if schema.version is not None:
        found[names.CONNECT_VERSION] = schema.version
    if parts.connect_type is not None:
        found[names.CONNECT_TYPE] = parts.connect_type
    parameters = {
        name: value
        for name, value in schema.parameters.items()
        if not name.startswith(names.NAMESPACE)
    }
    if parameters:
        found[names.CONNECT_PARAMETERS] = {
            name: parameters[name] for name in _copied_order(hash_order(parameters))
        }
    return found


def _copied_order(keys: list[str]) -> list[str]:
    """Order keys as a hash map does that was made just large enough for them and then grew."""
    size = 1
    while size < len(keys) or len(keys) > int(size * 0.75):
        size *= 2

    def bucket(key: str) -> int:
        value = string_hash(key)
        return (value ^ value >> 16) & (size - 1)

    return sorted(keys, key=bucket)


_NULL: Final = "\0"
"""Has the hash null has."""


def _set_order(symbols: Iterable[str]) -> list[str | None]:
    keys = [_NULL if symbol == names.NULL_SYMBOL else symbol for symbol in symbols]
    return [None if key == _NULL else key for key in hash_order(keys)]


def _in_java_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_java_order(value[name]) for name in hash_order(value)}
    if isinstance(value, list):
        return list(map(_in_java_order, value))
    return value


def _number(written: str) -> msgspec.Raw:
    """Spell a number as the JSON libraries of Java do, one after the other."""
    if "." in written and "E" not in written.upper():
        written = written.rstrip("0").removesuffix(".")
    if "." in written or "E" in written.upper():
        written = str(Decimal(written))
    elif written == "-0":
        written = "0"
    return msgspec.Raw(written.encode())


def _whole(_description: _Description, schema: Schema) -> _Parts:
    return _Parts({"type": "integer"}, schema.type.value)


def _real(_description: _Description, schema: Schema) -> _Parts:
    return _Parts({"type": "number"}, schema.type.value)


_PARTS: Final[Mapping[Type, Callable[[_Description, Schema], _Parts]]] = {
    Type.INT8: _whole,
    Type.INT16: _whole,
    Type.INT32: _whole,
    Type.INT64: _whole,
    Type.FLOAT32: _real,
    Type.FLOAT64: _real,
    Type.BOOLEAN: lambda _description, _schema: _Parts(after={"type": "boolean"}),
    Type.STRING: _Description.text_parts,
    Type.BYTES: _Description.bytes_parts,
    Type.ARRAY: _Description.array_parts,
    Type.MAP: _Description.map_parts,
    Type.STRUCT: _Description.struct_parts,
}
