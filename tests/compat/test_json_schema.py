# SPDX-License-Identifier: Apache-2.0
"""Schemas in both directions beside what Java's converter makes of them.

``json_schema_recorded.json`` has, for JSON Schemas ``read``, an outline of the Connect schema, five
levels deep, and for Connect schemas ``written``, in JsonConverter's form, the JSON Schema.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from barnabas.converters.json.messages import parse_schema
from barnabas.converters.json.settings import Rules as JsonRules
from barnabas.converters.json_schema import JsonSchemaConverterConfig, Rules
from barnabas.converters.json_schema.loading import load_schema
from barnabas.converters.json_schema.schema_reading import connect_schema
from barnabas.converters.json_schema.schema_writing import json_schema_text
from barnabas.data import Schema, Type

RECORDED = json.loads(Path(__file__).with_name("json_schema_recorded.json").read_text())

JSON_RULES = JsonRules(replace_null_with_default=False)


def rules(settings: dict[str, str]) -> Rules:
    own = {"schema.registry.url": "mock://recorded", "converter.type": "value"}
    return JsonSchemaConverterConfig({**own, **settings}).rules


def outline(schema: Schema, depth: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {"type": schema.type.value}
    for attribute in ("optional", "name", "version", "doc"):
        if getattr(schema, attribute):
            found[attribute] = getattr(schema, attribute)
    if schema.parameters:
        found["parameters"] = dict(schema.parameters)
    if depth > 3:
        return found
    if schema.type is Type.STRUCT:
        found["fields"] = [[each.name, outline(each.schema, depth + 1)] for each in schema.fields]
    if schema.key_schema is not None:
        found["keys"] = outline(schema.key_schema, depth + 1)
    if schema.value_schema is not None:
        found["values"] = outline(schema.value_schema, depth + 1)
    return found


@pytest.mark.parametrize("case", RECORDED["read"], ids=range(len(RECORDED["read"])))
def test_json_schemas_are_read_as_in_java(case: dict[str, Any]) -> None:
    node = load_schema(case["text"], case["references"])
    assert outline(connect_schema(node, rules(case["settings"]))) == case["schema"]


@pytest.mark.parametrize("case", RECORDED["written"], ids=range(len(RECORDED["written"])))
def test_connect_schemas_are_written_as_in_java(case: dict[str, Any]) -> None:
    schema = parse_schema(json.dumps(case["schema"]), JSON_RULES)
    assert schema is not None
    assert json_schema_text(schema, rules(case["settings"])) == case["text"]
