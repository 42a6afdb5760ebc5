# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import copy
import math
import pickle
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from barnabas.data import (
    BYTES,
    FLOAT64,
    INT8,
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    Field,
    Schema,
    Struct,
    Type,
    decimal_schema,
    validate_value,
)
from barnabas.errors import DataError, SchemaBuilderError
from tests.unit.data.strategies import schemas, schemas_and_values

POINT = Schema.struct({"x": INT32, "y": INT32}, name="Point", version=1)


@given(schemas(), schemas())
def test_equal_schemas_have_equal_hashes(one: Schema, other: Schema) -> None:
    assert (one == other) <= (hash(one) == hash(other))
    assert (one == other) == (other == one)


@given(schemas())
def test_a_schema_equals_its_rebuilt_twin(schema: Schema) -> None:
    twin = pickle.loads(pickle.dumps(schema))
    assert twin is not schema
    assert twin == schema
    assert hash(twin) == hash(schema)
    assert repr(twin) == repr(schema)


@pytest.mark.parametrize(
    "change",
    [
        {"optional": True},
        {"default": {"x": 1, "y": 2}},
        {"name": "Other"},
        {"version": 2},
        {"doc": "A point."},
        {"parameters": {"k": "v"}},
        {"fields": [("y", INT32), ("x", INT32)]},
        {"fields": [("x", INT32), ("y", INT64)]},
        {"fields": [("x", INT32)]},
    ],
)
def test_every_attribute_counts_for_equality(change: dict[str, Any]) -> None:
    assert POINT.with_attributes(**change) != POINT


def test_the_parts_of_maps_and_arrays_count_for_equality() -> None:
    assert Schema.array(INT32) != Schema.array(INT64)
    assert Schema.map(STRING, INT32) != Schema.map(INT32, INT32)
    assert Schema.map(STRING, INT32) != Schema.map(STRING, INT64)
    assert Schema.array(INT32) != Schema(Type.ARRAY)


@pytest.mark.parametrize(
    ("schema", "one", "other", "equal"),
    [
        (FLOAT64, math.nan, float("nan"), True),
        (FLOAT64, 0.0, -0.0, False),
        (FLOAT64, 1.0, math.nan, False),
        (decimal_schema(1), Decimal("1.0"), Decimal("1.00"), False),
        (Schema.array(FLOAT64), [math.nan], [math.nan], True),
        (Schema.array(FLOAT64), [1.0], [1.0, 1.0], False),
        (Schema.map(STRING, FLOAT64), {"a": 0.0}, {"a": -0.0}, False),
        (Schema.map(STRING, FLOAT64), {"a": 0.0}, {"a": 0.0}, True),
        (BYTES, b"a", b"b", False),
    ],
)
def test_defaults_are_compared_deeply(schema: Schema, one: Any, other: Any, equal: bool) -> None:
    assert (schema.with_attributes(default=one) == schema.with_attributes(default=other)) is equal


def test_the_order_of_parameters_does_not_count() -> None:
    one = Schema(Type.INT8, parameters={"a": "1", "b": "2"})
    other = Schema(Type.INT8, parameters={"b": "2", "a": "1"})
    assert one == other
    assert hash(one) == hash(other)
    assert list(one.parameters) == ["a", "b"]


def test_a_schema_is_not_equal_to_anything_else() -> None:
    assert INT8 != "int8"
    assert Field("a", 0, INT8) != ("a", 0, INT8)


def test_fields_are_equal_by_name_place_and_schema() -> None:
    assert Field("a", 0, INT8) == Field("a", 0, Schema(Type.INT8))
    assert hash(Field("a", 0, INT8)) == hash(Field("a", 0, Schema(Type.INT8)))
    assert Field("a", 0, INT8) != Field("a", 1, INT8)
    assert Field("a", 0, INT8) != Field("b", 0, INT8)
    assert Field("a", 0, INT8) != Field("a", 0, INT32)


@pytest.mark.parametrize("thing", [INT8, Field("a", 0, INT8)])
def test_nothing_can_be_changed(thing: Any) -> None:
    with pytest.raises(AttributeError, match="cannot be changed"):
        thing.name = "x"
    with pytest.raises(AttributeError, match="cannot be changed"):
        del thing.name
    with pytest.raises(TypeError):
        Schema(Type.INT8, parameters={"a": "b"}).parameters["a"] = "c"  # type: ignore[index] # read-only


def test_a_changed_dict_does_not_reach_the_schema() -> None:
    parameters = {"a": "b"}
    schema = Schema(Type.INT8, parameters=parameters)
    parameters["a"] = "c"
    assert schema.parameters == {"a": "b"}


