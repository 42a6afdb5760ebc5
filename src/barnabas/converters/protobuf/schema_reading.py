# SPDX-License-Identifier: Apache-2.0
"""From descriptors of messages to Connect schemas.

A message becomes a STRUCT: first a member for each oneof, itself a STRUCT of which one member is
set, then the other fields. Members are optional unless the settings say how optional ones are
marked. Each carries the number of its field as a parameter, so that what is written again has it.

Source:
    Reference page *Schema Registry*, section 7; behaviour of Confluent's ``ProtobufData``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FieldDescriptor

from barnabas import data
from barnabas.converters.protobuf import names
from barnabas.converters.protobuf.descriptor_classes import field_parameters
from barnabas.converters.protobuf.rules import Rules
from barnabas.data import RecursiveSchema, Schema, Type
from barnabas.errors import DataError

__all__ = [
    "has_optional_keyword",
    "is_map",
    "plain_fields",
    "real_oneofs",
    "schema_of",
    "union_field_name",
]

_SCALARS: Final = {
    FieldDescriptor.TYPE_INT32: (Type.INT32, None),
    FieldDescriptor.TYPE_SINT32: (Type.INT32, "sint32"),
    FieldDescriptor.TYPE_SFIXED32: (Type.INT32, "sfixed32"),
    FieldDescriptor.TYPE_INT64: (Type.INT64, None),
    FieldDescriptor.TYPE_UINT32: (Type.INT64, "uint32"),
    FieldDescriptor.TYPE_FIXED32: (Type.INT64, "fixed32"),
    FieldDescriptor.TYPE_UINT64: (Type.INT64, "uint64"),
    FieldDescriptor.TYPE_FIXED64: (Type.INT64, "fixed64"),
    FieldDescriptor.TYPE_SINT64: (Type.INT64, "sint64"),
    FieldDescriptor.TYPE_SFIXED64: (Type.INT64, "sfixed64"),
    FieldDescriptor.TYPE_FLOAT: (Type.FLOAT32, None),
    FieldDescriptor.TYPE_DOUBLE: (Type.FLOAT64, None),
    FieldDescriptor.TYPE_BOOL: (Type.BOOLEAN, None),
    FieldDescriptor.TYPE_STRING: (Type.STRING, None),
    FieldDescriptor.TYPE_BYTES: (Type.BYTES, None),
}
"""Types of fields: the Connect type, and the kind of integer if it has to be remembered."""

_UNWRAPPED: Final = {
    "google.protobuf.DoubleValue": Type.FLOAT64,
    "google.protobuf.FloatValue": Type.FLOAT32,
    "google.protobuf.Int64Value": Type.INT64,
    "google.protobuf.UInt64Value": Type.INT64,
    "google.protobuf.Int32Value": Type.INT32,
    "google.protobuf.UInt32Value": Type.INT64,
    "google.protobuf.BoolValue": Type.BOOLEAN,
    "google.protobuf.StringValue": Type.STRING,
    "google.protobuf.BytesValue": Type.BYTES,
}
_LOGICAL: Final = {
    names.DATE: data.DATE,
    names.TIME: data.TIME,
    names.TIMESTAMP: data.TIMESTAMP,
    "confluent.type.Variant": Schema.struct(
        {"metadata": data.BYTES, "value": data.BYTES}, name=names.VARIANT
    ),
}
_SMALL: Final = {"int8": Type.INT8, "int16": Type.INT16}


def schema_of(descriptor: Any, rules: Rules, version: int | None = None) -> Schema:
    """Make the Connect schema of a message.

    Args:
        descriptor: Descriptor of the message.
        rules: What the settings say.
        version: Version of the schema, for the outermost level.

    Raises:
        DataError: Connect cannot express it.
    """
    try:
        if rules.wrapper_for_raw_primitives and descriptor.full_name in _UNWRAPPED:
            return Schema(_UNWRAPPED[descriptor.full_name], version=version)
        return _Reader(rules).message(descriptor, version)
    except RecursionError as error:
        message = f"The Protobuf message {descriptor.full_name} is nested too deeply"
        raise DataError(message) from error


def real_oneofs(descriptor: Any) -> list[Any]:
    """List the oneofs somebody wrote, without those that stand for ``optional``."""
    marked = _marked_optional(descriptor)
    return [each for each in descriptor.oneofs if each.fields[0].name not in marked]


def plain_fields(descriptor: Any) -> list[Any]:
    """List the fields outside of oneofs, in order."""
    members = {field.name for oneof in real_oneofs(descriptor) for field in oneof.fields}
    return [field for field in descriptor.fields if field.name not in members]


def _marked_optional(descriptor: Any) -> set[str]:
    written = descriptor_pb2.DescriptorProto()
    descriptor.CopyToProto(written)
    return {field.name for field in written.field if field.proto3_optional}


def has_optional_keyword(field: Any) -> bool:
    """Whether a plain field tells null from its default, for it is marked ``optional``."""
    if field.is_repeated or field.is_required or field.type == FieldDescriptor.TYPE_MESSAGE:
        return False
    return bool(field.has_presence)


def is_map(field: Any) -> bool:
    """Whether a field holds the entries of a map, going by their name and form."""
    if not field.is_repeated or field.type != FieldDescriptor.TYPE_MESSAGE:
        return False
    entry = field.message_type
    parts = [(part.name, part.is_repeated) for part in entry.fields]
    wanted = [(names.KEY_FIELD, False), (names.VALUE_FIELD, False)]
    return names.is_entry_name(entry.name) and parts == wanted


def union_field_name(oneof: Any, rules: Rules) -> str:
    """Name the member that stands for a oneof."""
    return f"{oneof.name}_{oneof.index}" if rules.generate_index_for_unions else str(oneof.name)


class _Reader:
    """Makes the schema of one message and of those in it."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._open: dict[str, list[RecursiveSchema]] = {}
        """Messages being read, by full name, and what stands for them inside themselves."""
        self._done: dict[str, Schema] = {}
        """Structs of messages that were read; as in Java with the parameters of their first use."""

    def message(self, descriptor: Any, version: int | None = None) -> Schema:
        waiting: list[RecursiveSchema] = []
        self._open[descriptor.full_name] = waiting
        fields = []
        for oneof in real_oneofs(descriptor):
            if self._rules.flatten_unions:
                fields += [(field.name, self.field(field, in_union=True)) for field in oneof.fields]
            else:
                fields.append((union_field_name(oneof, self._rules), self._union(oneof)))
        fields += [(field.name, self.field(field)) for field in plain_fields(descriptor)]
        schema = Schema.struct(fields, name=self._name(descriptor), version=version)
        del self._open[descriptor.full_name]
        for inner in waiting:
            inner.resolve(schema, inner.parameters)
        return schema

    def _name(self, descriptor: Any) -> str:
        return str(descriptor.full_name if self._rules.enhanced_schema_support else descriptor.name)

    def _union(self, oneof: Any) -> Schema:
        members = [(field.name, self.field(field, in_union=True)) for field in oneof.fields]
        if self._rules.generalized_sum_type_support:
            parameters = {names.GENERALIZED_UNION: oneof.name}
            return Schema.struct(members, name=oneof.name, optional=True, parameters=parameters)
        return Schema.struct(members, name=f"{names.UNION}.{self._name(oneof)}", optional=True)

    def field(self, field: Any, *, in_union: bool = False) -> Schema:
        """Make the schema of a field."""
        schema = self._type(field)
        if field.is_repeated and schema.type is not Type.MAP:
            schema = Schema.array(_changed(schema, optional=True), optional=True)
        parameters = {}
        if in_union:
            optional = True
            if self._rules.wrapper_for_nullables and _is_wrapper(field):
                parameters[names.WRAPPER] = "true"
        else:
            optional = schema.optional or self._is_optional(field)
        parameters[names.TAG] = str(field.number)
        changed = _changed(schema, optional=optional, parameters=parameters)
        if field.type == FieldDescriptor.TYPE_MESSAGE and not field.is_repeated:
            full_name = field.message_type.full_name
            if self._done.get(full_name) is schema and names.TAG not in schema.parameters:
                self._done[full_name] = changed
        return changed

    def _is_optional(self, field: Any) -> bool:
        if self._rules.optional_for_nullables:
            return has_optional_keyword(field)
        return not self._rules.wrapper_for_nullables

    def _type(self, field: Any) -> Schema:
        if field.type == FieldDescriptor.TYPE_ENUM:
            return self._enum(field.enum_type)
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            schema = self._message_type(field)
            return schema if schema.optional else _changed(schema, optional=True)
        if field.type not in _SCALARS:
            message = f"Field {field.full_name} is a group, which Connect cannot express"
            raise DataError(message)
        kind, remembered = _SCALARS[field.type]
        if kind is Type.INT32:
            width = field_parameters(field).get("connect.type", "")
            kind = _SMALL.get(width, kind)
            remembered = None if kind is not Type.INT32 else remembered
        return Schema(kind, parameters=None if remembered is None else {names.TYPE: remembered})

    def _enum(self, enum: Any) -> Schema:
        generalized = self._rules.generalized_sum_type_support
        prefix = names.GENERALIZED_ENUM if generalized else names.ENUM
        symbols = {f"{prefix}.{value.name}": str(value.number) for value in enum.values}
        return Schema(
            Type.INT32 if self._rules.int_for_enums else Type.STRING,
            name=self._name(enum),
            optional=True,
            parameters={prefix: enum.name, **symbols},
        )

    def _message_type(self, field: Any) -> Schema:
        message = field.message_type
        if message.full_name == names.DECIMAL:
            return _decimal(field_parameters(field))
        if message.full_name in _LOGICAL:
            return _LOGICAL[message.full_name]
        unwraps = self._rules.wrapper_for_nullables or self._rules.wrapper_for_raw_primitives
        if unwraps and message.full_name in _UNWRAPPED:
            return Schema(_UNWRAPPED[message.full_name])
        if is_map(field):
            return Schema.map(
                *map(self.field, message.fields), name=names.map_name(self._name(message))
            )
        if message.full_name in self._open:
            inner = RecursiveSchema()
            self._open[message.full_name].append(inner)
            return inner
        if message.full_name not in self._done:
            self._done[message.full_name] = _changed(self.message(message), optional=True)
        return self._done[message.full_name]


def _is_wrapper(field: Any) -> bool:
    return (
        field.type == FieldDescriptor.TYPE_MESSAGE
        and not field.is_repeated
        and field.message_type.full_name in _UNWRAPPED
    )


def _changed(
    schema: Schema, *, optional: bool, parameters: Mapping[str, str] | None = None
) -> Schema:
    """Change attributes; a schema that stands for an outer one stays the object that waits."""
    merged = {**schema.parameters, **(parameters or {})}
    if not isinstance(schema, RecursiveSchema):
        return schema.with_attributes(optional=optional, parameters=merged)
    object.__setattr__(schema, "optional", optional)
    object.__setattr__(schema, "parameters", merged)
    return schema


def _decimal(parameters: Mapping[str, str]) -> Schema:
    more = {}
    precision = _whole_number(parameters.get("precision"))
    if precision is not None:
        more["connect.decimal.precision"] = str(precision)
    return data.decimal_schema(_whole_number(parameters.get("scale")) or 0, parameters=more)


def _whole_number(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        return None
