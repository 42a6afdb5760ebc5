# SPDX-License-Identifier: Apache-2.0
"""Connect values as Arrow arrays, a batch at a time, put together once for each schema.

A `Column` turns the values of one field of many records into an array. Whole columns are looked at:
that all values are of one class is a question to a set, and Arrow takes them as they are. Only what
is unusual is looked at one by one. Structs become one column for each field.

Types are those that Java's connector gives by way of Avro: maps whose keys are no text are lists of
entries, unions are groups of ``member0``, ``member1`` …, INT8 and INT16 are plain INT32.

Source:
    Reference page *HDFS sink*, section 6 (Parquet); Apache Parquet ``AvroSchemaConverter``.

Differs:
    Decimals that tell no precision have 38 digits, the most that Hive, Spark and Trino read; Java's
    have 64. Lists have three levels, the layout of the Parquet specification. Enums are strings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, chain
from typing import Any, Final, NamedTuple

import pyarrow as pa

from barnabas.connectors._storage.formats import parquet_leaves as leaves
from barnabas.connectors._storage.formats.parquet_leaves import Leaf, array_of
from barnabas.converters.avro import kinds
from barnabas.converters.avro.rules import Rules
from barnabas.converters.fitting import check_struct, refusal
from barnabas.data import RecursiveSchema, Schema, Type
from barnabas.errors import DataError

__all__ = ["Column", "root_columns"]

_NONE: Final = type(None)
_CAUSES: Final = (pa.ArrowException, ValueError, TypeError, OverflowError, AttributeError)
"""What Arrow raises for values that do not fit; UnicodeErrors are ValueErrors."""
_Kinds = set[type]
_Array = Callable[[Sequence[Any], _Kinds], pa.Array]


class Column(NamedTuple):
    """How the values of one field become an array."""

    field: pa.Field
    array: Callable[[Sequence[Any]], pa.Array]
    """Raises DataError for a value that does not fit."""
    filler: Any
    """A value that stands where a struct around it is null."""


def root_columns(
    schema: Schema, rules: Rules, *, keeps_logical_types: bool
) -> tuple[pa.Schema, Callable[[Sequence[Any]], list[pa.Array]]]:
    """Put together the columns of a record's schema.

    Args:
        schema: A STRUCT.
        rules: How Connect's schemas become Avro's.
        keeps_logical_types: Whether dates, times and decimals are such in Parquet; otherwise they
            are the numbers and bytes Connect keeps.

    Returns:
        The file's schema, and what makes the columns of records; it raises DataError.

    Raises:
        DataError: Parquet cannot hold such records.
    """
    if schema.type is not Type.STRUCT or kinds.is_union(schema):
        message = (
            f"Parquet files hold structs, not {schema}: use a converter that gives a STRUCT, or the"
            " transformation HoistField$Value, or another format.class"
        )
        raise DataError(message)
    compiler = _Compiler(rules, keeps_logical_types=keeps_logical_types)
    columns, arrays = compiler.members(schema)

    def root_arrays(values: Sequence[Any]) -> list[pa.Array]:
        found = set(map(type, values))
        if _NONE in found:
            message = f"Parquet files hold structs, not null; its schema is {schema}"
            raise DataError(message)
        return arrays(values, found)

    return pa.schema([column.field for column in columns]), root_arrays


class _Compiler:
    def __init__(self, rules: Rules, *, keeps_logical_types: bool) -> None:
        self._rules = rules
        self._keeps_logical_types = keeps_logical_types

    def column(self, name: str, schema: Schema | None) -> Column:
        """Put together a column that takes null, too; a default stands for it."""
        if schema is None:
            message = f"Parquet needs to know what the {name}s of arrays and maps are"
            raise DataError(message)
        if isinstance(schema, RecursiveSchema):
            message = f"Parquet cannot hold {schema}, which is used inside itself"
            raise DataError(message)
        kind, plain, filler = self._part(schema)
        default, optional = schema.default, schema.optional

        def array(values: Sequence[Any]) -> pa.Array:
            found = set(map(type, values))
            if _NONE in found:
                if default is not None:
                    values = [default if value is None else value for value in values]
                    found.add(type(default))
                    found.discard(_NONE)
                elif not optional:
                    message = f"null used for the required field {name!r}, which is {schema}"
                    raise DataError(message)
            try:
                return plain(values, found)
            except _CAUSES as error:
                message = f"A value of the field {name!r} does not fit {schema}: {error}"
                raise DataError(message) from error

        if default is not None:
            filler = default
        elif optional:
            filler = None
        return Column(pa.field(name, kind, nullable=optional), array, filler)

    def _part(self, schema: Schema) -> tuple[pa.DataType, _Array, Any]:
        if kinds.is_union(schema):
            return self._union(schema)
        if schema.type is Type.STRUCT:
            return self._struct(*self.members(schema))
        if schema.type is Type.ARRAY:
            return self._list(schema)
        if schema.type is Type.MAP:
            text_keys = kinds.has_text_keys(schema, self._rules)
            return self._map(schema) if text_keys else self._entries(schema)
        leaf = leaves.leaf_for(schema, keeps_logical_types=self._keeps_logical_types)
        return leaf.type, _leaf_array(schema, leaf), leaf.filler

    def members(
        self, schema: Schema
    ) -> tuple[list[Column], Callable[[Sequence[Any], _Kinds], list[pa.Array]]]:
        """Put together the columns of a struct's fields; null structs are told by their filler."""
        if not schema.fields:
            message = f"Parquet cannot hold {schema}, a struct without fields"
            raise DataError(message)
        columns = [self.column(field.name, field.schema) for field in schema.fields]
        names = [field.name for field in schema.fields]
        known, size = frozenset(names), {len(names)}

        def arrays(values: Sequence[Any], found: _Kinds) -> list[pa.Array]:
            parts = None
            if found <= _DICTS and set(map(len, values)) <= size:
                parts = _whole_columns(values, names)
            if parts is None:
                if not found <= _DICTS or not known.issuperset(chain.from_iterable(values)):
                    for value in values:
                        check_struct(schema, value)
                parts = [[value.get(name) for value in values] for name in names]
            return [column.array(part) for column, part in zip(columns, parts, strict=True)]

        return columns, arrays

    def _struct(
        self,
        columns: list[Column],
        arrays: Callable[[Sequence[Any], _Kinds], list[pa.Array]],
    ) -> tuple[pa.DataType, _Array, Any]:
        fields = [column.field for column in columns]
        filler = {column.field.name: column.filler for column in columns}

        def array(values: Sequence[Any], found: _Kinds) -> pa.Array:
            if _NONE not in found:
                return pa.StructArray.from_arrays(arrays(values, found), fields=fields)
            whole = [filler if value is None else value for value in values]
            parts = arrays(whole, (found - {_NONE}) | {dict})
            return pa.StructArray.from_arrays(parts, fields=fields, mask=_mask(values))

        return pa.struct(fields), array, filler

    def _union(self, schema: Schema) -> tuple[pa.DataType, _Array, Any]:
        columns = [
            self.column(f"member{index}", _nullable(field.schema))
            for index, field in enumerate(schema.fields)
        ]
        names = [field.name for field in schema.fields]

        def arrays(values: Sequence[Any], found: _Kinds) -> list[pa.Array]:
            if not found <= _DICTS or not set(names).issuperset(chain.from_iterable(values)):
                for value in values:
                    check_struct(schema, value)
            return [
                column.array([value.get(name) for value in values])
                for name, column in zip(names, columns, strict=True)
            ]

        kind, array, _ = self._struct(columns, arrays)
        return kind, array, {}

    def _list(self, schema: Schema) -> tuple[pa.DataType, _Array, Any]:
        items = self.column("element", schema.value_schema)
        kind = pa.list_(items.field)

        def array(values: Sequence[Any], found: _Kinds) -> pa.Array:
            _check_class(schema, values, found, _LISTS)
            mask = _mask(values) if _NONE in found else None
            parts = [value or () for value in values] if mask is not None else values
            elements = items.array(list(chain.from_iterable(parts)))
            return pa.ListArray.from_arrays(_offsets(parts), elements, type=kind, mask=mask)

        return kind, array, []

    def _map(self, schema: Schema) -> tuple[pa.DataType, _Array, Any]:
        keys = self.column("key", schema.key_schema)
        members = self.column("value", schema.value_schema)
        kind = pa.map_(keys.field.with_nullable(False), members.field)

        def array(values: Sequence[Any], found: _Kinds) -> pa.Array:
            parts, mask = _entries_of(schema, values, found)
            key_array = keys.array(list(chain.from_iterable(parts)))
            if key_array.null_count:
                message = "a key is null"
                raise ValueError(message)
            member_array = members.array(list(chain.from_iterable(p.values() for p in parts)))
            return pa.MapArray.from_arrays(
                _offsets(parts), key_array, member_array, type=kind, mask=mask
            )

        return kind, array, {}

    def _entries(self, schema: Schema) -> tuple[pa.DataType, _Array, Any]:
        keys = self.column("key", schema.key_schema)
        members = self.column("value", schema.value_schema)
        fields = [keys.field, members.field]
        kind = pa.list_(pa.field("element", pa.struct(fields), nullable=False))

        def array(values: Sequence[Any], found: _Kinds) -> pa.Array:
            parts, mask = _entries_of(schema, values, found)
            key_array = keys.array(list(chain.from_iterable(parts)))
            member_array = members.array(list(chain.from_iterable(p.values() for p in parts)))
            entries = pa.StructArray.from_arrays([key_array, member_array], fields=fields)
            return pa.ListArray.from_arrays(_offsets(parts), entries, type=kind, mask=mask)

        return kind, array, {}


