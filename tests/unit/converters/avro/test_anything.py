# SPDX-License-Identifier: Apache-2.0
"""Values without schema."""

from __future__ import annotations

import pytest

from barnabas.converters.avro import anything
from barnabas.converters.avro.model import text_of
from barnabas.data import INT32, Float32, Int8, Int32, Schema, Struct
from barnabas.errors import DataError


def test_a_value_sits_in_the_field_of_its_class():
    assert anything.to_anything(True) == {"boolean": True}
    assert anything.to_anything(1) == {"long": 1}
    assert anything.to_anything(Int8(1)) == {"int": 1}
    assert anything.to_anything(1.5) == {"double": 1.5}
    assert anything.to_anything(Float32(1.5)) == {"float": 1.5}
    assert anything.to_anything(bytearray(b"a")) == {"bytes": b"a"}
    assert anything.to_anything(None) == {}


def test_numbers_keep_their_width():
    assert type(anything.from_anything({"int": 1})) is Int32
    assert type(anything.from_anything({"float": 1.5})) is Float32
    assert anything.from_anything({}) is None
    assert anything.from_anything(None) is None


def test_lists_and_maps_hold_such_records():
    record = anything.to_anything([{"a": None}])
    assert record == {
        "array": ("array", [{"map": ("array", [{"key": {"string": "a"}, "value": {}}])}])
    }


@pytest.mark.parametrize(
    "value", [object(), 1 << 63, Struct(Schema.struct({"a": INT32}), {"a": 1})]
)
def test_what_connect_has_no_type_for_is_refused(value):
    with pytest.raises(DataError):
        anything.to_anything(value)


def test_a_list_cannot_be_a_key():
    entry = {"key": {"array": []}, "value": {}}
    with pytest.raises(DataError, match="dict cannot hold"):
        anything.from_anything({"map": [entry]})


def test_the_wire_schema_has_the_fields_of_the_schema():
    assert [each["name"] for each in anything.wire("A")["fields"]] == [
        field.name for field in anything.SCHEMA.fields
    ]
    assert text_of(anything.SCHEMA).startswith('{"type":"record","name":"Anything","namespace"')
