# SPDX-License-Identifier: Apache-2.0
"""The sink's task, on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from barnabas.api import OffsetAndMetadata, SinkRecord, TopicPartition
from barnabas.connectors.jdbc.errors import DatabaseRetriableError, Trouble
from barnabas.connectors.jdbc.sink.task import JdbcSinkTask
from barnabas.errors import ConnectError, RetriableError
from tests.unit.connectors.jdbc.sink.sink_records import Context, Reporter, Shelf, thing

StartTask = Callable[..., JdbcSinkTask]
HERE = TopicPartition("things", 0)
ALL = "SELECT * FROM things ORDER BY 1"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf.db")


@pytest.fixture
def start(shelf: Shelf) -> Iterator[StartTask]:
    started: list[JdbcSinkTask] = []

    def make(context: Context | None = None, **more: str) -> JdbcSinkTask:
        task = JdbcSinkTask()
        task.context = context or Context()  # type: ignore[assignment]  # as far as it is used
        props = {"connection.url": shelf.url, "auto.create": "true", "name": "shelf"}
        props |= {"pk.mode": "record_key", "pk.fields": "id", "retry.backoff.ms": "0"}
        task.start(props | {name.replace("_", "."): value for name, value in more.items()})
        started.append(task)
        return task

    yield make
    for task in started:
        task.stop()


def test_records_are_written(start: StartTask, shelf: Shelf) -> None:
    task = start()
    task.put([])
    task.put([thing(1, "a")])
    assert shelf.run(ALL) == [(1, "a")]


def test_the_bad_record_is_named_by_place_and_key(start: StartTask, shelf: Shelf) -> None:
    task = start()
    with pytest.raises(ConnectError, match="offset=9,timestamp=null\\) with key id=1: ") as caught:
        task.put([thing(1, "secret"), thing(2, "secret"), thing(1, "secret", offset=9)])
    assert not isinstance(caught.value, RetriableError)
    assert "secret" not in str(caught.value)
    assert shelf.run(ALL) == []


def test_with_a_reporter_only_bad_records_are_left_out(start: StartTask, shelf: Shelf) -> None:
    reporter = Reporter()
    task = start(Context(reporter))
    task.put([thing(1, "a"), thing(2, "b"), thing(1, "c", offset=9), thing(3, "d")])
    assert shelf.run(ALL) == [(1, "a"), (2, "b"), (3, "d")]
    ((offset, reason),) = reporter.reported
    assert offset == 9
    assert "with key id=1" in reason


def test_a_locked_database_is_tried_again(start: StartTask, shelf: Shelf) -> None:
    task, context = _away(start, retry_backoff_ms="70000", max_retries="2")
    with pytest.raises(RetriableError, match="tried again in 70000 ms"):
        task.put([thing(1)])
    assert context.timeouts == [70_000]
    with pytest.raises(RetriableError, match="The next attempt to write is in"):
        task.put([thing(1)])


def test_retries_end_and_begin_anew_after_a_success(start: StartTask, shelf: Shelf) -> None:
    task, _context = _away(start, max_retries="1")
    for _ in range(2):
        with pytest.raises(RetriableError):
            task.put([thing(1)])
        task._writer.is_away = False  # type: ignore[union-attr]  # a test's writer
        task.put([thing(1)])
        task._writer.is_away = True  # type: ignore[union-attr]
    with pytest.raises(RetriableError):
        task.put([thing(1)])
    with pytest.raises(DatabaseRetriableError, match=r"^away$"):
        task.put([thing(1)])


def test_a_database_that_is_away_is_no_reason_to_report(start: StartTask, shelf: Shelf) -> None:
    reporter = Reporter()
    task, _context = _away(start, reporter, max_retries="0")
    with pytest.raises(ConnectError, match=r"^away$"):
        task.put([thing(1)])
    assert reporter.reported == []


def _late(start: StartTask, **props: str) -> tuple[JdbcSinkTask, _FakeWriter]:
    task, _context = _away(start, **props)
    writer: Any = task._writer
    writer.is_away, writer.is_late = False, True
    return task, writer


def _offset(number: int) -> dict[TopicPartition, OffsetAndMetadata]:
    return {HERE: OffsetAndMetadata(number, "m")}


def test_offsets_wait_for_the_database(start: StartTask) -> None:
    task, writer = _late(start)
    task.put([thing(5), thing(6)])
    writer.is_away = True
    assert task.pre_commit(_offset(7)) == _offset(5)
    writer.is_away = False
    assert task.pre_commit(_offset(7)) == _offset(7)
    assert [record.kafka_offset for record in writer.written] == [5, 6]


def test_the_next_put_makes_sure_of_the_one_before(start: StartTask) -> None:
    task, writer = _late(start)
    task.put([thing(1)])
    task.put([thing(2)])
    assert [record.kafka_offset for record in writer.written] == [1]
    task.put([])
    assert [record.kafka_offset for record in writer.written] == [1, 2]


def test_records_whose_end_failed_are_written_before_others(start: StartTask) -> None:
    task, writer = _late(start)
    task.put([thing(1)])
    writer.is_away = True
    with pytest.raises(RetriableError):
        task.put([thing(2)])
    writer.is_away = writer.is_late = False
    task.put([thing(2)])
    assert [record.kafka_offset for record in writer.written] == [1, 2]


def test_records_of_partitions_taken_away_are_left_to_others(start: StartTask) -> None:
    task, writer = _late(start)
    task.put([thing(1), thing(2, kafka_partition=1)])
    writer.is_away = True
    task.pre_commit({})
    task.close({HERE})
    writer.is_away = False
    task.put([])
    assert [record.kafka_partition for record in writer.written] == [1]


def test_offsets_are_those_before_transformations(start: StartTask) -> None:
    task, writer = _late(start)
    task.put([thing(5).replace(topic="elsewhere")])
    writer.is_away = True
    assert task.pre_commit(_offset(6)) == _offset(5)


def test_a_table_that_is_missing_fails_the_task(start: StartTask) -> None:
    task = start(auto_create="false")
    with pytest.raises(ConnectError, match="Table things is missing and auto-creation is disabled"):
        task.put([thing(1)])


def test_waiting_ends_when_the_task_is_to_stop(start: StartTask) -> None:
    context = Context()
    task = start(context)
    assert task._wait(0.0) is False
    context.is_stopping = True
    assert task._wait(60.0) is True


def test_a_task_that_never_started_can_be_stopped() -> None:
    JdbcSinkTask().stop()


class _FakeWriter:
    """A writer whose database is away, or takes everything at once or later."""

    is_away = True
    is_late = False

    def __init__(self) -> None:
        self.written: list[SinkRecord] = []
        self.begun: list[SinkRecord] = []

    @property
    def is_begun(self) -> bool:
        return bool(self.begun)

    def prepare(self, _records: Sequence[SinkRecord]) -> None:
        return None

    def begin(self, records: Sequence[SinkRecord], _prepared: None) -> bool:
        if self.is_late:
            self.begun = list(records)
        else:
            self.write(records)
        return self.is_late

    def finish(self) -> None:
        records, self.begun = self.begun, []
        self.write(records)

    def write(self, records: Sequence[SinkRecord]) -> None:
        if self.is_away:
            raise DatabaseRetriableError("away", trouble=Trouble.CONNECTION)
        self.written += records

    def rollback(self) -> None:
        pass

    def close(self) -> None:
        pass


def _away(
    start: StartTask, reporter: Reporter | None = None, **props: str
) -> tuple[JdbcSinkTask, Context]:
    context = Context(reporter)
    task = start(context, **props)
    task._writer = _FakeWriter()  # type: ignore[assignment]  # as far as it is used
    return task, context
