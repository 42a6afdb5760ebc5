# SPDX-License-Identifier: Apache-2.0
"""Connect schemas of messages."""

from __future__ import annotations

import pytest

from barnabas import data
from barnabas.converters.protobuf import names
from barnabas.converters.protobuf.linking import LinkedFile
from barnabas.converters.protobuf.parsing import parse_file
from barnabas.converters.protobuf.rules import Rules
from barnabas.converters.protobuf.schema_reading import schema_of
from barnabas.data import RecursiveSchema, Schema, Type

IMPORTS = "".join(
    f'import "{name}.proto"; '
    for name in (
        *("google/protobuf/timestamp", "google/protobuf/wrappers", "google/type/date"),
        *("google/type/timeofday", "confluent/type/decimal", "confluent/type/variant"),
    )
)


def schema_for(text, message="M", syntax="proto3", version=None, **rules):
    file = parse_file("f", f'syntax = "{syntax}"; {IMPORTS} {text}')
    return schema_of(LinkedFile(file).descriptor(message), Rules(**rules), version)


def field_of(text, more="", syntax="proto3", **rules):
    schema = schema_for(f"message M {{ {text} {more} }}", syntax=syntax, **rules)
    return schema.fields[0].schema


def tagged(schema, number=1, optional=True, **parameters):
    merged = {**schema.parameters, **parameters, names.TAG: str(number)}
    return schema.with_attributes(optional=optional, parameters=merged)


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        ("int32", data.INT32),
        ("int64", data.INT64),
        ("float", data.FLOAT32),
        ("double", data.FLOAT64),
        ("bool", data.BOOLEAN),
        ("string", data.STRING),
        ("bytes", data.BYTES),
    ],
)
def test_scalars_are_optional_and_know_their_number(kind, schema):
    assert field_of(f"{kind} a = 3;") == tagged(schema, 3)


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        *((kind, data.INT32) for kind in ("sint32", "sfixed32")),
        *((kind, data.INT64) for kind in ("uint32", "fixed32", "uint64", "fixed64")),
        *((kind, data.INT64) for kind in ("sint64", "sfixed64")),
    ],
)
def test_kinds_of_integers_are_remembered(kind, schema):
    assert field_of(f"{kind} a = 1;") == tagged(schema, **{names.TYPE: kind})


@pytest.mark.parametrize(("width", "schema"), [("int8", data.INT8), ("int16", data.INT16)])
def test_small_integers_are_known_by_their_option(width, schema):
    option = (
        f'(confluent.field_meta) = {{ params: [ {{ key: "connect.type", value: "{width}" }} ] }}'
    )
    assert field_of(f"int32 a = 1 [{option}];") == tagged(schema)


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        ("google.protobuf.Timestamp", data.TIMESTAMP),
        ("google.type.Date", data.DATE),
        ("google.type.TimeOfDay", data.TIME),
        ("confluent.type.Decimal", data.decimal_schema(0)),
    ],
)
def test_messages_of_moments_and_numbers_are_logical_types(kind, schema):
    assert field_of(f"{kind} a = 1;") == tagged(schema)


def test_scale_and_precision_of_decimals_are_in_an_option():
    option = (
        '(confluent.field_meta) = { params: [ { value: "8", key: "precision" },'
        ' { value: "3", key: "scale" } ] }'
    )
    wanted = data.decimal_schema(3, parameters={"connect.decimal.precision": "8"})
    assert field_of(f"confluent.type.Decimal a = 1 [{option}];") == tagged(wanted)


def test_a_variant_is_a_struct_of_bytes():
    schema = field_of("confluent.type.Variant a = 1;")
    assert (schema.name, [field.name for field in schema.fields]) == (
        names.VARIANT,
        ["metadata", "value"],
    )


def test_enums_are_texts_that_know_their_numbers():
    schema = field_of("E a = 1;", "enum E { A = 0; B = 5; }")
    parameters = {names.ENUM: "E", f"{names.ENUM}.A": "0", f"{names.ENUM}.B": "5"}
    assert schema == tagged(Schema(Type.STRING, name="E", parameters=parameters))


def test_enums_are_numbers_when_asked_for():
    schema = field_of("E a = 1;", "enum E { A = 0; }", int_for_enums=True)
    assert (schema.type, schema.name) == (Type.INT32, "E")


def test_enums_are_told_alike_for_all_formats_when_asked_for():
    schema = field_of("E a = 1;", "enum E { A = 0; }", generalized_sum_type_support=True)
    assert schema.parameters[names.GENERALIZED_ENUM] == "E"
    assert schema.parameters[f"{names.GENERALIZED_ENUM}.A"] == "0"


def test_repeated_fields_are_arrays_of_what_may_be_null():
    schema = field_of("repeated int32 a = 1;")
    assert schema == tagged(Schema.array(data.OPTIONAL_INT32))


def test_maps_are_named_after_their_entries():
    schema = field_of("map<string, int64> my_map = 1;")
    key, value = tagged(data.STRING, 1), tagged(data.INT64, 2)
    assert schema == tagged(Schema.map(key, value, name="my_map"))


def test_entries_need_no_option_to_be_a_map():
    schema = field_of("repeated XEntry a = 1;", "message XEntry { int32 key = 1; bool value = 2; }")
    assert (schema.type, schema.name) == (Type.MAP, "x")


def test_messages_are_structs_with_their_simple_name():
    schema = field_of("In a = 1;", "message In { bool b = 2; }")
    assert schema == tagged(Schema.struct({"b": tagged(data.BOOLEAN, 2)}, name="In"))


