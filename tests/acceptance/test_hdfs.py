# SPDX-License-Identifier: Apache-2.0
"""Each record of a topic is in exactly one file of HDFS, whatever dies and whenever."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from tests.services.connect_cluster import BARNABAS, ConnectCluster
from tests.services.dying_sink import QUICK, check_each_once, die_at_each, restart
from tests.services.hdfs import HdfsCluster
from tests.services.kafka import KafkaCluster
from tests.services.registry import DevelopmentRegistry
from tests.services.standalone_worker import StandaloneWorker

JSON = {
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter.schemas.enable": "false",
    "format.class": "io.confluent.connect.hdfs.json.JsonFormat",
}
DEATHS = [
    "make_directories+1",
    "open_new+2",
    "write-2",
    "close_file-2",
    "close_file+2",
    *(f"rename{side}{number}" for number in range(3, 7) for side in "-+"),
    "commit-1",
    "commit+1",
]


class Numbers:
    """A topic of numbered records, and the files that are to hold them."""

    def __init__(self, kafka: KafkaCluster, hdfs: HdfsCluster, name: str, partitions: int) -> None:
        self.topic = name
        self._kafka, self._hdfs, self._partitions = kafka, hdfs, partitions
        self._count = 0
        kafka.create_topic(name, partitions=partitions)

    def settings(self, **more: str) -> dict[str, str]:
        """Return the settings of a sink for the topic; ``_`` stands for a dot."""
        return {
            "connector.class": "HdfsSink",
            "topics": self.topic,
            "store.url": self._hdfs.url,
            "topics.dir": f"/{self.topic}",
            "flush.size": "10",
            "retry.backoff.ms": "300",
            **QUICK,
            **JSON,
            **{key.replace("_", "."): value for key, value in more.items()},
        }

    def produce(self, count: int) -> None:
        """Write so many more records to each partition."""
        for partition in range(self._partitions):
            numbers = range(self._count, self._count + count)
            rows = [json.dumps({"partition": partition, "number": one}) for one in numbers]
            self._kafka.produce(self.topic, rows, partition=partition)
        self._count += count

    def are_written(self) -> bool:
        """Tell whether files hold as many offsets as the topic."""
        return sum(end - start + 1 for _, start, end in self.ranges()) >= (
            self._count * self._partitions
        )

    def check(self) -> None:
        """Check that each record is in one file, under its offset, and nothing else is there."""
        rows: list[tuple[int, int]] = []
        for path in self._files():
            partition, start, end = _range_of(path)
            lines = [json.loads(line) for line in self._hdfs.read(path).splitlines()]
            assert [line["number"] for line in lines] == list(range(start, end + 1))
            assert {line["partition"] for line in lines} == {partition}
            rows += [(line["partition"], line["number"]) for line in lines]
        check_each_once(rows, self._partitions, self._count)
        assert self.leftovers() == []

    def ranges(self) -> list[tuple[int, int, int]]:
        """Return partition, first and last offset of each file."""
        return sorted(map(_range_of, self._files()))

    def leftovers(self) -> list[str]:
        """Return temporary files."""
        return list(self._hdfs.files(f"/{self.topic}/+tmp"))

    def _files(self) -> list[str]:
        return [path for path in self._hdfs.files(f"/{self.topic}") if "/+tmp/" not in path]


def _range_of(path: str) -> tuple[int, int, int]:
    _, partition, start, end = path.rpartition("/")[2].removesuffix(".json").split("+")
    return int(partition), int(start), int(end)


NewNumbers = Callable[[HdfsCluster, int], Numbers]


@pytest.fixture
def numbers(kafka: KafkaCluster, name: str) -> NewNumbers:
    """Make a topic of numbered records."""
    return lambda hdfs, partitions: Numbers(kafka, hdfs, name.partition("[")[0], partitions)


@pytest.mark.timeout(400)
def test_a_task_that_is_killed_at_any_step_loses_and_repeats_nothing(
    dying_worker: StandaloneWorker,
    hdfs: HdfsCluster,
    numbers: NewNumbers,
    name: str,
    tmp_path: Path,
) -> None:
    topic = numbers(hdfs, 2)
    deaths = [tmp_path / step for step in DEATHS]
    die_at_each(dying_worker, topic, deaths, 30, connector_class="org.example.DyingSink")

    dying_worker.wait_until(topic.are_written, 60, "all records in files")

    dying_worker.request("DELETE", f"/connectors/{name}")
    topic.check()
    assert {end - start + 1 for _, start, end in topic.ranges()} == {10}


@pytest.mark.timeout(200)
def test_name_node_and_data_node_may_die_while_files_are_written(
    dying_worker: StandaloneWorker, spare_hdfs: HdfsCluster, numbers: NewNumbers, name: str
) -> None:
    topic = numbers(spare_hdfs, 2)
    dying_worker.put_connector(name, topic.settings())
    for node in (spare_hdfs.name_node, spare_hdfs.data_nodes[0]):
        topic.produce(55)
        dying_worker.wait_until(lambda: len(topic.ranges()) > 1, 30, "files")
        node.kill()
        topic.produce(55)
        time.sleep(2)  # long enough that the task notices
        spare_hdfs.start()
    topic.produce(80)

    dying_worker.wait_until(topic.are_written, 90, "all records in files")

    dying_worker.wait_until_running(name)
    dying_worker.request("DELETE", f"/connectors/{name}")
    topic.check()


@pytest.mark.timeout(200)
def test_partitions_that_move_in_mid_file_are_taken_up_where_files_end(
    kafka: KafkaCluster, hdfs: HdfsCluster, numbers: NewNumbers, name: str, tmp_path: Path
) -> None:
    topic = numbers(hdfs, 4)
    with ConnectCluster(kafka, name, tmp_path) as workers:
        workers.start(BARNABAS)
        workers.put(name, topic.settings(tasks_max="1"))
        topic.produce(25)
        workers.wait_until(lambda: len(topic.ranges()) == 8, "the first files")
        workers.start(BARNABAS)
        workers.put(name, topic.settings(tasks_max="2"))
        topic.produce(25)
        workers.wait_until(lambda: len(topic.ranges()) == 20, "files of two tasks")
        topic.produce(5)
        workers.owner(name, 1).kill()
        topic.produce(25)
        workers.wait_until(topic.are_written, "all records in files", 90)
        workers.delete_all()
    topic.check()


def test_an_avro_topic_becomes_parquet_also_when_it_falls_silent(
    dying_worker: StandaloneWorker,
    hdfs: HdfsCluster,
    kafka: KafkaCluster,
    schema_registry: DevelopmentRegistry,
    name: str,
) -> None:
    schema = {
        "type": "record",
        "name": "Order",
        "fields": [
            {"name": "id", "type": "long"},
            {"name": "who", "type": ["null", "string"], "default": None},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        ],
    }
    kafka.create_topic(name)
    rows = [{"id": one, "who": None if one % 3 else f"w{one}", "at": one} for one in range(25)]
    context = SerializationContext(name, MessageField.VALUE)
    with SchemaRegistryClient({"url": schema_registry.url}) as client:
        serializer = AvroSerializer(client, json.dumps(schema))
        kafka.produce(name, [serializer(row, context) for row in rows])
    settings = {
        "connector.class": "io.confluent.connect.hdfs3.Hdfs3SinkConnector",
        "topics": name,
        "hdfs.url": hdfs.url,
        "topics.dir": f"/{name}",
        "flush.size": "1000",
        "rotate.interval.ms": "1000",
        "format.class": "io.confluent.connect.hdfs.parquet.ParquetFormat",
        "value.converter": "io.confluent.connect.avro.AvroConverter",
        "value.converter.schema.registry.url": schema_registry.url,
        **QUICK,
    }

    dying_worker.put_connector(name, settings)
    folder = f"/{name}/{name}/partition=0"
    dying_worker.wait_until(lambda: bool(hdfs.files(folder)), 30, "a file")

    assert list(hdfs.files(folder)) == [f"{folder}/{name}+0+0000000000+0000000024.parquet"]
    (path,) = hdfs.files(folder)
    table = pq.read_table(io.BytesIO(hdfs.read(path)))
    assert table.column("id").to_pylist() == list(range(25))
    assert table.column("who").to_pylist() == [row["who"] for row in rows]
    assert [one.timestamp() for one in table.column("at").to_pylist()] == [
        one / 1000 for one in range(25)
    ]
    dying_worker.request("DELETE", f"/connectors/{name}")


def test_a_quota_that_is_used_up_is_told_and_waited_for(
    dying_worker: StandaloneWorker, hdfs: HdfsCluster, numbers: NewNumbers, name: str
) -> None:
    topic = numbers(hdfs, 1)
    topic.produce(10)
    hdfs.make_directories(f"/{topic.topic}")
    hdfs.set_quota(f"/{topic.topic}", names=2)

    dying_worker.put_connector(name, topic.settings())
    dying_worker.wait_for_log("quota")
    hdfs.set_quota(f"/{topic.topic}", names=1000)

    dying_worker.wait_until(topic.are_written, 30, "all records in files")
    dying_worker.request("DELETE", f"/connectors/{name}")
    topic.check()


def test_a_file_that_vanishes_is_written_again(
    dying_worker: StandaloneWorker, hdfs: HdfsCluster, numbers: NewNumbers, name: str
) -> None:
    topic = numbers(hdfs, 1)
    topic.produce(15)
    dying_worker.put_connector(name, topic.settings())
    dying_worker.wait_until(lambda: bool(topic.ranges() and topic.leftovers()), 30, "an open file")

    for path in topic.leftovers():
        hdfs.call("DELETE", path, "DELETE")
    topic.produce(15)

    dying_worker.wait_until(topic.are_written, 30, "all records in files")
    dying_worker.request("DELETE", f"/connectors/{name}")
    topic.check()


def test_a_user_without_the_right_is_named_and_goes_on_when_it_is_given(
    kafka: KafkaCluster, hdfs: HdfsCluster, numbers: NewNumbers, name: str, tmp_path: Path
) -> None:
    topic = numbers(hdfs, 1)
    topic.produce(10)
    hdfs.make_directories(f"/{topic.topic}")
    user = {"HADOOP_USER_NAME": "somebody"}
    with StandaloneWorker(tmp_path, kafka.bootstrap_servers, environment=user) as worker:
        worker.put_connector(name, topic.settings())
        reason = worker.wait_until_failed(name)
        assert f'Permission denied: user=somebody, access=WRITE, inode="/{topic.topic}"' in reason
        hdfs.set_permission(f"/{topic.topic}", "777")
        restart(worker, name)
        worker.wait_until(topic.are_written, 30, "all records in files")
        worker.request("DELETE", f"/connectors/{name}")
    topic.check()


def test_records_that_fit_no_file_become_dead_letters_and_the_others_are_written(
    dying_worker: StandaloneWorker, hdfs: HdfsCluster, kafka: KafkaCluster, name: str
) -> None:
    topic, dead = name, f"{name}-dead"
    kafka.create_topic(topic)
    rows = [
        with_schema({"id": 1, "at": 0}, id="int32", at="int64"),
        with_schema({"id": 2, "at": "yesterday"}, id="int32", at="string"),
        with_schema({"id": 3}, id="int32"),
        json.dumps({"schema": None, "payload": {"id": 4, "at": 0}}),
        with_schema({"id": 5, "at": 86_400_000}, id="int32", at="int64"),
    ]
    kafka.produce(topic, rows)
    settings = {
        "connector.class": "HdfsSink",
        "topics": topic,
        "store.url": hdfs.url,
        "topics.dir": f"/{topic}",
        "flush.size": "100",
        "rotate.interval.ms": "500",
        "rotate.schedule.interval.ms": "1000",
        "format.class": "io.confluent.connect.hdfs.parquet.ParquetFormat",
        "partitioner.class": "io.confluent.connect.storage.partitioner.DailyPartitioner",
        "timestamp.extractor": "RecordField",
        "timestamp.field": "at",
        "locale": "en-US",
        "timezone": "UTC",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "errors.tolerance": "all",
        "errors.deadletterqueue.topic.name": dead,
        "errors.deadletterqueue.topic.replication.factor": "1",
        **QUICK,
    }

    dying_worker.put_connector(name, settings)
    dying_worker.wait_until(lambda: len(hdfs.files(f"/{topic}/{topic}")) == 2, 30, "two files")

    assert [path.partition("month=")[2] for path in sorted(hdfs.files(f"/{topic}/{topic}"))] == [
        f"01/day=01/{topic}+0+0000000000+0000000000.parquet",
        f"01/day=02/{topic}+0+0000000004+0000000004.parquet",
    ]
    letters = [json.loads(record.value or b"")["payload"]["id"] for record in kafka.records(dead)]
    assert letters == [2, 3, 4]
    dying_worker.wait_until_running(name)
    dying_worker.request("DELETE", f"/connectors/{name}")


def with_schema(payload: dict[str, object], **types: str) -> str:
    """A message of the JSON converter."""
    fields = [{"field": name, "type": kind, "optional": False} for name, kind in types.items()]
    schema = {"type": "struct", "name": "Row", "optional": False, "fields": fields}
    return json.dumps({"schema": schema, "payload": payload})
