# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies for schemas and the values that fit them."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from barnabas.data import (
    BOOLEAN,
    BYTES,
    DATE,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    STRING,
    TIME,
    TIMESTAMP,
    Schema,
    Type,
    decimal_from_unscaled,
    decimal_scale,
    decimal_schema,
)

PRIMITIVES = (
    *(INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING, BYTES),
    *(DATE, TIME, TIMESTAMP, decimal_schema(0), decimal_schema(2), decimal_schema(-3)),
)
KEYS = (STRING, INT8, INT64, DATE)

names = st.text("abcdef", min_size=1, max_size=3)


def decimals(scale: int) -> st.SearchStrategy[Decimal]:
    unscaled = st.integers(-(10**30), 10**30)
    return unscaled.map(lambda number: decimal_from_unscaled(number, scale))


def datetimes() -> st.SearchStrategy[datetime.datetime]:
    moments = st.datetimes(timezones=st.just(datetime.UTC))
    return moments.map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000))


def times() -> st.SearchStrategy[datetime.time]:
    return st.times().map(lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000))


@st.composite
def schemas(draw: st.DrawFn, depth: int = 2) -> Schema:
    """Any schema, structs and maps included, optional ones among them."""
    kinds = ["primitive", "array", "map", "struct"] if depth else ["primitive"]
    kind = draw(st.sampled_from(kinds))
    if kind == "primitive":
        schema = draw(st.sampled_from(PRIMITIVES))
    elif kind == "array":
        schema = Schema.array(draw(schemas(depth - 1)))
    elif kind == "map":
        schema = Schema.map(draw(st.sampled_from(KEYS)), draw(schemas(depth - 1)))
    else:
        fields = st.dictionaries(names, schemas(depth - 1), max_size=3)
        schema = Schema.struct(draw(fields), name=draw(st.none() | names))
    return schema.with_attributes(optional=draw(st.booleans()), doc=draw(st.none() | names))


def values(schema: Schema) -> st.SearchStrategy[Any]:
    """The values that fit a schema; structs are whole."""
    fitting = _required_values(schema)
    return st.none() | fitting if schema.optional else fitting


_INTEGER_BITS = {Type.INT8: 8, Type.INT16: 16, Type.INT32: 32, Type.INT64: 64}


def _required_values(schema: Schema) -> st.SearchStrategy[Any]:
    if schema.name in _LOGICAL:
        return _LOGICAL[schema.name]()
    if schema.type is Type.BYTES and schema.name is not None:
        return decimals(decimal_scale(schema))
    if schema.type in _INTEGER_BITS:
        half = 1 << (_INTEGER_BITS[schema.type] - 1)
        return st.integers(-half, half - 1)
    return _VALUES[schema.type](schema)


_LOGICAL: dict[str | None, Callable[[], st.SearchStrategy[Any]]] = {
    DATE.name: st.dates,
    TIME.name: times,
    TIMESTAMP.name: datetimes,
}

_VALUES: dict[Type, Callable[[Any], st.SearchStrategy[Any]]] = {
    Type.FLOAT32: lambda _: st.floats(width=32, allow_nan=False),
    Type.FLOAT64: lambda _: st.floats(allow_nan=False),
    Type.BOOLEAN: lambda _: st.booleans(),
    Type.STRING: lambda _: st.text(max_size=5),
    Type.BYTES: lambda _: st.binary(max_size=5),
    Type.ARRAY: lambda schema: st.lists(values(schema.value_schema), max_size=3),
    Type.MAP: lambda schema: st.dictionaries(
        values(schema.key_schema), values(schema.value_schema), max_size=3
    ),
    Type.STRUCT: lambda schema: st.fixed_dictionaries(
        {field.name: values(field.schema) for field in schema.fields}
    ),
}


@st.composite
def schemas_and_values(draw: st.DrawFn) -> tuple[Schema, Any]:
    schema = draw(schemas())
    return schema, draw(values(schema))
