# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies for what Avro can carry there and back."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from barnabas.converters.avro import kinds, names
from barnabas.converters.avro.rules import Rules
from barnabas.data import (
    BOOLEAN,
    BYTES,
    DATE,
    FLOAT32,
    FLOAT64,
    INT8,
    INT32,
    INT64,
    STRING,
    TIME,
    TIMESTAMP,
    Schema,
    Type,
    get_field,
)
from tests.unit.converters.json import strategies as json_strategies
from tests.unit.data import strategies

field_names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,3}", fullmatch=True)
full_names = st.builds(
    "{}.N{}".format, st.sampled_from(["com.ex", "com", "other"]), st.integers(0, 1 << 40)
)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=4)
same = json_strategies.same
ENHANCED = Rules(enhanced=True)
LOGICAL = (DATE, TIME, TIMESTAMP)


def decimals() -> st.SearchStrategy[Schema]:
    def schema(scale: int, precision: int | None) -> Schema:
        parameters = {"scale": str(scale)}
        if precision is not None and precision != 64:
            parameters["connect.decimal.precision"] = str(precision)
        name = "org.apache.kafka.connect.data.Decimal"
        return Schema(Type.BYTES, name=name, version=1, parameters=parameters)

    return st.builds(schema, st.integers(-2, 10), st.none() | st.integers(1, 80))


def primitives() -> st.SearchStrategy[Schema]:
    return st.sampled_from(strategies.PRIMITIVES) | decimals()


@st.composite
def schemas(draw: st.DrawFn, depth: int = 2) -> Schema:
    """Any schema: named, with versions, docs, parameters, defaults, optional parts."""
    kinds = ["primitive", "array", "map", "struct", "struct"] if depth else ["primitive"]
    kind = draw(st.sampled_from(kinds))
    if kind == "primitive":
        schema = draw(primitives())
    elif kind == "array":
        schema = Schema.array(draw(schemas(depth - 1)))
    elif kind == "map":
        schema = Schema.map(draw(st.sampled_from(strategies.KEYS)), draw(schemas(depth - 1)))
    else:
        fields = draw(st.dictionaries(field_names, schemas(depth - 1), max_size=4))
        schema = Schema.struct(fields)
    if schema.name is None and kind != "primitive":
        schema = schema.with_attributes(
            name=draw(st.none() | full_names), version=draw(st.none() | st.integers(0, 9))
        )
    schema = schema.with_attributes(
        optional=draw(st.booleans()),
        doc=draw(st.none() | texts),
        parameters={**schema.parameters, **draw(st.dictionaries(texts, texts, max_size=1))},
    )
    if draw(st.integers(0, 3)) == 0:
        default = draw(values(schema).filter(lambda value: value is not None))
        schema = schema.with_attributes(default=default)
    return schema


values = json_strategies.values


@st.composite
def schemas_and_batches(draw: st.DrawFn) -> tuple[Schema, list[Any]]:
    schema = draw(schemas())
    return schema, draw(st.lists(values(schema), max_size=4))


schemaless = st.recursive(
    json_strategies.schemaless | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts | st.integers(-9, 1 << 40), inner)
    ),
    max_leaves=6,
)


def alike(read: Schema | None, written: Schema) -> bool:
    """Equal, but that a schema without version got the one it has in the registry."""
    if read is None:
        return False
    if written.version is None:
        read = read.with_attributes(version=None)
    return read == written


def whole(schema: Schema, value: Any) -> Any:
    """A value with the defaults that stand for null in the fields of its structs."""
    if value is None:
        return None
    if schema.type is Type.ARRAY:
        return [whole(schema.value_schema, each) for each in value]
    if schema.type is Type.MAP:
        return {key: whole(schema.value_schema, each) for key, each in value.items()}
    if schema.type is Type.STRUCT:
        return {f.name: whole(f.schema, get_field(value, f)) for f in schema.fields}
    return value


@st.composite
def enums(draw: st.DrawFn) -> Schema:
    name = draw(full_names)
    symbols = draw(st.lists(field_names, min_size=1, max_size=3, unique=True))
    parameters = {names.ENUM: name, **{f"{names.ENUM}.{each}": each for each in symbols}}
    return Schema(Type.STRING, name=name, parameters=parameters)


@st.composite
def fixed(draw: st.DrawFn) -> Schema:
    parameters = {names.FIXED_SIZE: str(draw(st.integers(1, 5)))}
    return Schema(Type.BYTES, name=draw(full_names), parameters=parameters)


@st.composite
def unions(draw: st.DrawFn) -> Schema:
    """Unions of any members, as they are called with enhanced.avro.schema.support."""
    members = draw(
        st.lists(
            st.sampled_from([BOOLEAN, INT32, INT64, FLOAT32, FLOAT64, STRING, BYTES, *LOGICAL])
            | st.builds(Schema.array, primitives())
            | st.builds(Schema.map, st.just(STRING), primitives())
            | st.builds(lambda name: Schema.struct({"x": INT8}, name=name), full_names)
            | enums()
            | fixed(),
            min_size=3,
            max_size=5,
            unique_by=lambda member: kinds.connect_member_name(member, 0, ENHANCED),
        )
    )
    fields = {
        kinds.connect_member_name(member, 0, ENHANCED): member.with_attributes(optional=True)
        for member in members
    }
    optional = draw(st.booleans())
    return Schema.struct(fields, name=names.UNION, optional=optional)


@st.composite
def unions_and_values(draw: st.DrawFn) -> tuple[Schema, list[Any]]:
    """A union and structs of which one member has a value."""
    union = draw(unions())
    values = []
    for _ in range(draw(st.integers(0, 4))):
        field = draw(st.sampled_from(union.fields))
        values.append({field.name: draw(members(field.schema))})
    return union, values


def members(schema: Schema) -> st.SearchStrategy[Any]:
    if kinds.is_enum(schema):
        prefix = f"{names.ENUM}."
        return st.sampled_from(
            [key.removeprefix(prefix) for key in schema.parameters if key.startswith(prefix)]
        )
    if kinds.is_fixed(schema):
        size = int(schema.parameters[names.FIXED_SIZE])
        return st.binary(min_size=size, max_size=size)
    return values(schema.with_attributes(optional=False))
