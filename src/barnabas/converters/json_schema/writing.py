# SPDX-License-Identifier: Apache-2.0
"""Functions that make Connect values ready for the JSON encoder, put together once per schema.

Plain values are written as JsonConverter writes them, through its own functions. What differs is
here: null in a required field leaves the property out (`msgspec.UNSET` stands for it on the way),
maps whose keys are no texts are arrays of objects, and a union is written as its one member.

Source: reference page *Schema Registry*, sections 1 and 6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import starmap
from operator import itemgetter
from typing import Any, Final, NamedTuple

import msgspec

from barnabas.converters.fitting import check_struct, located, located_item, refusal
from barnabas.converters.json import schemaless, settings, writing
from barnabas.converters.json_schema import names
from barnabas.converters.json_schema.settings import Rules
from barnabas.converters.json_schema.variants import decode_variant
from barnabas.data import RecursiveSchema, Schema, Type
from barnabas.errors import DataError

__all__ = ["Writer", "writer_for"]

_Values = Sequence[Any]


class Writer(NamedTuple):
    """What makes values of one schema ready; both raise DataError for a value that does not fit.

    `msgspec.UNSET` comes back for null where the schema has neither null nor a default.
    """

    one: Callable[[Any], Any]
    many: Callable[[_Values], _Values]


def writer_for(schema: Schema | None, rules: Rules) -> Writer:
    """Put together the functions for a schema; None is for values without schema.

    Raises:
        DataError: The schema itself is not valid.
    """
    return _Writers(rules).of(schema)


class _Writers:
    """Makes the writers of one schema; knows the STRUCTs that hold it."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.json_rules = settings.Rules(
            replace_null_with_default=False, decimals_are_numbers=rules.decimals_are_numbers
        )

    def of(self, schema: Schema | None) -> Writer:
        """Put together the functions for values that may be null."""
        if schema is None:
            return _each(_ready_schemaless)
        if isinstance(schema, RecursiveSchema):
            return self._later(schema)
        return self._with_null(schema, self._plain(schema))

    def _plain(self, schema: Schema) -> Writer:
        make = _COMPOUND.get(schema.type)
        if names.is_variant(schema):
            make = _variant
        elif schema.type is Type.STRUCT and names.is_union(schema):
            make = _union
        if make is not None:
            return make(schema, self)
        required = schema.with_attributes(optional=False, default=None)
        leaf = writing.writer_for(required, self.json_rules)
        return Writer(leaf.one, leaf.many)

    def _later(self, schema: RecursiveSchema) -> Writer:
        made: list[Writer] = []

        def one(value: Any) -> Any:
            if not made:
                made.append(self._with_null(schema, self._plain(schema)))
            return made[0].one(value)

        return _each(one)

    def _with_null(self, schema: Schema, plain: Writer) -> Writer:
        one_plain, many_plain = plain
        if schema.default is not None and not self.rules.ignore_default_for_nullables:
            filler = one_plain(schema.default)
        else:
            filler = None if schema.optional else msgspec.UNSET

        def one(value: Any) -> Any:
            return filler if value is None else one_plain(value)

        def many(values: _Values) -> _Values:
            if None not in values:
                return many_plain(values)
            present = iter(many_plain([value for value in values if value is not None]))
            return [filler if value is None else next(present) for value in values]

        return Writer(one, many)


def _each(one: Callable[[Any], Any]) -> Writer:
    return Writer(one, lambda values: [one(value) for value in values])


def _present(values: _Values) -> _Values:
    """Let null stand where a value is missing but its place cannot."""
    return [None if value is msgspec.UNSET else value for value in values]


def _array(schema: Schema, writers: _Writers) -> Writer:
    one_item, items = writers.of(schema.value_schema)
    matches = schema.matches

    def one(value: Any) -> Any:
        if not matches(value):
            raise refusal(schema, value)
        try:
            return _present(items(value))
        except DataError as error:
            raise located_item(error, one_item, enumerate(value)) from error

    return _each(one)


def _map(schema: Schema, writers: _Writers) -> Writer:
    keys = writers.of(schema.key_schema).many
    one_member, members = writers.of(schema.value_schema)
    matches = schema.matches
    is_object = names.is_object_map(schema)

    def one(value: Any) -> Any:
        if not matches(value):
            raise refusal(schema, value)
        ready_keys = _present(keys(list(value)))
        try:
            ready = _present(members(list(value.values())))
        except DataError as error:
            raise located_item(error, one_member, value.items()) from error
        if is_object:
            return dict(zip(ready_keys, ready, strict=True))
        return [
            {names.KEY: key, names.VALUE: member}
            for key, member in zip(ready_keys, ready, strict=True)
        ]

    return _each(one)


def _variant(schema: Schema, _writers: _Writers) -> Writer:
    def one(value: Any) -> Any:
        if not schema.matches(value) or not names.VARIANT_FIELDS.keys() <= value.keys():
            raise refusal(schema, value)
        return _ready_node(decode_variant(*(value[name] for name in names.VARIANT_FIELDS)))

    return _each(one)


