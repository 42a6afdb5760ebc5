# SPDX-License-Identifier: Apache-2.0
"""Functions that turn what fastavro reads into Connect values, put together once for each schema.

A `Reader` holds a *wire schema*: an Avro schema with the same bytes as the registered one, with
names of its own and without logical types. A member of a union is wrapped into a record of one
field, which has no bytes of its own, called like the field of Connect's union struct: so fastavro
tells exactly which member was written, and its dict is the struct already.

What is left to do is in ``finish``: dates and decimals, narrow integers, maps with other keys than
text. Where nothing is left, fastavro's value is Connect's.

Source:
    Reference page *Schema Registry*, sections 5.3 and 5.4.

Differs:
    The member of a union is the one that was written. Java looks for the first whose class fits, so
    that a fixed is taken for bytes, and fails for generalized unions that may be null.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from barnabas import data
from barnabas.converters.avro import anything, kinds
from barnabas.converters.avro.model import PRIMITIVES, AvroSchema, same
from barnabas.converters.avro.rules import Rules
from barnabas.data import Schema, Type
from barnabas.data.logical import EXACT
from barnabas.errors import DataError

__all__ = ["Reader", "is_anything", "reader_for"]

Finish = Callable[[Any], Any]


class Reader(NamedTuple):
    """How values of one schema are read; both functions raise DataError and may change values."""

    wire: Any
    """Schema for fastavro; not parsed yet."""
    one: Finish
    many: Callable[[list[Any]], list[Any]]


def is_anything(avro: AvroSchema) -> bool:
    """Whether the schema is that of schemaless values."""
    return same(avro, anything.SCHEMA)


def reader_for(schema: Schema | None, avro: AvroSchema, rules: Rules) -> Reader:
    """Put together the functions for an Avro schema.

    Args:
        schema: The same schema as Connect's; None for schemaless values.
        avro: The schema the values were written with.
        rules: What the settings say.
    """
    if schema is None:
        finish = anything.from_anything
        return Reader(anything.wire("A"), finish, lambda values: list(map(finish, values)))
    compiler = _Compiler(rules)
    wire, one = compiler.root(schema, avro)
    many = _many_function(one, compiler.steps_of_root)
    return Reader(wire, _or_null(one), many)


def _unchanged(value: Any) -> Any:
    return value


def _many_function(
    one: Finish | None, steps: list[tuple[str, Finish]] | None
) -> Callable[[list[Any]], list[Any]]:
    if one is None:
        return _unchanged
    if steps is None:
        one_or_null = _or_null(one)
        return lambda values: list(map(one_or_null, values))

    def rows(values: list[Any]) -> list[Any]:
        for name, finish in steps:
            for row in values:
                value = row[name]
                if value is not None:
                    row[name] = finish(value)
        return values

    return rows


class _Compiler:
    """Knows the records put together so far, so that a recursive one ends."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._records: dict[int, tuple[str, list[tuple[str, Finish]]]] = {}
        self._count = 0
        self.steps_of_root: list[tuple[str, Finish]] | None = None

    def node(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Finish | None]:
        """Return the wire schema of a node and what to do with its values; None for nothing.

        The function is not called for null.
        """
        make = _NODES.get(avro.type)
        if make is not None:
            return make(self, schema, avro)
        assert avro.type in PRIMITIVES
        return avro.type, _scalar(schema)

    def root(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Finish | None]:
        """Do the same for the outermost schema."""
        found = self.node(schema, avro)
        if avro.type == "record":
            self.steps_of_root = self._records[id(avro)][1]
        return found

    def _new_name(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"

    def _map(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Finish | None]:
        wire, finish = self.node(_part(schema.value_schema), avro.element)
        return {"type": "map", "values": wire}, _map_function(finish)

    def _enum(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Finish | None]:
        return {"type": "enum", "name": self._new_name("E"), "symbols": avro.symbols}, None

    def _fixed(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Finish | None]:
        wire = {"type": "fixed", "name": self._new_name("F"), "size": avro.size}
        return wire, _scalar(schema)

    def _union(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Finish | None]:
        wires: list[Any] = []
        if not kinds.is_union(schema) or self._is_optional(avro):
            found = None
            for branch in avro.branches:
                if branch.type == "null":
                    wires.append("null")
                else:
                    wire, found = self.node(schema, branch)
                    wires.append(wire)
            return wires, found
        members: dict[str, Finish] = {}
        for index, branch in enumerate(avro.branches):
            if branch.type == "null":
                wires.append("null")
                continue
            name = kinds.avro_member_name(branch, index, self._rules)
            field = schema.field(name)
            wire, finish = self.node(_part(None if field is None else field.schema), branch)
            if finish is not None:
                members[name] = finish
            fields = [{"name": name, "type": wire}]
            wires.append({"type": "record", "name": self._new_name("U"), "fields": fields})
        return wires, _member_function(members)

    def _is_optional(self, avro: AvroSchema) -> bool:
        """Whether a union only says that something may be null, be it a union itself."""
        others = [branch for branch in avro.branches if branch.type != "null"]
        return len(others) == 1 and len(avro.branches) == 2

    def _record(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Finish | None]:
        known = self._records.get(id(avro))
        if known is not None:
            return known[0], _row_function(known[1])
        name = self._new_name("R")
        steps: list[tuple[str, Finish]] = []
        self._records[id(avro)] = name, steps
        fields = []
        for avro_field in avro.fields:
            field = schema.field(avro_field.name)
            wire, finish = self.node(
                _part(None if field is None else field.schema), avro_field.schema
            )
            fields.append({"name": avro_field.name, "type": wire})
            if finish is not None:
                steps.append((avro_field.name, finish))
        wire = {"type": "record", "name": name, "fields": fields}
        return wire, _row_function(steps) if steps else None

    def _array(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Finish | None]:
        if schema.type is Type.MAP:
            return self._entries(schema, avro.element)
        wire, finish = self.node(_part(schema.value_schema), avro.element)
        if finish is None:
            return {"type": "array", "items": wire}, None
        return {"type": "array", "items": wire}, lambda values: [
            None if each is None else finish(each) for each in values
        ]

    def _entries(self, schema: Schema, entry: AvroSchema) -> tuple[Any, Finish | None]:
        finishes = {}
        fields = []
        parts = {"key": schema.key_schema, "value": schema.value_schema}
        for field in entry.fields:  # in their order, which may be any
            wire, finish = self.node(_part(parts[field.name]), field.schema)
            finishes[field.name] = _or_null(finish)
            fields.append({"name": field.name, "type": wire})
        wire = {"type": "record", "name": self._new_name("M"), "fields": fields}
        key, value = finishes["key"], finishes["value"]

        def finish_all(entries: list[dict[str, Any]]) -> dict[Any, Any]:
            try:
                return {key(each["key"]): value(each["value"]) for each in entries}
            except TypeError as error:
                message = f"A key of {schema} is a list, map or struct, which a dict cannot hold"
                raise DataError(message) from error

        return {"type": "array", "items": wire}, finish_all


_NODES: Final[dict[str, Callable[[_Compiler, Schema, AvroSchema], tuple[Any, Finish | None]]]] = {
    "union": _Compiler._union,  # noqa: SLF001 - a table of the class's own methods
    "record": _Compiler._record,  # noqa: SLF001
    "array": _Compiler._array,  # noqa: SLF001
    "map": _Compiler._map,  # noqa: SLF001
    "enum": _Compiler._enum,  # noqa: SLF001
    "fixed": _Compiler._fixed,  # noqa: SLF001
}


def _part(schema: Schema | None) -> Schema:
    assert schema is not None  # the schema was made of the Avro schema
    return schema


def _map_function(finish: Finish | None) -> Finish | None:
    if finish is None:
        return None
    return lambda values: {
        key: None if each is None else finish(each) for key, each in values.items()
    }


def _or_null(finish: Finish | None) -> Finish:
    if finish is None:
        return _unchanged
    return lambda value: None if value is None else finish(value)


def _member_function(members: dict[str, Finish]) -> Finish | None:
    if not members:
        return None

    def finish(value: dict[str, Any]) -> dict[str, Any]:
        return {
            name: members[name](member) if name in members else member
            for name, member in value.items()
        }

    return finish


def _row_function(steps: Sequence[tuple[str, Finish]]) -> Finish:
    def finish(row: dict[str, Any]) -> dict[str, Any]:
        for name, step in steps:
            value = row[name]
            if value is not None:
                row[name] = step(value)
        return row

    return finish


def _scalar(schema: Schema) -> Finish | None:
    make = _LOGICAL.get(schema.name or "")
    if make is not None:
        return make(schema)
    if schema.type in (Type.INT8, Type.INT16):
        return _narrow(schema)
    return None


def _narrow(schema: Schema) -> Finish:
    bits = int(schema.type.value[3:])
    half = 1 << (bits - 1)
    wrap = data.wrap_integer
    return lambda value: value if -half <= value < half else wrap(value, bits)


_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def _timestamp(_schema: Schema) -> Finish:
    epoch, delta, decode = _EPOCH, datetime.timedelta, data.decode_timestamp

    def finish(ms: int) -> Any:
        try:
            return epoch + delta(0, 0, 0, ms)
        except OverflowError:
            return decode(ms)

    return finish


def _decimal(schema: Schema) -> Finish:
    scale = -data.decimal_scale(schema)
    read = int.from_bytes
    decode = data.decode_decimal

    def finish(content: bytes) -> Decimal:
        if not content:
            return decode(schema, content)
        return Decimal(read(content, "big", signed=True)).scaleb(scale, EXACT)

    return finish


_LOGICAL: Final[dict[str, Callable[[Schema], Finish]]] = {
    data.LOGICAL_DECIMAL: _decimal,
    data.LOGICAL_DATE: lambda _schema: data.decode_date,
    data.LOGICAL_TIME: lambda _schema: data.decode_time,
    data.LOGICAL_TIMESTAMP: _timestamp,
}
