# SPDX-License-Identifier: Apache-2.0
"""Functions that make Connect values ready for fastavro, put together once for each schema.

A `Writer` holds a *wire schema* beside its functions: an Avro schema with the same bytes as the
registered one, in which fastavro takes Connect's values as they are wherever that is possible.
It has names of its own, fields are called as in Connect, and there are no logical types. A member
of a union that is no primitive is chosen by its name, so that fastavro never tries members out.

``many`` looks at whole columns: that all values are of one class is a question to a set, that all
numbers fit one to ``min`` and ``max``. A batch of structs that need no change goes to fastavro as
it came; else the rows are copied once and the changed columns put into the copies.

Source:
    Reference page *Schema Registry*, section 5.2.

Differs:
    Values written with another schema than their own (``use.latest.version``) are matched by the
    names of fields, defaults of that schema included; Java matches them by their places.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

from barnabas import data
from barnabas.converters.avro import anything, kinds, names, scalars
from barnabas.converters.avro.default_reading import read_default
from barnabas.converters.avro.from_avro import to_connect
from barnabas.converters.avro.model import MISSING, AvroField, AvroSchema
from barnabas.converters.avro.rules import Rules
from barnabas.converters.avro.scalars import Columns, Kinds, Plain
from barnabas.converters.fitting import check_struct, refusal
from barnabas.data import Schema, Type
from barnabas.errors import DataError

__all__ = ["Writer", "writer_for"]

_NONE: Final = type(None)
_MISMATCH: Final = "Mismatching struct schema"
_PREFERRED: Final[dict[Type, tuple[str, ...]]] = {
    Type.INT8: ("int", "long", "float", "double"),
    Type.INT16: ("int", "long", "float", "double"),
    Type.INT32: ("int", "long", "float", "double"),
    Type.INT64: ("long", "float", "double"),
    Type.FLOAT32: ("float", "double"),
    Type.FLOAT64: ("double",),
    Type.BOOLEAN: ("boolean",),
    Type.STRING: ("string", "enum"),
    Type.BYTES: ("bytes", "fixed"),
    Type.ARRAY: ("array",),
    Type.MAP: ("map", "array"),
    Type.STRUCT: ("record",),
}


class Writer(NamedTuple):
    """What makes values of one schema ready; both raise DataError for a value that does not fit."""

    wire: Any
    """Schema for fastavro; not parsed yet."""
    one: Callable[[Any], Any]
    many: Callable[[Sequence[Any]], Sequence[Any]]
    columns: Columns | None = None
    """For records: the same as ``many``, in columns in the order of the wire schema's fields."""


def writer_for(schema: Schema | None, avro: AvroSchema, rules: Rules) -> Writer:
    """Put together the functions for values of a schema, written with an Avro schema.

    Raises:
        DataError: The Avro schema is another one than the values' own and cannot hold them.
    """
    return _Compiler(rules).writer(schema, avro)


