# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies for what JSON Schema can carry there and back."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from barnabas.converters.json_schema import names
from barnabas.data import DATE, INT64, STRING, TIMESTAMP, Schema, decimal_schema
from tests.unit.converters.json import strategies

MEMBERS = (
    Schema.array(INT64),
    STRING,
    INT64,
    Schema.struct({"a": STRING, "b": decimal_schema(2)}, name="Rec"),
    Schema.struct({"c": DATE}),
)
"""Told apart by their JSON."""


@st.composite
def unions(draw: st.DrawFn) -> tuple[Schema, dict[str, Any]]:
    """A union and a value of it."""
    chosen = draw(st.lists(st.sampled_from(range(len(MEMBERS))), min_size=2, unique=True))
    members = [MEMBERS[index].with_attributes(optional=True) for index in chosen]
    fields = {f"{names.ONE_OF}.field.{index}": each for index, each in enumerate(members)}
    union = Schema.struct(fields, name=names.ONE_OF, optional=draw(st.booleans()))
    name = draw(st.sampled_from(sorted(fields)))
    value = draw(strategies.values(fields[name].with_attributes(optional=False)))
    return union, {**dict.fromkeys(fields), name: value}


def has_negative_zero(schema: Schema | None) -> bool:
    """Whether a default in a schema has a zero below zero, which its JSON Schema has not."""
    if schema is None:
        return False
    parts = (schema.key_schema, schema.value_schema, *(field.schema for field in schema.fields))
    return _holds_negative_zero(schema.default) or any(map(has_negative_zero, parts))


def _holds_negative_zero(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_negative_zero, (*value, *value.values())))
    if isinstance(value, list | tuple):
        return any(map(_holds_negative_zero, value))
    return isinstance(value, float) and value == 0 and math.copysign(1, value) < 0


RECORD = Schema.struct(
    {
        "id": INT64,
        "name": STRING.with_attributes(optional=True),
        "at": TIMESTAMP,
        "price": decimal_schema(2),
        "tags": Schema.array(STRING),
        "counts": Schema.map(STRING, INT64),
    },
    name="com.example.Record",
)