def _ready_node(node: Any) -> Any:
    """Make a value without schema ready; Decimals are numbers."""
    if isinstance(node, dict):
        return {key: _ready_node(member) for key, member in node.items()}
    if isinstance(node, list):
        return list(map(_ready_node, node))
    if isinstance(node, float | int | str) or node is None:
        return schemaless.ready_schemaless(node)
    return msgspec.Raw(str(node).encode())


def _ready_schemaless(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return list(map(_ready_schemaless, value))
    if isinstance(value, dict) and not hasattr(value, "schema"):
        ready = list(map(_ready_schemaless, value.values()))
        if all(isinstance(key, str) for key in value):
            return dict(zip(value, ready, strict=True))
        return [
            {names.KEY: _ready_schemaless(key), names.VALUE: member}
            for key, member in zip(value, ready, strict=True)
        ]
    return schemaless.ready_schemaless(value)


def _union(schema: Schema, writers: _Writers) -> Writer:
    members = [(field.name, writers.of(field.schema).one) for field in schema.fields]
    defaults = {
        field.name: field.schema.default
        for field in schema.fields
        if field.schema.default is not None and not writers.rules.ignore_default_for_nullables
    }

    def one(value: Any) -> Any:
        check_struct(schema, value)
        for name, write in members:
            member = value.get(name)
            if member is None:
                member = defaults.get(name)
            if member is not None:
                return write(member)
        return None if schema.optional else msgspec.UNSET

    return _each(one)


def _struct(schema: Schema, writers: _Writers) -> Writer:
    keeps_all = writers.rules.preserve_additional_properties
    if keeps_all and any(names.is_additional(each.name, each.schema) for each in schema.fields):
        return _open_struct(schema, writers)
    field_names = [field.name for field in schema.fields]
    writers_of_fields = [writers.of(field.schema) for field in schema.fields]
    ones = [(name, each.one) for name, each in zip(field_names, writers_of_fields, strict=True)]
    row = _row_class(field_names)
    columns_of = _columns_function(schema, field_names)

    def one(value: Any) -> Any:
        check_struct(schema, value)
        get, ready, name = value.get, [], ""
        try:
            for name, write in ones:
                ready.append(write(get(name)))
        except DataError as error:
            raise located(error, name) from error
        return row(*ready)

    def many(values: _Values) -> _Values:
        if not field_names:
            return [one(value) for value in values]
        ready: list[_Values] = []
        try:
            for writer, column in zip(writers_of_fields, columns_of(values), strict=True):
                ready.append(writer.many(column))
        except DataError as error:
            raise located(error, field_names[len(ready)]) from error
        return list(starmap(row, zip(*ready, strict=True)))

    return Writer(one, many)


def _columns_function(
    schema: Schema, field_names: list[str]
) -> Callable[[_Values], Sequence[_Values]]:
    pick = itemgetter(*field_names) if len(field_names) > 1 else None
    size = {len(field_names)}

    def columns(values: _Values) -> Sequence[_Values]:
        # As many members as fields, and no field missing: then there is no unknown member.
        if pick is not None and set(map(type, values)) == {dict} and set(map(len, values)) == size:
            try:
                return list(zip(*map(pick, values), strict=True))
            except KeyError:
                pass
        for value in values:
            check_struct(schema, value)
        return [[value.get(name) for value in values] for name in field_names]

    return columns


def _open_struct(schema: Schema, writers: _Writers) -> Writer:
    """Write a STRUCT whose properties without name are in a field of their own."""
    columns = [
        (field.name, writers.of(field.schema).one)
        for field in schema.fields
        if field.name != names.ADDITIONAL_PROPERTIES
    ]
    field = schema.field(names.ADDITIONAL_PROPERTIES)
    assert field is not None
    write_rest = writers.of(field.schema).one

    def one(value: Any) -> Any:
        check_struct(schema, value)
        ready = {name: write(value.get(name)) for name, write in columns}
        ready = {name: each for name, each in ready.items() if each is not msgspec.UNSET}
        return {**ready, **(write_rest(value.get(names.ADDITIONAL_PROPERTIES)) or {})}

    return _each(one)


def _row_class(field_names: list[str]) -> Callable[..., Any]:
    """Make a class of objects the encoder writes with these members, without those left out."""
    attributes = [f"f{index}" for index in range(len(field_names))]
    rename = dict(zip(attributes, field_names, strict=True))
    try:
        return msgspec.defstruct(
            "Row", [(attribute, Any) for attribute in attributes], rename=rename, gc=False
        )
    except ValueError:  # a name that needs escapes
        return lambda *values: {
            name: value
            for name, value in zip(field_names, values, strict=True)
            if value is not msgspec.UNSET
        }


_COMPOUND: Final[Mapping[Type, Callable[[Schema, _Writers], Writer]]] = {
    Type.ARRAY: _array,
    Type.MAP: _map,
    Type.STRUCT: _struct,
}