class _Compiler:
    """Knows the records put together so far, so that a recursive one ends."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._structs: dict[tuple[int, ...], tuple[str, list[Plain]]] = {}
        self._count = 0
        self._anything: str | None = None

    def writer(
        self, schema: Schema | None, avro: AvroSchema, *, default: Any = None, place: str = ""
    ) -> Writer:
        """Put functions together that take null, too; a default stands for it in a field."""
        if schema is None:
            return self._schemaless(avro)
        wire, plain, takes_null = self._with_union(schema, avro)
        null = _null_function(schema, plain.one, default, takes_null=takes_null, place=place)
        one_plain, many_plain, columns = plain

        def one(value: Any) -> Any:
            return null() if value is None else one_plain(value)

        def many(values: Sequence[Any]) -> Sequence[Any]:
            found = set(map(type, values))
            if _NONE not in found:
                return many_plain(values, found)
            found.discard(_NONE)
            filler = null()
            present = [value for value in values if value is not None]
            ready = many_plain(present, found)
            if ready is present and filler is None:
                return values
            rest = iter(ready)
            return [filler if value is None else next(rest) for value in values]

        return Writer(wire, one, many, columns)

    def _with_union(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Plain, bool]:
        if kinds.is_union(schema):
            return self._union(schema, avro)
        if avro.type != "union":
            wire, plain = self._plain(schema, avro)
            return wire, plain, False
        chosen = self._choose(schema, avro)
        wires: list[Any] = []
        for branch in avro.branches:
            if branch.type == "null":
                wires.append("null")
            elif branch is chosen:
                wire, plain = self._plain(schema, branch)
                wires.append(wire)
            else:
                wires.append({"type": "record", "name": self._new_name("X"), "fields": []})
        plain = _tagged(plain, wire)
        return wires, plain, "null" in wires

    def _choose(self, schema: Schema, avro: AvroSchema) -> AvroSchema:
        for kind in _PREFERRED[schema.type]:
            found = [branch for branch in avro.branches if branch.type == kind]
            for branch in found:
                if schema.type is not Type.STRUCT or self._is_named_so(schema, branch):
                    return branch
            if found:
                return found[0]
        raise _unfit(schema, avro)

    def _is_named_so(self, schema: Schema, branch: AvroSchema) -> bool:
        if schema.name is None:
            return True
        name = names.scrub_full(schema.name, scrubbing=self._rules.scrub_names)
        return name == branch.full_name

    def _union(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Plain, bool]:
        branches = avro.branches if avro.type == "union" else [avro]
        members = self._members(schema, branches)
        wires: list[Any] = []
        writers: dict[str, tuple[str, Callable[[Any], Any]]] = {}
        for index, branch in enumerate(branches):
            if branch.type == "null":
                wires.append("null")
                continue
            tag = self._new_name("U")
            wire: dict[str, Any] = {"type": "record", "name": tag, "fields": []}
            field = members.get(index)
            if field is not None:
                member = field.schema.with_attributes(optional=False)
                writer = self.writer(member, branch)
                wire["fields"] = [{"name": "v", "type": writer.wire}]
                writers[field.name] = tag, writer.one
            wires.append(wire)
        plain = scalars.each(_union_function(schema, writers, self._rules))
        return (wires if avro.type == "union" else wires[0]), plain, "null" in wires

    def _members(self, schema: Schema, branches: list[AvroSchema]) -> dict[int, data.Field]:
        """Tell which field is written as which member: by name, else by type, in order."""
        members: dict[int, data.Field] = {}
        rules = self._rules
        for field in schema.fields:
            free = [index for index, each in enumerate(branches) if index not in members]
            named = [
                index
                for index in free
                if kinds.avro_member_name(branches[index], index, rules) == field.name
                and _may_hold(field.schema, branches[index])
            ]
            typed = [index for index in free if _may_hold(field.schema, branches[index])]
            if not typed:
                raise _unfit(field.schema, AvroSchema("union", branches=branches))
            members[(named or typed)[0]] = field
        return members

    def _plain(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Plain]:
        if avro.type not in _PREFERRED[schema.type]:
            raise _unfit(schema, avro)
        if schema.type is Type.STRUCT:
            return self._struct(schema, avro)
        if schema.type is Type.ARRAY:
            return self._array(schema, avro)
        if schema.type is Type.MAP:
            return self._map(schema, avro)
        if avro.type == "enum":
            name = self._new_name("E")
            enum = {"type": "enum", "name": name, "symbols": avro.symbols}
            return enum, scalars.enum(schema, avro)
        if avro.type == "fixed":
            wire = {"type": "fixed", "name": self._new_name("F"), "size": avro.size}
            return wire, scalars.fixed(schema, avro.size)
        return avro.type, scalars.plain(schema)

    def _array(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Plain]:
        items = self.writer(schema.value_schema, avro.element, place="element of array")
        matches, many = schema.matches, items.many

        def one(value: Any) -> Any:
            if matches(value):
                return many(value)
            raise refusal(schema, value)

        return {"type": "array", "items": items.wire}, scalars.each(one)

    def _map(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Plain]:
        if avro.type == "map":
            return self._text_map(schema, avro)
        entry = avro.element
        key_field, value_field = entry.field("key"), entry.field("value")
        if key_field is None or value_field is None:
            raise _unfit(schema, avro)
        keys = self.writer(schema.key_schema, key_field.schema, place="key of map")
        members = self.writer(schema.value_schema, value_field.schema, place="value of map")
        fields = [{"name": "key", "type": keys.wire}, {"name": "value", "type": members.wire}]
        wire = {"type": "record", "name": self._new_name("M"), "fields": fields}
        matches = schema.matches

        def one(value: Any) -> Any:
            if not matches(value):
                raise refusal(schema, value)
            pairs = zip(keys.many(list(value)), members.many(list(value.values())), strict=True)
            return [{"key": key, "value": member} for key, member in pairs]

        return {"type": "array", "items": wire}, scalars.each(one)

    def _text_map(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Plain]:
        members = self.writer(schema.value_schema, avro.element, place="value of map")
        matches, many = schema.matches, members.many

        def one(value: Any) -> Any:
            if not matches(value):
                raise refusal(schema, value)
            if not set(map(type, value)) <= {str}:
                for key in value:
                    if not isinstance(key, str):
                        raise refusal(schema.key_schema or schema, key)
            return dict(zip(value, many(list(value.values())), strict=True))

        return {"type": "map", "values": members.wire}, scalars.each(one)

    def _struct(self, schema: Schema, avro: AvroSchema) -> tuple[Any, Plain]:
        key = (id(avro), *map(id, schema.fields))
        known = self._structs.get(key)
        if known is not None:
            name, holder = known
            return name, scalars.each(_later(holder))
        name = self._new_name("R")
        holder = []
        self._structs[key] = name, holder
        by_name = {
            names.scrub(f.name) if self._rules.scrub_names else f.name: f for f in schema.fields
        }
        fields: list[Any] = []
        writers: dict[str, Writer] = {}
        for avro_field in avro.fields:
            field = by_name.get(avro_field.name)
            if field is None:
                fields.append(self._absent(avro_field, avro))
                continue
            default = None if self._rules.ignore_default_for_nullables else field.schema.default
            writer = self.writer(
                field.schema, avro_field.schema, default=default, place=f"field {field.name!r}"
            )
            writers[field.name] = writer
            fields.append({"name": field.name, "type": writer.wire})
        plain = _struct_functions(schema, writers)
        holder.append(plain if len(writers) == len(fields) else plain._replace(columns=None))
        return {"type": "record", "name": name, "fields": fields}, holder[0]

    def _absent(self, field: AvroField, record: AvroSchema) -> dict[str, Any]:
        """Make a field that the values do not have; fastavro takes its default."""
        if field.default is MISSING:
            message = (
                f"The registered schema {record.full_name} has the field {field.name!r} without a"
                " default, and the record's own schema has no such field; set"
                " use.latest.version=false, or give the field a default"
            )
            raise DataError(message)
        schema = to_connect(field.schema, self._rules)
        writer = self.writer(schema, field.schema, place=f"field {field.name!r}")
        default = read_default(schema, field.schema, field.default, self._rules)
        return {"name": field.name, "type": writer.wire, "default": writer.one(default)}

    def _schemaless(self, avro: AvroSchema) -> Writer:
        if avro.type != "record" or avro.field("boolean") is None or avro.field("map") is None:
            message = (
                f"A value without schema cannot be written with the schema {avro.full_name}: only"
                f" with {anything.SCHEMA.full_name}"
            )
            raise DataError(message)
        one = anything.to_anything
        if self._anything is not None:
            return Writer(self._anything, one, lambda values: list(map(one, values)))
        self._anything = self._new_name("A")
        wire = anything.wire(self._anything)
        return Writer(wire, one, lambda values: list(map(one, values)))

    def _new_name(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"


def _later(holder: list[Plain]) -> Callable[[Any], Any]:
    """Call what is not put together yet."""

    def one(value: Any) -> Any:
        return holder[0].one(value)

    return one


def _null_function(
    schema: Schema, one: Callable[[Any], Any], default: Any, *, takes_null: bool, place: str
) -> Callable[[], Any]:
    where = f" of {place}" if place else ""

    def null() -> Any:
        if default is not None:
            return one(default)
        if schema.optional and takes_null:
            return None
        if schema.optional:
            message = (
                f"Found null value{where} for {schema}, but the registered schema has no null"
                " there; set use.latest.version=false, or let the field be null in that schema"
            )
        else:
            message = f"Found null value for non-optional schema: {schema}{where}"
        raise DataError(message)

    return null


def _tagged(plain: Plain, wire: Any) -> Plain:
    """Name the member of a union, for all that fastavro cannot tell by the value's class."""
    if isinstance(wire, str) and wire in scalars.PRIMITIVES:
        return plain
    tag = wire if isinstance(wire, str) else wire.get("name", wire["type"])
    one_plain, many_plain, _ = plain

    def one(value: Any) -> Any:
        return tag, one_plain(value)

    def many(values: Sequence[Any], found: Kinds) -> Sequence[Any]:
        return [(tag, value) for value in many_plain(values, found)]

    return Plain(one, many)


