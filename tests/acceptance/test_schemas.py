# SPDX-License-Identifier: Apache-2.0
"""Workers whose converters keep schemas in a registry, as users meet them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from tests.services.kafka import KafkaCluster
from tests.services.registry import DevelopmentRegistry
from tests.services.standalone_worker import StandaloneWorker

SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector"
SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector"
AVRO = "io.confluent.connect.avro.AvroConverter"
JSON_SCHEMA = "io.confluent.connect.json.JsonSchemaConverter"
PROTOBUF = "io.confluent.connect.protobuf.ProtobufConverter"


def lines_through_a_topic(folder: Path, topic: str) -> list[Path]:
    """A file source and a file sink, as JSON."""
    configs = {
        f"{topic}-in": {"connector.class": SOURCE, "file": "in.txt", "topic": topic},
        f"{topic}-out": {"connector.class": SINK, "file": "out.txt", "topics": topic},
    }
    paths = []
    for name, config in configs.items():
        config["file"] = str(folder / config["file"])
        path = folder / f"{name}.json"
        path.write_text(json.dumps({"name": name, "config": config}))
        paths.append(path)
    return paths


def eventually(holds: Callable[[], bool], what: str, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def arrived(folder: Path) -> list[str]:
    path = folder / "out.txt"
    return path.read_text().splitlines() if path.exists() else []


def settings(registry: str, folder: Path, converter: str = AVRO) -> dict[str, str]:
    return {
        "value.converter": converter,
        "value.converter.schema.registry.url": registry,
        "value.converter.schema.registry.cache.directory": str(folder / "copies"),
        "value.converter.retries.wait.ms": "100",
    }


@pytest.mark.parametrize("converter", [AVRO, JSON_SCHEMA, PROTOBUF])
@pytest.mark.parametrize("place", ["Prefix", "Header"])
def test_lines_pass_a_topic_with_their_schema(
    kafka: KafkaCluster,
    schema_registry: DevelopmentRegistry,
    tmp_path: Path,
    name: str,
    converter: str,
    place: str,
) -> None:
    (tmp_path / "in.txt").write_text("one\ntwo\n")
    files = lines_through_a_topic(tmp_path, name)
    own = settings(schema_registry.url, tmp_path, converter)
    own["value.converter.value.schema.id.serializer"] = f"{place}SchemaIdSerializer"
    with StandaloneWorker(tmp_path, kafka.bootstrap_servers, settings=own, files=files):
        eventually(lambda: arrived(tmp_path) == ["one", "two"], "no lines came")
    assert schema_registry.request("GET", f"/subjects/{name}-value/versions").json() == [1]


def test_clients_of_others_read_what_a_worker_wrote(
    kafka: KafkaCluster, schema_registry: DevelopmentRegistry, tmp_path: Path, name: str
) -> None:
    (tmp_path / "in.txt").write_text("one\n")
    files = lines_through_a_topic(tmp_path, name)[:1]
    own = settings(schema_registry.url, tmp_path)
    with StandaloneWorker(tmp_path, kafka.bootstrap_servers, settings=own, files=files):
        (record,) = kafka.consume(name, 1)
    with SchemaRegistryClient({"url": schema_registry.url}) as client:
        read = AvroDeserializer(client)
        assert read(record.value, SerializationContext(name, MessageField.VALUE)) == "one"


def test_worker_starts_and_works_while_the_registry_is_away(
    kafka: KafkaCluster, tmp_path: Path, name: str
) -> None:
    (tmp_path / "in.txt").write_text("one\n")
    files = lines_through_a_topic(tmp_path, name)
    with DevelopmentRegistry(tmp_path / "registry") as registry:
        own = settings(registry.url, tmp_path)
        worker = StandaloneWorker(tmp_path, kafka.bootstrap_servers, settings=own, files=files)
        with worker:
            eventually(lambda: arrived(tmp_path) == ["one"], "no line came")
            registry.kill()
            with (tmp_path / "in.txt").open("a") as file:
                file.write("two\n")
            eventually(lambda: arrived(tmp_path) == ["one", "two"], "none came in the outage")
            worker.terminate()
        with (tmp_path / "in.txt").open("a") as file:
            file.write("three\n")
        with StandaloneWorker(tmp_path, kafka.bootstrap_servers, settings=own, files=files):
            eventually(lambda: "three" in arrived(tmp_path), "none came after the restart")


def test_worker_without_registry_says_where_it_looked(
    kafka: KafkaCluster, tmp_path: Path, name: str
) -> None:
    (tmp_path / "in.txt").write_text("one\n")
    files = lines_through_a_topic(tmp_path, name)[:1]
    own = settings("http://127.0.0.1:1", tmp_path) | {"value.converter.max.retries": "1"}
    with StandaloneWorker(tmp_path, kafka.bootstrap_servers, settings=own, files=files) as worker:
        path = f"/connectors/{name}-in/tasks/0/status"
        eventually(lambda: worker.request("GET", path).json().get("state") == "FAILED", "it lives")
        trace = worker.request("GET", path).json()["trace"]
    assert f"Could not register a schema in subject {name}-value" in trace
    assert "http://127.0.0.1:1" in trace
    assert "schema.registry.url" in trace
