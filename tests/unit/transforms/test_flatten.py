# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
from typing import Any

import pytest

from barnabas.data import (
    INT32,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    Schema,
    Struct,
    Type,
)
from barnabas.errors import DataError, SchemaBuilderError
from barnabas.transforms.flatten import FlattenKey, FlattenValue
from tests.unit.transforms.records import changed, configured, sink

FLATTEN = configured(FlattenValue)
POINT = Schema.struct({"x": INT32, "s": OPTIONAL_STRING})


def test_inner_fields_come_out_with_joined_names() -> None:
    schema = Schema.struct({"a": POINT, "t": STRING}, name="n", version=1)
    value, flat = changed(FLATTEN, {"a": {"x": 1, "s": "y"}, "t": "z"}, schema)
    assert value == {"a.x": 1, "a.s": "y", "t": "z"}
    assert flat == Schema.struct(
        {"a.x": INT32, "a.s": OPTIONAL_STRING, "t": STRING}, name="n", version=1
    )


def test_fields_of_an_optional_struct_are_optional() -> None:
    schema = Schema.struct({"a": POINT.with_attributes(optional=True)})
    value, flat = changed(FLATTEN, {"a": None}, schema)
    assert flat == Schema.struct({"a.x": OPTIONAL_INT32, "a.s": OPTIONAL_STRING})
    assert not any(value.values())


def test_a_field_takes_the_default_of_its_struct() -> None:
    inner = POINT.with_attributes(default={"x": 7})
    _, flat = changed(FLATTEN, {"a": {"x": 1}}, Schema.struct({"a": inner}))
    assert flat.field("a.x").schema.default == 7


def test_arrays_stay_as_they_are() -> None:
    schema = Schema.struct({"l": Schema.array(POINT)})
    value = {"l": [{"x": 1}]}
    assert changed(FLATTEN, value, schema) == (value, schema)


def test_a_map_with_a_schema_is_refused() -> None:
    schema = Schema.struct({"m": Schema.map(STRING, INT32)})
    with pytest.raises(DataError, match=r"does not support MAP .*field m"):
        changed(FLATTEN, {"m": {}}, schema)


def test_names_must_not_meet() -> None:
    schema = Schema.struct({"a": POINT, "a.x": INT32})
    with pytest.raises(SchemaBuilderError, match=r"a\.x"):
        changed(FLATTEN, {"a": {"x": 1}, "a.x": 2}, schema)


def test_maps_are_flattened_without_a_schema() -> None:
    flatten = configured(FlattenValue, {"delimiter": "_"})
    value = {"a": {"b": {"c": 1}, "n": None, "e": {}}, "l": [{}]}
    assert changed(flatten, value) == ({"a_b_c": 1, "a_n": None, "l": [{}]}, None)


@pytest.mark.parametrize(
    "value",
    [{1: 2}, {"a": Struct(POINT, {"x": 1})}, {"a": datetime.date(2020, 1, 1)}, "x"],
)
def test_what_has_no_name_or_type_is_refused(value: Any) -> None:
    with pytest.raises(DataError):
        changed(FLATTEN, value)


def test_other_schemas_are_refused() -> None:
    with pytest.raises(DataError, match="flattening"):
        changed(FLATTEN, "x", STRING)


def test_null_is_passed() -> None:
    schema = Schema(Type.STRUCT, optional=True)
    assert changed(FLATTEN, None, schema) == (None, schema)


def test_the_key_is_meant_by_the_other_class() -> None:
    record = configured(FlattenKey).apply(sink({"a": {"b": 1}}, key={"a": {"b": 1}}))
    assert record is not None
    assert (record.key, record.value) == ({"a.b": 1}, {"a": {"b": 1}})