_LISTS: Final = frozenset({list, tuple})
_DICTS: Final = frozenset({dict})


def _nullable(schema: Schema) -> Schema:
    if isinstance(schema, RecursiveSchema):
        return schema
    return schema.with_attributes(optional=True, default=None)


def _whole_columns(values: Sequence[Any], names: list[str]) -> list[list[Any]] | None:
    """Cut structs into columns; None where one lacks a field, so that it may have another."""
    try:
        return [[value[name] for value in values] for name in names]
    except KeyError:
        return None


def _mask(values: Sequence[Any]) -> pa.Array:
    return array_of([value is None for value in values], pa.bool_())


def _offsets(parts: Sequence[Any]) -> pa.Array:
    return array_of(list(accumulate(map(len, parts), initial=0)), pa.int32())


def _entries_of(
    schema: Schema, values: Sequence[Any], found: _Kinds
) -> tuple[Sequence[dict[Any, Any]], pa.Array | None]:
    _check_class(schema, values, found, _DICTS)
    if _NONE not in found:
        return values, None
    return [value or {} for value in values], _mask(values)


def _check_class(
    schema: Schema, values: Sequence[Any], found: _Kinds, usual: frozenset[type]
) -> None:
    if found - {_NONE} <= usual:
        return
    for value in values:
        if value is not None and not schema.matches(value):
            raise refusal(schema, value)


def _leaf_array(schema: Schema, leaf: Leaf) -> _Array:
    matches, usual, prepare, make = schema.matches, leaf.usual | {_NONE}, leaf.prepare, leaf.make

    def prepared(value: Any) -> Any:
        if value is None:
            return None
        if not matches(value):
            raise refusal(schema, value)
        return prepare(value)

    def array(values: Sequence[Any], found: _Kinds) -> pa.Array:
        if found <= usual:
            try:
                return make(values)
            except _CAUSES:
                pass  # the one that does not fit is told in Connect's words
        return leaf.make_prepared([prepared(value) for value in values])

    return array
