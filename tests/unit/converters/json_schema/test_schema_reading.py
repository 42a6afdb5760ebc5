# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from typing import Any

import pytest

from barnabas.converters.json_schema import names
from barnabas.converters.json_schema.loading import load_schema
from barnabas.converters.json_schema.schema_reading import connect_schema
from barnabas.converters.json_schema.settings import Rules
from barnabas.data import (
    BOOLEAN,
    BYTES,
    FLOAT32,
    FLOAT64,
    INT8,
    INT64,
    OPTIONAL_BOOLEAN,
    OPTIONAL_INT64,
    OPTIONAL_STRING,
    STRING,
    RecursiveSchema,
    Schema,
    Type,
)
from barnabas.errors import DataError, SchemaBuilderError

STR, INT, NULL = {"type": "string"}, {"type": "integer"}, {"type": "null"}


def read(schema: Any, version: int | None = None, **rules: bool) -> Schema:
    return connect_schema(load_schema(json.dumps(schema), {}), Rules(**rules), version)


def union(*members: Schema, **attributes: Any) -> Schema:
    fields = {f"{names.ONE_OF}.field.{index}": each for index, each in enumerate(members)}
    return Schema.struct(fields, name=names.ONE_OF, **attributes)


def enum(*symbols: str) -> dict[str, str]:
    return {names.ENUM: "", **{f"{names.ENUM}.{symbol}": symbol for symbol in symbols}}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (INT, INT64),
        ({"type": "number"}, FLOAT64),
        (STR, STRING),
        ({"type": "boolean"}, BOOLEAN),
        ({"type": "integer", "connect.type": "int8"}, INT8),
        ({"type": "number", "connect.type": "float32"}, FLOAT32),
        ({"type": "number", "connect.type": "bytes"}, BYTES),
        ({"type": "string", "connect.type": "bytes"}, BYTES),
        ({"type": "string", "format": "date"}, STRING),
        ({"type": "integer", "format": "int64"}, INT64),
        ({"minimum": 3}, FLOAT64),
        ({"type": "array", "items": STR}, Schema.array(STRING)),
        ({"type": ["string", "null"], "title": "T", "default": "q"}, OPTIONAL_STRING),
        ({"oneOf": [NULL, STR], "title": "T", "default": "q"}, OPTIONAL_STRING),
        ({"anyOf": [STR, NULL]}, OPTIONAL_STRING),
        ({"oneOf": [STR]}, STRING),
        ({"enum": ["a", None, 3, 1.5, True, {"x": 1}]}, "a <NULL> 3 1.5 true {x=1}"),
        ({"const": 5}, "5"),
        ({"type": "string", "enum": ["a", "b"]}, "a b"),
        ({"type": "number", "enum": [1, 2]}, FLOAT64),
        ({"type": "string", "const": "x"}, STRING),
        ({"allOf": [STR, {"minLength": 3}]}, STRING),
    ],
)
def test_simple_schemas(schema: Any, expected: Schema | str) -> None:
    if isinstance(expected, str):
        expected = STRING.with_attributes(parameters=enum(*expected.split()))
    assert read(schema) == expected


def test_attributes_are_taken_over() -> None:
    schema = {
        "type": "string",
        "title": "n.T",
        "description": "D",
        "default": "x",
        "connect.version": 3,
        "connect.parameters": {"a": "b"},
    }
    assert read(schema, 7) == Schema(
        Type.STRING, name="n.T", doc="D", default="x", version=3, parameters={"a": "b"}
    )


def test_version_of_the_registry_counts_at_the_root() -> None:
    assert read(STR, 7).version == 7
    assert read({"oneOf": [NULL, STR]}, 7).version == 7
    nested = read({"type": "object", "properties": {"a": STR}}, 7)
    assert (nested.version, nested.fields[0].schema.version) == (7, None)


