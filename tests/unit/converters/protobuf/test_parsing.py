# SPDX-License-Identifier: Apache-2.0
"""What a registry gives as a schema, read."""

from __future__ import annotations

import base64

import pytest
from google.protobuf import descriptor_pb2

from barnabas.converters.protobuf.descriptor_classes import FieldDescriptorProto, meta_of
from barnabas.converters.protobuf.parsing import parse_file
from barnabas.errors import DataError


def message_of(body, head='syntax = "proto3";'):
    return parse_file("f.proto", f"{head} message M {{ {body} }}").message_type[0]


def test_members_of_oneofs_come_before_other_fields():
    message = message_of("int32 a = 1; oneof o { int32 b = 2; } optional int32 c = 3;")
    assert [field.name for field in message.field] == ["b", "a", "c"]
    assert [oneof.name for oneof in message.oneof_decl] == ["o", "_c"]
    assert message.field[2].proto3_optional


def test_a_map_becomes_entries_behind_the_other_messages():
    message = message_of("map<string, .x.V> my_map = 4; message Inner {}")
    assert [nested.name for nested in message.nested_type] == ["Inner", "MyMapEntry"]
    entry = message.nested_type[1]
    assert entry.options.map_entry
    assert [field.name for field in entry.field] == ["key", "value"]
    assert entry.field[1].type_name == ".x.V"
    assert message.field[0].label == FieldDescriptorProto.LABEL_REPEATED


@pytest.mark.parametrize(
    ("field", "default"),
    [
        ("int32 a = 1 [default = -5]", "-5"),
        ("double a = 1 [default = inf]", "inf"),
        ("bool a = 1 [default = true]", "true"),
        ("E a = 1 [default = RED]", "RED"),
        (r'string a = 1 [default = "q\"\n" "é"]', 'q"\né'),
        (r'bytes a = 1 [default = "\001a"]', r"\001a"),
    ],
)
def test_defaults_of_the_older_syntax_are_read(field, default):
    assert message_of(f"optional {field};", 'syntax = "proto2";').field[0].default_value == default


@pytest.mark.parametrize(
    "option",
    [
        '(confluent.field_meta) = { params: [ { key: "k", value: "v" } ] }',
        '(confluent.field_meta) = { params: { key: "k", value: "v" } }',
        '(.confluent.field_meta).params = { key: "k", value: "v" }',
        '(confluent.field_meta) = { params { key: "k" value: "v" } }',
    ],
)
def test_parameters_of_fields_are_read_in_every_spelling(option):
    field = message_of(f"int32 a = 1 [{option}];").field[0]
    assert dict(meta_of(field.options).params) == {"k": "v"}


def test_options_of_others_are_passed_over():
    message = message_of('option (x.y).z = 3; int32 a = 1 [(w) = "q", future_thing = 4];')
    assert not message.options.ByteSize()
    assert not message.field[0].options.ByteSize()


def test_imports_tell_whether_they_are_public():
    file = parse_file("f", 'import "a.proto"; import public "b.proto"; import weak "c.proto";')
    assert list(file.dependency) == ["a.proto", "b.proto", "c.proto"]
    assert (list(file.public_dependency), list(file.weak_dependency)) == ([1], [2])


def test_services_extensions_groups_and_reserved_numbers_are_passed_over():
    file = parse_file(
        "f",
        "message M { extensions 100 to max; reserved 5; reserved 'x'; optional group G = 1 { }"
        " extend M { optional int32 q = 100; } ; } service S { rpc X(M) returns (stream M); }",
    )
    assert not file.service
    assert not file.message_type[0].field


def test_features_of_editions_are_kept():
    file = parse_file("f", 'edition = "2023"; option features.field_presence = IMPLICIT;')
    assert (file.syntax, file.edition) == ("editions", descriptor_pb2.EDITION_2023)
    assert file.options.features.field_presence == descriptor_pb2.FeatureSet.IMPLICIT


def test_an_unknown_edition_is_named():
    with pytest.raises(DataError, match='edition "1999"'):
        parse_file("f", 'edition = "1999";')


def test_a_serialised_descriptor_is_read():
    written = descriptor_pb2.FileDescriptorProto(name="other", package="p", syntax="proto3")
    written.message_type.add(name="M")
    file = parse_file("f", base64.b64encode(written.SerializeToString()).decode())
    assert (file.name, file.package, file.message_type[0].name) == ("f", "p", "M")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("message X { in", "line 1, column 14"),
        ('syntax = "proto3";\nmessage X {\n  string a;\n}', "line 3, column 10"),
        ("abc", "line 1, column 0"),
        ('{"type":"string"}', "line 1, column 0"),
        ("message X { string a = 1 # }", "line 1"),
    ],
)
def test_text_that_is_no_schema_is_refused_with_the_place(text, where):
    with pytest.raises(DataError, match=f"f cannot be read as Protobuf: {where}"):
        parse_file("f", text)


def test_deep_nesting_is_refused():
    with pytest.raises(DataError, match="nested too deeply"):
        parse_file("f", "message M {" * 3000 + "}" * 3000)
