# SPDX-License-Identifier: Apache-2.0
"""From Connect values to what the class of a message takes: numbers, texts, lists and dicts.

The functions are put together once for each schema. They check what they pass on; the library
writes the bytes.

Source:
    Reference page *Schema Registry*, section 7.

Differs:
    A null where the schema wants a value and has no default, or in an array, is an error; Java
    leaves out the one and fails on the other. So is a symbol an enum does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import Any, Final, NoReturn, TypeAlias

from barnabas import data
from barnabas.converters.fitting import check_struct, refusal
from barnabas.converters.protobuf import moments, names
from barnabas.converters.protobuf.rules import Rules, enum_parameter, is_union, is_wrapped
from barnabas.data import Schema, Type
from barnabas.errors import DataError

__all__ = ["Writer", "field_writer", "root_writer"]

Writer: TypeAlias = Callable[[Any], Any]
"""Makes a value that is not null ready; raises DataError when it does not fit."""

_INTEGERS: Final = frozenset({Type.INT8, Type.INT16, Type.INT32, Type.INT64})
_UNSIGNED_MASKS: Final = {
    "uint32": 0xFFFFFFFF,
    "fixed32": 0xFFFFFFFF,
    "uint64": 0xFFFFFFFFFFFFFFFF,
    "fixed64": 0xFFFFFFFFFFFFFFFF,
}


def root_writer(schema: Schema, rules: Rules) -> Writer:
    """Put together what turns values of a root schema into the members of its message."""
    if schema.type is Type.STRUCT:
        return _Compiler(rules).writer(schema, in_union=False)
    plain = _scalar(schema)
    return lambda value: {"value": plain(value)}


def field_writer(schema: Schema, rules: Rules) -> Writer:
    """Put together what turns values of a member's schema into what its field takes."""
    return _Compiler(rules).writer(schema, in_union=False)


