# SPDX-License-Identifier: Apache-2.0
"""What is put together for one schema."""

from __future__ import annotations

import base64
import itertools

import pytest

from barnabas.converters.protobuf.codecs import Decoder, Encoder
from barnabas.converters.protobuf.linking import LinkedFile
from barnabas.converters.protobuf.parsing import parse_file
from barnabas.converters.protobuf.settings import ProtobufConverterConfig
from barnabas.data import INT32, STRING, RecursiveSchema, Schema
from barnabas.errors import DataError
from barnabas.registry import RegisteredSchema, SchemaDefinition, SchemaWriter, make_registry
from barnabas.registry.model import PROTOBUF

SCOPES = itertools.count()
REC = Schema.struct({"id": INT32, "name": STRING}, name="com.ex.Rec")
TEXT = (
    'syntax = "proto3";\npackage com.ex;\n\nmessage Rec {\n  int32 id = 1;\n  string name = 2;\n}\n'
)


def settings(**given):
    named = {name.replace("_", "."): value for name, value in given.items()}
    url = f"mock://codecs-{next(SCOPES)}"
    return ProtobufConverterConfig({"schema.registry.url": url, "converter.type": "value", **named})


def encoder_for(schema, config):
    registry = make_registry(config)
    return Encoder(schema, config, registry), SchemaWriter(registry, config, is_key=False), registry


def decoder_for(text, message="M"):
    definition = SchemaDefinition(text, PROTOBUF)
    registered = RegisteredSchema(definition, 7, subject="t-value", version=2)
    return Decoder(LinkedFile(parse_file("f", text)), message, registered, settings())


def test_a_record_is_framed_with_its_id_and_path_and_its_text_registered():
    encoder, writer, registry = encoder_for(REC, settings())
    framed = encoder.frame("t", writer)
    assert framed.prefix + encoder.encode({"id": 1, "name": "a"}) == b"\0\0\0\0\1\0\x08\1\x12\1a"
    assert registry.latest("t-value").definition == SchemaDefinition(TEXT, PROTOBUF)


def test_the_subject_may_have_the_messages_name():
    strategy = "io.confluent.kafka.serializers.subject.RecordNameStrategy"
    encoder, writer, _ = encoder_for(REC, settings(value_subject_name_strategy=strategy))
    assert encoder.frame("t", writer).subject == "com.ex.Rec"


def test_the_path_is_that_in_the_schema_the_settings_choose():
    config = settings(
        auto_register_schemas="false",
        use_latest_version="true",
        latest_compatibility_strict="false",
    )
    encoder, writer, registry = encoder_for(REC, config)
    text = TEXT.replace("message Rec", "message Other {}\nmessage Rec")
    registry.register("t-value", SchemaDefinition(text, PROTOBUF))
    assert encoder.frame("t", writer).prefix == b"\0\0\0\0\1\2\2"


def test_a_schema_is_registered_serialised_when_asked_for():
    encoder, writer, registry = encoder_for(REC, settings(schema_format="SERIALIZED"))
    encoder.frame("t", writer)
    text = registry.latest("t-value").definition.text
    assert base64.b64decode(text)
    assert parse_file("f", text).message_type[0].name == "Rec"


def test_half_a_surrogate_pair_is_refused():
    encoder, _, _ = encoder_for(REC, settings())
    with pytest.raises(DataError, match=r"message com\.ex\.Rec: a text in it holds half"):
        encoder.encode({"id": 1, "name": "\ud800"})


def test_values_without_end_are_refused():
    inner = RecursiveSchema(optional=True)
    node = Schema.struct({"next": inner}, name="Node")
    inner.resolve(node)
    value = {}
    value["next"] = value
    encoder, _, _ = encoder_for(node, settings())
    with pytest.raises(DataError, match="nested too deeply"):
        encoder.encode(value)


def test_bytes_become_the_value_of_a_schema_with_a_version():
    decoder = decoder_for('syntax = "proto3"; message M { int32 a = 1; }')
    assert decoder.schema.version == 2
    assert decoder.decode(b"\x08\x05") == {"a": 5}


@pytest.mark.parametrize("payload", [b"\x08", b"\x12\x01\xff", b"\xff" * 12])
def test_bytes_that_are_no_such_message_are_refused_with_schema_and_subject(payload):
    decoder = decoder_for('syntax = "proto3"; message M { int32 a = 1; string b = 2; }')
    with pytest.raises(DataError, match=r"no message M of schema 7, subject t-value: .*damaged"):
        decoder.decode(payload)


def test_values_connect_cannot_express_are_refused_with_schema_and_subject():
    text = (
        'syntax = "proto3"; import "google/type/date.proto"; message M { google.type.Date d = 1; }'
    )
    with pytest.raises(DataError, match=r'field "d": Invalid Date.*\(message M of schema 7'):
        decoder_for(text).decode(b"\x0a\x02\x08\x05")
