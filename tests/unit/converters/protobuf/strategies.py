# SPDX-License-Identifier: Apache-2.0
"""Connect schemas Protobuf can express, with values of them, as Hypothesis draws them."""

from __future__ import annotations

import datetime
import itertools
from decimal import Decimal

from hypothesis import strategies as st

from barnabas.converters.protobuf import names
from barnabas.data import DATE, TIME, TIMESTAMP, Schema, Type, decimal_schema

_MS = datetime.timedelta(milliseconds=1)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_TIMES = st.integers(0, 86_399_999).map(lambda ms: (_EPOCH + ms * _MS).time())
_TIMESTAMPS = st.integers(-(2**45), 2**47).map(lambda ms: _EPOCH + ms * _MS)
_DATES = st.dates(datetime.date(1582, 10, 15))
PLAIN = {
    Type.INT8: st.integers(-(2**7), 2**7 - 1),
    Type.INT16: st.integers(-(2**15), 2**15 - 1),
    Type.INT32: st.integers(-(2**31), 2**31 - 1),
    Type.INT64: st.integers(-(2**63), 2**63 - 1),
    Type.FLOAT32: st.floats(width=32, allow_nan=False),
    Type.FLOAT64: st.floats(allow_nan=False),
    Type.BOOLEAN: st.booleans(),
    Type.STRING: _TEXT,
    Type.BYTES: st.binary(max_size=8),
}
_KEYS = [Type.INT32, Type.INT64, Type.STRING, Type.BOOLEAN]
_KINDS = {
    Type.INT32: [None, "sint32", "sfixed32"],
    Type.INT64: [None, "uint32", "fixed32", "uint64", "sint64", "fixed64", "sfixed64"],
}


@st.composite
def primitives(draw):
    kind = draw(st.sampled_from(list(PLAIN)))
    integer = draw(st.sampled_from(_KINDS.get(kind, [None])))
    values = st.integers(0, 2**32 - 1) if integer in ("uint32", "fixed32") else PLAIN[kind]
    return Schema(kind, parameters=integer and {names.TYPE: integer}), values


@st.composite
def decimals(draw):
    scale = draw(st.integers(-2, 6))
    unscaled = st.integers(-(10**20), 10**20)
    return decimal_schema(scale), unscaled.map(lambda digits: Decimal(digits).scaleb(-scale))


@st.composite
def enums(draw, counter):
    number = next(counter)
    symbols = [f"S{number}_{at}" for at in range(draw(st.integers(1, 4)))]
    numbers = {f"{names.ENUM}.{symbol}": str(at * 7) for at, symbol in enumerate(symbols)}
    parameters = {names.ENUM: f"E{number}", **numbers}
    schema = Schema(Type.STRING, name=f"a.b.E{number}", parameters=parameters)
    return schema, st.sampled_from(symbols)


def _leaves(counter):
    logical = st.sampled_from([(DATE, _DATES), (TIME, _TIMES), (TIMESTAMP, _TIMESTAMPS)])
    return st.one_of(primitives(), primitives(), decimals(), logical, enums(counter))


@st.composite
def _arrays(draw, element):
    schema, values = draw(element)
    return Schema.array(schema), st.lists(values, max_size=3)


@st.composite
def _maps(draw, element, counter):
    schema, values = draw(element)
    key = draw(st.sampled_from(_KEYS))
    mapping = st.dictionaries(PLAIN[key], values, max_size=3)
    return Schema.map(Schema(key), schema, name=f"map_{next(counter)}"), mapping


@st.composite
def structs(draw, counter, depth=2, *, nulls=False, null_enums=True):
    """Draw a STRUCT schema and the strategy of its values; with nulls, members may be null."""
    inner = _leaves(counter)
    if depth:
        inner = st.one_of(inner, structs(counter, depth - 1, nulls=nulls, null_enums=null_enums))
    member = st.one_of(_leaves(counter), inner, _arrays(inner), _maps(inner, counter))
    fields, values = {}, {}
    for name in draw(
        st.lists(st.from_regex("[a-z][a-z0-9_]{0,6}", fullmatch=True), unique=True, max_size=5)
    ):
        schema, content = draw(member)
        may_be_null = nulls and schema.type not in (Type.ARRAY, Type.MAP)
        may_be_null &= null_enums or names.ENUM not in schema.parameters
        if may_be_null and draw(st.booleans()):
            schema = schema.with_attributes(optional=True)
            content = st.none() | content
        fields[name], values[name] = schema, content
    named = {"name": f"com.example.M{next(counter)}"}
    return Schema.struct(fields, **named), st.fixed_dictionaries(values)


@st.composite
def schemas_and_values(draw, *, nulls=False, null_enums=True):
    """Draw a STRUCT schema and a value of it."""
    schema, values = draw(structs(itertools.count(1), nulls=nulls, null_enums=null_enums))
    return schema, draw(values)
