# SPDX-License-Identifier: Apache-2.0
"""Tables on their way through Kafka into other databases; nothing is lost, whatever is killed."""

from __future__ import annotations

import contextlib
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.services.database_server import DatabaseServer, ServerDatabase
from tests.services.growing_table import GrowingTable
from tests.services.kafka import KafkaCluster
from tests.services.standalone_worker import StandaloneWorker

JSON = "org.apache.kafka.connect.json.JsonConverter"
SOURCE = "io.confluent.connect.jdbc.JdbcSourceConnector"
SINK = "io.confluent.connect.jdbc.JdbcSinkConnector"
# A consumer that was killed is found lost early: 6 s is the least brokers grant.
CONSUMERS = {"consumer.session.timeout.ms": "6000", "consumer.heartbeat.interval.ms": "1000"}
ROWS = "SELECT id, updated, note, price FROM {} ORDER BY id"


def source(database: ServerDatabase, topic_prefix: str, **more: str) -> dict[str, str]:
    """Settings of a source of the table ``orders``."""
    return {
        "connector.class": SOURCE,
        **database.settings,
        "table.whitelist": "orders",
        "mode": "timestamp+incrementing",
        "timestamp.column.name": "updated",
        "incrementing.column.name": "id",
        "topic.prefix": topic_prefix,
        "poll.interval.ms": "100",
        "connection.backoff.ms": "200",
        "value.converter": JSON,
        **{name.replace("_", "."): value for name, value in more.items()},
    }


def sink(database: ServerDatabase | None, topic: str, **more: str) -> dict[str, str]:
    """Settings of a sink that upserts into the table ``copy``."""
    return {
        "connector.class": SINK,
        **({} if database is None else database.settings),
        "topics": topic,
        "table.name.format": "copy",
        "insert.mode": "upsert",
        "pk.mode": "record_value",
        "pk.fields": "id",
        "auto.create": "true",
        "max.retries": "1000",
        "retry.backoff.ms": "200",
        "connection.backoff.ms": "200",
        "value.converter": JSON,
        **{name.replace("_", "."): value for name, value in more.items()},
    }


@pytest.fixture(params=["postgresql", "mariadb"])
def database(request: pytest.FixtureRequest) -> ServerDatabase:
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture
def spare(spare_postgresql: DatabaseServer) -> Iterator[ServerDatabase]:
    with spare_postgresql.new_database() as database:
        yield database


@pytest.fixture(params=["postgresql", "mariadb"])
def spare_of_each_kind(request: pytest.FixtureRequest) -> Iterator[ServerDatabase]:
    server: DatabaseServer = request.getfixturevalue(f"spare_{request.param}")
    with server.new_database() as database:
        yield database


@pytest.fixture
def prefix(kafka: KafkaCluster, name: str) -> str:
    prefix = name[-9:].strip("-") + "-"
    kafka.create_topic(f"{prefix}orders")
    return prefix


def wait_until(is_so: Callable[[], bool], what: str, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}"
        time.sleep(0.1)


def wait_for_copy(original: ServerDatabase, copy: ServerDatabase, timeout_s: float = 90) -> None:
    """Wait until the copy has the rows of the original, all columns alike."""
    wanted = [normal(row) for row in original.query(ROWS.format("orders"))]
    there = "SELECT count(*) FROM information_schema.tables WHERE table_name = 'copy'"
    deadline = time.monotonic() + timeout_s
    found: list[tuple[Any, ...]] = []
    while time.monotonic() < deadline:
        if copy.query(there)[0][0]:
            found = [normal(row) for row in copy.query(ROWS.format("copy"))]
            if found == wanted:
                return
        time.sleep(0.3)
    missing = [row for row in wanted if row not in set(found)]
    strange = [row for row in found if row not in set(wanted)]
    pytest.fail(f"of {len(wanted)} rows are missing: {missing[:5]}; are strange: {strange[:5]}")