def test_fields_are_sorted_by_their_index_else_as_in_javas_hash_map() -> None:
    properties = {
        "a": {"type": "string", "connect.index": 2},
        "b": {"oneOf": [NULL, INT], "connect.index": 0},
        "c": {"type": "string", "connect.index": 1},
    }
    found = read({"type": "object", "properties": properties})
    assert [(field.name, field.schema) for field in found.fields] == [
        ("b", OPTIONAL_INT64),
        ("c", STRING),
        ("a", STRING),
    ]
    plain = read({"properties": {"id": STR, "name": STR, "zeta": STR, "a": STR}})
    assert [field.name for field in plain.fields] == ["zeta", "a", "name", "id"]


def test_no_field_is_lost_when_two_have_one_index() -> None:
    properties = {name: {"type": "string", "connect.index": 1} for name in "ab"}
    assert [f.name for f in read({"properties": {**properties, "c": STR}}).fields] == [*"abc"]


def test_not_required_fields_may_be_optional() -> None:
    schema = {"type": "object", "properties": {"a": STR, "b": STR}, "required": ["a"]}
    assert [f.schema.optional for f in read(schema).fields] == [False, False]
    found = read(schema, optional_for_nonrequired=True)
    assert [f.schema.optional for f in found.fields] == [False, True]


def test_maps_are_objects_or_arrays_of_entries() -> None:
    by_text = {"type": "object", "connect.type": "map", "additionalProperties": INT}
    assert read(by_text) == Schema.map(STRING, INT64)
    entry = {"type": "object", "properties": {"key": INT, "value": STR}}
    assert read({"type": "array", "connect.type": "map", "items": entry}) == Schema.map(
        INT64, STRING
    )


def test_unions_are_structs_of_optional_fields() -> None:
    assert read({"oneOf": [NULL, STR, INT]}) == union(
        OPTIONAL_STRING, OPTIONAL_INT64, optional=True
    )
    assert read({"type": ["string", "boolean"]}) == union(OPTIONAL_STRING, OPTIONAL_BOOLEAN)
    assert read({"oneOf": [STR]}, flatten_singleton_unions=False) == union(OPTIONAL_STRING)


def test_unions_and_enums_have_general_names_if_so_set() -> None:
    both = {"oneOf": [STR, INT]}
    found = read({"properties": {"a": both, "b": both}}, generalized_sum_types=True)
    assert [field.schema.name for field in found.fields] == ["connect_union_0", "connect_union_1"]
    member = found.fields[1].schema
    assert [field.name for field in member.fields] == [
        "connect_union_field_0",
        "connect_union_field_1",
    ]
    assert member.parameters == {names.GENERALIZED_UNION: "connect_union_1"}
    assert read({"enum": ["a", "b"]}, generalized_sum_types=True).parameters == {
        names.GENERALIZED_ENUM: "",
        f"{names.GENERALIZED_ENUM}.a": "0",
        f"{names.GENERALIZED_ENUM}.b": "1",
    }


def test_all_of_puts_properties_together() -> None:
    schema = {
        "title": "W",
        "allOf": [
            {"$ref": "#/definitions/A"},
            {"type": "object", "properties": {"z": INT}},
            {"description": "x"},
        ],
        "definitions": {"A": {"type": "object", "title": "A", "properties": {"q": STR}}},
    }
    assert read(schema, 7) == Schema.struct({"q": STRING, "z": INT64})


def test_all_of_without_properties_takes_the_part_that_tells_the_type() -> None:
    referring = {"allOf": [{"$ref": "#/definitions/A"}, {}], "definitions": {"A": STR}}
    assert read(referring) == STRING
    assert read({"allOf": [{"oneOf": [NULL, INT]}, STR]}) == OPTIONAL_INT64


def test_parts_of_all_of_that_lead_nowhere_do_not_matter() -> None:
    circle = {
        "allOf": [{"$ref": "#/definitions/A"}, INT],
        "definitions": {"A": {"$ref": "#/definitions/A"}},
    }
    with pytest.raises(DataError, match="nothing but itself"):
        read(circle)
    assert read({**circle, "allOf": [*circle["allOf"], {"const": 3}]}) == INT64


