# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from barnabas.api.records import SinkRecord
from barnabas.data import INT32, OPTIONAL_STRING, STRING, Header, Headers, Schema, Type
from barnabas.errors import ConfigError, DataError
from barnabas.transforms.header_from import HeaderFromKey, HeaderFromValue
from tests.unit.transforms.records import configured, sink

DEFAULT_3 = Schema(Type.INT32, optional=True, default=3)
SCHEMA = Schema.struct({"a": INT32, "s": OPTIONAL_STRING, "d": DEFAULT_3}, name="n")
OLD = Header("h", STRING, "old")


def settings(operation: str, fields: str = "a,d", headers: str = "h,x") -> dict[str, str | None]:
    return {"fields": fields, "headers": headers, "operation": operation}


def apply(operation: str, value: Any, schema: Schema | None = None, **more: str) -> SinkRecord:
    transformation = configured(HeaderFromValue, {**settings(operation), **more})
    record = transformation.apply(sink(value, schema, headers=Headers([OLD])))
    assert record is not None
    return record


def test_copied_fields_stay() -> None:
    value = {"a": 1, "s": "x", "d": None}
    record = apply("copy", value, SCHEMA)
    expected = Headers([OLD, Header("h", INT32, 1), Header("x", DEFAULT_3, 3)])
    assert record.headers == expected
    assert (record.value, record.value_schema) == (value, SCHEMA)


def test_moved_fields_go() -> None:
    record = apply("move", {"a": 1, "s": "x", "d": 2}, SCHEMA)
    assert len(record.headers or ()) == 3
    assert record.value == {"s": "x"}
    assert record.value_schema == Schema.struct({"s": OPTIONAL_STRING}, name="n")


def test_defaults_are_left_if_they_shall() -> None:
    more = {"replace.null.with.default": "false"}
    record = apply("copy", {"a": 1}, SCHEMA, **more)
    assert [header.value for header in record.headers or ()] == ["old", 1, None]


def test_members_are_taken_without_a_schema() -> None:
    value = {"a": 1, "b": 2}
    record = apply("move", value)
    assert record.headers == Headers([OLD, Header("h", None, 1), Header("x", None, None)])
    assert record.value == {"b": 2}
    assert apply("copy", value).value == value == {"a": 1, "b": 2}


def test_the_same_field_may_become_two_headers() -> None:
    transformation = configured(HeaderFromKey, settings("move", fields="a,a"))
    record = transformation.apply(sink("v", key={"a": 1}))
    assert record is not None
    assert [header.value for header in record.headers or ()] == [1, 1]
    assert (record.key, record.value) == ({}, "v")


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_a_field_must_be_in_the_schema(operation: str) -> None:
    with pytest.raises(DataError, match="Field does not exist: d"):
        apply(operation, {"a": 1}, Schema.struct({"a": INT32}))


@pytest.mark.parametrize(("value", "schema"), [(None, None), (None, SCHEMA), ("x", STRING)])
def test_other_values_are_refused(value: Any, schema: Schema | None) -> None:
    with pytest.raises(DataError, match=r"\[header copy\]"):
        apply("copy", value, schema)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"headers": "h"}, "same number of elements"),
        ({"fields": "", "headers": ""}, "Empty list"),
        ({"operation": "bogus"}, "move, copy"),
        ({"operation": None}, "operation"),
    ],
)
def test_the_settings_must_fit(changes: dict[str, str | None], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        configured(HeaderFromValue, {**settings("copy"), **changes})
