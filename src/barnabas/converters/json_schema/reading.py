# SPDX-License-Identifier: Apache-2.0
"""Functions that turn JSON into Connect values, put together once per schema.

As in `barnabas.converters.json.reading`, whose `Reader` and functions for plain values are used: a
``hint`` lets msgspec do the checking while it parses, ``finish`` does what is left for a whole
column, and ``one`` takes a decoded value of any shape, which msgspec refused, for the rare cases
and for the message.

A property that is missing is its default, or null; a required field of the outermost STRUCT is
null as well, as in Java, so that a sink has to look. Further inside that is an error.

Source: reference page *Schema Registry*, section 6.

Differs:
    A value of another kind than its schema's is refused; Java's converter reads a text as the
    number 0, 5.7 as the integer 5 and a number as a text that is null. The texts ``NaN``,
    ``Infinity`` and ``-Infinity``, which Java writes, are read as numbers; Java reads 0. Null may
    end a STRUCT that requires itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple, NotRequired, Optional, TypedDict, cast

import msgspec

from barnabas.converters.fitting import convert_items, convert_members, dict_of, located
from barnabas.converters.json import reading, settings
from barnabas.converters.json.reading import Reader
from barnabas.converters.json.text import kind_of
from barnabas.converters.json_schema import names
from barnabas.converters.json_schema.settings import Rules
from barnabas.converters.json_schema.variants import encode_variant
from barnabas.data import LOGICAL_DECIMAL, LOGICAL_NAMES, RecursiveSchema, Schema, Type
from barnabas.errors import DataError

__all__ = ["reader_for"]

_One = Callable[[Any], Any]
_Column = list[Any]
_JSON_RULES: Final = settings.Rules(replace_null_with_default=False)


def reader_for(schema: Schema, rules: Rules, *, is_root: bool = False) -> Reader:
    """Put together the functions for a schema; ``is_root`` for that of a whole message."""
    if isinstance(schema, RecursiveSchema):
        return _later(schema, rules)
    return _with_null(schema, _plain(schema, rules, is_root=is_root))


def _plain(schema: Schema, rules: Rules, *, is_root: bool = False) -> Reader:
    if names.is_variant(schema):
        return _each(encode_variant)
    if schema.type is Type.STRUCT and names.is_union(schema):
        return _union(schema, rules)
    if schema.type is Type.STRUCT:
        return _struct(schema, rules, is_root=is_root)
    make = _COMPOUND.get(schema.type)
    return _leaf(schema) if make is None else make(schema, rules)


def _later(schema: RecursiveSchema, rules: Rules) -> Reader:
    made: list[Reader] = []

    def one(node: Any) -> Any:
        if not made:
            made.append(_with_null(schema, _plain(schema, rules)))
        return made[0].one(node)

    return _each(one)


def _member_reader(schema: Schema, rules: Rules) -> Reader:
    """Read a field; null even where a STRUCT requires itself, as no value could end else."""
    reader = reader_for(schema, rules)
    if not isinstance(schema, RecursiveSchema):
        return reader
    return _each(lambda node: schema.default if node is None else reader.one(node))


def _each(one: _One) -> Reader:
    return Reader(one, Any, lambda values: [one(value) for value in values])


def _with_null(schema: Schema, plain: Reader) -> Reader:
    default, one_plain, finish_plain = schema.default, plain.one, plain.finish
    may_be_null = schema.optional or default is not None

    def one(node: Any) -> Any:
        if node is not None:
            return one_plain(node)
        if may_be_null:
            return default
        message = f"Invalid null value for required {schema.type.name} field: {schema}"
        raise DataError(message)

    def finish(values: _Column) -> _Column:
        if None not in values:
            return values if finish_plain is None else finish_plain(values)
        present = [value for value in values if value is not None]
        rest = iter(present if finish_plain is None else finish_plain(present))
        return [default if value is None else next(rest) for value in values]

    if plain.hint is Any and not may_be_null:
        return _each(one)
    if not may_be_null:
        return Reader(one, plain.hint, finish_plain)
    needs_finish = finish_plain is not None or default is not None
    return Reader(one, Optional[plain.hint], finish if needs_finish else None)  # noqa: UP045 - built at run time


def _refuse(schema: Schema, node: Any) -> DataError:
    shown = repr(node)
    shown = shown if len(shown) <= 100 else shown[:97] + "..."
    return DataError(f"Invalid value for {schema.type.name} field: {kind_of(node)} {shown}")


def _leaf(schema: Schema) -> Reader:
    required = schema.with_attributes(optional=False, default=None)
    plain = reading.reader_for(required, _JSON_RULES)
    if schema.name in LOGICAL_NAMES:
        return plain
    fits = _FITS[schema.type]
    bits = int(schema.type.value[3:]) if schema.type in _INTEGERS else 0

    def one(node: Any) -> Any:
        if not fits(node) or (bits and not -(1 << bits - 1) <= node < 1 << bits - 1):
            if bits == 0 and schema.type in _REALS and node in _SPELT_NUMBERS:
                return float(node)
            raise _refuse(schema, node)
        return plain.one(int(node) if bits else node)

    return Reader(one, plain.hint, plain.finish)


def _is_whole(node: Any) -> bool:
    return type(node) is int or (
        type(node) is Decimal and node.adjusted() < 64 and node == node.to_integral_value()
    )


def _is_number(node: Any) -> bool:
    return type(node) in (int, Decimal)


_INTEGERS: Final = (Type.INT8, Type.INT16, Type.INT32, Type.INT64)
_REALS: Final = (Type.FLOAT32, Type.FLOAT64)
_SPELT_NUMBERS: Final = ("NaN", "Infinity", "-Infinity")

_FITS: Final[Mapping[Type, Callable[[Any], bool]]] = {
    **dict.fromkeys(_INTEGERS, _is_whole),
    **dict.fromkeys(_REALS, _is_number),
    Type.BOOLEAN: lambda node: type(node) is bool,
    Type.STRING: lambda node: type(node) is str,
    Type.BYTES: lambda node: type(node) is str,
}


def _part(schema: Schema | None, rules: Rules) -> Reader:
    return _each(reading.plain_value) if schema is None else reader_for(schema, rules)


def _array(schema: Schema, rules: Rules) -> Reader:
    items = _part(schema.value_schema, rules)
    one_item, finish_items = items.one, items.finish

    def one(node: Any) -> list[Any]:
        if type(node) is list:
            return convert_items(one_item, node)
        raise _refuse(schema, node)

    hint = list[items.hint]  # type: ignore[name-defined] # built at run time
    if finish_items is None:
        return Reader(one, hint, None)
    return Reader(one, hint, lambda values: [finish_items(value) for value in values])


def _map(schema: Schema, rules: Rules) -> Reader:
    if names.is_object_map(schema):
        return _object_map(schema, rules)
    read_key = _part(schema.key_schema, rules).one
    read_member = _part(schema.value_schema, rules).one

    def one(node: Any) -> dict[Any, Any]:
        if type(node) is not list:
            message = (
                "Maps with non-string fields should be encoded as JSON array of objects, but found"
                f" {kind_of(node)}"
            )
            raise DataError(message)
        return dict_of(
            (read_key(entry.get(names.KEY)), read_member(entry.get(names.VALUE)))
            for entry in map(_checked_entry, node)
        )

    return _each(one)


def _object_map(schema: Schema, rules: Rules) -> Reader:
    members = _part(schema.value_schema, rules)
    one_member, finish_members = members.one, members.finish

    def one(node: Any) -> dict[str, Any]:
        if type(node) is not dict:
            message = (
                "Maps with string fields should be encoded as JSON objects, but found"
                f" {kind_of(node)}"
            )
            raise DataError(message)
        return convert_members(one_member, node)

    hint = dict[str, members.hint]  # type: ignore[name-defined] # built at run time
    if finish_members is None:
        return Reader(one, hint, None)

    def finish(values: _Column) -> _Column:
        return [
            dict(zip(value, finish_members(list(value.values())), strict=True)) for value in values
        ]

    return Reader(one, hint, finish)


def _checked_entry(entry: Any) -> Mapping[str, Any]:
    if type(entry) is not dict:
        message = f"Found invalid map entry instead of object: {kind_of(entry)}"
        raise DataError(message)
    if len(entry) != 2:
        message = f"Found invalid map entry, expected length 2 but found :{len(entry)}"
        raise DataError(message)
    return entry


def _union(schema: Schema, rules: Rules) -> Reader:
    members = [
        (field.name, field.schema, reader_for(field.schema, rules).one) for field in schema.fields
    ]

    def one(node: Any) -> dict[str, Any]:
        best, most = None, 0
        for member in members:
            if _MATCHES[member[1].type](node):
                best = member
                break
            matching = _matching_properties(member[1], node)
            if matching > most:
                best, most = member, matching
        best = best or next((each for each in members if _may_be_bytes(each[1], node)), None)
        if best is None:
            shown = repr(node)
            message = f"Did not find matching oneof field for data: {shown[:100]}"
            raise DataError(message)
        chosen = {name: None for name, _, _ in members}
        chosen[best[0]] = best[2](node)
        return chosen

    return _each(one)


def _may_be_bytes(schema: Schema, node: Any) -> bool:
    """Whether a text or number may be what Java never finds again: Base64, or a whole Decimal."""
    kinds = (str, int) if schema.name == LOGICAL_DECIMAL else (str,)
    return schema.type is Type.BYTES and type(node) in kinds


def _is_integral(node: Any) -> bool:
    return type(node) is int


_MATCHES: Final[Mapping[Type, Callable[[Any], bool]]] = {
    **dict.fromkeys(_INTEGERS, _is_integral),
    **dict.fromkeys(_REALS, _is_number),
    Type.BOOLEAN: lambda node: type(node) is bool,
    Type.STRING: lambda node: type(node) is str,
    Type.BYTES: lambda node: type(node) is Decimal,
    Type.ARRAY: lambda node: type(node) is list,
    Type.MAP: lambda node: type(node) in (dict, list),
    Type.STRUCT: lambda _node: False,
}


def _matching_properties(schema: Schema, node: Any) -> int:
    """Count the properties a STRUCT names, and those in them."""
    if schema.type is not Type.STRUCT or type(node) is not dict:
        return 0
    shared = [field for field in schema.fields if field.name in node]
    return len(shared) + sum(
        _matching_properties(field.schema, node[field.name]) for field in shared
    )


class _Member(NamedTuple):
    """A field to be read."""

    schema: Schema
    reader: Reader
    may_miss: bool


def _struct(schema: Schema, rules: Rules, *, is_root: bool) -> Reader:
    rest = None
    if rules.preserve_additional_properties:
        field = schema.field(names.ADDITIONAL_PROPERTIES)
        rest = field if field and names.is_additional(field.name, field.schema) else None
    members = {
        field.name: _Member(
            field.schema, _member_reader(field.schema, rules), is_root or _may_miss(field.schema)
        )
        for field in schema.fields
        if field is not rest
    }

    def one(node: Any) -> dict[str, Any]:
        if type(node) is not dict:
            message = f"Structs should be encoded as JSON objects, but found {kind_of(node)}"
            raise DataError(message)
        struct = {}
        for name, member in members.items():
            try:
                struct[name] = member.reader.one(node[name]) if name in node else _missing(member)
            except DataError as error:
                raise located(error, name) from error
        if rest is not None:
            struct[rest.name] = _additional(node, members)
        return struct

    hint = None if rest is not None else _struct_hint(members)
    if hint is None:
        return _each(one)
    return Reader(one, hint, _struct_finish(members))


def _may_miss(schema: Schema) -> bool:
    return schema.optional or schema.default is not None or isinstance(schema, RecursiveSchema)


def _missing(member: _Member) -> Any:
    if member.may_miss:
        return member.schema.default
    message = (
        f"Invalid value: null used for required field, schema type: {member.schema.type.name}: the"
        " property is missing; if the schema does not list it as required, set"
        " use.optional.for.nonrequired=true"
    )
    raise DataError(message)


def _additional(node: Mapping[str, Any], members: Mapping[str, Any]) -> dict[str, Any] | None:
    if names.ADDITIONAL_PROPERTIES in node:
        message = (
            f"JSON payload contains a property named '{names.ADDITIONAL_PROPERTIES}' which"
            " collides with the reserved field name for preserve.additional.properties=true."
            " Rename the property in the source data or disable the config."
        )
        raise DataError(message)
    found = {name: encode_variant(each) for name, each in node.items() if name not in members}
    return found or None


_Members = Mapping[str, _Member]


def _struct_hint(members: _Members) -> Any:
    """Make the class a decoder shall fill; None when it cannot be told."""
    if all(map(str.isascii, members)):
        hints = {
            name: NotRequired[member.reader.hint] if member.may_miss else member.reader.hint
            for name, member in members.items()
        }
        return cast(Any, TypedDict)("Row", hints)
    # msgspec (0.22) takes a member of a TypedDict whose name is not ASCII for an unknown one.
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for index, member in enumerate(members.values()):
        named = (f"f{index}", member.reader.hint)
        fields.append((*named, msgspec.UNSET) if member.may_miss else named)
    rename = {f"f{index}": name for index, name in enumerate(members)}
    try:
        return msgspec.defstruct("Row", fields, rename=rename, kw_only=True, gc=False)
    except ValueError:  # a name that needs escapes
        return None


def _struct_finish(members: _Members) -> Callable[[_Column], _Column]:
    size = {len(members)}
    is_ascii = all(map(str.isascii, members))
    finishing = [
        (name, member.reader.finish) for name, member in members.items() if member.reader.finish
    ]
    defaults = {name: member.schema.default for name, member in members.items()}

    def finish(rows: _Column) -> _Column:
        if not is_ascii:
            rows = [_dict_of_row(defaults, row) for row in rows]
        for name, finish_column in finishing:
            there = rows if is_ascii and _are_whole(rows) else [row for row in rows if name in row]
            column = finish_column([row[name] for row in there])
            for row, value in zip(there, column, strict=True):
                row[name] = value
        if not _are_whole(rows):
            return [defaults | row for row in rows]
        return rows

    def _are_whole(rows: _Column) -> bool:
        return set(map(len, rows)) == size

    return finish


def _dict_of_row(defaults: Mapping[str, Any], row: Any) -> dict[str, Any]:
    values = zip(defaults, msgspec.structs.astuple(row), strict=True)
    return {name: value for name, value in values if value is not msgspec.UNSET}


_COMPOUND: Final[Mapping[Type, Callable[[Schema, Rules], Reader]]] = {
    Type.ARRAY: _array,
    Type.MAP: _map,
}
