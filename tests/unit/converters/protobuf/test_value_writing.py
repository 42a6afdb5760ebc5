# SPDX-License-Identifier: Apache-2.0
"""What values become before the library writes them."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from barnabas.converters.protobuf import names
from barnabas.converters.protobuf.rules import Rules
from barnabas.converters.protobuf.value_writing import field_writer, root_writer
from barnabas.data import (
    BOOLEAN,
    BYTES,
    DATE,
    FLOAT32,
    FLOAT64,
    INT8,
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    TIMESTAMP,
    Int16,
    RecursiveSchema,
    Schema,
    Struct,
    Type,
    decimal_schema,
)
from barnabas.errors import DataError


def write(schema, value, **rules):
    return field_writer(schema, Rules(**rules))(value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [(INT32, -5), (INT64, 2**62), (FLOAT32, 1.5), (FLOAT64, 1e300), (BOOLEAN, True), (STRING, "é")],
)
def test_plain_values_pass(schema, value):
    assert write(schema, value) == value


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        *((INT32, True), (INT32, 1.0), (INT32, 2**31), (INT8, 128), (INT32, Int16(5))),
        *((BOOLEAN, 1), (STRING, b"x"), (BYTES, "x"), (FLOAT64, 1), (FLOAT32, 1e300)),
        *((DATE, "2020-01-01"), (decimal_schema(2), 1.5), (Schema.array(INT32), {})),
    ],
)
def test_values_of_another_class_are_refused_with_the_value(schema, value):
    with pytest.raises(DataError, match=f"Invalid type for {schema.type.name}: .* of class"):
        write(schema, value)


@pytest.mark.parametrize("value", [bytearray(b"ab"), memoryview(b"ab"), b"ab"])
def test_bytes_of_all_classes_become_bytes(value):
    assert write(BYTES, value) == b"ab"


@pytest.mark.parametrize(("kind", "written"), [("uint32", 2**32 - 1), ("fixed64", 2**64 - 1)])
def test_unsigned_integers_hold_the_bits_of_signed_ones(kind, written):
    assert write(INT64.with_attributes(parameters={names.TYPE: kind}), -1) == written


def test_logical_values_become_the_fields_of_their_messages():
    assert write(DATE, datetime.date(2020, 2, 29)) == {"year": 2020, "month": 2, "day": 29}
    moment = datetime.datetime(1970, 1, 1, 0, 0, 1, tzinfo=datetime.UTC)
    assert write(TIMESTAMP, moment) == {"seconds": 1, "nanos": 0}
    assert write(decimal_schema(1), Decimal("1.5"))["scale"] == 1


def test_symbols_become_numbers_and_others_are_refused():
    parameters = {names.ENUM: "E", f"{names.ENUM}.A": "0", f"{names.ENUM}.B": "7"}
    schema = Schema(Type.STRING, name="E", parameters=parameters)
    assert write(schema, "B") == 7
    with pytest.raises(DataError, match="'C' is none of the enum E; it has A, B"):
        write(schema, "C")
    numbers = schema.with_attributes(type=Type.INT32)
    assert write(numbers, 7) == 7
    with pytest.raises(DataError, match="3 is none of the enum E"):
        write(numbers, 3)


def test_maps_become_entries():
    assert write(Schema.map(STRING, INT32), {"a": 1}) == [{"key": "a", "value": 1}]


def test_null_in_a_map_is_left_out_where_it_may_be():
    assert write(Schema.map(STRING, OPTIONAL_INT32), {"a": None}) == [{"key": "a", "value": None}]
    with pytest.raises(DataError, match="null in a map"):
        write(Schema.map(STRING, INT32), {"a": None})


def test_null_in_an_array_is_refused():
    with pytest.raises(DataError, match="holds a null"):
        write(Schema.array(OPTIONAL_INT32), [1, None])


def test_null_is_left_out_of_structs_where_it_may_be():
    schema = Schema.struct({"a": OPTIONAL_INT32, "b": INT32})
    assert write(schema, {"a": None, "b": 5}) == {"b": 5}
    with pytest.raises(DataError, match='field "b": null'):
        write(schema, {"a": 1})


def test_defaults_stand_for_null_unless_told_otherwise():
    schema = Schema.struct({"a": Schema(Type.INT32, optional=True, default=9)})
    assert write(schema, {}) == {"a": 9}
    assert write(schema, {}, ignore_default_for_nullables=True) == {}


def test_errors_name_the_way_to_the_value():
    schema = Schema.struct({"a": Schema.struct({"b": INT32})})
    with pytest.raises(DataError, match='field "a": field "b": Invalid type for INT32'):
        write(schema, {"a": {"b": "x"}})


def test_unknown_members_are_refused_with_the_known_ones():
    with pytest.raises(DataError, match=r"'z' is not a valid field name of .*: a"):
        write(Schema.struct({"a": INT32}), {"a": 1, "z": 2})


def test_a_struct_with_another_schema_is_refused():
    other = Struct(Schema.struct({"a": INT64}), {"a": 1})
    with pytest.raises(DataError, match="Mismatching struct schema"):
        write(Schema.struct({"a": INT32}), other)


def test_the_member_of_a_union_that_is_set_is_written():
    union = Schema.struct(
        {"a": OPTIONAL_INT32, "b": OPTIONAL_STRING}, name=f"{names.UNION}.u", optional=True
    )
    schema = Schema.struct({"u_0": union})
    assert write(schema, {"u_0": {"a": None, "b": "x"}}) == {"b": "x"}
    assert write(schema, {"u_0": None}) == {}
    with pytest.raises(DataError, match="Cannot find non-null field"):
        write(schema, {"u_0": {}})


def test_what_may_be_null_is_wrapped_when_asked_for():
    schema = Schema.struct({"a": OPTIONAL_INT32, "b": INT32})
    assert write(schema, {"a": 1, "b": 2}, wrapper_for_nullables=True) == {
        "a": {"value": 1},
        "b": 2,
    }


def test_names_are_scrubbed_when_asked_for():
    assert write(Schema.struct({"a b": INT32}), {"a b": 1}, scrub_invalid_names=True) == {"a_b": 1}


def test_a_primitive_root_is_wrapped():
    assert root_writer(INT32, Rules())(5) == {"value": 5}


def test_values_of_a_schema_that_holds_itself_are_written_to_their_end():
    inner = RecursiveSchema(optional=True)
    node = Schema.struct({"v": INT32, "next": inner})
    inner.resolve(node)
    value = {"v": 1, "next": {"v": 2, "next": None}}
    assert write(node, value) == {"v": 1, "next": {"v": 2}}
