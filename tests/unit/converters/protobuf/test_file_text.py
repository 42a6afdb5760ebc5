# SPDX-License-Identifier: Apache-2.0
"""Files as text, to the byte as Java's serialiser writes them."""

from __future__ import annotations

import pytest

from barnabas.converters.protobuf.file_text import file_text
from barnabas.converters.protobuf.parsing import parse_file

EVERYTHING = """\
syntax = "proto3";
package com.ex;

import "google/protobuf/timestamp.proto";
import public "other.proto";

option java_package = "com.ex";
option java_multiple_files = true;
option optimize_for = SPEED;

message Rec {
  option deprecated = true;

  int32 id = 1 [(confluent.field_meta) = {
    params: [
      {
        key: "connect.type",
        value: "int8"
      }
    ]
  }];
  optional string name = 2 [deprecated = true];
  repeated TagsEntry tags = 3 [
    packed = false,
    (confluent.field_meta) = {
      doc: "say \\"hi\\"",
      tags: [
        "PII",
        "b"
      ]
    }
  ];
  .google.protobuf.Timestamp ts = 7 [json_name = "when"];

  oneof u {
    int32 a = 5;
    Inner b = 6;
  }

  message TagsEntry {
    option map_entry = true;
@@
    string key = 1;
    int32 value = 2;
  }
  message Inner {
    message Deep {
      bool x = 1;
    }
  }
  enum Color {
    option allow_alias = true;
    RED = 0;
    ROSE = 0 [deprecated = true];
  }
}
message Empty {}
enum Size {
  SMALL = 0;
}
""".replace("@@", "  ")  # an empty line inside a message is indented, too


def test_text_in_javas_spelling_stays_the_same():
    assert file_text(parse_file("a", EVERYTHING)) == EVERYTHING


def test_messages_come_before_enums_and_oneofs_behind_fields():
    text = 'syntax = "proto3"; enum E { A = 0; } message M { oneof o { int32 a = 1; } bool b = 2; }'
    assert file_text(parse_file("a", text)) == (
        'syntax = "proto3";\n\n'
        "message M {\n  bool b = 2;\n\n  oneof o {\n    int32 a = 1;\n  }\n}\n"
        "enum E {\n  A = 0;\n}\n"
    )


@pytest.mark.parametrize("label", ["optional", "required", "repeated"])
def test_fields_of_the_older_syntax_keep_their_labels(label):
    text = f'syntax = "proto2";\n\nmessage M {{\n  {label} int32 a = 1;\n}}\n'
    assert file_text(parse_file("a", text)) == text


def test_params_of_decimals_have_their_value_first():
    text = (
        'syntax = "proto3";\n\nmessage M {\n'
        "  confluent.type.Decimal d = 1 [(confluent.field_meta) = {\n    params: [\n"
        '      {\n        value: "8",\n        key: "precision"\n      },\n'
        '      {\n        value: "3",\n        key: "scale"\n      }\n    ]\n  }];\n}\n'
    )
    assert file_text(parse_file("a", text)) == text
