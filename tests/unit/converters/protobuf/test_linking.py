# SPDX-License-Identifier: Apache-2.0
"""Files linked with what they import, and paths to messages."""

from __future__ import annotations

import pytest

from barnabas.converters.protobuf.linking import LinkedFile, message_name, message_path
from barnabas.converters.protobuf.parsing import parse_file
from barnabas.errors import DataError

NESTED = parse_file(
    "f",
    'syntax = "proto3"; package a.b; enum E { Z = 0; } message A { message X { message Y {} }'
    " message W { } } message B { map<string, int32> m = 1; }",
)


@pytest.mark.parametrize(
    ("name", "path"),
    [("a.b.A", (0,)), ("a.b.B", (1,)), ("a.b.A.W", (0, 1)), ("a.b.A.X.Y", (0, 0, 0))],
)
def test_paths_and_names_of_messages_belong_together(name, path):
    assert message_path(NESTED, name) == path
    assert message_name(NESTED, path) == name


def test_the_path_to_a_message_that_is_not_there_is_that_to_the_first():
    assert message_path(NESTED, "a.b.Other") == (0,)


@pytest.mark.parametrize("path", [(2,), (0, 2), (-1,), (1, 5)])
def test_a_path_to_nothing_is_refused(path):
    with pytest.raises(DataError, match=r"its message is at \[.*where there is none"):
        message_name(NESTED, path)


def test_a_message_without_package_is_found():
    file = parse_file("f", 'syntax = "proto3"; message A {}')
    assert (message_path(file, "A"), message_name(file, (0,))) == ((0,), "A")


def test_types_are_found_in_imported_files():
    imported = parse_file("x/y.proto", 'syntax = "proto3"; package q; message V { int32 a = 1; }')
    file = parse_file(
        "f",
        'syntax = "proto3"; package p; import "x/y.proto"; import "google/protobuf/any.proto";'
        " message M { q.V v = 1; google.protobuf.Any any = 2; }",
    )
    message = LinkedFile(file, {"x/y.proto": imported}).message("p.M")(v={"a": 5})
    assert message.SerializeToString() == b"\x0a\x02\x08\x05"


def test_an_import_that_is_not_there_matters_only_when_it_is_used():
    head = 'syntax = "proto3"; import "gone.proto";'
    LinkedFile(parse_file("f", head + " message M { int32 a = 1; }"))
    with pytest.raises(DataError, match=r"imports gone\.proto, which are not among its references"):
        LinkedFile(parse_file("f", head + " message M { gone.V v = 1; }"))


def test_entries_of_maps_are_messages_like_others():
    message = LinkedFile(NESTED).message("a.b.B")(m=[{"key": "k", "value": 3}, {}])
    assert message.SerializeToString() == b"\x0a\x05\x0a\x01k\x10\x03\x0a\x00"


def test_fields_may_have_names_that_are_one_in_json():
    LinkedFile(parse_file("f", 'syntax = "proto3"; message M { int32 a_b = 1; int32 aB = 2; }'))


def test_optional_fields_may_be_written_before_oneofs():
    file = parse_file("f", 'syntax = "proto3"; message M { optional int32 a = 1; }')
    message = file.message_type[0]
    message.oneof_decl.add(name="o")
    message.field.add(name="b", number=2, type=5, label=1, oneof_index=1)
    linked = LinkedFile(file).descriptor("M")
    assert [(oneof.name, oneof.fields[0].name) for oneof in linked.oneofs] == [
        ("o", "b"),
        ("_a", "a"),
    ]
    assert message.oneof_decl[0].name == "_a"


def test_a_name_protobuf_forbids_is_refused_with_the_setting_that_helps():
    file = parse_file("f", 'syntax = "proto3"; message M { int32 a = 1; }')
    file.message_type[0].field[0].name = "a b"
    with pytest.raises(DataError, match=r"a b.*scrub\.invalid\.names=true"):
        LinkedFile(file)


def test_an_unknown_message_is_named():
    with pytest.raises(DataError, match=r"no message a\.b\.Z"):
        LinkedFile(NESTED).descriptor("a.b.Z")
