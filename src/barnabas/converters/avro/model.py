# SPDX-License-Identifier: Apache-2.0
"""Avro schemas as trees, and their text exactly as Avro's Java library writes it.

A registry compares schemas by their text, so the order of attributes matters: a text that differs
from Java's in nothing but order would make a new version of the subject.

A named type that is used twice is the same object in both places, or an equal one; its second use
is written as its name alone. A recursive type holds itself.

Differs:
    Two different types of one name are refused. Java's text takes the second for the first, so that
    what it writes cannot be read.

Source:
    Reference page *Schema Registry*, section 5.1 (Apache Avro 1.12, ``Schema.toString``).
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any, Final

import msgspec

from barnabas.converters.avro import names
from barnabas.errors import DataError

__all__ = ["MISSING", "NAMED", "PRIMITIVES", "AvroField", "AvroSchema", "same", "text_of"]

MISSING: Final = object()
"""The default of a field that has none; None is the default null."""

PRIMITIVES: Final = frozenset(
    {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}
)
NAMED: Final = frozenset({"record", "enum", "fixed"})


@dataclasses.dataclass(slots=True, eq=False)
class AvroField:
    """A member of a record."""

    name: str
    schema: AvroSchema
    doc: str | None = None
    default: Any = MISSING
    """As JSON: text for bytes, its characters being the bytes."""
    properties: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(slots=True, eq=False)
class AvroSchema:
    """One node of a schema; which attributes count depends on the type."""

    type: str
    """A primitive type, ``record``, ``enum``, ``fixed``, ``array``, ``map`` or ``union``."""
    name: str | None = None
    """Of a named type, without namespace."""
    namespace: str | None = None
    doc: str | None = None
    fields: list[AvroField] = dataclasses.field(default_factory=list)
    symbols: list[str] = dataclasses.field(default_factory=list)
    default: str | None = None
    """The symbol that stands for unknown ones."""
    size: int = 0
    """Bytes of a fixed."""
    items: AvroSchema | None = None
    """What an array or the values of a map are."""
    branches: list[AvroSchema] = dataclasses.field(default_factory=list)
    """The members of a union."""
    properties: dict[str, Any] = dataclasses.field(default_factory=dict)
    """What else is said of it, such as ``logicalType``, in order."""

    @property
    def full_name(self) -> str:
        """The name with its namespace, or the type of what has no name."""
        if self.name is None:
            return self.type
        return f"{self.namespace}.{self.name}" if self.namespace else self.name

    @property
    def logical_type(self) -> str | None:
        """The property ``logicalType`` where it is a text."""
        found = self.properties.get("logicalType")
        return found if isinstance(found, str) else None

    @property
    def element(self) -> AvroSchema:
        """What an array or the values of a map are; there for these types only."""
        assert self.items is not None
        return self.items

    def field(self, name: str) -> AvroField | None:
        """Find a member of a record."""
        return next((field for field in self.fields if field.name == name), None)

    def add(self, name: str, value: Any) -> None:
        """Add a property.

        Raises:
            DataError: It is there with another value.
        """
        if self.properties.setdefault(name, value) != value:
            message = (
                f"The Avro schema {self.full_name} would have two values of {name}:"
                f" {self.properties[name]!r} and {value!r}"
            )
            raise DataError(message)


_CONTROL: Final = re.compile(r"\\\\|\\u00[01][0-9a-f]")


def text_of(schema: AvroSchema) -> str:
    """Write a schema as compact JSON.

    Raises:
        DataError: Two different types have one name, or Avro does not allow a name.
    """
    try:
        text = msgspec.json.encode(_Printer().write(schema)).decode()
    except (UnicodeEncodeError, RecursionError) as error:
        message = f"The Avro schema {schema.full_name} cannot be written as text: {error}"
        raise DataError(message) from error
    return _CONTROL.sub(lambda found: _upper_case(found[0]), text)


def _upper_case(escape: str) -> str:
    return escape if escape == "\\\\" else "\\u" + escape[2:].upper()


class _Printer:
    """Knows the types already written and the namespace it is in."""

    def __init__(self) -> None:
        self._seen: dict[str, AvroSchema] = {}
        self._namespace: str | None = None

    def write(self, schema: AvroSchema) -> Any:
        if schema.type == "union":
            return [self.write(branch) for branch in schema.branches]
        if schema.type in NAMED:
            return self._named(schema)
        if schema.type == "array":
            return {"type": "array", "items": self.write(schema.element), **schema.properties}
        if schema.type == "map":
            return {"type": "map", "values": self.write(schema.element), **schema.properties}
        if not schema.properties:
            return schema.type
        return {"type": schema.type, **schema.properties}

    def _named(self, schema: AvroSchema) -> Any:
        full_name = schema.full_name
        seen = self._seen.get(full_name)
        if seen is not None:
            if same(seen, schema):
                return self._reference(schema)
            raise _redefined(full_name)
        names.check_name(schema.name or "", f"the {schema.type} {full_name}")
        self._seen[full_name] = schema
        written: dict[str, Any] = {"type": schema.type, "name": schema.name}
        if schema.namespace and schema.namespace != self._namespace:
            written["namespace"] = schema.namespace
        elif not schema.namespace and self._namespace:
            written["namespace"] = ""
        if schema.doc is not None:
            written["doc"] = schema.doc
        if schema.type == "record":
            written["fields"] = self._fields(schema)
        elif schema.type == "enum":
            written["symbols"] = schema.symbols
            if schema.default is not None:
                written["default"] = schema.default
        else:
            written["size"] = schema.size
        return written | schema.properties

    def _reference(self, schema: AvroSchema) -> str:
        if schema.namespace == self._namespace and schema.name not in PRIMITIVES:
            return schema.name or ""
        return schema.full_name

    def _fields(self, schema: AvroSchema) -> list[Any]:
        outside, self._namespace = self._namespace, schema.namespace
        written = []
        for field in schema.fields:
            names.check_name(field.name, f"a field of the record {schema.full_name}")
            one: dict[str, Any] = {"name": field.name, "type": self.write(field.schema)}
            if field.doc is not None:
                one["doc"] = field.doc
            if field.default is not MISSING:
                one["default"] = field.default
            written.append(one | field.properties)
        self._namespace = outside
        return written


def same(one: AvroSchema, other: AvroSchema, compared: set[tuple[int, int]] | None = None) -> bool:
    """Compare two schemas as Avro does: docs do not count.

    Args:
        one: A schema.
        other: Another.
        compared: Pairs that are being compared further out; for recursive schemas.
    """
    compared = set() if compared is None else compared
    pair = (id(one), id(other))
    if one is other or pair in compared:
        return True
    compared.add(pair)
    parts = zip(_parts(one), _parts(other), strict=False)
    return _shape(one) == _shape(other) and all(same(*each, compared) for each in parts)


def _shape(schema: AvroSchema) -> tuple[Any, ...]:
    fields = [(field.name, field.default, field.properties) for field in schema.fields]
    named = (schema.type, schema.full_name, schema.symbols, schema.size, schema.properties)
    return *named, fields, len(schema.branches)


def _parts(schema: AvroSchema) -> list[AvroSchema]:
    items = [] if schema.items is None else [schema.items]
    return [field.schema for field in schema.fields] + schema.branches + items


def _redefined(full_name: str) -> DataError:
    message = (
        f"Can't redefine: {full_name}. Two different Connect schemas have this name within one"
        " schema, which Avro does not allow; give one of them another name, for instance with the"
        " transformation SetSchemaMetadata"
    )
    return DataError(message)