def test_anything_is_a_variant() -> None:
    variant = Schema.struct(names.VARIANT_FIELDS, name=names.VARIANT)
    assert read({}) == variant
    assert read({"properties": {"a": True}}).fields[0].schema == variant


def test_properties_without_name_are_kept_if_so_set() -> None:
    schema = {"type": "object", "properties": {"a": STR}}
    found = read(schema, preserve_additional_properties=True)
    assert found.fields[1].schema == names.additional_schema()
    closed = {**schema, "additionalProperties": False}
    assert len(read(closed, preserve_additional_properties=True).fields) == 1


def test_recursive_schema_holds_itself_and_has_an_id() -> None:
    node = {
        "type": "object",
        "title": "N",
        "properties": {"v": INT, "n": {"$ref": "#/definitions/N"}},
    }
    found = read(
        {"type": "array", "items": {"$ref": "#/definitions/N"}, "definitions": {"N": node}}
    )
    outer = found.value_schema
    assert outer is not None
    inner = outer.field("n")
    assert inner is not None
    assert isinstance(inner.schema, RecursiveSchema)
    assert inner.schema.fields == outer.fields
    assert dict(outer.parameters) == dict(inner.schema.parameters) == {names.ID: "#id1"}


def test_struct_used_twice_has_an_id_the_second_time() -> None:
    reference = {"$ref": "#/definitions/A"}
    properties = {"x": reference, "y": reference, "z": reference}
    found = read({"properties": properties, "definitions": {"A": {"properties": {"a": STR}}}})
    assert [dict(field.schema.parameters) for field in found.fields] == [
        {},
        {names.ID: "#id2"},
        {names.ID: "#id2"},
    ]


def test_struct_with_parameters_used_twice_has_the_id_at_once() -> None:
    reference = {"$ref": "#/definitions/A"}
    struct = {"properties": {"a": STR}, "connect.parameters": {"p": "q"}}
    found = read({"properties": {"x": reference, "y": reference}, "definitions": {"A": struct}})
    expected = {"p": "q", names.ID: "#id1"}
    assert [dict(field.schema.parameters) for field in found.fields] == [expected, expected]


def test_defaults_are_values_of_their_schema() -> None:
    assert read({"type": "array", "items": STR, "default": ["x"]}).default == ["x"]
    assert read({"properties": {"a": INT}, "default": {"a": 3}}).default == {"a": 3}
    assert read({"type": "number", "default": 1.5}).default == 1.5


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (NULL, '"null"} alone'),
        ({"not": STR}, "'not' cannot be expressed"),
        ({"type": "array"}, "did not specify the items type"),
        ({"type": "array", "items": [STR]}, "did not specify the items type"),
        ({"type": "integer", "connect.type": "int128"}, "Unsupported type int128"),
        ({"type": "integer", "connect.version": "3"}, "connect.version must be a whole number"),
        ({"type": "integer", "connect.parameters": {"a": 1}}, "connect.parameters must map"),
        ({"type": "string", "default": None}, "Invalid null value for required STRING"),
        ({"type": "string", "default": 5}, "Invalid default value 5"),
        ({"type": "object", "connect.type": "map"}, "valueSchema cannot be null"),
        (
            {"type": "array", "connect.type": "map", "items": {"type": "object"}},
            "needs objects with a property 'key'",
        ),
        ({"allOf": [{"type": "boolean"}, {"type": "boolean"}]}, "Unsupported criterion"),
        ({"$ref": "#"}, "refers to nothing but itself"),
    ],
)
def test_what_connect_cannot_express_is_refused(schema: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(schema)


def test_reserved_name_is_refused_where_it_is_needed() -> None:
    schema = {"properties": {names.ADDITIONAL_PROPERTIES: STR}}
    with pytest.raises(DataError, match="collides with the reserved field name"):
        read(schema, preserve_additional_properties=True)
    assert read(schema).fields[0].name == names.ADDITIONAL_PROPERTIES


def test_bad_defaults_are_errors_of_the_schema() -> None:
    with pytest.raises(SchemaBuilderError):
        read({"type": "integer", "default": "x"})
