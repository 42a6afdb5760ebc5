# SPDX-License-Identifier: Apache-2.0
"""Connect schemas as files; the texts are what Java's converter registers."""

from __future__ import annotations

import pytest

from barnabas.converters.protobuf import names
from barnabas.converters.protobuf.file_text import file_text
from barnabas.converters.protobuf.linking import LinkedFile
from barnabas.converters.protobuf.rules import Rules
from barnabas.converters.protobuf.schema_writing import describe
from barnabas.data import (
    BOOLEAN,
    BYTES,
    DATE,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_INT64,
    OPTIONAL_STRING,
    STRING,
    TIME,
    TIMESTAMP,
    RecursiveSchema,
    Schema,
    Type,
    decimal_schema,
)
from barnabas.errors import DataError


def tagged(schema, number, **parameters):
    given = {key.replace("_", "."): value for key, value in parameters.items()}
    return schema.with_attributes(parameters={**schema.parameters, **given, names.TAG: str(number)})


def text_of(schema, **rules):
    described = describe(schema, Rules(**rules))
    LinkedFile(described.file).descriptor(described.message)
    return file_text(described.file)


def fields_of(fields, **rules):
    """Return the lines between the braces of the message."""
    lines = text_of(Schema.struct(fields, name="M"), **rules).splitlines()
    start = lines.index("message M {") + 1
    return [line.removeprefix("  ") for line in lines[start:-1]]


def test_a_struct_becomes_a_file_of_its_package():
    schema = Schema.struct({"id": INT32, "name": OPTIONAL_STRING}, name="com.ex.Rec")
    assert text_of(schema) == (
        'syntax = "proto3";\npackage com.ex;\n\n'
        "message Rec {\n  int32 id = 1;\n  string name = 2;\n}\n"
    )


def test_a_struct_without_name_has_no_package():
    text = text_of(Schema.struct({}))
    assert text == 'syntax = "proto3";\n\nmessage ConnectDefault1 {}\n'


def test_primitive_types_have_one_type_each():
    types = {"b": BOOLEAN, "s": STRING, "y": BYTES, "f": FLOAT32, "d": FLOAT64, "l": INT64}
    assert fields_of(types) == [
        *("bool b = 1;", "string s = 2;", "bytes y = 3;"),
        *("float f = 4;", "double d = 5;", "int64 l = 6;"),
    ]


@pytest.mark.parametrize(("schema", "width"), [(INT8, "int8"), (INT16, "int16")])
def test_small_integers_say_their_width_in_an_option(schema, width):
    assert fields_of({"a": schema}) == [
        "int32 a = 1 [(confluent.field_meta) = {",
        "  params: [",
        "    {",
        '      key: "connect.type",',
        f'      value: "{width}"',
        "    }",
        "  ]",
        "}];",
    ]


@pytest.mark.parametrize(
    ("schema", "kind"),
    [(INT32, "sint32"), (INT32, "sfixed32"), (INT64, "uint32"), (INT64, "fixed64")],
)
def test_kinds_of_integers_come_back_from_their_parameter(schema, kind):
    typed = schema.with_attributes(parameters={names.TYPE: kind})
    assert fields_of({"a": typed}) == [f"{kind} a = 1;"]


def test_a_kind_that_does_not_fit_is_refused():
    typed = INT32.with_attributes(parameters={names.TYPE: "uint64"})
    with pytest.raises(DataError, match=r"uint64 does not fit an INT32; it may be one of int32, "):
        fields_of({"a": typed})


def test_logical_types_are_messages_and_imported_once_in_order_of_use():
    schema = Schema.struct(
        {"t": TIMESTAMP, "u": TIMESTAMP, "d": DATE, "o": TIME, "m": decimal_schema(2)}, name="M"
    )
    assert text_of(schema) == (
        'syntax = "proto3";\n\n'
        'import "google/protobuf/timestamp.proto";\nimport "google/type/date.proto";\n'
        'import "google/type/timeofday.proto";\nimport "confluent/type/decimal.proto";\n\n'
        "message M {\n  google.protobuf.Timestamp t = 1;\n  google.protobuf.Timestamp u = 2;\n"
        "  google.type.Date d = 3;\n  google.type.TimeOfDay o = 4;\n"
        "  confluent.type.Decimal m = 5 [(confluent.field_meta) = {\n    params: [\n      {\n"
        '        value: "2",\n        key: "scale"\n      }\n    ]\n  }];\n}\n'
    )


def test_a_variant_is_a_message_of_confluent():
    variant = Schema.struct({"metadata": BYTES, "value": BYTES}, name=names.VARIANT)
    assert fields_of({"v": variant}) == ["confluent.type.Variant v = 1;"]


def test_numbers_come_from_tags_and_counting_goes_on_without_them():
    fields = {"a": INT32, "b": tagged(INT32, 7), "c": INT32}
    assert fields_of(fields) == ["int32 a = 1;", "int32 b = 7;", "int32 c = 2;"]


def test_structs_are_messages_inside_defined_once_and_not_named_like_a_field():
    inner = Schema.struct({"x": INT32}, name="a.b.In")
    assert fields_of({"p": inner, "q": Schema.array(inner), "In": inner}) == [
        *("InMessage p = 1;", "repeated InMessage q = 2;", "InMessage In = 3;", ""),
        *("message InMessage {", "  int32 x = 1;", "}"),
    ]


def test_structs_without_name_are_counted():
    inner = Schema.struct({"x": INT32})
    assert fields_of({"p": inner, "q": inner})[:2] == [
        "ConnectDefault1 p = 1;",
        "ConnectDefault2 q = 2;",
    ]