def _union_function(
    schema: Schema, writers: dict[str, tuple[str, Callable[[Any], Any]]], rules: Rules
) -> Callable[[Any], Any]:
    def one(value: Any) -> Any:
        check_struct(schema, value, mismatch=_MISMATCH)
        for field in schema.fields:
            member = value.get(field.name)
            if member is None and not rules.ignore_default_for_nullables:
                member = field.schema.default
            if member is not None:
                tag, write = writers[field.name]
                return tag, {"v": write(member)}
        if schema.optional:
            return None
        message = f"Found null value for non-optional schema: {schema} has no member with a value"
        raise DataError(message)

    return one


def _struct_functions(schema: Schema, writers: dict[str, Writer]) -> Plain:
    columns_of = _columns_function(schema, list(writers))
    ones = [(name, writer.one) for name, writer in writers.items()]

    def one(value: Any) -> Any:
        check_struct(schema, value, mismatch=_MISMATCH)
        get = value.get
        return {name: write(get(name)) for name, write in ones}

    def many(values: Sequence[Any], found: Kinds) -> Sequence[Any]:
        columns = columns_of(values, found)
        if columns is None:
            return [one(value) for value in values]
        changed = []
        for (name, writer), column in zip(writers.items(), columns, strict=True):
            ready = writer.many(column)
            if ready is not column:
                changed.append((name, ready))
        if not changed:
            return values
        rows = [value.copy() for value in values]
        for name, ready in changed:
            for row, value in zip(rows, ready, strict=True):
                row[name] = value
        return rows

    return Plain(one, many, _ready_columns_function(columns_of, list(writers.values())))


