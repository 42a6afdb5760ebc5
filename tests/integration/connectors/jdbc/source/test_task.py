# SPDX-License-Identifier: Apache-2.0
"""The task on real servers: modes, offsets of Java, zones, restarts of the database."""

from __future__ import annotations

import threading
import time
import tracemalloc
from typing import Any

import pytest

from barnabas.api import SourceRecord
from barnabas.connectors.jdbc.source.task import JdbcSourceTask
from barnabas.errors import ConfigError, ConnectError
from tests.services.database_server import DatabaseServer, ServerDatabase
from tests.unit.connectors.jdbc.source.source_context import MemoryContext, values

KINDS = ["postgresql", "mariadb"]
CREATE = {
    "postgresql": (
        "CREATE TABLE orders (id BIGSERIAL PRIMARY KEY, item TEXT,"
        " changed TIMESTAMPTZ NOT NULL DEFAULT now())"
    ),
    "mariadb": (
        "CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, item TEXT, changed"
        " TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6))"
    ),
}
WAIT_S = 20.0


class Context(MemoryContext):
    """Waits as long as it is asked to."""

    def wait(self, timeout_s: float) -> bool:
        time.sleep(timeout_s)
        return False


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest) -> ServerDatabase:
    made: ServerDatabase = request.getfixturevalue(f"{kind}_database")
    made.execute(CREATE[kind])
    return made


@pytest.fixture
def started(request: pytest.FixtureRequest) -> Any:
    def start(database: ServerDatabase, *stored: Any, **props: str) -> JdbcSourceTask:
        task = JdbcSourceTask()
        task.context = Context(stored)
        given = {name.replace("_", "."): value for name, value in props.items()}
        own = {"tables": quoted(database, "orders"), "tables.fetched": "true"}
        request.addfinalizer(task.stop)
        task.start({**database.settings, **own, "poll.interval.ms": "20", **given})
        return task

    return start


def quoted(database: ServerDatabase, table: str) -> str:
    """Name a table as the connector does."""
    is_mariadb = database.server.subprotocol == "mariadb"
    return f"`{database.name}`.`{table}`" if is_mariadb else f'"public"."{table}"'


def add(database: ServerDatabase, *items: str) -> None:
    database.execute(*(f"INSERT INTO orders (item) VALUES ('{item}')" for item in items))


def read(task: JdbcSourceTask, count: int, timeout_s: float = WAIT_S) -> list[SourceRecord]:
    """Poll until so many records came."""
    found: list[SourceRecord] = []
    ends_at = time.monotonic() + timeout_s
    while len(found) < count and time.monotonic() < ends_at:
        found += task.poll() or []
    return found


def nothing_comes(task: JdbcSourceTask, seconds: float = 0.6) -> bool:
    return read(task, 1, seconds) == []


MODES = [
    {"mode": "incrementing"},
    {"mode": "timestamp", "timestamp_column_name": "changed"},
    {"mode": "timestamp+incrementing", "timestamp_column_name": "changed"},
]


@pytest.mark.parametrize("props", MODES, ids=lambda props: props["mode"])
def test_new_rows_come_once(database: ServerDatabase, started: Any, props: Any) -> None:
    add(database, "a", "b")
    task = started(database, **props)
    assert values(read(task, 2)) == ["a", "b"]
    add(database, "c")
    assert values(read(task, 1)) == ["c"]
    assert nothing_comes(task)


@pytest.mark.parametrize("props", MODES[1:], ids=lambda props: props["mode"])
def test_changed_rows_come_again(database: ServerDatabase, started: Any, props: Any) -> None:
    add(database, "a", "b")
    task = started(database, **props)
    read(task, 2)
    database.execute("UPDATE orders SET item = 'new', changed = CURRENT_TIMESTAMP(6) WHERE id = 1")
    assert values(read(task, 1)) == ["new"]


@pytest.mark.parametrize("props", MODES, ids=lambda props: props["mode"])
def test_a_new_task_goes_on_where_the_old_one_stood(
    database: ServerDatabase, started: Any, props: Any
) -> None:
    add(database, "a", "b")
    last = read(started(database, **props), 2)[-1]
    add(database, "c")
    task = started(database, (last.source_partition, last.source_offset), **props)
    assert values(read(task, 1)) == ["c"]
    assert nothing_comes(task)


def partitions(database: ServerDatabase, kind: str) -> list[str]:
    if kind == "mariadb":
        return [f"{database.name}.orders"]
    return ["public.orders", f"{database.name}.public.orders"]


def test_offsets_of_java_are_gone_on_from(
    database: ServerDatabase, kind: str, started: Any
) -> None:
    add(database, "a", "b", "c")
    for name in partitions(database, kind):
        stored = ({"protocol": "1", "table": name}, {"incrementing": 2})
        assert values(read(started(database, stored, mode="incrementing"), 1)) == ["c"]
    oldest = ({"table": "orders"}, {"incrementing": 1})
    assert values(read(started(database, oldest, mode="incrementing"), 2)) == ["b", "c"]


def test_offsets_are_stored_as_java_does(database: ServerDatabase, kind: str, started: Any) -> None:
    add(database, "a")
    (record,) = read(started(database, **MODES[2]), 1)
    table = partitions(database, kind)[0]
    assert record.source_partition == {"protocol": "1", "table": table}
    stamp = record.source_offset
    assert stamp is not None
    assert list(stamp) == ["timestamp_nanos", "incrementing", "timestamp"]
    assert stamp["timestamp"] % 1000 == stamp["timestamp_nanos"] // 1_000_000


