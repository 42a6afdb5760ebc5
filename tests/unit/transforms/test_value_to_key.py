# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from barnabas.data import INT32, STRING, Schema, Type
from barnabas.errors import ConfigError, DataError
from barnabas.transforms.value_to_key import ValueToKey
from tests.unit.transforms.records import configured, sink

SCHEMA = Schema.struct(
    {"a": INT32, "b": STRING, "d": Schema(Type.INT32, optional=True, default=3)}, name="n"
)


def key_of(fields: str, value: Any, schema: Schema | None = None, **settings: str) -> Any:
    transformation = configured(ValueToKey, {"fields": fields, **settings})
    record = transformation.apply(sink(value, schema, key="old", key_schema=STRING))
    assert record is not None
    assert (record.value, record.value_schema) == (value, schema)
    return record.key, record.key_schema


def test_fields_make_up_the_key_in_the_order_asked_for() -> None:
    key, schema = key_of("b,a", {"a": 1, "b": "x"}, SCHEMA)
    assert key == {"b": "x", "a": 1}
    assert schema == Schema.struct({"b": STRING, "a": INT32})


def test_members_make_up_the_key_without_a_schema() -> None:
    assert key_of("b,z", {"a": 1, "b": "x"}) == ({"b": "x", "z": None}, None)


def test_the_default_is_taken_if_it_shall() -> None:
    assert key_of("d", {"a": 1, "b": "x"}, SCHEMA)[0] == {"d": 3}
    bare = {"replace.null.with.default": "false"}
    assert key_of("d", {"a": 1, "b": "x"}, SCHEMA, **bare)[0] == {"d": None}


def test_a_field_must_be_there() -> None:
    with pytest.raises(DataError, match="Field does not exist: z"):
        key_of("z", {"a": 1, "b": "x"}, SCHEMA)


@pytest.mark.parametrize(("value", "schema"), [(None, None), (None, SCHEMA), ("x", STRING)])
def test_other_values_are_refused(value: Any, schema: Schema | None) -> None:
    with pytest.raises(DataError, match="copying fields from value to key"):
        key_of("a", value, schema)


def test_fields_are_required() -> None:
    with pytest.raises(ConfigError, match="Empty list"):
        configured(ValueToKey, {"fields": ""})