def _ready_columns_function(columns_of: _Cut, writers: Sequence[Writer]) -> Columns:
    def ready_columns(values: Sequence[Any]) -> Sequence[Sequence[Any]] | None:
        columns = columns_of(values, set(map(type, values)))
        if columns is None:
            return None
        return [writer.many(column) for writer, column in zip(writers, columns, strict=True)]

    return ready_columns


_Cut: TypeAlias = Callable[[Sequence[Any], Kinds], Sequence[Sequence[Any]] | None]


def _columns_function(schema: Schema, wanted: list[str]) -> _Cut:
    """Cut rows into columns; None where a row is unusual and has to be looked at alone."""
    everything = [field.name for field in schema.fields]
    pick = itemgetter(*wanted) if len(wanted) > 1 and len(wanted) == len(everything) else None
    size = {len(everything)}

    def columns(values: Sequence[Any], found: Kinds) -> Sequence[Sequence[Any]] | None:
        # As many members as fields, and no field missing: then there is no unknown member.
        if pick is None or found != {dict} or set(map(len, values)) != size:
            return None
        try:
            return list(zip(*map(pick, values), strict=True))
        except KeyError:
            return None

    return columns


def _may_hold(schema: Schema, avro: AvroSchema) -> bool:
    if avro.type == "union":
        return any(_may_hold(schema, branch) for branch in avro.branches)
    return avro.type in _PREFERRED[schema.type]


def _unfit(schema: Schema, avro: AvroSchema) -> DataError:
    kind = avro.type if avro.type != "union" else [branch.full_name for branch in avro.branches]
    message = (
        f"Values of {schema} cannot be written as {kind} of the registered schema"
        f" {avro.full_name}; set use.latest.version=false or register a schema that fits"
    )
    return DataError(message)
