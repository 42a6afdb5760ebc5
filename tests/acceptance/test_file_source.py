# SPDX-License-Identifier: Apache-2.0
"""A topic becomes files, and files become a topic again: the same records, in the same order."""

from __future__ import annotations

import datetime
import io
import json
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import pytest

from tests.services.connect_cluster import BARNABAS, ConnectCluster
from tests.services.hdfs import HdfsCluster
from tests.services.kafka import KafkaCluster
from tests.services.registry import DevelopmentRegistry
from tests.services.s3 import S3Server
from tests.services.standalone_worker import StandaloneWorker

DIRECTORY = "barnabas.connectors.directory.DirectorySourceConnector"
S3 = "io.confluent.connect.s3.source.S3SourceConnector"
HDFS = "io.confluent.connect.hdfs3.Hdfs3SourceConnector"
PARTITIONS, COUNT = 3, 40
SCHEMA = {
    "type": "record",
    "name": "Order",
    "namespace": "org.example",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "who", "type": ["null", "string"], "default": None},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {
            "name": "price",
            "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
        },
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {
            "name": "place",
            "type": {
                "type": "record",
                "name": "Place",
                "fields": [{"name": "city", "type": "string"}],
            },
        },
    ],
}
QUICK = {
    "consumer.override.auto.offset.reset": "earliest",
    "consumer.override.session.timeout.ms": "1500",
    "consumer.override.heartbeat.interval.ms": "400",
}
CONVERTERS = {
    "parquet": "io.confluent.connect.avro.AvroConverter",
    "avro": "io.confluent.connect.avro.AvroConverter",
    "json": "org.apache.kafka.connect.json.JsonConverter",
    "string": "org.apache.kafka.connect.storage.StringConverter",
}
CLASSES = {
    "parquet": "parquet.ParquetFormat",
    "avro": "avro.AvroFormat",
    "json": "json.JsonFormat",
    "string": "string.StringFormat",
}


def order(partition: int, number: int) -> dict[str, Any]:
    return {
        "id": partition * 1000 + number,
        "who": None if number % 3 else f"w{number}",
        "day": datetime.date(2026, 11, 1 + number % 28),
        "at": datetime.datetime(2026, 11, 23, 1, 2, number, 5000, tzinfo=datetime.UTC),
        "price": Decimal(number).scaleb(-2),
        "tags": ["a"] * (number % 3),
        "place": {"city": f"city {number}"},
    }


class Trip:
    """A topic, the files it is written to, and the topic they are read into."""

    def __init__(
        self, kafka: KafkaCluster, registry: DevelopmentRegistry, form: str, name: str
    ) -> None:
        self.kafka, self.registry, self.form = kafka, registry, form
        self.topic, self.target = f"{name}-{form}", f"{name}-{form}-back"
        for topic in (self.topic, self.target):
            kafka.create_topic(topic, partitions=PARTITIONS)

    @property
    def common(self) -> dict[str, str]:
        return {
            "format.class": f"io.confluent.connect.hdfs3.{CLASSES[self.form]}",
            "value.converter": CONVERTERS[self.form],
            "value.converter.schemas.enable": "false",
            "value.converter.schema.registry.url": self.registry.url,
            "topics": self.topic,
        }

    def produce(self) -> None:
        for partition in range(PARTITIONS):
            rows = [order(partition, number) for number in range(COUNT)]
            if self.form in ("parquet", "avro"):
                body = {"schema": json.dumps(SCHEMA)}
                path = f"/subjects/{self.topic}-value/versions"
                number = self.registry.request("POST", path, body).json()["id"]
                values = [b"\0" + number.to_bytes(4, "big") + _bytes(row) for row in rows]
            else:
                values = [json.dumps(row, default=str).encode() for row in rows]
            self.kafka.produce(self.topic, values, partition=partition)

    def read(self, topic: str) -> dict[int, list[Any]]:
        """Return the values of a topic by partition, in order."""
        found: dict[int, list[Any]] = {number: [] for number in range(PARTITIONS)}
        for record in self.kafka.records(topic):
            assert record.value is not None
            found[record.partition].append(self.decode(record.value))
        return found

    def decode(self, value: bytes) -> Any:
        if self.form == "string":
            return value
        if self.form == "json":
            return json.loads(value)
        return fastavro.schemaless_reader(io.BytesIO(value[5:]), self.schema(value), None)

    def schema(self, value: bytes) -> Any:
        number = int.from_bytes(value[1:5], "big")
        return json.loads(self.registry.request("GET", f"/schemas/ids/{number}").json()["schema"])

    def is_back(self) -> bool:
        return sum(self.kafka.end_offsets(self.target).values()) >= PARTITIONS * COUNT


def _bytes(row: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(SCHEMA), row)
    return out.getvalue()


def store_of(
    source: str, name: str, folder: Path, request: pytest.FixtureRequest
) -> tuple[str, dict[str, str]]:
    """Return the class of the sink that goes with a source, and the settings of both."""
    if source == S3:
        s3: S3Server = request.getfixturevalue("s3")
        return "io.confluent.connect.s3.S3SinkConnector", {
            "store.url": s3.url,
            "s3.bucket.name": s3.make_bucket(name),
            "aws.access.key.id": s3.access_key,
            "aws.secret.access.key": s3.secret_key,
        }
    url = folder.as_uri()
    if source == HDFS:
        hdfs: HdfsCluster = request.getfixturevalue("hdfs")
        url = f"{hdfs.url}/{name}"
    return "io.confluent.connect.hdfs3.Hdfs3SinkConnector", {"store.url": url}


