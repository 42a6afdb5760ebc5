# SPDX-License-Identifier: Apache-2.0
"""From Connect schemas to files.

A STRUCT becomes a file of its own with one message, its package the first part of the schema's
name; STRUCTs in it become messages inside that message. A primitive schema is written as one of
Protobuf's wrapper messages.

Source:
    Reference page *Schema Registry*, section 7; behaviour of Confluent's ``ProtobufData``.

Differs:
    Schemas that hold each other in turn are expressed, and so are structs named like another field
    and unions behind fields marked ``optional``. A Variant in a STRUCT is written as
    ``confluent.type.Variant``, which Java cannot.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from barnabas.converters.protobuf import names
from barnabas.converters.protobuf.descriptor_classes import (
    FieldDescriptorProto,
    FileDescriptorProto,
    set_field_parameters,
)
from barnabas.converters.protobuf.known_files import known_file
from barnabas.converters.protobuf.rules import (
    MESSAGE_OF_LOGICAL,
    Rules,
    enum_parameter,
    is_union,
    is_wrapped,
)
from barnabas.data import LOGICAL_DECIMAL, Schema, Type
from barnabas.errors import DataError

__all__ = ["Described", "describe"]

_WRAPPERS_FILE: Final = "google/protobuf/wrappers.proto"
_DEFAULT_NAME: Final = "ConnectDefault"
_FILES: Final = {
    names.DECIMAL: "confluent/type/decimal.proto",
    names.DATE: "google/type/date.proto",
    names.TIME: "google/type/timeofday.proto",
    names.TIMESTAMP: "google/protobuf/timestamp.proto",
    "confluent.type.Variant": "confluent/type/variant.proto",
    **dict.fromkeys(names.WRAPPED, _WRAPPERS_FILE),
}
_WRAPPER_OF: Final = {wrapped: name for name, wrapped in names.WRAPPED.items()}
_SIGNED_32: Final = frozenset({"int32", "sint32", "sfixed32"})
_LARGE: Final = frozenset({"uint32", "fixed32", "int64", "uint64", "sint64", "fixed64", "sfixed64"})
_WRAPPED_KIND: Final = {
    "sint32": "int32",
    "sfixed32": "int32",
    "fixed32": "uint32",
    "fixed64": "uint64",
    "sint64": "int64",
    "sfixed64": "int64",
}
_KINDS: Final = {
    Type.INT8: "int32",
    Type.INT16: "int32",
    Type.INT32: "int32",
    Type.INT64: "int64",
    Type.FLOAT32: "float",
    Type.FLOAT64: "double",
    Type.BOOLEAN: "bool",
    Type.STRING: "string",
    Type.BYTES: "bytes",
}
_OPTIONAL: Final = FieldDescriptorProto.LABEL_OPTIONAL
_REPEATED: Final = FieldDescriptorProto.LABEL_REPEATED
_MANY: Final = frozenset({Type.ARRAY, Type.MAP})


class Described(NamedTuple):
    """A file and the full name of the message in it that stands for the schema."""

    file: Any
    """A ``FileDescriptorProto`` of `descriptor_classes`; not to be changed."""
    message: str


def describe(schema: Schema, rules: Rules) -> Described:
    """Describe a Connect schema as a file.

    Raises:
        DataError: Protobuf cannot express it; says where and what to do.
    """
    if schema.type is Type.STRUCT:
        return _Writer(rules).root(schema)
    if schema.type in _MANY or schema.name in MESSAGE_OF_LOGICAL:
        kind = schema.name if schema.name in MESSAGE_OF_LOGICAL else schema.type.name
        message = (
            f"Unsupported root schema of type {kind}: Protobuf writes whole records as messages;"
            " put the value into a struct, for instance with the transformation HoistField"
        )
        raise DataError(message)
    return Described(known_file(_WRAPPERS_FILE), _WRAPPER_OF[_KINDS[schema.type]])


class _Writer:
    """Writes one file."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._file = FileDescriptorProto(syntax="proto3")
        self._unnamed = 0
        self._open: list[tuple[str, Schema]] = []
        """Names and schemas of the messages being written, outermost first."""

    def root(self, schema: Schema) -> Described:
        parts = [self._rules.name(part) for part in self._name(schema).split(".")]
        package = ".".join(parts[:-1])
        if package:
            self._file.package = package
        self._message(self._file.message_type.add(name=parts[-1]), schema)
        return Described(self._file, f"{package}.{parts[-1]}" if package else parts[-1])

    def _name(self, schema: Schema) -> str:
        if schema.name:
            return schema.name
        self._unnamed += 1
        return f"{_DEFAULT_NAME}{self._unnamed}"

    def _simple_name(self, schema: Schema) -> str:
        return self._rules.name(names.simple_name(self._name(schema)))

    def _siblings(self) -> set[str]:
        """List the fields of the message being written; none may be named like a message in it."""
        return {self._rules.name(field.name) for field in self._open[-1][1].fields}

    def _message(self, message: Any, schema: Schema) -> None:
        self._open.append((message.name, schema))
        counted = 0
        for field in schema.fields:
            number = _tag(field.schema)
            if number is None:
                counted += 1
                number = counted
            self._field(message, field.schema, self._rules.name(field.name), number)
        self._open.pop()

    def _field(self, message: Any, schema: Schema, name: str, number: int) -> None:
        label = self._label(schema)
        field = self._typed(message, schema, name, in_union=False)
        if field is None:
            return
        field.number = number
        if label == "repeated":
            field.label = _REPEATED
        elif label == "optional":
            field.proto3_optional = True
            field.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add(name=f"_{name}")

    def _label(self, schema: Schema) -> str:
        if schema.type in _MANY:
            return "repeated"
        if schema.optional and self._rules.optional_for_nullables:
            return "optional"
        return ""

    def _typed(self, message: Any, schema: Schema, name: str, *, in_union: bool) -> Any:
        """Add a field, and what its type needs, to a message; a union adds its members instead."""
        if schema.type is Type.ARRAY:
            schema = _element(schema, name)
        kind, parameters = self._type(schema, name, in_union=in_union)
        if is_union(schema):
            self._union(message, schema)
            return None
        field = message.field.add(name=name, label=_OPTIONAL)
        set_field_parameters(field, parameters)
        if kind in _WRAPPED_KIND or kind in _WRAPPER_OF:
            field.type = FieldDescriptorProto.Type.Value(f"TYPE_{kind.upper()}")
            return field
        field.type_name = kind
        self._define(message, schema, kind)
        return field

    def _define(self, message: Any, schema: Schema, kind: str) -> None:
        """Add what a name of a type stands for: an import, a message or an enum."""
        if kind in _FILES:
            if _FILES[kind] not in self._file.dependency:
                self._file.dependency.append(_FILES[kind])
        elif schema.type is Type.STRUCT:
            self._nested(message, schema, kind)
        elif schema.type is Type.MAP:
            self._entry(message, schema, kind)
        else:
            self._enum(message, schema)

    def _nested(self, message: Any, schema: Schema, name: str) -> None:
        if any(name == outer and _is_same(schema, other) for outer, other in self._open):
            return
        if name == message.name or any(name == each.name for each in message.nested_type):
            return
        self._message(message.nested_type.add(name=name), schema)

    def _entry(self, message: Any, schema: Schema, name: str) -> None:
        entry = message.nested_type.add(name=name)
        pairs = ((names.KEY_FIELD, schema.key_schema), (names.VALUE_FIELD, schema.value_schema))
        for number, (part, part_schema) in enumerate(pairs, 1):
            if part_schema is None:
                what = f"A map needs the schema of its {part}s to be written as Protobuf: {name}"
                raise DataError(what)
            field = self._typed(entry, part_schema, part, in_union=False)
            if field is None:
                what = f"A union cannot be a {part} of a map in Protobuf: {name}"
                raise DataError(what)
            field.number = number
            if part_schema.type in _MANY:
                field.label = _REPEATED

    def _enum(self, message: Any, schema: Schema) -> None:
        name = self._simple_name(schema)
        if any(name == each.name for each in message.enum_type):
            return
        generalized = self._rules.generalized_sum_type_support
        prefix = (names.GENERALIZED_ENUM if generalized else names.ENUM) + "."
        enum = message.enum_type.add(name=name)
        for parameter, number in schema.parameters.items():
            if parameter.startswith(prefix):
                symbol = parameter.removeprefix(prefix)
                enum.value.add(name=symbol, number=_number(parameter, number))

    def _union(self, message: Any, schema: Schema) -> None:
        if self._rules.generalized_sum_type_support:
            name = schema.parameters.get(names.GENERALIZED_UNION, "")
        else:
            name = self._simple_name(schema)
        index = len(message.oneof_decl)
        message.oneof_decl.add(name=name)
        for member in schema.fields:
            number = _tag(member.schema)
            if number is None:
                what = (
                    f'The member "{member.name}" of the union {schema.name or name} needs the'
                    f" number of its Protobuf field, in the parameter {names.TAG}"
                )
                raise DataError(what)
            name = self._rules.name(member.name)
            field = self._typed(message, member.schema, name, in_union=True)
            if field is None or member.schema.type in _MANY:
                what = (
                    f'The member "{member.name}" of a union cannot be a {member.schema.type.name}'
                )
                raise DataError(what)
            field.number = number
            field.oneof_index = index

    def _type(self, schema: Schema, name: str, *, in_union: bool) -> tuple[str, dict[str, str]]:
        """Name the type of a field, and tell the parameters it needs beside."""
        message = MESSAGE_OF_LOGICAL.get(schema.name or "")
        if message is not None:
            return message, _decimal_parameters(schema)
        if schema.type is Type.MAP:
            return names.entry_name(self._simple_name(schema)), {}
        if schema.type is Type.STRUCT:
            simple = self._simple_name(schema)
            return (f"{simple}Message" if simple in {name, *self._siblings()} else simple), {}
        enum = enum_parameter(schema)
        if enum is not None:
            return schema.parameters[enum], {}
        kind = _kind(schema)
        width = {Type.INT8: "int8", Type.INT16: "int16"}.get(schema.type)
        parameters = {} if width is None else {"connect.type": width}
        if is_wrapped(schema, self._rules, in_union=in_union):
            kind = _WRAPPER_OF[_WRAPPED_KIND.get(kind, kind)]
        return kind, parameters