def test_a_copy_of_a_schema_is_the_schema() -> None:
    assert copy.copy(POINT) is POINT
    assert copy.deepcopy(POINT) is POINT


def test_fields_are_numbered_in_order() -> None:
    schema = Schema.struct([("b", INT8), Field("a", 7, INT32)])
    assert [(field.name, field.index) for field in schema.fields] == [("b", 0), ("a", 1)]
    assert schema.field("a") == Field("a", 1, INT32)
    assert schema.field("c") is None


def test_only_a_struct_can_be_asked_for_fields() -> None:
    with pytest.raises(DataError, match="not a STRUCT"):
        INT8.field("a")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Schema("int8"), "needs a type"),  # type: ignore[arg-type] # wrong on purpose
        (lambda: Schema(Type.INT8, name=5), "name must be str"),  # type: ignore[arg-type] # as above
        (lambda: Schema(Type.INT8, version=True), "version must be int"),
        (lambda: Schema(Type.INT8, doc=b""), "doc must be str"),  # type: ignore[arg-type] # as above
        (lambda: Schema(Type.INT8, parameters={"a": 1}), "map text to text"),  # type: ignore[dict-item] # as above
        (lambda: Schema(Type.INT8, fields=[("a", INT8)]), "only a STRUCT has fields"),
        (lambda: Schema(Type.ARRAY, key_schema=INT8), "only a MAP has one"),
        (lambda: Schema(Type.INT8, value_schema=INT8), "only an ARRAY or a MAP"),
        (lambda: Schema.struct([("a", INT8), ("a", INT8)]), "field name duplication a"),
        (lambda: Schema.struct({"": INT8}), "needs a name"),
        (lambda: Schema.struct({"a": None}), "Field 'a' needs a schema"),  # type: ignore[arg-type] # as above
        (lambda: Schema.array(None), "schema of its elements"),  # type: ignore[arg-type] # as above
        (lambda: Schema.map(STRING, None), "schemas of its keys and of its values"),  # type: ignore[arg-type] # as above
        (lambda: Schema(Type.INT8, default=300), "Invalid default value 300"),
        (lambda: POINT.with_attributes(default={"x": 1}), 'required field: "y"'),
    ],
)
def test_a_wrong_schema_is_refused(make: Any, message: str) -> None:
    with pytest.raises(SchemaBuilderError, match=message):
        make()


def test_schemas_are_written_as_java_writes_them() -> None:
    assert str(STRING) == "Schema{STRING}"
    assert str(POINT) == "Schema{Point:STRUCT}"
    assert repr(OPTIONAL_INT32) == "Schema(INT32, optional=True)"


@given(schemas_and_values())
def test_a_fitting_value_is_valid(pair: tuple[Schema, Any]) -> None:
    validate_value(*pair)


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        (INT32, None, "null used for required value, schema type: INT32"),
        (INT32, "x", "type INT32: 'x' of class str for value"),
        (Schema(Type.INT8, name="n"), 300, 'schema "n" with type INT8: 300'),
        (Schema.array(INT32), [1, None], "required element of array value"),
        (Schema.array(INT32), [1, "x"], "for element of array value"),
        (Schema.map(STRING, INT32), {5: 1}, "for key of map value"),
        (Schema.map(STRING, INT32), {"a": "x"}, "for value of map value"),
        (POINT, {"x": 1}, 'null used for required field: "y"'),
        (POINT, {"x": 1, "y": "q"}, 'for field: "y"'),
        (POINT, {"x": 1, "y": 2, "z": 3}, "'z' is not a valid field name .* are: x, y"),
        (POINT, Struct(Schema.struct({}), {}), "Struct schemas do not match"),
        (STRING, b"y" * 1000, r"b'y+\.\.\. of class bytes"),
    ],
)
def test_a_wrong_value_is_refused_and_named(schema: Schema, value: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        validate_value(schema, value)


def test_the_field_is_named_in_the_error() -> None:
    with pytest.raises(DataError, match='required element of array field: "f", schema type: INT32'):
        validate_value(Schema.array(INT32), [None], field="f")


def test_a_struct_may_leave_out_what_is_optional_or_has_a_default() -> None:
    schema = Schema.struct({"a": OPTIONAL_STRING, "b": Schema(Type.INT8, default=1)})
    validate_value(schema, {})
    validate_value(schema, {"a": None, "b": None})


def test_elements_without_a_schema_may_be_anything() -> None:
    validate_value(Schema(Type.ARRAY), [1, "a", None])
    validate_value(Schema(Type.MAP), {1: "a", "b": None})


def test_a_struct_with_an_equal_schema_is_valid() -> None:
    twin = Schema.struct({"x": INT32, "y": INT32}, name="Point", version=1)
    validate_value(POINT, Struct(twin, {"x": 1, "y": 2}))
