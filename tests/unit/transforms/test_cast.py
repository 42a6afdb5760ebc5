# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from barnabas.data import (
    DATE,
    INT8,
    INT32,
    INT64,
    LOGICAL_TIMESTAMP,
    OPTIONAL_STRING,
    STRING,
    TIMESTAMP,
    Int8,
    Int64,
    Schema,
    Struct,
    Type,
    decimal_schema,
)
from barnabas.errors import ConfigError, DataError
from barnabas.transforms.cast import CastKey, CastValue
from tests.unit.transforms.records import changed, configured, sink

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
SCHEMA = Schema.struct(
    {
        "a": Schema(Type.INT32, optional=True, default=300, name="n", doc="d"),
        "s": OPTIONAL_STRING,
        "ts": TIMESTAMP,
    },
    name="top",
    optional=True,
)


def cast(spec: str, value: Any, schema: Schema | None = None) -> Any:
    return changed(configured(CastValue, {"spec": spec}), value, schema)


def test_fields_are_cast() -> None:
    value = {"a": 300, "s": "7", "ts": EPOCH}
    result, schema = cast("a:int8, s : INT32", value, SCHEMA)
    assert result == {"a": 44, "s": 7, "ts": EPOCH}
    assert value["a"] == 300
    assert schema == Schema.struct(
        {
            "a": Schema(Type.INT8, optional=True, default=44),
            "s": Schema(Type.INT32, optional=True),
            "ts": TIMESTAMP,
        },
        name="top",
        optional=True,
    )


def test_null_fields_stay_null_and_unknown_ones_do_not_matter() -> None:
    schema = Schema.struct({"s": OPTIONAL_STRING})
    result, _ = cast("s:int8,z:int8", {"s": None}, schema)
    assert result == {"s": None}


def test_defaults_stand_for_null_if_they_shall() -> None:
    value = {"a": None, "s": None, "ts": EPOCH}
    assert cast("a:int64", value, SCHEMA)[0]["a"] == 300
    settings = {"spec": "a:int64", "replace.null.with.default": "false"}
    assert changed(configured(CastValue, settings), value, SCHEMA)[0]["a"] is None


def test_points_in_time_are_cast_as_the_numbers_they_are() -> None:
    day = datetime.date(1970, 1, 8)
    schema = Schema.struct({"d": DATE})
    assert cast("d:int64", {"d": day}, schema)[0] == {"d": 7}
    assert cast("d:string", {"d": day}, schema)[0] == {"d": "1970-01-08"}


def test_a_whole_value_is_cast_and_keeps_its_name() -> None:
    assert cast("int8", 300, INT32.with_attributes(name="n")) == (
        44,
        INT8.with_attributes(name="n"),
    )
    value, schema = cast("int64", EPOCH, TIMESTAMP)
    assert (value, type(value)) == (0, Int64)
    assert (schema.type, schema.name) == (Type.INT64, LOGICAL_TIMESTAMP)
    value, schema = cast("string", Decimal("1.5"), decimal_schema(1))
    assert (value, schema.parameters["scale"]) == ("1.5", "1")


def test_the_default_of_a_whole_value_is_cast() -> None:
    _, schema = cast("string", 5, Schema(Type.INT32, default=7))
    assert schema == Schema(Type.STRING, default="7")


def test_null_is_passed() -> None:
    schema = INT32.with_attributes(optional=True)
    assert cast("int8", None, schema) == (None, schema)


def test_members_are_cast_without_a_schema() -> None:
    value, _ = cast("a:int8,z:string", {"a": 300, "b": 1})
    assert value == {"a": 44, "b": 1, "z": None}
    assert type(value["a"]) is Int8
    assert cast("int8", "5") == (Int8(5), None)


@pytest.mark.parametrize(
    ("spec", "value", "schema"),
    [
        ("string", [1], None),
        ("string", Struct(SCHEMA), None),
        ("string", EPOCH, None),
        ("string", Decimal(1), None),
        ("string", [1], Schema.array(INT64)),
        ("int8", b"1", Schema(Type.BYTES)),
        ("a:int8", 5, INT64),
        ("a:int8", "x", None),
        ("a:int8", {"a": "x"}, None),
        ("a:string", {"a": {}}, Schema.struct({"a": Schema.struct({})})),
    ],
)
def test_what_cannot_be_cast_is_refused(spec: str, value: Any, schema: Schema | None) -> None:
    with pytest.raises(DataError):
        cast(spec, value, schema)


def test_the_key_is_meant_by_the_other_class() -> None:
    record = configured(CastKey, {"spec": "string"}).apply(sink(1, INT64, key=2, key_schema=INT64))
    assert record is not None
    assert (record.key, record.key_schema, record.value) == ("2", STRING, 1)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("", "at least one field"),
        ("a:b:c", "Invalid cast mapping: a:b:c"),
        (":", "Invalid cast mapping: :"),
        ("a:int99", "Invalid type found in casting spec: int99"),
        ("a:bytes", "does not support casting to BYTES"),
        ("int8,a:int8", "only specify a single cast"),
        (None, '"spec"'),
    ],
)
def test_the_spec_must_be_valid(spec: str | None, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        configured(CastValue, {} if spec is None else {"spec": spec})


@pytest.mark.parametrize("schema", [None, Schema.struct({"a": STRING, "b": STRING})])
def test_a_value_that_cannot_be_cast_is_told_with_its_field(schema: Schema | None) -> None:
    cast = configured(CastValue, {"spec": "a:int8,b:int8"})
    with pytest.raises(DataError, match=r"Value \(ten\) was out of range.*\(field b\)"):
        cast.apply(sink({"a": "1", "b": "ten"}, schema))
