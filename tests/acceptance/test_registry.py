# SPDX-License-Identifier: Apache-2.0
"""``barnabas registry`` as users run it: in memory, on a topic, with the clients they have."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from tests.services.kafka import KafkaCluster
from tests.services.ports import free_port
from tests.services.registry import DevelopmentRegistry
from tests.services.standalone_worker import PROGRAM

STRING, LONG = {"schema": '"string"'}, {"schema": '"long"'}
OnTopic = Callable[[], DevelopmentRegistry]


@pytest.fixture
def on_topic(kafka: KafkaCluster, name: str, tmp_path: Path) -> Iterator[OnTopic]:
    """Start registries on one topic of their own, one after the other."""
    started: list[DevelopmentRegistry] = []

    def start() -> DevelopmentRegistry:
        folder = tmp_path / str(len(started))
        registry = DevelopmentRegistry(folder, kafka.bootstrap_servers, "--topic", name)
        started.append(registry)
        registry.start()
        return registry

    yield start
    for registry in started:
        registry.kill()


def test_registry_in_memory_starts_soon_and_says_what_it_is_for(tmp_path: Path) -> None:
    began = time.monotonic()
    with DevelopmentRegistry(tmp_path) as registry:
        took_s = time.monotonic() - began
        assert registry.request("POST", "/subjects/s/versions", STRING).json()["id"] == 1
        assert "Schema Registry for development" in registry.log.read_text()
        assert registry.terminate() == 0
    assert took_s < 10  # it is 0.5 s where nothing else runs


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_signals_end_it(tmp_path: Path, number: signal.Signals) -> None:
    with DevelopmentRegistry(tmp_path) as registry:
        registry.process.send_signal(number)
        assert registry.process.wait(15) == 0


def run(*options: str) -> tuple[int, str]:
    """Run a registry that cannot start; returns its exit code and what it said."""
    command = [str(PROGRAM), "registry", *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr.splitlines()[-1]


def test_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, told = run("--port", str(port))
    assert code == 2
    assert told.startswith(f"barnabas: Cannot listen on 127.0.0.1:{port}: ")
    assert "--port" in told


def test_broker_that_is_not_there_is_told() -> None:
    code, told = run("--port", "0", "--bootstrap-servers", f"127.0.0.1:{free_port()}")
    assert code == 2
    assert "no broker answers there" in told
    assert "--bootstrap-servers" in told


def test_schemas_on_a_topic_outlive_the_registry(on_topic: OnTopic) -> None:
    first = on_topic()
    first.request("PUT", "/config/s", {"compatibility": "NONE"})
    first.request("POST", "/subjects/s/versions", STRING)
    first.request("POST", "/subjects/s/versions", LONG)
    first.request("POST", "/subjects/gone/versions", STRING)
    first.request("DELETE", "/subjects/gone")
    first.kill()

    second = on_topic()

    assert second.request("GET", "/subjects").json() == ["s"]
    assert second.request("GET", "/subjects?deleted=true").json() == ["gone", "s"]
    assert second.request("GET", "/subjects/s/versions/2").json()["id"] == 2
    assert second.request("GET", "/config/s").json() == {"compatibilityLevel": "NONE"}
    answer = second.request("POST", "/subjects/s/versions", {"schema": '"int"'})
    assert answer.json()["id"] == 3


def test_topic_holds_what_another_registry_reads(
    on_topic: OnTopic, kafka: KafkaCluster, name: str
) -> None:
    registry = on_topic()
    registry.request("POST", "/subjects/s/versions", STRING)
    registry.request("PUT", "/config", {"compatibility": "FULL"})
    registry.request("DELETE", "/subjects/s")
    registry.request("DELETE", "/subjects/s?permanent=true")

    records = [
        (json.loads(one.key or b""), json.loads(one.value) if one.value else None)
        for one in kafka.records(name)
    ]

    key = {"keytype": "SCHEMA", "subject": "s", "version": 1, "magic": 1}
    value = {"subject": "s", "version": 1, "id": 1, "schema": '"string"', "deleted": False}
    assert records == [
        (key, value),
        ({"keytype": "CONFIG", "magic": 0}, {"compatibilityLevel": "FULL"}),
        (
            {"keytype": "DELETE_SUBJECT", "subject": "s", "magic": 0},
            {"subject": "s", "version": 1},
        ),
        (key, None),
    ]


@pytest.fixture
def client(schema_registry: DevelopmentRegistry) -> Iterator[SchemaRegistryClient]:
    with SchemaRegistryClient({"url": schema_registry.url}) as client:
        yield client


@pytest.fixture
def reader(schema_registry: DevelopmentRegistry) -> Iterator[SchemaRegistryClient]:
    """A client that has nothing in its cache."""
    with SchemaRegistryClient({"url": schema_registry.url}) as client:
        yield client


def test_client_of_confluent_registers_and_looks_up(
    client: SchemaRegistryClient, name: str
) -> None:
    schema = Schema('{"type":"enum","name":"E","symbols":["A"]}', "AVRO")
    schema_id = client.register_schema(name, schema)
    referring = Schema('["null","E"]', "AVRO", [SchemaReference("E", name, 1)])
    client.register_schema(f"{name}-referring", referring)

    assert client.get_schema(schema_id).schema_type == "AVRO"
    found = client.lookup_schema(name, schema)
    assert (found.schema_id, found.version) == (schema_id, 1)
    assert client.get_schema_by_guid(found.guid).schema_str == found.schema.schema_str
    assert client.get_latest_version(name).version == 1
    assert client.get_versions(name) == [1]
    assert name in client.get_subjects()
    assert client.get_referenced_by(name, 1) != []
    with pytest.raises(SchemaRegistryError) as refused:
        client.delete_subject(name)
    assert refused.value.error_code == 42206
    for subject in (f"{name}-referring", name):
        assert client.delete_subject(subject) == [1]
        assert client.delete_subject(subject, permanent=True) == [1]


def test_client_of_confluent_sets_levels_and_modes(client: SchemaRegistryClient, name: str) -> None:
    client.register_schema(name, Schema('"int"', "AVRO"))
    client.set_compatibility(name, "FULL")

    assert client.get_compatibility(name) == "FULL"
    assert client.test_compatibility(name, Schema('"int"', "AVRO"))
    assert not client.test_compatibility(name, Schema('"long"', "AVRO"))
    assert client.get_global_mode() == "READWRITE"
    assert client.get_schema_types() == ["JSON", "PROTOBUF", "AVRO"]
    with pytest.raises(SchemaRegistryError) as unknown:
        client.get_schema(1_000_000)
    assert (unknown.value.http_status_code, unknown.value.error_code) == (404, 40403)


def test_serialisers_of_confluent_write_and_read(
    client: SchemaRegistryClient, reader: SchemaRegistryClient, name: str
) -> None:
    avro = '{"type":"record","name":"R","fields":[{"name":"x","type":"int"}]}'
    context = SerializationContext(f"{name}-avro", MessageField.VALUE)
    data = AvroSerializer(client, avro)({"x": 3}, context)
    assert AvroDeserializer(reader)(data, context) == {"x": 3}

    json_schema = '{"title":"R","type":"object","properties":{"x":{"type":"integer"}}}'
    context = SerializationContext(f"{name}-json", MessageField.VALUE)
    data = JSONSerializer(json_schema, client)({"x": 3}, context)
    assert JSONDeserializer(None, schema_registry_client=reader)(data, context) == {"x": 3}

    message = make_message()
    context = SerializationContext(f"{name}-protobuf", MessageField.VALUE)
    settings = {"use.deprecated.format": False}
    data = ProtobufSerializer(message, client, settings)(message(x=3), context)
    read = ProtobufDeserializer(message, settings, schema_registry_client=reader)(data, context)
    assert read.x == 3
    latest = reader.get_latest_version(f"{name}-protobuf-value").schema.schema_str
    assert "message Reading {" in latest


def make_message() -> type:
    """Make a class of messages, as ``protoc`` would."""
    file = descriptor_pb2.FileDescriptorProto(
        name="barnabas_reading.proto", package="barnabas.tests", syntax="proto3"
    )
    file.message_type.add(name="Reading").field.add(name="x", number=1, type=5, label=1)
    descriptor_pool.Default().Add(file)
    found = descriptor_pool.Default().FindMessageTypeByName("barnabas.tests.Reading")
    return message_factory.GetMessageClass(found)