def test_a_map_is_a_message_of_key_and_value():
    assert fields_of(
        {"m": Schema.map(INT32, STRING, name="my_map"), "n": Schema.map(STRING, INT64)}
    ) == [
        *("repeated MyMapEntry m = 1;", "repeated ConnectDefault1Entry n = 2;", ""),
        *("message MyMapEntry {", "  int32 key = 1;", "  string value = 2;", "}"),
        *("message ConnectDefault1Entry {", "  string key = 1;", "  int64 value = 2;", "}"),
    ]


def test_an_enum_has_the_numbers_of_its_parameters():
    parameters = {names.ENUM: "Color", f"{names.ENUM}.RED": "0", f"{names.ENUM}.BLUE": "5"}
    color = STRING.with_attributes(name="x.Color", parameters=parameters)
    assert fields_of({"c": color, "d": color}) == [
        *("Color c = 1;", "Color d = 2;", ""),
        *("enum Color {", "  RED = 0;", "  BLUE = 5;", "}"),
    ]


def test_a_generalized_enum_needs_its_setting():
    prefix = names.GENERALIZED_ENUM
    color = STRING.with_attributes(name="C", parameters={prefix: "C", f"{prefix}.RED": "0"})
    lines = fields_of({"c": color}, generalized_sum_type_support=True)
    assert lines == ["C c = 1;", "", "enum C {", "  RED = 0;", "}"]


def test_a_union_is_a_oneof_with_the_numbers_of_its_members():
    union = Schema.struct(
        {"a": tagged(OPTIONAL_INT32, 4), "b": tagged(STRING, 5)}, name=f"{names.UNION}.u"
    )
    assert fields_of({"u_0": union, "z": INT32}) == [
        *("int32 z = 2;", "", "oneof u {", "  int32 a = 4;", "  string b = 5;", "}"),
    ]


def test_members_of_unions_need_their_numbers():
    union = Schema.struct({"a": INT32}, name=f"{names.UNION}.u")
    with pytest.raises(DataError, match=r'member "a".*needs the number.*protobuf\.Tag'):
        fields_of({"u": union})


def test_what_may_be_null_is_optional_when_asked_for():
    fields = {"a": OPTIONAL_INT32, "b": INT32, "c": Schema.array(OPTIONAL_INT32, optional=True)}
    lines = fields_of(fields, optional_for_nullables=True)
    assert lines == ["optional int32 a = 1;", "int32 b = 2;", "repeated int32 c = 3;"]


def test_what_may_be_null_is_wrapped_when_asked_for():
    fields = {
        "a": OPTIONAL_INT32,
        "b": INT32,
        "u": OPTIONAL_INT64.with_attributes(parameters={names.TYPE: "fixed32"}),
        "l": Schema.array(OPTIONAL_STRING),
    }
    assert fields_of(fields, wrapper_for_nullables=True) == [
        "google.protobuf.Int32Value a = 1;",
        "int32 b = 2;",
        "google.protobuf.UInt32Value u = 3;",
        "repeated google.protobuf.StringValue l = 4;",
    ]


def test_names_are_scrubbed_when_asked_for():
    schema = Schema.struct({"a b": INT32}, name="com.e-x.1Rec")
    assert text_of(schema, scrub_invalid_names=True) == (
        'syntax = "proto3";\npackage com.e_x;\n\nmessage x1Rec {\n  int32 a_b = 1;\n}\n'
    )


def test_a_struct_that_holds_itself_refers_to_itself():
    inner = RecursiveSchema(optional=True)
    node = Schema.struct({"v": INT32, "next": inner}, name="a.Node")
    inner.resolve(node)
    assert text_of(node).endswith("message Node {\n  int32 v = 1;\n  Node next = 2;\n}\n")


def test_structs_that_hold_each_other_are_written_once():
    inner = RecursiveSchema(optional=True)
    branch = Schema.struct({"back": inner}, name="Branch")
    tree = Schema.struct({"branch": branch}, name="Tree")
    inner.resolve(tree)
    assert text_of(tree).endswith(
        "message Tree {\n  Branch branch = 1;\n\n  message Branch {\n    Tree back = 1;\n  }\n}\n"
    )


@pytest.mark.parametrize(
    ("schema", "message"),
    [(INT8, "Int32Value"), (INT64, "Int64Value"), (FLOAT32, "FloatValue"), (BYTES, "BytesValue")],
)
def test_a_primitive_root_is_a_wrapper_message(schema, message):
    described = describe(schema, Rules())
    assert described.message == f"google.protobuf.{message}"
    assert file_text(described.file).startswith('syntax = "proto3";\npackage google.protobuf;\n\n')


@pytest.mark.parametrize("schema", [Schema.array(INT32), Schema.map(STRING, INT32), DATE])
def test_other_roots_are_refused(schema):
    with pytest.raises(DataError, match=r"Unsupported root schema of type .*HoistField"):
        describe(schema, Rules())


@pytest.mark.parametrize("inner", [Schema.array(INT32), Schema.map(STRING, INT32)])
def test_arrays_of_arrays_and_maps_are_refused(inner):
    with pytest.raises(DataError, match=r'Field "a": Array cannot be nested'):
        fields_of({"a": Schema.array(inner)})


@pytest.mark.parametrize("schema", [Schema(Type.ARRAY), Schema(Type.MAP)])
def test_unknown_elements_are_refused(schema):
    with pytest.raises(DataError, match="needs the schema of its"):
        fields_of({"a": schema})


def test_a_tag_that_is_no_number_is_refused():
    with pytest.raises(DataError, match="Tag must be a whole number, not 'x'"):
        fields_of({"a": tagged(INT32, "x")})
