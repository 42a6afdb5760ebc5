# SPDX-License-Identifier: Apache-2.0
"""Descriptors that know Confluent's options."""

from __future__ import annotations

from google.protobuf import descriptor_pb2

from barnabas.converters.protobuf import descriptor_classes as classes
from barnabas.converters.protobuf.linking import LinkedFile


def test_parameters_of_a_field_survive_linking_in_another_pool():
    file = classes.FileDescriptorProto(name="f", syntax="proto3")
    field = file.message_type.add(name="M").field.add(name="a", number=1, type=5, label=1)
    classes.set_field_parameters(field, {"connect.type": "int8"})
    linked = LinkedFile(file).descriptor("M").fields[0]
    assert classes.field_parameters(linked) == {"connect.type": "int8"}


def test_a_field_without_options_has_no_parameters():
    file = classes.FileDescriptorProto(name="f", syntax="proto3")
    field = file.message_type.add(name="M").field.add(name="a", number=1, type=5, label=1)
    classes.set_field_parameters(field, {})
    assert not field.HasField("options")
    assert classes.field_parameters(LinkedFile(file).descriptor("M").fields[0]) == {}


def test_the_number_of_the_option_is_confluents():
    field = classes.FieldDescriptorProto()
    classes.set_field_parameters(field, {"k": "v"})
    # field 8 (options) > field 1088 > field 2 (params) > key, value
    assert field.SerializeToString() == b"\x42\x0b\x82\x44\x08\x12\x06\x0a\x01k\x12\x01v"


def test_the_pool_all_libraries_share_knows_nothing_of_them():
    pool = descriptor_pb2.DESCRIPTOR.pool
    ours = classes.FileDescriptorProto.DESCRIPTOR.file.pool
    assert ours is not pool