class _Compiler:
    """Puts writers together; a schema that holds itself gets one writer that calls itself."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._structs: dict[tuple[int, ...], Writer] = {}

    def writer(self, schema: Schema, *, in_union: bool) -> Writer:
        logical = _LOGICAL.get(schema.name or "")
        if logical is not None:
            return _checked(schema, logical)
        compound = self._compound(schema)
        if compound is not None:
            return compound
        if enum_parameter(schema) is not None:
            return _enum(schema, generalized=self._rules.generalized_sum_type_support)
        plain = _scalar(schema)
        if is_wrapped(schema, self._rules, in_union=in_union):
            return lambda value: {"value": plain(value)}
        return plain

    def _compound(self, schema: Schema) -> Writer | None:
        if schema.type is Type.ARRAY:
            return self._array(schema)
        if schema.type is Type.MAP:
            return self._map(schema)
        if schema.type is not Type.STRUCT:
            return None
        if is_union(schema):
            return self._union(schema)
        return self._recursive(schema) if schema.fields else self._struct(schema)

    def _recursive(self, schema: Schema) -> Writer:
        key = tuple(map(id, schema.fields))
        if key in self._structs:

            def again(value: Any) -> Any:  # looked up when called: it may be half made now
                return self._structs[key](value)

            return again
        self._structs[key] = _unready
        self._structs[key] = self._struct(schema)
        return self._structs[key]

    def _array(self, schema: Schema) -> Writer:
        element = _part(schema, schema.value_schema, "elements")
        write = self.writer(element, in_union=False)
        matches = schema.matches

        def array(value: Any) -> list[Any]:
            if not matches(value):
                raise refusal(schema, value)
            if None in value:
                message = "An array holds a null, and Protobuf has none in arrays"
                raise DataError(message)
            return [write(each) for each in value]

        return array

    def _map(self, schema: Schema) -> Writer:
        write_key = self._nullable(_part(schema, schema.key_schema, "keys"))
        write_value = self._nullable(_part(schema, schema.value_schema, "values"))
        matches = schema.matches

        def entries(value: Any) -> list[dict[str, Any]]:
            if not matches(value):
                raise refusal(schema, value)
            return [
                {names.KEY_FIELD: write_key(key), names.VALUE_FIELD: write_value(each)}
                for key, each in value.items()
            ]

        return entries

    def _nullable(self, schema: Schema) -> Writer:
        """Write a key or value of a map; None is left out of the bytes."""
        write = self.writer(schema, in_union=False)
        default = self._default(schema)

        def nullable(value: Any) -> Any:
            if value is None:
                value = default
            if value is None and not schema.optional:
                message = f"null in a map whose keys and values are not optional: {schema}"
                raise DataError(message)
            return None if value is None else write(value)

        return nullable

    def _default(self, schema: Schema) -> Any:
        return None if self._rules.ignore_default_for_nullables else schema.default

    def _struct(self, schema: Schema) -> Writer:
        fields = [
            (
                field.name,
                self._rules.name(field.name),
                self.writer(field.schema, in_union=False),
                self._default(field.schema),
                field.schema.optional or field.schema.default is not None,
                is_union(field.schema),
            )
            for field in schema.fields
        ]

        known = {field.name for field in schema.fields}

        def struct(value: Any) -> dict[str, Any]:
            _check_struct(schema, value, known)
            written: dict[str, Any] = {}
            name = ""
            try:
                for name, target, write, default, may_be_null, union in fields:
                    member = value.get(name)
                    if member is None:
                        member = default
                    if member is None:
                        if not may_be_null:
                            _refuse_null()
                    elif union:
                        written.update(write(member))
                    else:
                        written[target] = write(member)
            except DataError as error:
                message = f'field "{name}": {error.message}'
                raise DataError(message) from error
            return written

        return struct

    def _union(self, schema: Schema) -> Writer:
        members = [
            (field.name, self._rules.name(field.name), self.writer(field.schema, in_union=True))
            for field in schema.fields
        ]

        known = {field.name for field in schema.fields}

        def union(value: Any) -> dict[str, Any]:
            _check_struct(schema, value, known)
            for name, target, write in members:
                member = value.get(name)
                if member is not None:
                    return {target: write(member)}
            message = f"Cannot find non-null field in a union: {schema}"
            raise DataError(message)

        return union


def _unready(value: Any) -> NoReturn:
    raise NotImplementedError


def _refuse_null() -> NoReturn:
    message = "null, where the schema is neither optional nor has a default"
    raise DataError(message)


def _part(schema: Schema, part: Schema | None, what: str) -> Schema:
    if part is None:
        message = f"{schema} does not say what its {what} are, as Protobuf needs"
        raise DataError(message)
    return part


def _check_struct(schema: Schema, value: Any, members: Set[str]) -> None:
    if type(value) is dict and value.keys() <= members:
        return  # a bare dict has no other schema
    check_struct(schema, value, mismatch="Mismatching struct schema")


def _checked(schema: Schema, write: Writer) -> Writer:
    matches = schema.matches

    def checked(value: Any) -> Any:
        if not matches(value):
            raise refusal(schema, value)
        return write(value)

    return checked


def _scalar(schema: Schema) -> Writer:
    if schema.type in _INTEGERS:
        return _integer(schema)
    if schema.type in _OF_CLASS:
        wanted, convert = _OF_CLASS[schema.type]
        return _of_class(schema, wanted, convert)
    return _checked(schema, float)


def _integer(schema: Schema) -> Writer:
    matches = schema.matches
    mask = _UNSIGNED_MASKS.get(schema.parameters.get(names.TYPE, ""))
    bits = int(schema.type.value[3:])
    high = (1 << (bits - 1)) - 1
    low = -high - 1

    def integer(value: Any) -> int:
        if type(value) is int and low <= value <= high:
            return value
        if not matches(value):
            raise refusal(schema, value)
        return int(value)

    if mask is None or schema.type is not Type.INT64:
        return integer
    return lambda value: integer(value) & mask


def _of_class(schema: Schema, wanted: type, convert: Callable[[Any], Any]) -> Writer:
    matches = schema.matches

    def plain(value: Any) -> Any:
        if type(value) is wanted:
            return value
        if not matches(value):
            raise refusal(schema, value)
        return convert(value)

    return plain


def _enum(schema: Schema, *, generalized: bool) -> Writer:
    prefix = (names.GENERALIZED_ENUM if generalized else names.ENUM) + "."
    numbers = {
        name.removeprefix(prefix): int(number)
        for name, number in schema.parameters.items()
        if name.startswith(prefix)
    }
    known: Mapping[Any, int] = numbers
    if schema.type is not Type.STRING:
        known = {number: number for number in numbers.values()}
    matches = schema.matches

    def enum(value: Any) -> int:
        if not matches(value):
            raise refusal(schema, value)
        number = known.get(value)
        if number is None:
            message = f"{value!r} is none of the enum {schema.name}; it has {', '.join(numbers)}"
            raise DataError(message)
        return number

    return enum


def _variant(value: Any) -> dict[str, bytes]:
    return {name: bytes(value[name]) for name in ("metadata", "value") if value.get(name)}


_LOGICAL: Final[Mapping[str, Writer]] = {
    data.LOGICAL_DECIMAL: moments.decimal_fields,
    data.LOGICAL_DATE: moments.date_fields,
    data.LOGICAL_TIME: moments.time_fields,
    data.LOGICAL_TIMESTAMP: moments.timestamp_fields,
    names.VARIANT: _variant,
}
_OF_CLASS: Final[Mapping[Type, tuple[type, Callable[[Any], Any]]]] = {
    Type.BOOLEAN: (bool, bool),
    Type.STRING: (str, str.__str__),
    Type.BYTES: (bytes, bytes),
}
