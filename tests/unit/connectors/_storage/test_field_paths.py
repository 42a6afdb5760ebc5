# SPDX-License-Identifier: Apache-2.0
"""Fields by dotted paths."""

from __future__ import annotations

import pytest

from barnabas.connectors._storage.field_paths import MISSING, FieldPath
from barnabas.data import INT32, OPTIONAL_STRING, STRING, Schema
from barnabas.errors import ConfigError

CITY = Schema.struct({"name": OPTIONAL_STRING, "zip": INT32.with_attributes(default=7)})
SCHEMA = Schema.struct(
    {
        "city": CITY.with_attributes(optional=True),
        "tags": Schema.map(STRING, INT32),
        "a.b": STRING,
        "a": Schema.struct({"b": INT32}),
    }
)
VALUE = {"city": {"name": "Lyon"}, "tags": {"x": 3}, "a.b": "whole", "a": {"b": 1}}


def found(path: str, value: object = VALUE, schema: Schema | None = SCHEMA) -> object:
    return FieldPath(path, "field").find(schema, value)[0]


def test_fields_are_found_in_structs_and_maps_with_defaults() -> None:
    assert (found("city.name"), found("city.zip"), found("tags.x")) == ("Lyon", 7, 3)


def test_a_field_with_dots_in_its_own_name_comes_first() -> None:
    assert found("a.b") == "whole"


def test_null_on_the_way_is_null_at_the_end() -> None:
    assert found("city.name", {"city": None}) is None
    assert found("tags.y") is None


def test_what_the_schema_does_not_have_is_missing() -> None:
    assert found("country") is MISSING
    assert found("city.name.first") is MISSING


def test_maps_without_schema_have_fields_too() -> None:
    assert found("city.name", schema=None) == "Lyon"
    assert found("city.size", schema=None) is None
    assert found("city.name.first", schema=None) is MISSING


@pytest.mark.parametrize("path", ["", "a..b", "a. "])
def test_names_are_not_blank(path: str) -> None:
    with pytest.raises(ConfigError, match=r"partition\.field\.name"):
        FieldPath(path, "partition.field.name")
