# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.data import (
    DATE,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    Int8,
    Schema,
    Type,
    project,
    validate_value,
)
from barnabas.errors import SchemaProjectorError
from tests.unit.data.strategies import schemas_and_values, values

NUMBERS = (INT8, INT16, INT32, INT64, FLOAT32, FLOAT64)


@given(schemas_and_values())
def test_projection_on_the_same_schema_changes_nothing(pair: tuple[Schema, Any]) -> None:
    schema, value = pair
    assert project(schema, value, schema) == value


@given(st.data())
def test_numbers_widen_to_the_right(data: st.DataObject) -> None:
    source, target = (data.draw(st.integers(0, 5)) for _ in range(2))
    value = data.draw(values(NUMBERS[source]))
    if source <= target:
        validate_value(NUMBERS[target], project(NUMBERS[source], value, NUMBERS[target]))
    else:
        with pytest.raises(SchemaProjectorError, match="Schema type mismatch"):
            project(NUMBERS[source], value, NUMBERS[target])


def test_a_widened_number_loses_its_mark() -> None:
    assert type(project(INT8, Int8(5), INT32)) is int
    assert type(project(INT8, Int8(5), FLOAT64)) is float
    assert project(INT32, 16777217, FLOAT32) == 16777216.0


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (STRING, INT32, "source type: STRING and target type: INT32"),
        (INT32, Schema(Type.INT32, name="x"), "source name: None and target name: x"),
        (INT32, Schema(Type.INT32, parameters={"a": "b"}), "Schema parameters not equal"),
        (DATE, INT32, "Schema name mismatch"),
        (OPTIONAL_INT32, INT32, "does not provide a default"),
        (Schema.array(STRING), Schema.array(INT32), "Schema type mismatch"),
    ],
)
def test_schemas_must_be_compatible(source: Schema, target: Schema, message: str) -> None:
    value = ["x"] if source.type is Type.ARRAY else None
    with pytest.raises(SchemaProjectorError, match=message):
        project(source, value, target)


def test_null_takes_the_targets_default() -> None:
    target = Schema(Type.INT32, default=7)
    assert project(OPTIONAL_INT32, None, target) == 7
    assert project(OPTIONAL_INT32, 5, target) == 5
    assert project(OPTIONAL_INT32, None, OPTIONAL_INT32) is None


def test_fields_are_matched_by_name() -> None:
    source = Schema.struct({"a": INT32, "gone": STRING})
    target = Schema.struct(
        {"new": OPTIONAL_STRING, "filled": Schema(Type.INT8, default=1), "a": INT64}
    )
    assert project(source, {"a": 5, "gone": "x"}, target) == {"a": 5, "filled": 1}


def test_a_missing_value_is_read_with_the_sources_default() -> None:
    source = Schema.struct({"a": Schema(Type.INT32, optional=True, default=3)})
    assert project(source, {}, Schema.struct({"a": OPTIONAL_INT32})) == {"a": 3}


def test_a_required_field_must_be_there() -> None:
    with pytest.raises(SchemaProjectorError, match="Required field `b` is missing"):
        project(Schema.struct({}), {}, Schema.struct({"b": INT8}))


def test_the_error_names_the_field() -> None:
    inner = Schema.struct({"a": STRING})
    source, target = Schema.struct({"o": inner}), Schema.struct({"o": Schema.struct({"a": INT8})})
    with pytest.raises(SchemaProjectorError, match="projecting o: Error projecting a: Schema type"):
        project(source, {"o": {"a": "x"}}, target)


def test_arrays_and_maps_are_projected_by_element() -> None:
    assert project(Schema.array(INT8), [1], Schema.array(FLOAT64)) == [1.0]
    assert project(Schema.map(INT8, INT8), {1: 2}, Schema.map(INT32, FLOAT64)) == {1: 2.0}


def test_elements_without_a_schema_cannot_be_projected() -> None:
    with pytest.raises(SchemaProjectorError, match="not known"):
        project(Schema(Type.ARRAY), [1], Schema(Type.ARRAY))


def test_what_is_no_number_cannot_widen() -> None:
    with pytest.raises(SchemaProjectorError, match="Cannot widen 'x'"):
        project(INT8, "x", INT32)
