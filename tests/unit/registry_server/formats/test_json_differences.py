# SPDX-License-Identifier: Apache-2.0
from typing import Any

import pytest

from barnabas.registry_server.formats.json_differences import json_differences

CLOSED: dict[str, Any] = {"additionalProperties": False}
A, B = {"a": {"type": "integer"}}, {"b": {"type": "string"}}


def kinds(original: Any, update: Any) -> list[str]:
    return [text.split('"')[1] for text in json_differences(original, update)]


@pytest.mark.parametrize(
    ("original", "update"),
    [
        ({"type": "integer"}, {"type": "number"}),
        ({"type": "integer"}, {"type": ["integer", "null"]}),
        ({"type": "string", "maxLength": 3}, {"type": "string", "maxLength": 4}),
        ({"minimum": 3}, {"minimum": 2}),
        ({"pattern": "a"}, {}),
        ({"enum": [1]}, {"enum": [1, 2]}),
        ({"const": 1}, {"enum": [1, 2]}),
        ({"properties": A, **CLOSED}, {"properties": {**A, **B}, **CLOSED}),
        ({"properties": {**A, **B}}, {"properties": A}),
        ({"properties": A}, {"properties": {**A, "b": {}}}),
        ({"properties": A, **CLOSED}, {"properties": A}),
        ({"required": ["a"]}, {}),
        ({}, {"properties": {"a": {"default": 1}}, "required": ["a"]}),
        ({"items": {"type": "integer"}}, {"items": {"type": "number"}}),
        ({"oneOf": [{"type": "null"}, {"type": "string"}]}, {"type": ["null", "string"]}),
        ({"type": "string"}, {"oneOf": [{"type": "null"}, {"type": "string"}]}),
        ({"anyOf": [{"type": "null"}]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ({"allOf": [{"type": "null"}]}, {}),
        ({"type": "string"}, True),
        (False, {"type": "string"}),
        ({"title": "a", "connect.index": 1}, {"title": "b", "description": "c"}),
        ({"exclusiveMaximum": True}, {"exclusiveMaximum": False}),
    ],
)
def test_update_that_takes_all_values(original: Any, update: Any) -> None:
    assert kinds(original, update) == []


@pytest.mark.parametrize(
    ("original", "update", "kind"),
    [
        ({"type": "number"}, {"type": "integer"}, "TYPE_NARROWED"),
        ({"type": "string"}, {"type": "integer"}, "TYPE_CHANGED"),
        ({}, False, "TYPE_NARROWED"),
        ({"maxLength": 3}, {"maxLength": 2}, "MAX_LENGTH_DECREASED"),
        ({}, {"maxLength": 2}, "MAX_LENGTH_ADDED"),
        ({"minimum": 3}, {"minimum": 4}, "MINIMUM_INCREASED"),
        ({}, {"pattern": "a"}, "PATTERN_ADDED"),
        ({"pattern": "b"}, {"pattern": "a"}, "PATTERN_CHANGED"),
        ({}, {"uniqueItems": True}, "UNIQUE_ITEMS_ADDED"),
        ({"enum": [1, 2]}, {"enum": [1]}, "ENUM_ARRAY_NARROWED"),
        ({}, {"const": 1}, "ENUM_ARRAY_CHANGED"),
        ({"properties": A}, {"properties": {**A, **B}}, "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"),
        (
            {"properties": {**A, **B}, **CLOSED},
            {"properties": A, **CLOSED},
            "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL",
        ),
        (
            {"additionalProperties": {"type": "integer"}},
            {"additionalProperties": {"type": "integer"}, "properties": B},
            "PROPERTY_ADDED_TO_PARTIALLY_OPEN_CONTENT_MODEL",
        ),
        ({}, CLOSED, "ADDITIONAL_PROPERTIES_REMOVED"),
        (
            {},
            {"additionalProperties": {"type": "integer"}},
            "ADDITIONAL_PROPERTIES_NARROWED",
        ),
        ({}, {"required": ["a"]}, "REQUIRED_ATTRIBUTE_ADDED"),
        ({"items": {"type": "string"}}, {"items": {"type": "null"}}, "TYPE_CHANGED"),
        (
            {"items": [{"type": "string"}]},
            {"items": [{"type": "string"}], "additionalItems": False},
            "TYPE_NARROWED",
        ),
        (
            {"oneOf": [{"type": "null"}, {"type": "string"}]},
            {"oneOf": [{"type": "null"}]},
            "SUM_TYPE_NARROWED",
        ),
        ({"type": "string"}, {"oneOf": [{"type": "null"}]}, "COMBINED_TYPE_CHANGED"),
        ({}, {"allOf": [{"type": "null"}]}, "PRODUCT_TYPE_EXTENDED"),
        ({}, {"not": {"type": "null"}}, "NOT_ADDED"),
    ],
)
def test_update_that_leaves_values_out(original: Any, update: Any, kind: str) -> None:
    assert kinds(original, update) == [kind]


def test_schema_may_contain_itself() -> None:
    def tree(leaf: str) -> dict[str, Any]:
        node = {"properties": {"leaf": {"type": leaf}, "next": {"$ref": "#/definitions/node"}}}
        return {"definitions": {"node": node}, "$ref": "#/definitions/node"}

    assert kinds(tree("integer"), tree("integer")) == []
    assert kinds(tree("integer"), tree("string")) == ["TYPE_CHANGED"]


def test_place_of_a_difference_is_told() -> None:
    (text,) = json_differences({"properties": A}, {"properties": {"a": {"type": "null"}}})

    assert "'#/properties/a/type'" in text