def test_full_names_are_there_when_asked_for():
    fields = "In a = 1; E e = 2; oneof o { int32 x = 3; } map<int32, int32> m = 4;"
    text = f"package p.q; message M {{ {fields} message In {{}} enum E {{ A = 0; }} }}"
    schema = schema_for(text, "p.q.M", enhanced_schema_support=True)
    assert schema.name == "p.q.M"
    assert [field.schema.name for field in schema.fields] == [
        *(f"{names.UNION}.p.q.M.o", "p.q.M.In", "p.q.M.E", "p.q.M.m"),
    ]


def test_oneofs_come_first_with_their_index_behind_their_name():
    schema = schema_for(
        "message M { int32 z = 9; oneof u { int32 a = 1; string b = 2; } oneof v { bool c = 3; } }"
    )
    assert [field.name for field in schema.fields] == ["u_0", "v_1", "z"]
    members = {"a": tagged(data.INT32, 1), "b": tagged(data.STRING, 2)}
    assert schema.fields[0].schema == Schema.struct(members, name=f"{names.UNION}.u", optional=True)


def test_oneofs_may_have_no_index_or_be_flattened():
    text = "message M { int32 z = 9; oneof u { int32 a = 1; string b = 2; } }"
    without = schema_for(text, generate_index_for_unions=False)
    assert [field.name for field in without.fields] == ["u", "z"]
    flat = schema_for(text, flatten_unions=True)
    assert [field.name for field in flat.fields] == ["a", "b", "z"]


def test_a_generalized_oneof_is_known_by_a_parameter():
    schema = field_of("oneof u { int32 a = 1; }", generalized_sum_type_support=True)
    assert (schema.name, dict(schema.parameters)) == ("u", {names.GENERALIZED_UNION: "u"})


def test_with_optional_for_nullables_only_marked_fields_may_be_null():
    fields = "int32 a = 1; optional int32 b = 2; N n = 3; repeated int32 r = 4;"
    text = f"message M {{ {fields} message N {{}} }}"
    schema = schema_for(text, optional_for_nullables=True)
    assert [field.name for field in schema.fields] == ["a", "b", "n", "r"]
    assert [field.schema.optional for field in schema.fields] == [False, True, True, True]


def test_with_wrappers_for_nullables_only_messages_may_be_null():
    wrapped = "google.protobuf.Int32Value b = 2; google.protobuf.UInt64Value c = 3;"
    schema = schema_for(f"message M {{ int32 a = 1; {wrapped} }}", wrapper_for_nullables=True)
    assert [field.schema for field in schema.fields] == [
        tagged(data.INT32, 1, optional=False),
        tagged(data.INT32, 2),
        tagged(data.INT64, 3),
    ]


@pytest.mark.parametrize("kind", ["Int32Value", "google.protobuf.Int32Value"])
def test_wrappers_inside_are_what_they_wrap_as_in_java(kind):
    text = f"package google.protobuf; message M {{ {kind} a = 1; repeated {kind} b = 2; }}"
    schema = schema_for(text, "google.protobuf.M")
    assert schema.field("a").schema == tagged(data.INT32)
    assert schema.field("b").schema == tagged(Schema.array(data.OPTIONAL_INT32), 2)


def test_without_the_setting_a_wrapper_is_a_struct():
    schema = field_of("google.protobuf.StringValue a = 1;", wrapper_for_raw_primitives=False)
    assert schema == tagged(Schema.struct({"value": tagged(data.STRING)}, name="StringValue"))


def test_members_of_oneofs_remember_that_they_were_wrapped():
    text = "oneof o { google.protobuf.Int32Value a = 1; int32 b = 2; }"
    union = field_of(text, wrapper_for_nullables=True)
    assert union.field("a").schema == tagged(data.INT32, 1, **{names.WRAPPER: "true"})
    assert union.field("b").schema == tagged(data.INT32, 2)


@pytest.mark.parametrize(("keyword", "optional"), [("optional", True), ("required", False)])
def test_the_older_syntax_marks_what_may_be_null(keyword, optional):
    schema = field_of(f"{keyword} int32 a = 1;", syntax="proto2", optional_for_nullables=True)
    assert schema.optional is optional


@pytest.mark.parametrize(
    ("message", "kind"),
    [("DoubleValue", Type.FLOAT64), ("UInt32Value", Type.INT64), ("BytesValue", Type.BYTES)],
)
def test_a_root_wrapper_is_what_it_wraps_unless_told_otherwise(message, kind):
    name = f"google.protobuf.{message}"
    assert schema_for("", name, version=4) == Schema(kind, version=4)
    struct = schema_for("", name, version=4, wrapper_for_raw_primitives=False)
    assert (struct.type, struct.name, struct.version) == (Type.STRUCT, message, 4)


def test_only_the_outermost_schema_has_the_version():
    schema = schema_for("message M { In a = 1; message In {} }", version=7)
    assert (schema.version, schema.fields[0].schema.version) == (7, None)


def test_a_message_that_holds_itself_is_a_schema_that_does():
    schema = schema_for("message M { int32 v = 1; M next = 2; repeated M more = 3; }")
    inner = schema.field("next").schema
    assert isinstance(inner, RecursiveSchema)
    assert (inner.optional, dict(inner.parameters)) == (True, {names.TAG: "2"})
    assert inner.fields == schema.fields
    assert schema.field("more").schema.value_schema.fields == schema.fields


def test_messages_that_hold_each_other_are_read():
    schema = schema_for("message M { N n = 1; } message N { M m = 1; N n = 2; }")
    n = schema.field("n").schema
    assert n.field("m").schema.fields == schema.fields
    assert n.field("n").schema.fields == n.fields
