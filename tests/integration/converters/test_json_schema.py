# SPDX-License-Identifier: Apache-2.0
"""JsonSchemaConverter beside confluent-kafka's serializers, on one registry."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema as ConfluentSchema
from confluent_kafka.schema_registry import SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from hypothesis import HealthCheck, given, settings

from barnabas.converters.json_schema import JsonSchemaConverter
from barnabas.data import (
    FLOAT64,
    INT64,
    OPTIONAL_STRING,
    STRING,
    TIMESTAMP,
    Headers,
    Schema,
    decimal_schema,
)
from barnabas.errors import DataError
from tests.services.registry import DevelopmentRegistry
from tests.unit.converters.json import strategies

CONTEXT = SerializationContext("people", MessageField.VALUE)
PERSON = Schema.struct(
    {
        "id": INT64,
        "name": OPTIONAL_STRING,
        "born": TIMESTAMP,
        "balance": decimal_schema(2),
        "tags": Schema.array(STRING),
        "scores": Schema.map(STRING, FLOAT64),
    },
    name="com.example.Person",
    version=1,
)
ADA = {
    "id": 1,
    "name": "Ada",
    "born": datetime.datetime(1815, 12, 10, tzinfo=datetime.UTC),
    "balance": Decimal("12.50"),
    "tags": ["x"],
    "scores": {"a": 1.5},
}
ADA_AS_JSON = {**ADA, "born": -4861728000000, "balance": "BOI="}


@pytest.fixture(name="registry", scope="module")
def _registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevelopmentRegistry]:
    with DevelopmentRegistry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture(name="client")
def _client(registry: DevelopmentRegistry) -> Iterator[SchemaRegistryClient]:
    with SchemaRegistryClient({"url": registry.url}) as client:
        yield client


MakeConverter = Callable[..., JsonSchemaConverter]


@pytest.fixture(name="converter")
def _converter(registry: DevelopmentRegistry) -> Iterator[MakeConverter]:
    """Make converters, which are closed in the end."""
    made = []

    def make(**changes: Any) -> JsonSchemaConverter:
        json_schema = JsonSchemaConverter()
        changed = {name.replace("_", "."): value for name, value in changes.items()}
        own = {"schema.registry.url": registry.url, "schema.registry.cache.directory": ""}
        json_schema.configure({**own, **changed}, is_key=False)
        made.append(json_schema)
        return json_schema

    yield make
    for json_schema in made:
        json_schema.close()


def test_what_we_write_is_read(converter: MakeConverter, client: SchemaRegistryClient) -> None:
    data = converter().from_connect_data("people", None, PERSON, ADA)
    read = JSONDeserializer(None, schema_registry_client=client, conf={"validate": True})
    assert read(data, CONTEXT) == ADA_AS_JSON


def test_what_is_written_we_read(converter: MakeConverter, client: SchemaRegistryClient) -> None:
    ours = converter().from_connect_data("people", None, PERSON, ADA)
    text = client.get_latest_version("people-value").schema.schema_str
    write = JSONSerializer(text, client)
    theirs = write(ADA_AS_JSON, CONTEXT)
    assert theirs[:5] == ours[:5]
    assert converter().to_connect_data("people", None, theirs) == (PERSON, ADA)


def test_schemas_of_others_are_read(converter: MakeConverter, client: SchemaRegistryClient) -> None:
    address = {"type": "object", "properties": {"city": {"type": "string"}}}
    client.register_schema("address", ConfluentSchema(json.dumps(address), "JSON", []))
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Customer",
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "home": {"oneOf": [{"type": "null"}, {"$ref": "address.json"}]},
        },
    }
    reference = SchemaReference("address.json", "address", 1)
    write = JSONSerializer(ConfluentSchema(json.dumps(schema), "JSON", [reference]), client)
    context = SerializationContext("customers", MessageField.VALUE)
    data = write({"id": 1, "home": {"city": "Paris"}}, context)
    found = converter().to_connect_data("customers", None, data)
    home = Schema.struct({"city": STRING}, optional=True)
    fields = {"id": INT64, "home": home}
    assert found.schema == Schema.struct(fields, name="Customer", version=1)
    assert found.value == {"id": 1, "home": {"city": "Paris"}}


def test_schema_in_a_header_is_read_either_way(
    converter: MakeConverter, client: SchemaRegistryClient
) -> None:
    serializer = "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer"
    headers = Headers()
    data = converter(value_schema_id_serializer=serializer).from_connect_data(
        "headed", headers, STRING, "x"
    )
    header = headers.last_with_name("__value_schema_id")
    assert header is not None
    context = SerializationContext(
        "headed", MessageField.VALUE, headers=[("__value_schema_id", header.value)]
    )
    read = JSONDeserializer(None, schema_registry_client=client)
    assert data == b'"x"'
    assert read(data, context) == "x"


def test_same_schema_is_registered_once_by_many_converters(
    converter: MakeConverter, client: SchemaRegistryClient
) -> None:
    for _ in range(3):
        converter().from_connect_data("once", None, PERSON, ADA)
    assert client.get_versions("once-value") == [1]


def test_incompatible_schema_is_refused_with_a_hint(converter: MakeConverter) -> None:
    json_schema = converter()
    json_schema.from_connect_data("strict", None, Schema.struct({"a": INT64}), {"a": 1})
    with pytest.raises(DataError, match=r"topic strict: .*strict-value.*compatib"):
        json_schema.from_connect_data("strict", None, Schema.struct({"a": STRING}), {"a": "x"})


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(case=strategies.schemas_and_batches())
def test_any_schema_and_value_is_valid_for_the_other_program(
    case: tuple[Schema, list[Any]], converter: MakeConverter, client: SchemaRegistryClient
) -> None:
    schema, values = case
    client.set_compatibility("any-value", "NONE")
    json_schema = converter()
    read = JSONDeserializer(None, schema_registry_client=client, conf={"validate": True})
    context = SerializationContext("any", MessageField.VALUE)
    for data in json_schema.from_connect_batch("any", schema, values):
        assert data is not None
        assert read(data, context) == json.loads(data[5:])
