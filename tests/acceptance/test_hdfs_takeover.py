# SPDX-License-Identifier: Apache-2.0
"""A directory of HDFS that Java's connector wrote is recognised, finished and continued."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from barnabas.connectors._storage.hdfs_native import HdfsStorage
from tests.services.hdfs import HdfsCluster
from tests.services.kafka import KafkaCluster
from tests.services.registry import DevelopmentRegistry
from tests.services.standalone_worker import StandaloneWorker
from tests.unit.connectors._storage.test_java_log import BEGIN, END, log

# Two rows, written by parquet-avro 1.15.2 with the schema that Java's connector gives it.
JAVA = Path(__file__).parents[1] / "unit/connectors/_storage/formats/written_by_java.parquet"
TEMPORARY = "0b6dc1a7-ab0f-4ab8-9e49-0e5b7a1a7a4e_tmp.parquet"
RANGES = [(0, 1), (2, 3), (4, 6)]


def test_a_directory_of_java_is_continued_after_its_last_promise_was_kept(
    worker: StandaloneWorker,
    hdfs: HdfsCluster,
    kafka: KafkaCluster,
    schema_registry: DevelopmentRegistry,
    name: str,
) -> None:
    """Offsets 0 and 1 are committed, 2 and 3 promised in Java's log; 4 to 6 are new."""
    folder = f"/{name}/topics/{name}/partition=0"
    files = [f"{folder}/{name}+0+{start:010}+{end:010}.parquet" for start, end in RANGES]
    temporary = f"/{name}/topics/+tmp/{name}/partition=0/{TEMPORARY}"
    promise = (hdfs.url + temporary, hdfs.url + files[1])
    write(hdfs, files[0], JAVA.read_bytes())
    write(hdfs, temporary, JAVA.read_bytes())
    write(hdfs, f"/{name}/logs/{name}/0/log", log(BEGIN, promise, END))
    produce(kafka, schema_registry, name, 7)

    worker.put_connector(name, settings(hdfs, schema_registry, name))
    worker.wait_until(lambda: files[2] in hdfs.files(folder), 30, "a file of our own")

    assert sorted(hdfs.files(f"/{name}")) == files
    tables = [pq.read_table(io.BytesIO(hdfs.read(path))) for path in files]
    assert [table.num_rows for table in tables] == [2, 2, 3]
    assert tables[2].column("id").to_pylist() == [4, 5, 6]
    assert "going on at offset 4" in worker.log.read_text()


def settings(hdfs: HdfsCluster, registry: DevelopmentRegistry, name: str) -> dict[str, str]:
    """What Java's connector was given, with its new home."""
    return {
        "connector.class": "io.confluent.connect.hdfs3.Hdfs3SinkConnector",
        "topics": name,
        "hdfs.url": hdfs.url,
        "topics.dir": f"/{name}/topics",
        "logs.dir": f"/{name}/logs",
        "flush.size": "3",
        "schema.compatibility": "BACKWARD",
        "format.class": "io.confluent.connect.hdfs3.parquet.ParquetFormat",
        "value.converter": "io.confluent.connect.avro.AvroConverter",
        "value.converter.schema.registry.url": registry.url,
        "consumer.override.auto.offset.reset": "earliest",
    }


def produce(kafka: KafkaCluster, registry: DevelopmentRegistry, topic: str, count: int) -> None:
    """Write records of the schema that Java's file has in its footer."""
    kafka.create_topic(topic)
    schema = pq.read_metadata(JAVA).metadata[b"parquet.avro.schema"].decode()
    row: dict[str, Any] = {
        "ts": 0,
        "t": 0,
        "small": 1,
        "m2": [],
        "order": [],
        "nested": [],
        "mm": {},
    }
    nulls = dict.fromkeys(field["name"] for field in json.loads(schema)["fields"])
    context = SerializationContext(topic, MessageField.VALUE)
    with SchemaRegistryClient({"url": registry.url}) as client:
        serializer = AvroSerializer(client, schema)
        rows = [{**nulls, **row, "def": 7, "id": number} for number in range(count)]
        kafka.produce(topic, [serializer(one, context) for one in rows])


def write(hdfs: HdfsCluster, path: str, content: bytes) -> None:
    store = HdfsStorage(hdfs.url)
    writer = store.open_new(path.lstrip("/"))
    writer.write(content)
    writer.close()
    store.close()
