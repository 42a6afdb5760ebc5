# SPDX-License-Identifier: Apache-2.0
"""From database to lake: PostgreSQL → JDBC source → Avro → Kafka → HDFS sink → Parquet.

At the end the Parquet files, read by pyarrow, hold what the tables hold, value by value, whatever
was killed on the way.

Nothing comes twice either: sources deliver exactly once (KIP-618), the sink writes what is in a
topic to one file, once.
"""

from __future__ import annotations

import contextlib
import datetime
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq
import pytest

from tests.services.changing_shop import ChangingShop
from tests.services.connect_cluster import BARNABAS, ConnectCluster
from tests.services.database_server import ServerDatabase
from tests.services.hdfs import HdfsCluster
from tests.services.kafka import KafkaCluster
from tests.services.registry import DevelopmentRegistry

Row = dict[str, Any]
SETTINGS = {  # whatever was killed is missed soon
    "exactly.once.source.support": "enabled",
    "session.timeout.ms": "3000",
    "heartbeat.interval.ms": "500",
    "consumer.session.timeout.ms": "2000",
    "consumer.heartbeat.interval.ms": "400",
}
TABLES = ("customers", "orders")


class Lake:
    """The Parquet files of a topic; each is read once."""

    def __init__(self, hdfs: HdfsCluster, folder: str, topic: str) -> None:
        self._hdfs, self._folder = hdfs, f"{folder}/{topic}"
        self._rows: dict[str, list[Row]] = {}

    def rows(self) -> list[Row]:
        """Read what is there by now, in the order of names, which is that of offsets."""
        for path in self._hdfs.files(self._folder):
            if path not in self._rows:
                table = pq.read_table(io.BytesIO(self._hdfs.read(path)))
                self._rows[path] = table.to_pylist()
                start, end = path.removesuffix(".parquet").split("+")[-2:]
                assert len(self._rows[path]) <= int(end) - int(start) + 1, path
        return [row for path in sorted(self._rows) for row in self._rows[path]]

    def latest(self) -> dict[int, Row]:
        """The newest row of each id."""
        latest: dict[int, Row] = {}
        for row in self.rows():
            latest[row["id"]] = max(row, latest.get(row["id"], row), key=lambda one: one["updated"])
        return latest


class Pipeline:
    """Two sources, one sink, and what is asked of them."""

    def __init__(
        self, kafka: KafkaCluster, hdfs: HdfsCluster, registry: DevelopmentRegistry, name: str
    ) -> None:
        self._kafka, self._hdfs, self._registry, self._name = kafka, hdfs, registry, name
        self._prefix = f"{name}-"
        for table in TABLES:
            kafka.create_topic(self.topic(table), partitions=2)
        self.lakes = {table: Lake(hdfs, f"/{name}", self.topic(table)) for table in TABLES}

    def topic(self, table: str) -> str:
        return f"{self._prefix}{table}"

    def connectors(self, database: ServerDatabase) -> dict[str, dict[str, str]]:
        source = {
            "connector.class": "io.confluent.connect.jdbc.JdbcSourceConnector",
            **database.settings,
            "incrementing.column.name": "id",
            "topic.prefix": self._prefix,
            "poll.interval.ms": "100",
            "exactly.once.support": "required",
            **self._avro(),
        }
        orders = {**source, "table.whitelist": "orders", "mode": "incrementing"}
        customers = {
            **source,
            "table.whitelist": "customers",
            "mode": "timestamp+incrementing",
            "timestamp.column.name": "updated",
        }
        lake = {
            "connector.class": "io.confluent.connect.hdfs.HdfsSinkConnector",
            "topics": ",".join(map(self.topic, TABLES)),
            "tasks.max": "2",
            "store.url": self._hdfs.url,
            "topics.dir": f"/{self._name}",
            "format.class": "io.confluent.connect.hdfs.parquet.ParquetFormat",
            "schema.compatibility": "BACKWARD",
            "flush.size": "200",
            "rotate.interval.ms": "1500",
            "retry.backoff.ms": "300",
            "consumer.override.auto.offset.reset": "earliest",
            "consumer.override.isolation.level": "read_committed",
            **self._avro(),
        }
        return {"orders": orders, "customers": customers, "lake": lake}

    def _avro(self) -> dict[str, str]:
        return {
            "value.converter": "io.confluent.connect.avro.AvroConverter",
            "value.converter.schema.registry.url": self._registry.url,
        }

    def lacks(self, shop: ChangingShop) -> str:
        """Say which rows have not arrived yet; nothing when all have."""
        ids = {row["id"] for row in self.lakes["orders"].rows()}
        missing = [row["id"] for row in shop.rows("orders") if row["id"] not in ids]
        latest = self.lakes["customers"].latest()
        customers = map(as_written, shop.rows("customers"))
        old = [row["id"] for row in customers if latest.get(row["id"]) != row]
        return f"orders {missing[:5]}, customers {old[:5]}" if missing or old else ""

    def check_files(self) -> None:
        """Check that files hold each record of the topics once, and nothing else is there."""
        for table in TABLES:
            records = self._kafka.records(self.topic(table))
            assert len(self.lakes[table].rows()) == len(records)
        assert list(self._hdfs.files(f"/{self._name}/+tmp")) == []


