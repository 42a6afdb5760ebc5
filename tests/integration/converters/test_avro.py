# SPDX-License-Identifier: Apache-2.0
"""AvroConverter beside confluent-kafka's serializers, on one registry."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import fastavro
import pytest
from confluent_kafka.schema_registry import (
    ConfigCompatibilityLevel,
    SchemaReference,
    SchemaRegistryClient,
    ServerConfig,
)
from confluent_kafka.schema_registry import Schema as ConfluentSchema
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from hypothesis import HealthCheck, given, settings

from barnabas.converters.avro import AvroConverter
from barnabas.data import (
    DATE,
    FLOAT64,
    INT8,
    INT64,
    OPTIONAL_STRING,
    STRING,
    TIMESTAMP,
    Headers,
    Schema,
    decimal_schema,
)
from barnabas.errors import DataError, RegistryAnswerError
from tests.services.registry import DevelopmentRegistry
from tests.unit.converters.avro import strategies

PERSON = Schema.struct(
    {
        "id": INT64,
        "age": INT8,
        "name": OPTIONAL_STRING,
        "born": DATE,
        "seen": TIMESTAMP,
        "balance": decimal_schema(2),
        "tags": Schema.array(STRING),
        "scores": Schema.map(STRING, FLOAT64),
        "home": Schema.struct({"city": STRING}, name="com.example.Home", optional=True),
    },
    name="com.example.Person",
    version=1,
)
ADA = {
    "id": 1,
    "age": 36,
    "name": "Ada",
    "born": datetime.date(1815, 12, 10),
    "seen": datetime.datetime(1852, 11, 27, 12, tzinfo=datetime.UTC),
    "balance": Decimal("12.50"),
    "tags": ["x"],
    "scores": {"a": 1.5},
    "home": {"city": "London"},
}


def context(topic: str, headers: list[tuple[str, bytes]] | None = None) -> SerializationContext:
    return SerializationContext(topic, MessageField.VALUE, headers=headers)


@pytest.fixture(name="registry", scope="module")
def _registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevelopmentRegistry]:
    with DevelopmentRegistry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture(name="client")
def _client(registry: DevelopmentRegistry) -> Iterator[SchemaRegistryClient]:
    with SchemaRegistryClient({"url": registry.url}) as client:
        yield client


MakeConverter = Callable[..., AvroConverter]


@pytest.fixture(name="converter")
def _converter(registry: DevelopmentRegistry) -> Iterator[MakeConverter]:
    """Make converters, which are closed in the end."""
    made = []

    def make(**changes: Any) -> AvroConverter:
        avro = AvroConverter()
        changed = {name.replace("_", "."): value for name, value in changes.items()}
        own = {"schema.registry.url": registry.url, "schema.registry.cache.directory": ""}
        avro.configure({**own, **changed}, is_key=False)
        made.append(avro)
        return avro

    yield make
    for avro in made:
        avro.close()


def test_what_we_write_is_read(converter: MakeConverter, client: SchemaRegistryClient) -> None:
    data = converter().from_connect_data("people", None, PERSON, ADA)
    assert AvroDeserializer(client)(data, context("people")) == ADA


def test_what_is_written_we_read(converter: MakeConverter, client: SchemaRegistryClient) -> None:
    ours = converter().from_connect_data("people", None, PERSON, ADA)
    text = client.get_latest_version("people-value").schema.schema_str
    theirs = AvroSerializer(client, text)(ADA, context("people"))
    assert theirs == ours
    assert converter().to_connect_data("people", None, theirs) == (PERSON, ADA)


def test_schemas_of_others_are_read(converter: MakeConverter, client: SchemaRegistryClient) -> None:
    home = '{"type":"record","name":"Home","namespace":"a","fields":[{"name":"c","type":"string"}]}'
    client.register_schema("home", ConfluentSchema(home, "AVRO", []))
    schema = {
        "type": "record",
        "name": "Customer",
        "fields": [
            {"name": "home", "type": ["null", "a.Home"], "default": None},
            {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
            {"name": "either", "type": ["int", "string"]},
        ],
    }
    reference = SchemaReference("a.Home", "home", 1)
    write = AvroSerializer(client, ConfluentSchema(json.dumps(schema), "AVRO", [reference]))
    value = {"home": {"c": "Paris"}, "kind": "B", "either": "x"}
    data = write(value, context("customers"))
    found = converter().to_connect_data("customers", None, data)
    assert found.value == {**value, "either": {"string": "x"}}
    assert found.schema is not None
    assert (found.schema.name, found.schema.version) == ("Customer", 1)


def test_schema_in_a_header_is_read_either_way(
    converter: MakeConverter, client: SchemaRegistryClient
) -> None:
    serializer = "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer"
    headers = Headers()
    made = converter(value_schema_id_serializer=serializer)
    data = made.from_connect_data("headed", headers, STRING, "lengthy")
    header = headers.last_with_name("__value_schema_id")
    assert header is not None
    found = context("headed", [("__value_schema_id", header.value)])
    assert data == b"\x0elengthy"
    assert AvroDeserializer(client)(data, found) == "lengthy"
    assert made.to_connect_data("headed", headers, data).value == "lengthy"


def test_an_incompatible_schema_names_subject_and_setting(converter: MakeConverter) -> None:
    made = converter()
    made.from_connect_data("strict", None, Schema.struct({"a": INT64}, name="R"), {"a": 1})
    other = Schema.struct({"a": STRING}, name="R")
    with pytest.raises(RegistryAnswerError, match=r"strict-value.*auto\.register\.schemas=false"):
        made.from_connect_data("strict", None, other, {"a": "x"})


def test_an_id_the_registry_does_not_know_is_refused(converter: MakeConverter) -> None:
    with pytest.raises(DataError, match=r"topic people.*99999.*schema\.registry\.url"):
        converter().to_connect_data("people", None, b"\0\0\x01\x86\x9f\x02a")


def test_same_schema_is_registered_once_by_many_converters(
    converter: MakeConverter, client: SchemaRegistryClient
) -> None:
    for _ in range(3):
        converter().from_connect_batch("once", PERSON, [ADA, ADA])
    assert client.get_versions("once-value") == [1]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(strategies.schemas_and_batches())
def test_any_schema_is_taken_and_read_by_the_library(
    converter: MakeConverter, client: SchemaRegistryClient, case: tuple[Schema, list[Any]]
) -> None:
    schema, values = case
    made = converter()
    client.set_config("any-value", compatibility_none())
    try:
        data = made.from_connect_batch("any", schema, values)
    except DataError as error:
        if "Can't redefine" in error.message:
            return
        raise
    assert strategies.same(made.to_connect_batch("any", data)[1], values)
    for item in data:
        if item is not None:
            text = client.get_schema(int.from_bytes(item[1:5], "big")).schema_str
            assert text is not None
            read_whole(json.loads(text, object_hook=without_logical_type), item[5:])


def compatibility_none() -> Any:
    return ServerConfig(compatibility=ConfigCompatibilityLevel.NONE)


def without_logical_type(node: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key != "logicalType"}


def read_whole(schema: Any, payload: bytes) -> None:
    if (isinstance(schema, dict) and schema["type"] == "bytes") or schema == "bytes":
        return  # at the root, bytes are as they are
    source = io.BytesIO(payload)
    parsed = fastavro.parse_schema(schema, _ignore_default_error=True)
    fastavro.schemaless_reader(source, parsed, None)
    assert source.read() == b""
