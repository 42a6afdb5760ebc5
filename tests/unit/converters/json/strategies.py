# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies for what JSON can carry there and back."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from barnabas.data import Schema, Type
from tests.unit.data import strategies

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=3)


@st.composite
def schemas(draw: st.DrawFn, depth: int = 2) -> Schema:
    """Any schema JSON can carry: names of all kinds, defaults, optional parts."""
    kinds = ["primitive", "array", "map", "struct", "struct"] if depth else ["primitive"]
    kind = draw(st.sampled_from(kinds))
    if kind == "primitive":
        schema = draw(st.sampled_from(strategies.PRIMITIVES))
    elif kind == "array":
        schema = Schema.array(draw(schemas(depth - 1)))
    elif kind == "map":
        schema = Schema.map(draw(st.sampled_from(strategies.KEYS)), draw(schemas(depth - 1)))
    else:
        fields = draw(st.dictionaries(names, schemas(depth - 1), max_size=4))
        schema = Schema.struct(fields, name=draw(st.none() | names))
    schema = schema.with_attributes(
        optional=draw(st.booleans()),
        doc=draw(st.none() | names),
        parameters={**schema.parameters, **draw(st.dictionaries(names, names, max_size=1))},
    )
    if draw(st.integers(0, 3)) == 0:
        default = draw(values(schema).filter(lambda value: value is not None))
        schema = schema.with_attributes(default=default)
    return schema


def values(schema: Schema) -> st.SearchStrategy[Any]:
    """The values that come back as they were.

    Infinite numbers do not, nor does null where a default stands for it.
    """
    fitting = _values(schema)
    return st.none() | fitting if schema.optional and schema.default is None else fitting


def _values(schema: Schema) -> st.SearchStrategy[Any]:
    if schema.type in (Type.FLOAT32, Type.FLOAT64):
        width = 32 if schema.type is Type.FLOAT32 else 64
        return st.floats(width=width, allow_nan=False, allow_infinity=False)
    if schema.type is Type.ARRAY:
        return st.lists(values(schema.value_schema), max_size=3)
    if schema.type is Type.MAP:
        keys = strategies.values(schema.key_schema)
        return st.dictionaries(keys, values(schema.value_schema), max_size=3)
    if schema.type is Type.STRUCT:
        return st.fixed_dictionaries({f.name: values(f.schema) for f in schema.fields})
    return strategies.values(schema.with_attributes(optional=False, default=None))


@st.composite
def schemas_and_batches(draw: st.DrawFn) -> tuple[Schema, list[Any]]:
    schema = draw(schemas())
    return schema, draw(st.lists(values(schema), max_size=4))


schemaless = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


def same(one: Any, other: Any) -> bool:
    """Equal down to the class of every number, true unlike 1 and 1.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other) or (isinstance(one, float) and math.isnan(one) and math.isnan(other))
