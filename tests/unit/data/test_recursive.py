# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pickle

import pytest

from barnabas.data import INT32, RecursiveSchema, Schema, validate_value
from barnabas.errors import DataError, IllegalStateError


def node(name: str = "Node", **attributes) -> Schema:
    inner = RecursiveSchema(optional=True)
    schema = Schema.struct({"value": INT32, "next": inner}, name=name, **attributes)
    inner.resolve(schema)
    return schema


def inner_of(schema: Schema) -> Schema:
    field = schema.field("next")
    assert field is not None
    return field.schema


def test_what_is_inside_has_the_fields_of_what_is_outside():
    schema = node(version=3, doc="a list")

    inner = inner_of(schema)

    assert inner.fields == schema.fields
    assert (inner.name, inner.version, inner.doc) == ("Node", 3, "a list")
    assert inner.optional
    assert inner_of(inner) is inner


def test_values_are_checked_as_deep_as_they_go():
    schema = node()
    validate_value(schema, {"value": 1, "next": {"value": 2, "next": None}})

    with pytest.raises(DataError, match="null used for required"):
        validate_value(schema, {"value": 1, "next": {"value": 2, "next": {"next": None}}})


def test_schemas_made_twice_are_equal_and_have_one_hash():
    assert node() == node()
    assert hash(node()) == hash(node())
    assert inner_of(node()) != inner_of(node("Other"))
    assert inner_of(node()) != node()
    assert inner_of(node()) != "Node"


def test_parameters_may_differ_from_those_outside():
    inner = RecursiveSchema()
    schema = Schema.struct({"next": inner}, parameters={"a": "1"})

    inner.resolve(schema, {"b": "2"})

    assert inner.parameters == {"b": "2"}


def test_pickled_schema_still_holds_itself():
    schema = pickle.loads(pickle.dumps(node()))

    inner = inner_of(schema)
    assert schema == node()
    assert inner_of(inner) is inner


def test_printed_schema_ends():
    assert "RecursiveSchema('Node', optional=True)" in repr(node())


def test_changed_copy_is_a_plain_schema():
    copy = inner_of(node()).with_attributes(optional=False)

    assert type(copy) is Schema
    assert copy == node()


def test_it_is_said_once_what_is_meant():
    inner = RecursiveSchema()
    with pytest.raises(IllegalStateError, match="stands for one STRUCT"):
        inner.resolve(INT32)
    inner.resolve(Schema.struct({}))
    with pytest.raises(IllegalStateError, match="once"):
        inner.resolve(Schema.struct({}))
