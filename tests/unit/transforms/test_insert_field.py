# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
from typing import Any

import pytest

from barnabas.data import (
    INT32,
    OPTIONAL_INT32,
    OPTIONAL_INT64,
    OPTIONAL_STRING,
    OPTIONAL_TIMESTAMP,
    STRING,
    TIMESTAMP,
    Int32,
    Schema,
    Type,
)
from barnabas.errors import ConfigError, DataError, SchemaBuilderError
from barnabas.transforms.insert_field import InsertFieldKey, InsertFieldValue
from tests.unit.transforms.records import changed, configured, sink, source

ALL = {
    "topic.field": "t",
    "partition.field": "p",
    "offset.field": "o",
    "timestamp.field": "ts",
    "static.field": "s",
    "static.value": "v",
}
SCHEMA = Schema.struct({"a": INT32}, name="n", optional=True)
MOMENT = datetime.datetime(1970, 1, 1, 0, 0, 1, tzinfo=datetime.UTC)


def insert(settings: dict[str, str], value: Any, schema: Schema | None = None) -> Any:
    return changed(configured(InsertFieldValue, {**settings}), value, schema)


def test_fields_are_added_behind_the_others() -> None:
    value, schema = insert(ALL, {"a": 1}, SCHEMA)
    assert value == {"a": 1, "t": "test", "p": 3, "o": 42, "ts": MOMENT, "s": "v"}
    assert schema == Schema.struct(
        {
            "a": INT32,
            "t": OPTIONAL_STRING,
            "p": OPTIONAL_INT32,
            "o": OPTIONAL_INT64,
            "ts": OPTIONAL_TIMESTAMP,
            "s": OPTIONAL_STRING,
        },
        name="n",
    )


def test_members_are_added_without_a_schema() -> None:
    value, schema = insert(ALL, {"a": 1, "t": "old"})
    assert value == {"a": 1, "t": "test", "p": 3, "o": 42, "ts": 1_000, "s": "v"}
    assert type(value["p"]) is Int32
    assert schema is None


def test_a_name_says_whether_the_field_is_required() -> None:
    settings = {"topic.field": "t!", "timestamp.field": "ts!", "partition.field": "p?"}
    _, schema = insert(settings, {"a": 1}, SCHEMA)
    assert schema.field("t").schema == STRING
    assert schema.field("ts").schema == TIMESTAMP
    assert schema.field("p").schema == OPTIONAL_INT32


@pytest.mark.parametrize("schema", [SCHEMA, None])
def test_what_a_record_does_not_say_is_left_out(schema: Schema | None) -> None:
    settings = {"partition.field": "p", "timestamp.field": "ts"}
    record = configured(InsertFieldValue, {**settings}).apply(source({"a": 1}, schema))
    assert record is not None
    assert record.value == {"a": 1}


def test_defaults_stand_for_null_if_they_shall() -> None:
    schema = Schema.struct({"d": Schema(Type.INT32, optional=True, default=3)})
    assert insert({"topic.field": "t"}, {}, schema)[0]["d"] == 3
    settings = {"topic.field": "t", "replace.null.with.default": "false"}
    assert insert(settings, {}, schema)[0]["d"] is None


def test_null_is_passed() -> None:
    assert insert(ALL, None, SCHEMA) == (None, SCHEMA)


def test_only_records_of_sinks_have_an_offset() -> None:
    inserting = configured(InsertFieldKey, {"offset.field": "o"})
    record = inserting.apply(sink("v", key={}))
    assert record is not None
    assert (record.key, record.value) == ({"o": 42}, "v")
    with pytest.raises(DataError, match="Only SinkRecord"):
        inserting.apply(source("v", key={}))


def test_a_name_must_be_free_in_the_schema() -> None:
    with pytest.raises(SchemaBuilderError, match="duplication a"):
        insert({"topic.field": "a"}, {"a": 1}, SCHEMA)


@pytest.mark.parametrize(("value", "schema"), [("x", None), ("x", STRING)])
def test_other_values_are_refused(value: Any, schema: Schema | None) -> None:
    with pytest.raises(DataError, match=r"\[field insertion\]"):
        insert(ALL, value, schema)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "No field insertion configured"),
        ({"static.value": "v"}, "No field insertion configured"),
        ({"static.field": "s"}, "static.value: No value specified for static field: s"),
    ],
)
def test_there_must_be_something_to_insert(settings: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        configured(InsertFieldValue, {**settings})


def test_a_value_without_fields_is_refused_before_the_names_of_new_ones() -> None:
    insert = configured(InsertFieldValue, {"topic.field": ""})
    with pytest.raises(DataError, match="Only Struct objects supported for"):
        insert.apply(sink("text", STRING))
