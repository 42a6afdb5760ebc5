# SPDX-License-Identifier: Apache-2.0
"""From messages to Connect values.

The functions are put together once for each message type and schema. A field that is not in the
bytes has the default Protobuf gives it (0, false, empty), unless it is marked ``optional`` or is a
message: then it is null.

Source:
    Reference page *Schema Registry*, section 7; behaviour of Confluent's ``ProtobufData``.

Differs:
    A value of a map that is a message and not in the bytes is null; Java reads an empty message.
    A Date or Decimal that is not there is null with ``generate.struct.for.nulls``, too; Java fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor

from barnabas import data
from barnabas.converters.protobuf import moments, names
from barnabas.converters.protobuf.rules import Rules, is_enum
from barnabas.converters.protobuf.schema_reading import (
    has_optional_keyword,
    is_map,
    plain_fields,
    real_oneofs,
    union_field_name,
)
from barnabas.data import Schema, Type
from barnabas.errors import DataError

__all__ = ["Reader", "root_reader"]

Reader: TypeAlias = Callable[[Any], Any]
"""Turns what the library read into the Connect value; raises DataError where it cannot be one."""

_UNSIGNED_64: Final = frozenset({FieldDescriptor.TYPE_UINT64, FieldDescriptor.TYPE_FIXED64})
_WITHOUT_DEFAULT: Final = frozenset({names.DATE, names.DECIMAL})
"""Messages whose fields all being 0 is no value."""
_BITS: Final = {Type.INT8: 8, Type.INT16: 16}


def root_reader(descriptor: Any, schema: Schema, rules: Rules) -> Reader:
    """Put together what reads messages.

    Args:
        descriptor: Descriptor of the message.
        schema: The schema `schema_of` made of it.
        rules: The same rules.
    """
    if schema.type is not Type.STRUCT:
        return _wrapped(descriptor)
    return _Compiler(rules).message(descriptor, schema)


def _unchanged(value: Any) -> Any:
    return value


class _Compiler:
    """Puts readers together; a message that holds itself gets one reader that calls itself."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._messages: dict[str, Reader] = {}

    def message(self, descriptor: Any, schema: Schema) -> Reader:
        name = descriptor.full_name
        if name in self._messages:

            def again(message: Any) -> Any:  # looked up when called: it may be half made now
                return self._messages[name](message)

            return again
        self._messages[name] = _unchanged
        self._messages[name] = self._struct(descriptor, schema)
        return self._messages[name]

    def _struct(self, descriptor: Any, schema: Schema) -> Reader:
        always: list[tuple[str, Reader | None]] = []
        present: list[tuple[str, Reader | None]] = []
        fields = plain_fields(descriptor)
        unions = real_oneofs(descriptor)
        if self._rules.flatten_unions:
            fields = [member for oneof in unions for member in oneof.fields] + fields
            unions = []
        for field in fields:
            target = always if self._is_always_there(field) else present
            reader = self._field(field, _member(schema, field.name))
            target.append((field.name, None if reader is _unchanged else reader))
        oneofs = [self._union(oneof, schema) for oneof in unions]
        blank = dict.fromkeys(field.name for field in schema.fields)
        has_field, which_oneof = _methods(descriptor)

        def struct(message: Any) -> dict[str, Any]:
            value = blank.copy()
            name = ""
            try:
                for name, union_name, members in oneofs:
                    which = which_oneof(message, name)
                    if which is not None:
                        member = members[which](getattr(message, which))
                        value[union_name] = {which: member}
                for name, read in always:
                    member = getattr(message, name)
                    value[name] = member if read is None else read(member)
                for name, read in present:
                    if has_field(message, name):
                        member = getattr(message, name)
                        value[name] = member if read is None else read(member)
            except DataError as error:
                text = f'field "{name}": {error.message}'
                raise DataError(text) from error
            return value

        return struct

    def _is_always_there(self, field: Any) -> bool:
        if field.is_repeated:
            return True
        if self._rules.generate_struct_for_nulls:
            message = field.message_type
            return message is None or message.full_name not in _WITHOUT_DEFAULT
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            return False
        if field.containing_oneof is not None:  # its own oneof stands for ``optional`` in proto3
            return False
        return not (self._rules.optional_for_proto2 and has_optional_keyword(field))

    def _union(self, oneof: Any, schema: Schema) -> tuple[str, str, dict[str, Reader]]:
        name = union_field_name(oneof, self._rules)
        union = _member(schema, name)
        members = {
            field.name: self._field(field, _member(union, field.name)) for field in oneof.fields
        }
        return oneof.name, name, members

    def _field(self, field: Any, schema: Schema) -> Reader:
        if not field.is_repeated:
            return self._single(field, schema)
        if is_map(field):
            return self._map(field, schema)
        read = self._single(field, schema.value_schema or schema)
        if read is _unchanged:
            return list
        return lambda values: [read(value) for value in values]

    def _map(self, field: Any, schema: Schema) -> Reader:
        key, value = field.message_type.fields
        read_key = self._field(key, schema.key_schema or schema)
        read_value = self._field(value, schema.value_schema or schema)
        may_be_unset = value.type == FieldDescriptor.TYPE_MESSAGE
        has_field, _ = _methods(field.message_type)

        def entries(values: Any) -> dict[Any, Any]:
            found = {}
            for entry in values:
                there = not may_be_unset or has_field(entry, names.VALUE_FIELD)
                member = read_value(getattr(entry, names.VALUE_FIELD)) if there else None
                try:
                    found[read_key(getattr(entry, names.KEY_FIELD))] = member
                except TypeError as error:
                    text = f"A key of a map cannot be a {key.message_type.full_name}"
                    raise DataError(text) from error
            return found

        return entries

    def _single(self, field: Any, schema: Schema) -> Reader:
        logical = _LOGICAL.get(schema.name or "")
        if logical is not None:
            return logical
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            if schema.type is Type.STRUCT:
                return self.message(field.message_type, schema)
            return _wrapped(field.message_type)
        if is_enum(schema):
            return _enum(field.enum_type, schema)
        return _scalar(field, schema)