def test_all_rows_of_large_tables_come_in_batches(database: ServerDatabase, started: Any) -> None:
    database.execute(
        "INSERT INTO orders (item) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 990) SELECT 'x' FROM n"
    )
    database.execute("INSERT INTO orders (item) SELECT a.item FROM orders a, orders b LIMIT 9010")
    task = started(database, mode="incrementing", batch_max_rows="2000")
    found = read(task, 10_000)
    assert len({record.value["id"] for record in found}) == len(found) == 10_000


def test_memory_does_not_grow_with_the_table(
    database: ServerDatabase, kind: str, started: Any
) -> None:
    numbers = {"postgresql": "generate_series(1, 60000)", "mariadb": "seq_1_to_60000"}[kind]
    database.execute(f"INSERT INTO orders (item) SELECT REPEAT('x', 500) FROM {numbers}")
    task = started(database, mode="bulk")
    count = len(task.poll() or [])
    tracemalloc.start()
    try:
        while count < 60_000:
            count += len(task.poll() or [])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6_000_000  # all rows would be 30 MB


def test_a_query_may_tell_new_rows(database: ServerDatabase, started: Any) -> None:
    add(database, "a", "b")
    props = {"query": "SELECT id, item FROM orders", "tables": "", "topic_prefix": "rows"}
    task = started(database, mode="incrementing", incrementing_column_name="id", **props)
    assert values(read(task, 2)) == ["a", "b"]
    add(database, "c")
    assert [record.topic for record in read(task, 1)] == ["rows"]


def test_a_view_can_be_read(database: ServerDatabase, started: Any) -> None:
    database.execute("CREATE VIEW seen AS SELECT * FROM orders")
    add(database, "a")
    task = started(
        database,
        mode="incrementing",
        tables=quoted(database, "seen"),
        incrementing_column_name="id",
        validate_non_null="false",
    )
    assert values(read(task, 1)) == ["a"]


def test_bounds_and_values_are_of_one_zone(
    postgresql_database: ServerDatabase, started: Any
) -> None:
    postgresql_database.execute(
        "CREATE TABLE walls (item TEXT, changed TIMESTAMP NOT NULL)",
        "INSERT INTO walls VALUES ('a', now() AT TIME ZONE 'Asia/Tokyo')",
    )
    tables = quoted(postgresql_database, "walls")
    props = {"timestamp_column_name": "changed", "db_timezone": "Asia/Tokyo"}
    task = started(postgresql_database, mode="timestamp", tables=tables, **props)
    (record,) = read(task, 1)
    assert abs(record.value["changed"].timestamp() - time.time()) < 60
    assert nothing_comes(task)


def test_where_the_clock_has_no_zone_it_is_of_the_zone_of_values(
    mariadb_database: ServerDatabase, started: Any
) -> None:
    mariadb_database.execute(CREATE["mariadb"])
    add(mariadb_database, "a")
    props = {"timestamp_column_name": "changed", "db_timezone": "Asia/Tokyo"}
    task = started(mariadb_database, mode="timestamp", **props)
    (record,) = read(task, 1)
    assert abs(time.time() - 9 * 3600 - record.value["changed"].timestamp()) < 60
    assert nothing_comes(task)


def test_what_is_missing_is_told(database: ServerDatabase, started: Any) -> None:
    with pytest.raises(ConfigError, match=r"Table .*nothing is not there"):
        started(database, mode="bulk", tables="nothing")
    with pytest.raises(ConfigError, match="Incrementing column: nr does not exist"):
        started(database, mode="incrementing", incrementing_column_name="nr")


def test_a_table_that_is_dropped_fails_the_task_in_the_end(
    database: ServerDatabase, started: Any
) -> None:
    add(database, "a")
    task = started(database, mode="incrementing", table_poll_interval_ms="100")
    read(task, 1)
    database.execute("DROP TABLE orders")
    with pytest.raises(ConnectError):
        read(task, 1)


def test_a_table_with_a_column_of_another_type_is_read_on(
    database: ServerDatabase, kind: str, started: Any
) -> None:
    add(database, "a")
    task = started(database, mode="incrementing")
    (before,) = read(task, 1)
    change = {"postgresql": "ALTER item TYPE VARCHAR(9)", "mariadb": "MODIFY item VARCHAR(9)"}
    database.execute(f"ALTER TABLE orders {change[kind]}, ADD more INT")
    add(database, "b")
    (after,) = read(task, 1)
    assert (list(before.value), list(after.value)) == (
        ["id", "item", "changed"],
        ["id", "item", "changed", "more"],
    )


def test_a_long_query_is_cut_short_at_a_stop(
    database: ServerDatabase, kind: str, started: Any
) -> None:
    add(database, "a")
    sleep = {"postgresql": "pg_sleep(60)", "mariadb": "SLEEP(60)"}[kind]
    task = started(database, mode="bulk", query=f"SELECT id, {sleep} FROM orders", tables="")
    threading.Timer(0.2, setattr, [task.context, "is_stopping", True]).start()
    began_at = time.monotonic()
    task.poll()
    assert time.monotonic() - began_at < 20


@pytest.fixture
def spare(kind: str, request: pytest.FixtureRequest) -> DatabaseServer:
    server: DatabaseServer = request.getfixturevalue(f"spare_{kind}")
    return server


def test_a_database_that_is_killed_is_gone_on_with(
    spare: DatabaseServer, kind: str, started: Any
) -> None:
    with spare.new_database() as database:
        database.execute(CREATE[kind])
        add(database, "a", "b", "c")
        props = {"connection_attempts": "1", "connection_backoff_ms": "100", "batch_max_rows": "1"}
        task = started(database, mode="incrementing", **props)
        found = read(task, 1)
        spare.kill()
        found += read(task, 2, 1.0)  # what was under way, then failures
        spare.start()
        found += read(task, 3 - len(found))
        add(database, "d")
        found += read(task, 1)
        task.stop()
    assert values(found) == ["a", "b", "c", "d"]
