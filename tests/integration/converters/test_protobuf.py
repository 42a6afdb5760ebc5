# SPDX-License-Identifier: Apache-2.0
"""ProtobufConverter beside Confluent's own client for Python, on one registry.

Both share nothing but the registry and the bytes: message classes are made by protoc.
"""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from confluent_kafka.schema_registry import (
    SchemaRegistryClient,
    header_schema_id_serializer,
)
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import json_format

from barnabas import data
from barnabas.converters.protobuf import ProtobufConverter, names
from barnabas.data import Headers, Schema, decimal_schema
from tests.integration.converters.message_classes import compiled

HEADERS = "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer"
MOMENT = datetime.datetime(2020, 2, 29, 12, 30, 0, 5000, tzinfo=datetime.UTC)
INNER = Schema.struct({"x": data.INT32, "y": data.OPTIONAL_STRING}, name="com.ex.Inner")
COLOR = Schema(
    data.Type.STRING,
    name="Color",
    parameters={names.ENUM: "Color", f"{names.ENUM}.RED": "0", f"{names.ENUM}.BLUE": "5"},
)
REC = Schema.struct(
    {
        "id": data.INT64,
        "name": data.OPTIONAL_STRING,
        "ratio": data.FLOAT32,
        "exact": data.FLOAT64,
        "on": data.BOOLEAN,
        "raw": data.BYTES,
        "unsigned": data.INT64.with_attributes(parameters={names.TYPE: "fixed64"}),
        "tags": Schema.array(data.STRING),
        "counts": Schema.map(data.STRING, data.INT64, name="counts"),
        "inner": INNER,
        "many": Schema.array(INNER),
        "color": COLOR,
        "day": data.DATE,
        "clock": data.TIME,
        "moment": data.TIMESTAMP,
        "price": decimal_schema(2),
    },
    name="com.ex.Rec",
)
VALUE = {
    "id": -(2**60),
    "name": "é",
    "ratio": 1.5,
    "exact": 1e300,
    "on": True,
    "raw": b"\0\xff",
    "unsigned": -1,
    "tags": ["a", ""],
    "counts": {"a": 1, "b": 0},
    "inner": {"x": 5, "y": "in"},
    "many": [{"x": 1, "y": "p"}, {"x": 0, "y": ""}],
    "color": "BLUE",
    "day": datetime.date(2020, 2, 29),
    "clock": datetime.time(23, 59, 58, 7000),
    "moment": MOMENT,
    "price": Decimal("-12.50"),
}
PYTHON = """\
syntax = "proto3";
package com.ex;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "google/type/date.proto";
import "confluent/type/decimal.proto";
import "confluent/meta.proto";
message First {}
message Outer {
  message Hidden {}
  message Event {
    int32 small = 1 [(confluent.field_meta).params = {key: "connect.type" value: "int8"}];
    optional string note = 2;
    map<string, Part> parts = 3;
    oneof choice { int64 number = 4; Part part = 5; }
    Kind kind = 6;
    google.protobuf.Timestamp at = 7;
    google.type.Date day = 8;
    confluent.type.Decimal price = 9;
    google.protobuf.StringValue word = 10;
    repeated sint32 deltas = 11;
    Event next = 12;
    message Part { bool there = 1; }
    enum Kind { NONE = 0; SOME = 3; }
  }
}
"""


@pytest.fixture
def client(schema_registry):
    with SchemaRegistryClient({"url": schema_registry.url}) as client:
        yield client


@pytest.fixture
def context(name):
    return SerializationContext(name, MessageField.VALUE)


@pytest.fixture
def converter_with(schema_registry):
    """Make converters, which are closed in the end."""
    made = []

    def make(**given):
        named = {setting.replace("_", "."): value for setting, value in given.items()}
        converter = ProtobufConverter()
        own = {"schema.registry.url": schema_registry.url, "schema.registry.cache.directory": ""}
        converter.configure({**own, **named}, is_key=False)
        made.append(converter)
        return converter

    yield make
    for converter in made:
        converter.close()


def serializer_for(message_class, client, **more):
    conf = {"subject.name.strategy.type": "TOPIC", **more}
    return ProtobufSerializer(message_class, client, conf)


def event(folder):
    """Make a message of a class in a class, as Python programs have them."""
    outer = compiled(folder, "event.proto", PYTHON)["Outer"]
    message = outer.Event(
        small=-5,
        note="",
        parts={"a": {"there": True}},
        number=7,
        kind=3,
        at={"seconds": 1, "nanos": 5_000_000},
        day={"year": 2020, "month": 2, "day": 29},
        price={"value": b"\x7d", "precision": 3, "scale": 2},
        deltas=[-1, 0],
        next={"note": "inner"},
    )
    message.word.value = "w"
    return message


