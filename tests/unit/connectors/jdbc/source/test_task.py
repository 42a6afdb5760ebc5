# SPDX-License-Identifier: Apache-2.0
"""The task, on a real SQLite database with a context in memory."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from barnabas.connectors.jdbc.errors import DatabaseError, Trouble
from barnabas.connectors.jdbc.source.reader import TableReader
from barnabas.connectors.jdbc.source.task import JdbcSourceTask
from barnabas.errors import ConfigError, ConnectError
from tests.unit.connectors.jdbc.source.source_context import (
    MemoryContext,
    Shop,
    poll_until_idle,
    values,
)

V1 = {"protocol": "1", "table": "orders"}
V0 = {"table": "orders"}


def offsets(records: Any) -> list[Any]:
    return [record.source_offset for record in records]


def test_bulk_reads_all_rows_each_time(shop: Shop) -> None:
    shop.add("a")
    shop.add("b")
    task = shop.task(mode="bulk")
    first, second = task.poll(), task.poll()
    assert values(first or []) == values(second or []) == ["a", "b"]
    assert {record.topic for record in first or []} == {"shop-orders"}
    assert offsets(first) == [None, None]
    assert (first or [])[0].source_partition == V0


def test_values_have_the_schema_of_the_table(shop: Shop) -> None:
    shop.add("a")
    (record,) = shop.task(mode="bulk").poll() or []
    assert record.value_schema is not None
    assert record.value_schema.name == "orders"
    assert [field.name for field in record.value_schema.fields] == ["id", "item", "changed"]
    assert record.key is None
    assert record.timestamp is None


def test_incrementing_reads_each_row_once(shop: Shop) -> None:
    shop.add("a")
    task = shop.task(mode="incrementing", incrementing_column_name="id")
    first = poll_until_idle(task)
    shop.add("b")
    second = poll_until_idle(task)
    assert (values(first), values(second)) == (["a"], ["b"])
    assert offsets(first + second) == [{"incrementing": 1}, {"incrementing": 2}]
    assert first[0].source_partition == V1


def test_an_incrementing_column_is_found_by_itself(shop: Shop) -> None:
    shop.add("a")
    assert offsets(poll_until_idle(shop.task(mode="incrementing"))) == [{"incrementing": 1}]


def test_batches_have_as_many_rows_as_set_and_share_what_they_can(shop: Shop) -> None:
    for number in range(5):
        shop.add(str(number))
    task = shop.task(mode="incrementing", batch_max_rows="2")
    batches = [task.poll() or [] for _ in range(3)]
    assert [len(batch) for batch in batches] == [2, 2, 1]
    records = [record for batch in batches for record in batch]
    assert len({id(record.source_partition) for record in records}) == 1
    assert len({id(record.value_schema) for record in records}) == 1


def test_timestamp_reads_rows_that_changed(shop: Shop) -> None:
    shop.add("a", 1000)
    shop.add("b", 2000)
    task = shop.task(mode="timestamp", timestamp_column_name="changed")
    first = poll_until_idle(task)
    shop.execute("UPDATE orders SET changed = 3000 WHERE item = 'a'")
    assert values(first) == ["a", "b"]
    assert values(poll_until_idle(task)) == ["a"]
    assert offsets(first)[-1] == {"timestamp_nanos": 0, "timestamp": 2000}


def test_rows_of_one_timestamp_commit_together(shop: Shop) -> None:
    for item in "abc":
        shop.add(item, 1000)
    shop.add("d", 2000)
    task = shop.task(mode="timestamp", timestamp_column_name="changed", batch_max_rows="2")
    found = offsets(poll_until_idle(task))
    assert [offset.get("timestamp") for offset in found] == [None, None, 1000, 2000]


def test_timestamp_and_number_tell_rows_of_one_timestamp(shop: Shop) -> None:
    shop.add("a", 1000)
    columns = {"timestamp_column_name": "changed", "incrementing_column_name": "id"}
    task = shop.task(mode="timestamp+incrementing", **columns)
    first = poll_until_idle(task)
    shop.add("b", 1000)
    assert (values(first), values(poll_until_idle(task))) == (["a"], ["b"])


def test_rows_of_the_delay_wait(shop: Shop) -> None:
    shop.add("old", 1000)
    shop.execute("INSERT INTO orders (item, changed) VALUES ('new', unixepoch() * 1000)")
    task = shop.task(
        mode="timestamp", timestamp_column_name="changed", timestamp_delay_interval_ms="60000"
    )
    assert values(poll_until_idle(task)) == ["old"]


def test_a_table_may_begin_at_a_time_or_now(shop: Shop) -> None:
    shop.add("a", 1000)
    shop.add("b", 2000)
    later = shop.task(mode="timestamp", timestamp_column_name="changed", timestamp_initial="1000")
    now = shop.task(mode="timestamp", timestamp_column_name="changed", timestamp_initial="-1")
    assert values(poll_until_idle(later)) == ["b"]
    assert values(poll_until_idle(now)) == []


def test_a_table_may_begin_at_a_number(shop: Shop) -> None:
    shop.add("a")
    shop.add("b")
    task = shop.task(mode="incrementing", incrementing_initial="1")
    assert values(poll_until_idle(task)) == ["b"]


@pytest.mark.parametrize(
    "stored",
    [
        [(V1, {"incrementing": 1})],
        [(V0, {"incrementing": 1})],
        [(V0, {"incrementing": 0}), (V1, {"incrementing": 1})],
        [({"table": "orders", "protocol": "1"}, {"incrementing": 1, "timestamp": 5})],
    ],
)
def test_offsets_of_java_are_gone_on_from(shop: Shop, stored: Any) -> None:
    for item in "abc":
        shop.add(item)
    task = shop.task(MemoryContext(stored), mode="incrementing")
    assert values(poll_until_idle(task)) == ["b", "c"]


def test_an_offset_without_nanoseconds_is_gone_on_from(shop: Shop) -> None:
    shop.add("a", 1000)
    shop.add("b", 2000)
    context = MemoryContext([(V1, {"timestamp": 1000})])
    task = shop.task(context, mode="timestamp", timestamp_column_name="changed")
    assert values(poll_until_idle(task)) == ["b"]


def test_a_query_is_read_under_its_own_partition(shop: Shop) -> None:
    shop.add("a")
    shop.add("b")
    props = {"query": "SELECT id, item FROM orders", "tables": "", "topic_prefix": "rows"}
    context = MemoryContext([({"query": "query"}, {"incrementing": 1})])
    task = shop.task(context, mode="incrementing", incrementing_column_name="id", **props)
    (record,) = poll_until_idle(task)
    assert record.value == {"id": 2, "item": "b"}
    assert (record.topic, record.source_partition) == ("rows", {"query": "query"})
    assert record.value_schema is not None
    assert record.value_schema.name is None


def test_a_suffix_ends_each_query(shop: Shop) -> None:
    for item in "abc":
        shop.add(item)
    task = shop.task(mode="incrementing", query_suffix="LIMIT 2")
    assert values(task.poll() or []) == ["a", "b"]
    assert values(poll_until_idle(task)) == ["c"]


def test_keys_may_be_taken_from_the_primary_key(shop: Shop) -> None:
    shop.add("a")
    (record,) = shop.task(mode="bulk", key_mode="primary_key").poll() or []
    assert record.key == {"id": 1}
    assert record.key_schema is not None
    assert [field.name for field in record.key_schema.fields] == ["id"]


def test_tables_take_turns(shop: Shop) -> None:
    shop.execute("CREATE TABLE items (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, item TEXT)")
    shop.execute("INSERT INTO items (item) VALUES ('x')")
    shop.add("a")
    task = shop.task(mode="bulk", tables="`items`,`orders`")
    topics = [record.topic for _ in range(4) for record in task.poll() or []]
    assert topics == ["shop-items", "shop-orders", "shop-items", "shop-orders"]


def test_a_column_that_is_added_changes_the_schema(shop: Shop) -> None:
    shop.add("a")
    task = shop.task(mode="incrementing")
    (before,) = poll_until_idle(task)
    shop.execute("ALTER TABLE orders ADD COLUMN note TEXT")
    shop.add("b")
    (after,) = poll_until_idle(task)
    assert "note" not in before.value
    assert after.value["note"] is None


def test_between_two_rounds_the_task_waits(shop: Shop) -> None:
    context = MemoryContext()
    shop.add("a")
    task = shop.task(context, mode="bulk", poll_interval_ms="5000")
    assert task.poll()
    assert task.poll() is None
    assert context.waits == [1.0]


def test_nothing_spins_however_short_the_interval_is(shop: Shop) -> None:
    context = MemoryContext()
    task = shop.task(context, mode="incrementing", poll_interval_ms="0")
    assert [task.poll() for _ in range(3)] == [None] * 3
    assert len(context.waits) == 2


def test_a_task_without_known_tables_idles(shop: Shop) -> None:
    task = shop.task(mode="bulk", tables="", tables_fetched="false")
    assert task.poll() is None


def test_a_task_without_any_table_fails(shop: Shop) -> None:
    with pytest.raises(ConfigError, match="was not assigned a table nor a query"):
        shop.task(mode="bulk", tables="")


@pytest.mark.parametrize(
    ("props", "message"),
    [
        ({"mode": ""}, "Query mode must be specified"),
        ({"mode": "bulk", "tables": "`missing`"}, "Table missing is not there"),
        (
            {"mode": "incrementing", "incrementing_column_name": "nr"},
            "Incrementing column: nr does not exist in table 'orders'",
        ),
        (
            {"mode": "incrementing", "incrementing_column_name": "item"},
            "using incrementing column item on orders because this column is nullable",
        ),
        ({"mode": "timestamp"}, "needs timestamp.column.name"),
        (
            {"mode": "timestamp", "timestamp_column_name": "item"},
            "using timestamp columns item on orders because all of these columns are nullable",
        ),
        ({"mode": "bulk", "query": "SELECT 1", "table_whitelist": "a"}, "query may not be"),
    ],
)
def test_what_cannot_work_is_told_at_the_start(
    shop: Shop, props: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        shop.task(**props)


class _Failing:
    """Makes the database fail a number of times."""

    def __init__(self, times: int, trouble: Trouble) -> None:
        self.left = times
        self.trouble = trouble
        self.open = TableReader.open

    @property
    def method(self) -> Any:
        def run(reader: TableReader, connection: Any) -> Any:
            if self.left:
                self.left -= 1
                message = "Cannot read table orders"
                raise DatabaseError(message, trouble=self.trouble)
            return self.open(reader, connection)

        return run


def failing(
    monkeypatch: pytest.MonkeyPatch, task: JdbcSourceTask, times: int, trouble: Trouble
) -> JdbcSourceTask:
    failure = _Failing(times, trouble)
    monkeypatch.setattr(TableReader, "open", failure.method)
    return task


def test_what_may_pass_is_tried_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.add("a")
    task = failing(monkeypatch, shop.task(mode="incrementing"), 2, Trouble.DEADLOCK)
    assert values(poll_until_idle(task)) == ["a"]


def test_patience_is_set_by_attempts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    started = shop.task(mode="incrementing", query_retry_attempts="2")
    task = failing(monkeypatch, started, 3, Trouble.DEADLOCK)
    assert task.poll() is None
    assert task.poll() is None
    with pytest.raises(ConnectError, match="Failed to query table after retries"):
        task.poll()


@pytest.mark.parametrize("trouble", [Trouble.PERMISSION, Trouble.STATEMENT, Trouble.LOGIN])
def test_what_will_not_pass_fails_the_task(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, trouble: Trouble
) -> None:
    task = failing(monkeypatch, shop.task(mode="incrementing"), 1, trouble)
    with pytest.raises(DatabaseError, match="Cannot read table orders"):
        task.poll()


def test_a_dropped_table_is_waited_for_until_the_monitor_must_have_noticed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = failing(monkeypatch, shop.task(mode="bulk"), 1, Trouble.MISSING)
    assert patient.poll() is None
    started = shop.task(mode="bulk", table_poll_interval_ms="0")
    impatient = failing(monkeypatch, started, 1, Trouble.MISSING)
    with pytest.raises(DatabaseError):
        impatient.poll()


def test_a_query_whose_table_is_gone_fails(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    started = shop.task(mode="bulk", query="SELECT * FROM orders", tables="")
    task = failing(monkeypatch, started, 1, Trouble.MISSING)
    with pytest.raises(DatabaseError):
        task.poll()


def test_rows_that_were_returned_do_not_come_again_after_a_failure(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for item in "abcd":
        shop.add(item)
    task = shop.task(mode="incrementing", batch_max_rows="2")
    first = task.poll() or []
    with monkeypatch.context() as patch:
        failure = _Failing(1, Trouble.CONNECTION)
        patch.setattr(TableReader, "read", failure.method)
        assert task.poll() is None
    assert values(first + poll_until_idle(task)) == ["a", "b", "c", "d"]


def test_stopping_closes_the_connection_also_amid_a_result(shop: Shop) -> None:
    for item in "abc":
        shop.add(item)
    task = shop.task(mode="bulk", batch_max_rows="1")
    task.poll()
    assert task._connection is not None
    raw = task._connection.raw
    task.stop()
    with pytest.raises(sqlite3.ProgrammingError):
        raw.execute("SELECT 1")


def test_stopping_is_possible_before_the_start() -> None:
    JdbcSourceTask().stop()


def test_the_version_is_told() -> None:
    assert JdbcSourceTask().version()
