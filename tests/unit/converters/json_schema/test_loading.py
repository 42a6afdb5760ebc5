# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from typing import Any

import pytest

from barnabas.converters.json_schema import nodes
from barnabas.converters.json_schema.loading import load_schema
from barnabas.converters.json_schema.nodes import Criterion
from barnabas.errors import DataError


def load(schema: Any, references: dict[str, Any] | None = None, **options: Any) -> nodes.Node:
    texts = {name: json.dumps(other) for name, other in (references or {}).items()}
    return load_schema(json.dumps(schema), texts, **options)


def kinds(node: nodes.Node) -> list[str]:
    assert isinstance(node, nodes.CombinedNode)
    return [type(part).__name__ for part in node.parts]


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, nodes.StringNode),
        ({"minLength": 3}, nodes.StringNode),
        ({"type": "integer"}, nodes.NumberNode),
        ({"maximum": 3}, nodes.NumberNode),
        ({"properties": {}}, nodes.ObjectNode),
        ({"items": {}}, nodes.ArrayNode),
        ({"enum": [1]}, nodes.EnumNode),
        ({"const": 1}, nodes.EnumNode),
        ({"type": "null"}, nodes.NullNode),
        ({"type": "boolean"}, nodes.BooleanNode),
        ({}, nodes.EmptyNode),
        ({"not": {}}, nodes.UnsupportedNode),
        ({"if": {}}, nodes.UnsupportedNode),
        (True, nodes.EmptyNode),
        (False, nodes.UnsupportedNode),
    ],
)
def test_keywords_tell_the_kind(schema: Any, kind: type[nodes.Node]) -> None:
    assert type(load(schema)) is kind


def test_several_kinds_at_once_are_an_all_of_with_combinations_before_the_type() -> None:
    node = load({"type": "object", "properties": {}, "minimum": 1, "oneOf": [{}], "enum": [1]})
    assert kinds(node) == ["EnumNode", "CombinedNode", "ObjectNode", "NumberNode"]
    assert isinstance(node, nodes.CombinedNode)
    assert node.criterion is Criterion.ALL


def test_list_of_types_is_an_any_of() -> None:
    node = load({"type": ["string", "null"], "title": "T"})
    assert kinds(node) == ["StringNode", "NullNode"]
    assert isinstance(node, nodes.CombinedNode)
    assert (node.criterion, node.title, node.parts[0].title) == (Criterion.ANY, "T", None)


def test_const_is_no_keyword_of_draft_4() -> None:
    dialect = "http://json-schema.org/draft-04/schema#"
    assert type(load({"$schema": dialect, "const": 1})) is nodes.EmptyNode


def test_properties_come_in_the_order_of_javas_hash_map() -> None:
    node = load({"properties": {"id": {}, "name": {}, "zeta": {}, "a": {}}})
    assert isinstance(node, nodes.ObjectNode)
    assert list(node.properties) == ["zeta", "a", "name", "id"]


def test_references_find_parts_of_the_schema_and_registered_schemas() -> None:
    schema = {
        "$id": "http://example.org/root.json",
        "oneOf": [
            {"$ref": "#/definitions/A"},
            {"$ref": "#/$defs/A"},
            {"$ref": "other.json"},
            {"$ref": "other.json#/definitions/B"},
        ],
        "definitions": {"A": {"type": "string"}},
    }
    other = {"type": "boolean", "definitions": {"B": {"type": "null"}}}
    node = load(schema, {"other.json": other})
    assert isinstance(node, nodes.CombinedNode)
    targets = [part.target for part in node.parts if isinstance(part, nodes.ReferenceNode)]
    assert [type(target) for target in targets] == [
        nodes.StringNode,
        nodes.ReferenceNode,
        nodes.BooleanNode,
        nodes.NullNode,
    ]


def test_registered_schemas_refer_to_each_other() -> None:
    node = load(
        {"$ref": "a.json"},
        {"a.json": {"items": {"$ref": "b.json"}}, "b.json": {"type": "string"}},
    )
    assert isinstance(node, nodes.ReferenceNode)
    assert isinstance(node.target, nodes.ArrayNode)
    assert isinstance(node.target.items, nodes.ReferenceNode)
    assert type(node.target.items.target) is nodes.StringNode


def test_recursive_reference_leads_back_to_its_node() -> None:
    node = load({"properties": {"next": {"$ref": "#"}}})
    assert isinstance(node, nodes.ObjectNode)
    first = node.properties["next"]
    assert isinstance(first, nodes.ReferenceNode)
    assert isinstance(first.target, nodes.ObjectNode)
    again = first.target.properties["next"]
    assert isinstance(again, nodes.ReferenceNode)
    assert again.target is first


def test_names_javas_converter_gives_are_found() -> None:
    inner = {"type": "object", "id": "#id1", "properties": {"n": {"$ref": "#id1"}}}
    node = load({"type": "array", "items": inner})
    assert isinstance(node, nodes.ArrayNode)
    assert isinstance(node.items, nodes.ObjectNode)
    reference = node.items.properties["n"]
    assert isinstance(reference, nodes.ReferenceNode)
    assert isinstance(reference.target, nodes.ObjectNode)


def test_what_stands_beside_a_reference_counts_from_2019_on() -> None:
    schema = {"$ref": "#/$defs/A", "type": "object", "$defs": {"A": {"type": "string"}}}
    assert type(load(schema)) is nodes.ReferenceNode
    modern = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    assert kinds(load(modern)) == ["ReferenceNode", "ObjectNode"]
    assert type(load(modern, ignore_modern_dialects=True)) is nodes.ReferenceNode


def test_only_keywords_of_connect_are_kept_beside() -> None:
    node = load({"type": "string", "connect.index": 3, "pattern": "x", "other": 1})
    assert node.extras == {"connect.index": 3}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ("3", "expected an object or boolean"),
        ('{"type": "date"}', "unknown type: .date."),
        ('{"type": 3}', "unknown type: .3."),
        ('{"$ref": "missing.json"}', "'missing.json' refers to nothing"),
        ('{"$ref": "#/definitions/X"}', "refers to nothing"),
        ('{"$ref": "http://example.org/x.json"}', "register that schema"),
        ('{"$ref": 3}', "ref must be a text"),
        ('{"oneOf": 3}', "oneOf must be an array"),
        ('{"properties": 3}', "properties must be an object"),
        ('{"title": 3}', "title must be a text"),
        ('{"default": NaN}', "NaN"),
        ('{"items":' * 3000 + "{}" + "}" * 3000, "nested too deeply|no JSON"),
    ],
)
def test_what_is_no_schema_is_refused(text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        load_schema(text, {})
