# SPDX-License-Identifier: Apache-2.0
"""Files every reader of Protobuf has."""

from __future__ import annotations

import pytest

from barnabas.converters.protobuf.file_text import file_text
from barnabas.converters.protobuf.known_files import KNOWN_FILES, known_file
from barnabas.converters.protobuf.linking import LinkedFile


@pytest.mark.parametrize("name", sorted(KNOWN_FILES))
def test_every_known_file_is_there_and_can_be_linked(name):
    file = known_file(name)
    assert file.name == name
    LinkedFile(file)


def test_other_files_are_not_known():
    with pytest.raises(KeyError):
        known_file("google/protobuf/other.proto")


def test_confluents_decimal_is_spelt_as_java_registers_it():
    assert file_text(known_file("confluent/type/decimal.proto")) == (
        'syntax = "proto3";\npackage confluent.type;\n\n'
        'option java_package = "io.confluent.protobuf.type";\n'
        'option java_outer_classname = "DecimalProto";\noption java_multiple_files = true;\n\n'
        "message Decimal {\n  bytes value = 1;\n  uint32 precision = 2;\n  int32 scale = 3;\n}\n"
    )


def test_googles_timestamp_is_spelt_as_java_registers_it():
    assert file_text(known_file("google/protobuf/timestamp.proto")) == (
        'syntax = "proto3";\npackage google.protobuf;\n\n'
        'option java_package = "com.google.protobuf";\n'
        'option java_outer_classname = "TimestampProto";\noption java_multiple_files = true;\n'
        'option go_package = "google.golang.org/protobuf/types/known/timestamppb";\n'
        'option cc_enable_arenas = true;\noption objc_class_prefix = "GPB";\n'
        'option csharp_namespace = "Google.Protobuf.WellKnownTypes";\n\n'
        'message Timestamp {\n  int64 seconds = 1 [json_name = "seconds"];\n'
        '  int32 nanos = 2 [json_name = "nanos"];\n}\n'
    )