def as_written(row: Mapping[str, Any]) -> Row:
    """A row as pyarrow reads it: times without a zone are in UTC, as ``db.timezone`` says."""
    return {name: _as_written(value) for name, value in row.items()}


def _as_written(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        is_local = value.tzinfo is None
        return value.replace(tzinfo=datetime.UTC) if is_local else value.astimezone(datetime.UTC)
    return bytes(value) if isinstance(value, memoryview) else value


def kill_a_task(cluster: ConnectCluster, port: int, kafka: KafkaCluster) -> None:
    """End the process of a task that speaks to a port and to Kafka, at once."""
    kafka_ports = {int(at.rpartition(":")[2]) for at in kafka.bootstrap_servers.split(",")}
    found = [
        process
        for worker in cluster.live
        for process in worker.descendants()
        if port in (ports := _remote_ports(process)) and ports & kafka_ports
    ]
    assert found, f"no task has a connection to port {port}"
    found[0].kill()


def _remote_ports(process: psutil.Process) -> set[int]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return {each.raddr.port for each in process.net_connections("tcp") if each.raddr}
    return set()


def restart_what_failed(cluster: ConnectCluster) -> int:
    """Do what whoever watches connectors does; how many were restarted."""
    failed = [
        name
        for name, status in cluster.statuses().items()
        if any(task["state"] == "FAILED" for task in status["tasks"])
    ]
    for name in failed:
        path = f"/connectors/{name}/restart?includeTasks=true&onlyFailed=true"
        assert cluster.request("POST", path).status_code in (202, 404, 409)
    return len(failed)


class Watched:
    """A cluster whose tasks are restarted when they fail, while something is waited for."""

    def __init__(self, cluster: ConnectCluster, pipeline: Pipeline, shop: ChangingShop) -> None:
        self._cluster, self._pipeline, self._shop = cluster, pipeline, shop

    def wait_for_orders(self, more: int) -> None:
        """Wait until so many more orders are in the lake."""
        lake = self._pipeline.lakes["orders"]
        wanted = len(lake.rows()) + more

        def are_there() -> bool:
            restart_what_failed(self._cluster)
            return len(lake.rows()) >= wanted

        self._cluster.wait_until(are_there, f"{wanted} orders in the lake")

    def wait_for_everything(self) -> None:
        """Wait until the lake has every row, and nothing is FAILED."""

        def is_there() -> bool:
            return not restart_what_failed(self._cluster) and not self._pipeline.lacks(self._shop)

        try:
            self._cluster.wait_until(is_there, "all rows in the lake")
        except AssertionError as error:
            error.add_note(f"not in the lake: {self._pipeline.lacks(self._shop)}")
            raise


@pytest.fixture
def cluster(kafka: KafkaCluster, name: str, tmp_path: Path) -> Iterator[ConnectCluster]:
    with ConnectCluster(kafka, name, tmp_path, settings=SETTINGS) as workers:
        workers.start(BARNABAS, BARNABAS)
        yield workers


@pytest.fixture
def pipeline(
    kafka: KafkaCluster, hdfs: HdfsCluster, schema_registry: DevelopmentRegistry, name: str
) -> Pipeline:
    return Pipeline(kafka, hdfs, schema_registry, name)


@pytest.mark.timeout(240)
def test_the_lake_has_what_the_database_has_whatever_is_killed(
    cluster: ConnectCluster,
    kafka: KafkaCluster,
    hdfs: HdfsCluster,
    pipeline: Pipeline,
    postgresql_database: ServerDatabase,
) -> None:
    with ChangingShop(postgresql_database) as shop:
        watched = Watched(cluster, pipeline, shop)
        for connector, config in pipeline.connectors(postgresql_database).items():
            cluster.put(connector, config)
        watched.wait_for_orders(200)
        kill_a_task(cluster, int(hdfs.url.rpartition(":")[2]), kafka)
        watched.wait_for_orders(200)
        shop.add_column()
        watched.wait_for_orders(200)
        kill_a_task(cluster, postgresql_database.server.port, kafka)
        watched.wait_for_orders(200)
        cluster.owner("orders", 0).kill()
        cluster.launch(BARNABAS)
        watched.wait_for_orders(200)
        shop.end()

    watched.wait_for_everything()

    cluster.delete_all()
    pipeline.check_files()
    check_orders(pipeline.lakes["orders"].rows(), [*map(as_written, shop.rows("orders"))])
    customers = [as_written(row) for row in shop.rows("customers")]
    assert pipeline.lakes["customers"].latest() == {row["id"]: row for row in customers}


def check_orders(found: list[Row], wanted: list[Row]) -> None:
    """Compare every value of every row, each of which is there once."""
    table = {row["id"]: row for row in wanted}
    assert any(row["coupon"] for row in wanted)
    assert [row for row in found if {"coupon": None, **row} != table.get(row["id"])] == []
    assert sorted(row["id"] for row in found) == sorted(table)