def without_connect(schema: Any) -> Any:
    """Leave out of an Avro schema what only Connect reads."""
    if isinstance(schema, list):
        return [without_connect(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {k: without_connect(v) for k, v in schema.items() if not k.startswith("connect.")}


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("source", "forms"),
    [(DIRECTORY, ("parquet", "string")), (HDFS, ("avro", "json")), (S3, ("parquet", "json"))],
    ids=["directory", "hdfs", "s3"],
)
def test_a_topic_comes_back_from_files(  # noqa: PLR0917 - fixtures
    kafka: KafkaCluster,
    worker: StandaloneWorker,
    schema_registry: DevelopmentRegistry,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    source: str,
    forms: tuple[str, ...],
) -> None:
    base = f"back-{uuid.uuid4().hex[:8]}"
    sink_class, store = store_of(source, base, tmp_path, request)
    trips = [Trip(kafka, schema_registry, form, base) for form in forms]
    for trip in trips:
        trip.produce()
        sink = {
            **trip.common,
            **QUICK,
            **store,
            "connector.class": sink_class,
            "flush.size": str(COUNT // 2),
        }
        worker.put_connector(f"{trip.topic}-sink", sink)
        back = {
            **trip.common,
            **store,
            "connector.class": source,
            "target.topic": trip.target,
            "hdfs.poll.interval.ms": "300",
            "s3.poll.interval.ms": "300",
            "poll.interval.ms": "300",
        }
        worker.put_connector(f"{trip.topic}-source", back)

    for trip in trips:
        worker.wait_until(trip.is_back, 60, f"all records in {trip.target}")
        assert trip.read(trip.target) == trip.read(trip.topic)

    (record, *_) = kafka.records(trips[0].target)
    assert record.value is not None
    assert without_connect(trips[0].schema(record.value)) == SCHEMA


def write_numbers(folder: Path, topic: str, numbers: range) -> dict[str, str]:
    """Write a file for each of two Kafka partitions; returns the settings of their source."""
    for partition in range(2):
        directory = folder / f"topics/{topic}/partition={partition}"
        directory.mkdir(parents=True, exist_ok=True)
        new = directory / f"{topic}+{partition}+{numbers.start:010d}.txt"
        new.with_suffix(".part").write_text("".join(f"{number}\n" for number in numbers))
        new.with_suffix(".part").rename(new)
    return {
        "connector.class": DIRECTORY,
        "store.url": folder.as_uri(),
        "format.class": "StringFormat",
    }


def numbers_in(kafka: KafkaCluster, topic: str) -> list[list[int]]:
    """Return what each partition has, as transactions that were committed tell it."""
    read: list[list[int]] = [[], []]
    for record in kafka.records(topic):
        read[record.partition].append(int(record.value or b"-1"))
    return read


@pytest.mark.timeout(120)
def test_a_worker_that_is_killed_in_mid_file_goes_on_there(
    kafka: KafkaCluster, name: str, tmp_path: Path
) -> None:
    count = 10_000
    kafka.create_topic(name, partitions=2)
    config = write_numbers(tmp_path / "lake", name, range(count // 2))
    config["record.batch.max.size"] = "1"

    def has(wanted: int) -> bool:
        return sum(kafka.end_offsets(name).values()) >= wanted

    (tmp_path / "worker").mkdir()
    with StandaloneWorker(tmp_path / "worker", kafka.bootstrap_servers) as worker:
        worker.put_connector(name, config)
        worker.wait_until(lambda: has(3000), 60, "some records")
        worker.kill()
        write_numbers(tmp_path / "lake", name, range(count // 2, count))
        worker.start()
        worker.put_connector(name, config)

        def is_whole() -> bool:
            return all(set(read) == set(range(count)) for read in numbers_in(kafka, name))

        worker.wait_until(lambda: has(2 * count) and is_whole(), 60, "each record")
        for read in numbers_in(kafka, name):  # what comes twice comes twice in order
            assert list(dict.fromkeys(read)) == list(range(count))


@pytest.mark.timeout(120)
def test_each_record_comes_once_where_sources_are_exact(
    kafka: KafkaCluster, name: str, tmp_path: Path
) -> None:
    count = 5_000
    kafka.create_topic(name, partitions=2)
    config = write_numbers(tmp_path / "lake", name, range(count // 2))
    config |= {"record.batch.max.size": "3", "exactly.once.support": "required"}
    settings = {"exactly.once.source.support": "enabled", "offset.storage.partitions": "1"}

    def committed() -> int:
        return sum(map(len, numbers_in(kafka, name)))

    with ConnectCluster(kafka, name, tmp_path / "workers", settings=settings) as cluster:
        cluster.start(BARNABAS)
        cluster.put(name, config)
        cluster.wait_until(lambda: sum(kafka.end_offsets(name).values()) > 500, "some records")
        cluster.owner(name, 0).kill()
        write_numbers(tmp_path / "lake", name, range(count // 2, count))
        cluster.start(BARNABAS)
        cluster.wait_until(lambda: committed() >= 2 * count, "all records")
        assert numbers_in(kafka, name) == [list(range(count))] * 2