def wait_for_records(
    kafka: KafkaCluster, original: ServerDatabase, topic: str, timeout_s: float = 60
) -> None:
    """Wait until the topic has each row of the original as it is now."""
    rows = original.query(ROWS.format("orders"))
    wanted = {(row[0], int(row[1].replace(tzinfo=UTC).timestamp() * 1000)) for row in rows}
    deadline = time.monotonic() + timeout_s
    while True:
        values = [json.loads(record.value or b"")["payload"] for record in kafka.records(topic)]
        missing = wanted - {(value["id"], value["updated"]) for value in values}
        if not missing:
            return
        assert time.monotonic() < deadline, f"not in the topic: {sorted(missing)[:10]}"
        time.sleep(0.5)


def normal(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row with its time in ms, as Connect has it, whatever the columns of the copy are."""
    number, updated, note, price = row
    ms = updated.replace(microsecond=updated.microsecond // 1000 * 1000)
    return number, ms, note, Decimal(price).quantize(Decimal("0.01"))


def task_processes(
    worker: StandaloneWorker, kafka: KafkaCluster, database: ServerDatabase
) -> list[psutil.Process]:
    """The runners of tasks, the oldest first: they speak to the database and to Kafka."""
    ports = {database.server.port, *(int(at.rpartition(":")[2]) for at in addresses(kafka))}
    found = []
    for process in worker.descendants():
        with contextlib.suppress(psutil.NoSuchProcess):
            remote = {each.raddr.port for each in process.net_connections("tcp") if each.raddr}
            if ports <= remote:
                found.append(process)
    return sorted(found, key=lambda process: float(process.create_time()))


def failed(worker: StandaloneWorker) -> list[str]:
    """Connectors whose task failed."""
    statuses = worker.request("GET", "/connectors?expand=status").json()
    return [
        connector
        for connector, each in statuses.items()
        if any(task["state"] == "FAILED" for task in each["status"]["tasks"])
    ]


def addresses(kafka: KafkaCluster) -> list[str]:
    return kafka.bootstrap_servers.split(",")


# -- there and back


def test_a_table_is_copied_to_kafka_and_back_to_another_database(
    kafka: KafkaCluster,
    database: ServerDatabase,
    postgresql_database: ServerDatabase,
    prefix: str,
    tmp_path: Path,
) -> None:
    with (
        StandaloneWorker(tmp_path, kafka.bootstrap_servers) as worker,
        GrowingTable(database) as table,
    ):
        worker.put_connector("in", source(database, prefix))
        worker.put_connector("out", sink(postgresql_database, f"{prefix}orders"))
        table.wait_for_rows(200)
        table.end()

        wait_for_copy(database, postgresql_database)

        assert worker.terminate() == 0


def test_a_table_is_copied_into_mariadb(
    kafka: KafkaCluster,
    postgresql_database: ServerDatabase,
    mariadb_database: ServerDatabase,
    prefix: str,
    tmp_path: Path,
) -> None:
    with (
        StandaloneWorker(tmp_path, kafka.bootstrap_servers) as worker,
        GrowingTable(postgresql_database) as table,
    ):
        worker.put_connector("in", source(postgresql_database, prefix))
        worker.put_connector("out", sink(mariadb_database, f"{prefix}orders"))
        table.wait_for_rows(200)
        table.end()

        wait_for_copy(postgresql_database, mariadb_database)


# -- kill -9


def test_nothing_is_lost_when_the_worker_is_killed_again_and_again(
    kafka: KafkaCluster, postgresql_database: ServerDatabase, prefix: str, tmp_path: Path
) -> None:
    files = []
    settings = {
        "in": source(postgresql_database, prefix),
        "out": sink(postgresql_database, f"{prefix}orders"),
    }
    for connector, config in settings.items():
        files.append(tmp_path / f"{connector}.json")
        files[-1].write_text(json.dumps({"name": connector, "config": config}))
    worker = StandaloneWorker(
        tmp_path,
        kafka.bootstrap_servers,
        files=files,
        settings={**CONSUMERS, "offset.flush.interval.ms": "100"},
    )
    with GrowingTable(postgresql_database):
        for _ in range(3):
            before = kafka.end_offsets(f"{prefix}orders")[0]
            worker.launch()
            wait_until(
                lambda before=before: kafka.end_offsets(f"{prefix}orders")[0] > before + 60,
                "records",
            )
            worker.kill()
    with worker:
        wait_for_copy(postgresql_database, postgresql_database)


@pytest.mark.timeout(240)
def test_nothing_is_lost_when_the_database_is_killed_again_and_again(
    kafka: KafkaCluster, spare_of_each_kind: ServerDatabase, prefix: str, tmp_path: Path
) -> None:
    spare = spare_of_each_kind
    with (
        StandaloneWorker(tmp_path, kafka.bootstrap_servers) as worker,
        GrowingTable(spare) as table,
    ):
        worker.put_connector("in", source(spare, prefix))
        worker.put_connector("out", sink(spare, f"{prefix}orders"))
        worker.wait_until_running("in")
        worker.wait_until_running("out")
        for _ in range(3):
            table.wait_for_rows(60)
            spare.server.kill()
            time.sleep(1)
            spare.server.start()
        table.wait_for_rows(60)
        table.end()

        wait_for_copy(spare, spare)

        assert table.outages > 0
        worker.wait_until_running("in")
        worker.wait_until_running("out")


@pytest.mark.timeout(240)
def test_nothing_is_lost_when_tasks_are_killed_and_restarted(
    kafka: KafkaCluster, postgresql_database: ServerDatabase, prefix: str, tmp_path: Path
) -> None:
    with (
        StandaloneWorker(tmp_path, kafka.bootstrap_servers, settings=CONSUMERS) as worker,
        GrowingTable(postgresql_database) as table,
    ):

        def tasks() -> list[psutil.Process]:
            return task_processes(worker, kafka, postgresql_database)

        worker.put_connector("in", source(postgresql_database, prefix))
        worker.put_connector("out", sink(postgresql_database, f"{prefix}orders"))
        for _ in range(4):
            worker.wait_until_running("in")
            worker.wait_until_running("out")
            table.wait_for_rows(40)
            wait_until(lambda: len(tasks()) == 2, "two tasks at work")
            tasks()[0].kill()
            wait_until(lambda: bool(failed(worker)), "a task that failed")
            (connector,) = failed(worker)
            worker.request("POST", f"/connectors/{connector}/tasks/0/restart")
        worker.wait_until_running("out")
        table.end()

        wait_for_copy(postgresql_database, postgresql_database)


@pytest.mark.timeout(420)
def test_nothing_is_lost_whatever_is_killed_at_random(
    spare_kafka: KafkaCluster, spare: ServerDatabase, tmp_path: Path, name: str
) -> None:
    prefix = f"{name[-8:]}-"
    spare_kafka.create_topic(f"{prefix}orders")
    worker = StandaloneWorker(tmp_path, spare_kafka.bootstrap_servers, settings=CONSUMERS)
    configs = {"in": source(spare, prefix), "out": sink(spare, f"{prefix}orders")}

    def start_worker() -> None:
        worker.start()
        for connector, config in configs.items():
            worker.put_connector(connector, config)

    def kill_worker() -> None:
        worker.kill()
        start_worker()

    def kill_task() -> None:
        found = task_processes(worker, spare_kafka, spare)
        if found:
            found[0].kill()

    def kill_database() -> None:
        spare.server.kill()
        spare.server.start()

    def kill_broker() -> None:
        spare_kafka.brokers[0].kill()
        spare_kafka.start()

    faults = [kill_worker, kill_task, kill_database, kill_broker] * 3
    random.Random(41).shuffle(faults)
    with worker, GrowingTable(spare) as table:
        for connector, config in configs.items():
            worker.put_connector(connector, config)
        for fault in faults:
            table.wait_for_rows(30)
            fault()
            restart_what_failed(worker)
        table.end()
        wait_until(lambda: restart_what_failed(worker) == 0, "all to run")

        wait_for_records(spare_kafka, spare, f"{prefix}orders")
        wait_for_copy(spare, spare)


def restart_what_failed(worker: StandaloneWorker) -> int:
    """Do what whoever watches the connectors would do; how many were restarted."""
    statuses = worker.request("GET", "/connectors?expand=status").json()
    count = 0
    for connector, each in statuses.items():
        states = [each["status"]["connector"], *each["status"]["tasks"]]
        if any(state["state"] == "FAILED" for state in states):
            count += 1
            query = "includeTasks=true&onlyFailed=true"
            worker.request("POST", f"/connectors/{connector}/restart?{query}")
    return count


# -- bad input


def refused(worker: StandaloneWorker, config: Mapping[str, str]) -> str:
    answer = worker.request("PUT", "/connectors/bad/config", dict(config))
    assert answer.status_code == 400, answer.text
    return str(answer.json()["message"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"connection.url": "jdbc:postgresql:"}, "connect"),
        ({"connection.url": "shop"}, "Not a valid"),
        ({"connection.url": "jdbc:nothing://db/shop"}, "No Python driver is known"),
        (
            {"connection.url": "jdbc:postgresql://127.0.0.1:1/shop"},
            "Could not connect to database.",
        ),
        ({"connection.password": "wrong-one"}, "connection.password"),
        ({"timestamp.column.name": "absent"}, "Timestamp columns: absent do not exist in table"),
        ({"connection.url": "jdbc:db2://db:50000/shop"}, "pip install 'barnabas[db2]'"),
    ],
    ids=str,
)
def test_what_cannot_work_is_refused_with_the_reason_and_without_secrets(
    worker: StandaloneWorker,
    postgresql_database: ServerDatabase,
    change: dict[str, str],
    message: str,
) -> None:
    postgresql_database.execute(
        "CREATE TABLE orders (id INT PRIMARY KEY, updated TIMESTAMP NOT NULL)"
    )

    said = refused(worker, {**source(postgresql_database, "p-"), **change})

    assert message in said
    for secret in ("wrong-one", postgresql_database.server.password):
        assert secret not in said
        assert secret not in worker.log.read_text()


def test_the_short_name_is_enough_and_what_was_found_is_in_the_log(
    worker: StandaloneWorker, postgresql_database: ServerDatabase, prefix: str
) -> None:
    postgresql_database.execute(
        "CREATE TABLE orders (id BIGINT PRIMARY KEY, updated TIMESTAMP NOT NULL, tags TEXT[])"
    )

    config = {**source(postgresql_database, prefix), "connector.class": "JdbcSource"}
    worker.put_connector("short", config)

    worker.wait_until_running("short")
    worker.wait_for_log("Table public.orders: id INT64, updated Timestamp")
    worker.wait_for_log("left out: tags (_text)")
    worker.wait_for_log("Table public.orders has no index on updated")


def test_offsets_are_javas_and_can_be_reset(
    worker: StandaloneWorker, kafka: KafkaCluster, postgresql_database: ServerDatabase, prefix: str
) -> None:
    postgresql_database.execute(
        "CREATE TABLE orders (id BIGINT PRIMARY KEY, updated TIMESTAMP(6) NOT NULL)",
        "INSERT INTO orders VALUES (7, '2024-05-06 07:08:09.123456')",
    )
    worker.put_connector("told", source(postgresql_database, prefix))
    kafka.consume(f"{prefix}orders", 1)

    def offsets() -> list[dict[str, Any]]:
        return list(worker.request("GET", "/connectors/told/offsets").json()["offsets"])

    wait_until(lambda: bool(offsets()), "offsets")
    assert offsets() == [
        {
            "partition": {"protocol": "1", "table": "public.orders"},
            "offset": {
                "timestamp": 1714979289123,
                "timestamp_nanos": 123456000,
                "incrementing": 7,
            },
        }
    ]

    worker.request("PUT", "/connectors/told/stop")
    worker.wait_for(
        "/connectors/told/status", lambda answer: answer.json()["connector"]["state"] == "STOPPED"
    )
    assert worker.request("DELETE", "/connectors/told/offsets").status_code == 200
    worker.request("PUT", "/connectors/told/resume")

    assert len(kafka.consume(f"{prefix}orders", 2)) == 2