def test_protoc_reads_our_schema_and_pythons_deserializer_our_bytes(
    converter_with, client, context, name, tmp_path
):
    written = converter_with().from_connect_data(name, None, REC, VALUE)
    text = client.get_latest_version(f"{name}-value").schema.schema_str
    with_meta = text.replace("\nimport", '\nimport "confluent/meta.proto";\nimport', 1)
    message_class = compiled(tmp_path, "rec.proto", with_meta)["Rec"]
    read = ProtobufDeserializer(message_class, {}, client)(written, context)
    assert json_format.MessageToDict(read) == {
        "id": str(-(2**60)),
        "name": "é",
        "ratio": 1.5,
        "exact": 1e300,
        "on": True,
        "raw": "AP8=",
        "unsigned": str(2**64 - 1),
        "tags": ["a", ""],
        "counts": [{"key": "a", "value": "1"}, {"key": "b"}],
        "inner": {"x": 5, "y": "in"},
        "many": [{"x": 1, "y": "p"}, {}],
        "color": "BLUE",
        "day": {"year": 2020, "month": 2, "day": 29},
        "clock": {"hours": 23, "minutes": 59, "seconds": 58, "nanos": 7_000_000},
        "moment": "2020-02-29T12:30:00.005Z",
        "price": {"value": "+x4=", "precision": 4, "scale": 2},
    }


def test_what_python_writes_is_read(converter_with, client, context, name, tmp_path):
    message = event(tmp_path)
    written = serializer_for(type(message), client)(message, context)
    read = converter_with().to_connect_data(name, None, written)
    assert read.schema.name == "Event"
    assert read.schema.version == 1
    assert {field.name: read.value[field.name] for field in read.schema.fields} == {
        "choice_0": {"number": 7},
        "small": -5,
        "note": "",
        "parts": {"a": {"there": True}},
        "kind": "SOME",
        "at": datetime.datetime(1970, 1, 1, 0, 0, 1, 5000, tzinfo=datetime.UTC),
        "day": datetime.date(2020, 2, 29),
        "price": Decimal("1.25"),
        "word": "w",
        "deltas": [-1, 0],
        "next": {
            **dict.fromkeys(["choice_0", "at", "day", "price", "word", "next"]),
            "small": 0,
            "note": "inner",
            "parts": {},
            "kind": "NONE",
            "deltas": [],
        },
    }
    assert read.schema.field("small").schema.type is data.Type.INT8


def test_what_python_wrote_is_written_again_with_the_same_bytes(
    converter_with, client, context, name, tmp_path
):
    message = event(tmp_path)
    written = serializer_for(type(message), client)(message, context)
    converter = converter_with(optional_for_nullables="true", wrapper_for_raw_primitives="false")
    read = converter.to_connect_data(name, None, written)
    again = converter.from_connect_data(f"{name}-again", None, read.schema, read.value)
    message_class = type(message)
    assert message_class.FromString(again[6:]) == message_class.FromString(
        message.SerializeToString()
    )


def test_schemas_told_in_headers_are_understood_both_ways(
    converter_with, client, context, name, tmp_path
):
    converter = converter_with(value_schema_id_serializer=HEADERS)
    headers = Headers()
    schema = Schema.struct({"a": data.INT32}, name="H")
    written = converter.from_connect_data(name, headers, schema, {"a": 5})
    text = client.get_latest_version(f"{name}-value").schema.schema_str
    message_class = compiled(tmp_path, "h.proto", text)["H"]
    context.headers = [(header.key, header.value) for header in headers]
    assert ProtobufDeserializer(message_class, {}, client)(written, context).a == 5

    context.headers = []
    serializer = serializer_for(
        message_class, client, **{"schema.id.serializer": header_schema_id_serializer}
    )
    theirs = serializer(message_class(a=6), context)
    taken = Headers()
    for key, value in context.headers:
        taken.add(key, value)
    assert converter.to_connect_data(name, taken, theirs).value == {"a": 6}


def test_imports_python_registered_as_references_are_followed(
    converter_with, client, context, name, tmp_path
):
    (tmp_path / f"{name}.proto").write_text(
        'syntax = "proto3"; package part; message Part { int32 x = 1; }'
    )
    text = f'syntax = "proto3"; import "{name}.proto"; message Whole {{ part.Part part = 1; }}'
    whole = compiled(tmp_path, "whole.proto", text)["Whole"]
    written = serializer_for(whole, client)(whole(part={"x": 5}), context)
    assert client.get_latest_version(f"{name}-value").schema.references[0].name == f"{name}.proto"
    assert converter_with().to_connect_data(name, None, written).value == {"part": {"x": 5}}


def test_known_files_registered_as_references_are_understood_by_python(
    converter_with, client, context, name, tmp_path
):
    converter = converter_with(skip_known_types="false")
    schema = Schema.struct({"at": data.TIMESTAMP}, name="At")
    written = converter.from_connect_data(name, None, schema, {"at": MOMENT})
    registered = client.get_latest_version(f"{name}-value").schema
    assert [each.name for each in registered.references] == ["google/protobuf/timestamp.proto"]
    message_class = compiled(tmp_path, "at.proto", registered.schema_str)["At"]
    read = ProtobufDeserializer(message_class, {}, client)(written, context)
    assert read.at.ToDatetime(datetime.UTC) == MOMENT
    assert converter.to_connect_data(name, None, written).value == {"at": MOMENT}