def _methods(descriptor: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return ``HasField`` and ``WhichOneof`` of a class, which fields of its messages may hide."""
    message_class = message_factory.GetMessageClass(descriptor)
    return message_class.HasField, message_class.WhichOneof


def _member(schema: Schema, name: str) -> Schema:
    field = schema.field(name)
    if field is None:
        text = f"{schema} has no field {name}"
        raise DataError(text)
    return field.schema


def _wrapped(descriptor: Any) -> Reader:
    field = descriptor.fields[0]
    if field.type in _UNSIGNED_64:
        return lambda message: data.wrap_integer(message.value, 64)
    return lambda message: message.value


def _scalar(field: Any, schema: Schema) -> Reader:
    if field.type in _UNSIGNED_64:
        return lambda value: data.wrap_integer(value, 64)
    bits = _BITS.get(schema.type)
    if bits is None:
        return _unchanged
    return lambda value: data.wrap_integer(value, bits)


def _enum(enum: Any, schema: Schema) -> Reader:
    if schema.type is Type.INT32:
        return _unchanged
    symbols = {value.number: value.name for value in reversed(enum.values)}  # the first one counts

    def symbol(number: int) -> str:
        return symbols.get(number) or f"UNKNOWN_ENUM_VALUE_{enum.name}_{number}"

    return symbol


def _variant(message: Any) -> dict[str, bytes]:
    return {"metadata": message.metadata, "value": message.value}


_LOGICAL: Final[dict[str, Reader]] = {
    data.LOGICAL_DECIMAL: moments.read_decimal,
    data.LOGICAL_DATE: moments.read_date,
    data.LOGICAL_TIME: moments.read_time,
    data.LOGICAL_TIMESTAMP: moments.read_timestamp,
    names.VARIANT: _variant,
}
