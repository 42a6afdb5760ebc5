# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.converters.protobuf.parsing import parse_file
from barnabas.registry_server.formats.protobuf_differences import protobuf_differences


def kinds(original: str, update: str, syntax: str = "proto3") -> list[str]:
    files = [parse_file("x", f'syntax = "{syntax}";\n{text}') for text in (original, update)]
    return [text.split('"')[1] for text in protobuf_differences(*files)]


@pytest.mark.parametrize(
    ("original", "update"),
    [
        ("message M { int32 x = 1; }", "message M { int64 renamed = 1; string y = 2; }"),
        ("message M { int32 x = 1; }", "message N {} message M {}"),
        ("message M { E x = 1; } enum E { A = 0; }", "message M { int32 x = 1; }"),
        ("message M { string x = 1; }", "message M { repeated bytes x = 1; }"),
        ("message M { int32 x = 1; }", "message M { oneof o { int32 x = 1; } }"),
        ("message M { int32 x = 1; }", "message M { optional int32 x = 1; }"),
        ("message M { map<string, int32> m = 1; }", "message M {}"),
        (
            "message M { oneof o { int32 x = 1; } }",
            "message M { oneof o { int32 x = 1; int32 y = 2; } }",
        ),
    ],
)
def test_change_that_keeps_old_bytes_readable(original: str, update: str) -> None:
    assert kinds(original, update) == []


@pytest.mark.parametrize(
    ("original", "update", "kind"),
    [
        ("package a; message M {}", "package b; message M {}", "PACKAGE_CHANGED"),
        ("message M {} message N {}", "message M {}", "MESSAGE_REMOVED"),
        ("message M { message N {} }", "message M {}", "MESSAGE_REMOVED"),
        ("message M { int32 x = 1; }", "message M { string x = 1; }", "FIELD_SCALAR_KIND_CHANGED"),
        ("message M { int32 x = 1; }", "message M { sint32 x = 1; }", "FIELD_SCALAR_KIND_CHANGED"),
        (
            "message M { N x = 1; } message N {}",
            "message M { int32 x = 1; } message N {}",
            "FIELD_KIND_CHANGED",
        ),
        (
            "message M { N x = 1; } message N {} message O {}",
            "message M { O x = 1; } message N {} message O {}",
            "FIELD_NAMED_TYPE_CHANGED",
        ),
        (
            "message M { int32 x = 1; }",
            "message M { repeated int32 x = 1; }",
            "FIELD_NUMERIC_LABEL_CHANGED",
        ),
        (
            "message M { oneof o { int32 x = 1; int32 y = 2; } }",
            "message M { oneof o { int32 x = 1; } }",
            "ONEOF_FIELD_REMOVED",
        ),
        (
            "message M { int32 z = 3; oneof o { int32 x = 1; } }",
            "message M { oneof o { int32 x = 1; int32 z = 3; } }",
            "FIELD_MOVED_TO_EXISTING_ONEOF",
        ),
        (
            "message M { int32 x = 1; int32 y = 2; }",
            "message M { oneof o { int32 x = 1; int32 y = 2; } }",
            "MULTIPLE_FIELDS_MOVED_TO_ONEOF",
        ),
    ],
)
def test_change_that_makes_old_bytes_unreadable(original: str, update: str, kind: str) -> None:
    assert kinds(original, update) == [kind]


def test_required_fields_stay_as_they_are() -> None:
    with_field, without = "message M { required int32 x = 1; }", "message M {}"
    optional = "message M { optional int32 x = 1; }"

    assert kinds(with_field, without, "proto2") == ["REQUIRED_FIELD_REMOVED"]
    assert kinds(without, with_field, "proto2") == ["REQUIRED_FIELD_ADDED"]
    assert kinds(optional, with_field, "proto2") == ["REQUIRED_FIELD_ADDED"]
