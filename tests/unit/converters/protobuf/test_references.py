# SPDX-License-Identifier: Apache-2.0
"""Imported files as references."""

from __future__ import annotations

import itertools

import pytest

from barnabas.converters.protobuf.references import link, references_of
from barnabas.converters.protobuf.rules import Rules
from barnabas.converters.protobuf.schema_writing import describe
from barnabas.converters.protobuf.settings import ProtobufConverterConfig
from barnabas.data import DATE, TIMESTAMP, Schema
from barnabas.errors import RegistryAnswerError
from barnabas.registry import SchemaDefinition, SchemaReference, make_registry
from barnabas.registry.model import PROTOBUF

SCOPES = itertools.count()
FILE = describe(Schema.struct({"t": TIMESTAMP, "d": DATE}, name="M"), Rules()).file


def settings(**given):
    named = {name.replace("_", "."): value for name, value in given.items()}
    url = f"mock://references-{next(SCOPES)}"
    return ProtobufConverterConfig({"schema.registry.url": url, "converter.type": "value", **named})


def test_known_files_are_no_references():
    config = settings()
    assert references_of(FILE, make_registry(config), config) == ()


def test_known_files_are_registered_when_asked_for():
    config = settings(skip_known_types="false")
    registry = make_registry(config)
    assert references_of(FILE, registry, config) == (
        SchemaReference("google/protobuf/timestamp.proto", "google/protobuf/timestamp.proto", 1),
        SchemaReference("google/type/date.proto", "google/type/date.proto", 1),
    )
    date = registry.latest("google/type/date.proto").definition
    assert date.schema_type == PROTOBUF
    assert "message Date {" in date.text


def test_their_subjects_may_be_written_with_dots():
    strategy = "io.confluent.kafka.serializers.subject.QualifiedReferenceSubjectNameStrategy"
    config = settings(skip_known_types="false", reference_subject_name_strategy=strategy)
    subjects = [each.subject for each in references_of(FILE, make_registry(config), config)]
    assert subjects == ["google.protobuf.timestamp", "google.type.date"]


@pytest.mark.parametrize(
    "setting", [{"reference_lookup_only": "true"}, {"auto_register_schemas": "false"}]
)
def test_references_must_be_there_when_they_are_not_to_be_registered(setting):
    config = settings(skip_known_types="false", **setting)
    with pytest.raises(RegistryAnswerError, match="timestamp"):
        references_of(FILE, make_registry(config), config)


def test_the_latest_version_of_a_reference_is_used_when_asked_for():
    config = settings(
        skip_known_types="false", auto_register_schemas="false", use_latest_version="true"
    )
    registry = make_registry(config)
    registry.set_compatibility("NONE")
    for name in FILE.dependency:
        for number in (1, 2):
            text = f'syntax = "proto3"; message M{number} {{}}'
            registry.register(name, SchemaDefinition(text, PROTOBUF))
    assert [each.version for each in references_of(FILE, registry, config)] == [2, 2]


def test_a_registered_schema_is_linked_with_its_references_and_theirs():
    registry = make_registry(settings())
    inner = SchemaDefinition('syntax = "proto3"; package i; message I { int32 a = 1; }', PROTOBUF)
    registry.register("inner", inner)
    middle = SchemaDefinition(
        'syntax = "proto3"; import "i.proto"; message N { i.I i = 1; }',
        PROTOBUF,
        (SchemaReference("i.proto", "inner", 1),),
    )
    registry.register("middle", middle)
    outer = SchemaDefinition(
        'syntax = "proto3"; import "n.proto"; message M { N n = 1; }',
        PROTOBUF,
        (SchemaReference("n.proto", "middle", 1),),
    )
    message = link(registry, "f", outer).message("M")(n={"i": {"a": 1}})
    assert message.SerializeToString() == b"\x0a\x04\x0a\x02\x08\x01"
