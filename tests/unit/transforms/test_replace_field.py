# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from barnabas.data import INT32, STRING, Schema, Type
from barnabas.errors import ConfigError, DataError, SchemaBuilderError
from barnabas.transforms.replace_field import ReplaceFieldKey, ReplaceFieldValue
from tests.unit.transforms.records import changed, configured, sink

SCHEMA = Schema.struct({"a": INT32, "b": STRING, "c": STRING}, name="n", optional=True)
VALUE = {"a": 1, "b": "x", "c": "y"}


def replace(value: Any, schema: Schema | None = None, **settings: str) -> Any:
    return changed(configured(ReplaceFieldValue, {**settings}), value, schema)


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({"exclude": "a"}, {"b": "x", "c": "y"}),
        ({"include": "c,a"}, {"a": 1, "c": "y"}),
        ({"include": "a,b", "exclude": "a"}, {"b": "x"}),
        ({"include": "z"}, {}),
        ({"renames": "a:z"}, {"z": 1, "b": "x", "c": "y"}),
        ({"include": "a", "renames": "a:b"}, {"b": 1}),
        ({"renames": "a:b,b:a"}, {"b": 1, "a": "x", "c": "y"}),
        ({}, VALUE),
    ],
)
def test_fields_are_kept_and_renamed(settings: dict[str, str], kept: dict[str, Any]) -> None:
    value, schema = replace(VALUE, SCHEMA, **settings)
    assert value == kept
    assert list(value) == [field.name for field in schema.fields]
    assert (schema.name, schema.optional) == ("n", False)
    assert replace(VALUE, **settings) == (kept, None)


def test_a_field_takes_its_schema_along() -> None:
    _, schema = replace(VALUE, SCHEMA, include="b", renames="b:z")
    assert schema == Schema.struct({"z": STRING}, name="n")


def test_new_names_must_not_meet_in_a_schema() -> None:
    with pytest.raises(SchemaBuilderError, match="duplication b"):
        replace(VALUE, SCHEMA, renames="a:b")


def test_a_field_called_like_a_new_name_gets_the_value_of_the_old_one() -> None:
    assert replace(VALUE, SCHEMA, exclude="c", renames="c:b")[0] == {"a": 1, "b": "y"}
    with pytest.raises(DataError, match='field: "a"'):
        replace(VALUE, SCHEMA, exclude="b", renames="b:a")
    with pytest.raises(DataError, match="z is not a valid field name"):
        replace(VALUE, SCHEMA, renames="z:a")


def test_defaults_stand_for_null_if_they_shall() -> None:
    schema = Schema.struct({"d": Schema(Type.INT32, optional=True, default=3)})
    assert replace({"d": None}, schema)[0] == {"d": 3}
    settings = {"replace.null.with.default": "false"}
    assert replace({"d": None}, schema, **settings)[0] == {"d": None}


def test_null_is_passed() -> None:
    assert replace(None, SCHEMA, exclude="a") == (None, SCHEMA)


@pytest.mark.parametrize(("value", "schema"), [("x", None), ("x", STRING), ({1: 2}, None)])
def test_other_values_are_refused(value: Any, schema: Schema | None) -> None:
    with pytest.raises(DataError, match=r"\[field replacement\]"):
        replace(value, schema, exclude="a")


def test_the_key_is_meant_by_the_other_class() -> None:
    record = configured(ReplaceFieldKey, {"exclude": "a"}).apply(sink({"a": 1}, key={"a": 1}))
    assert record is not None
    assert (record.key, record.value) == ({}, {"a": 1})


@pytest.mark.parametrize("renames", ["a", "a:", "a:b:c", ":"])
def test_a_rename_needs_two_names(renames: str) -> None:
    with pytest.raises(ConfigError, match=f"renames: Invalid rename mapping: {renames}"):
        configured(ReplaceFieldValue, {"renames": renames})