def _is_same(inner: Schema, outer: Schema) -> bool:
    """Whether a schema is, but for its own attributes, one that holds it."""
    return len(inner.fields) == len(outer.fields) and all(
        one is other for one, other in zip(inner.fields, outer.fields, strict=True)
    )


def _element(schema: Schema, name: str) -> Schema:
    element = schema.value_schema
    if element is None:
        message = f'Field "{name}": an array needs the schema of its elements'
        raise DataError(message)
    if element.type in _MANY or is_union(element):
        message = (
            f'Field "{name}": Array cannot be nested: Protobuf has no arrays of arrays, maps or'
            " unions; put the inner ones into structs"
        )
        raise DataError(message)
    return element


def _kind(schema: Schema) -> str:
    allowed = {Type.INT32: _SIGNED_32, Type.INT64: _LARGE}.get(schema.type)
    kind = schema.parameters.get(names.TYPE)
    if allowed is None or kind is None:
        return _KINDS[schema.type]
    if kind not in allowed:
        message = (
            f"Parameter {names.TYPE}={kind} does not fit an {schema.type.name}; it may be one of"
            f" {', '.join(sorted(allowed))}"
        )
        raise DataError(message)
    return kind


def _decimal_parameters(schema: Schema) -> dict[str, str]:
    if schema.name != LOGICAL_DECIMAL:
        return {}
    parameters = schema.parameters
    wanted = (("precision", "connect.decimal.precision"), ("scale", "scale"))
    return {name: parameters[source] for name, source in wanted if source in parameters}


def _tag(schema: Schema) -> int | None:
    text = schema.parameters.get(names.TAG)
    return None if text is None else _number(names.TAG, text)


def _number(parameter: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        message = f"Parameter {parameter} must be a whole number, not {text!r}"
        raise DataError(message) from None
