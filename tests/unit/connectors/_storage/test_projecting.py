# SPDX-License-Identifier: Apache-2.0
"""Projections put together, beside those of the data model."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barnabas.connectors._storage.projecting import projector_for
from barnabas.data import (
    FLOAT64,
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    RecursiveSchema,
    Schema,
    project,
)
from barnabas.errors import SchemaProjectorError
from tests.unit.data import strategies

LAW = settings(max_examples=40, deadline=None)
FIELDS = st.dictionaries(strategies.names, strategies.schemas(1), min_size=1, max_size=4)
WITH_DEFAULT = INT32.with_attributes(default=7)


@st.composite
def evolutions(draw: st.DrawFn) -> tuple[Schema, Schema, Any]:
    """A struct, a later form of it and a value of the first."""
    shared, dropped, added = draw(FIELDS), draw(FIELDS), draw(FIELDS)
    source = Schema.struct({**dropped, **shared})
    optional = {name: schema.with_attributes(optional=True) for name, schema in added.items()}
    documented = {name: schema.with_attributes(doc="new") for name, schema in shared.items()}
    target = Schema.struct({"n": WITH_DEFAULT, **optional, **documented})
    assert source.type is target.type
    return source, target, draw(strategies.values(source))


@LAW
@given(evolutions())
def test_values_become_what_the_data_model_makes_of_them(case: tuple[Schema, Schema, Any]) -> None:
    source, target, value = case
    try:
        wanted = project(source, value, target)
    except SchemaProjectorError:
        with pytest.raises(SchemaProjectorError):
            projector_for(source, target)(value)
    else:
        assert projector_for(source, target)(value) == wanted


@pytest.mark.parametrize(
    ("source", "target", "value"),
    [
        (INT32, FLOAT64, 5),
        (OPTIONAL_INT32, WITH_DEFAULT, None),
        (OPTIONAL_INT32, WITH_DEFAULT, 5),
        (WITH_DEFAULT, OPTIONAL_INT32, 5),
        (Schema.array(INT32), Schema.array(INT64), [1, 2]),
        (Schema.struct({"a": WITH_DEFAULT}), Schema.struct({"a": OPTIONAL_INT32}), {}),
        (
            Schema.struct({"a": INT32}, optional=True),
            Schema.struct({"a": INT64}, optional=True),
            None,
        ),
    ],
)
def test_numbers_defaults_and_nulls_are_projected(
    source: Schema, target: Schema, value: Any
) -> None:
    assert projector_for(source, target)(value) == project(source, value, target)


@pytest.mark.parametrize(
    ("source", "target", "value"),
    [
        (STRING, INT32, "5"),
        (Schema.struct({"a": INT32}), Schema.struct({"b": INT32}), {"a": 1}),
        (Schema.struct({"a": OPTIONAL_INT32}), Schema.struct({"a": INT32}), {"a": None}),
    ],
)
def test_what_is_not_compatible_is_told(source: Schema, target: Schema, value: Any) -> None:
    with pytest.raises(SchemaProjectorError):
        projector_for(source, target)(value)


def test_equal_schemas_leave_values_alone() -> None:
    value = {"a": 1}
    schema = Schema.struct({"a": INT32})
    assert projector_for(schema, Schema.struct({"a": INT32}))(value) is value


def test_a_schema_inside_itself_is_projected() -> None:
    def node(**more: Schema) -> Schema:
        inner = RecursiveSchema(optional=True)
        outer = Schema.struct({"x": INT32, "next": inner, **more}, name="Node")
        inner.resolve(outer)
        return outer

    value = {"x": 1, "next": {"x": 2, "next": None}}
    source, target = node(), node(y=OPTIONAL_STRING)
    assert projector_for(source, target)(value) == project(source, value, target)
