# SPDX-License-Identifier: Apache-2.0
"""The task as a whole, on a local store: rotation, recovery, failures, crashes at every step."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from barnabas import data
from barnabas.api import OffsetAndMetadata
from barnabas.connectors._storage import sink_task
from barnabas.connectors._storage.settings import StorageSinkConfig
from barnabas.connectors._storage.sink_task import StorageSinkTask
from barnabas.connectors._storage.storage import (
    FileMissingError,
    Storage,
    StorageAccessError,
    StorageFullError,
)
from barnabas.connectors._storage.topic_directories import TopicDirectories
from barnabas.errors import ConnectError, DataError
from tests.unit.connectors._storage.sink_harness import (
    WHERE,
    AtOnce,
    Context,
    DeadLetters,
    FailingStorage,
    Killed,
    committed,
    leftovers,
    next_offset,
    offsets_in,
    record,
    records,
)

END = 20  # a multiple of flush.size: all of them are committed at the end
FIELDS = {"partitioner.class": "FieldPartitioner", "partition.field.name": "group"}
TIMES = {
    "partitioner.class": "TimeBasedPartitioner",
    "path.format": "'hour'=HH",
    "partition.duration.ms": "3600000",
    "timezone": "UTC",
    "locale": "en",
    "timestamp.extractor": "Record",
}


class Task(StorageSinkTask):
    """Writes to a store that fails on command."""

    context: Context

    def __init__(self, store: FailingStorage) -> None:
        self.store = store
        self.context = Context()

    @override
    def read_settings(self, props: Mapping[str, str]) -> StorageSinkConfig:
        return StorageSinkConfig(props)

    @override
    def open_store(self, settings: StorageSinkConfig) -> Storage:
        return self.store

    @override
    def directories(self, settings: StorageSinkConfig) -> TopicDirectories:
        return TopicDirectories("topics", "logs", None)


class Clock:
    def __init__(self) -> None:
        self.ms = 1_700_000_000_000

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(sink_task, "_now_ms", clock)
    monkeypatch.setattr(os, "fsync", lambda _: None)  # nobody pulls the plug
    monkeypatch.setattr(sink_task, "ThreadPoolExecutor", lambda *_: AtOnce())
    return clock


Begin = Callable[..., Task]


@pytest.fixture
def begin(tmp_path: Path, clock: Clock) -> Iterator[Begin]:
    stores = []

    def begin(*, store: FailingStorage | None = None, **settings: str) -> Task:
        task = Task(store or FailingStorage(tmp_path))
        stores.append(task.store)
        props = {"flush.size": "10", "format.class": "JsonFormat", "retry.backoff.ms": "1000"}
        task.start({**props, **{key.replace("_", "."): text for key, text in settings.items()}})
        task.open({WHERE})
        return task

    yield begin
    for store in stores:
        store.close()


def commit(task: Task, position: int) -> int:
    return next_offset(task.pre_commit({WHERE: OffsetAndMetadata(position)}))


# -- layout ----------------------------------------------------------------------------------------


def test_files_have_the_names_of_java(begin: Begin, tmp_path: Path) -> None:
    begin().put(records(0, 25))
    assert committed(tmp_path) == {
        "partition=0/clicks+0+0000000000+0000000009.json": list(range(10)),
        "partition=0/clicks+0+0000000010+0000000019.json": list(range(10, 20)),
    }


def test_a_set_of_files_is_committed_together(begin: Begin, tmp_path: Path) -> None:
    begin(**FIELDS).put(records(0, 10))
    assert {path: at[0] for path, at in committed(tmp_path).items()} == {
        "group=0/clicks+0+0000000000+0000000009.json": 0,
        "group=1/clicks+0+0000000001+0000000007.json": 1,
        "group=2/clicks+0+0000000002+0000000008.json": 2,
    }


def test_offsets_are_committed_up_to_the_open_files(begin: Begin) -> None:
    task = begin()
    task.put(records(3, 25))
    assert commit(task, 25) == 23
    task.put(records(25, 33))
    assert commit(task, 33) == 33


def test_nothing_is_committed_before_anything_was_read(begin: Begin) -> None:
    assert begin().pre_commit({WHERE: OffsetAndMetadata(0)}) == {}


def test_open_files_are_dropped_when_the_partition_goes(begin: Begin, tmp_path: Path) -> None:
    task = begin(**FIELDS)
    task.put(records(0, 15))
    task.close({WHERE})
    task.stop()
    assert offsets_in(tmp_path) == list(range(10))
    assert leftovers(tmp_path) == []


def test_the_next_owner_goes_on_where_files_end(begin: Begin, tmp_path: Path) -> None:
    begin().put(records(0, 15))
    task = begin()
    assert task.context.offsets == {WHERE: 10}
    task.put(records(10, 20))
    assert offsets_in(tmp_path) == list(range(20))


def test_what_is_in_files_already_is_left_out(begin: Begin, tmp_path: Path) -> None:
    begin().put(records(0, 10))
    task = begin()
    task.put(records(5, 20))
    assert offsets_in(tmp_path) == list(range(20))


def test_what_is_in_open_files_already_is_left_out(begin: Begin, tmp_path: Path) -> None:
    task = begin()
    task.put(records(0, 5))
    task.put(records(3, 12))
    assert offsets_in(tmp_path) == list(range(10))


def test_a_zombie_commits_nothing(begin: Begin, tmp_path: Path) -> None:
    zombie, owner = begin(), None
    zombie.put(records(0, 5))
    owner = begin()
    owner.put(records(0, 10))
    zombie.put(records(5, 12))
    owner.put(records(10, 20))
    assert offsets_in(tmp_path) == list(range(20))
    assert WHERE in zombie.context.paused


# -- rotation --------------------------------------------------------------------------------------


def test_the_clock_ends_files_of_an_idle_partition(
    begin: Begin, clock: Clock, tmp_path: Path
) -> None:
    task = begin(rotate_interval_ms="60000")
    task.put(records(0, 3))
    clock.ms += 59_999
    task.put([])
    assert offsets_in(tmp_path) == []
    clock.ms += 1
    task.put([])
    assert offsets_in(tmp_path) == [0, 1, 2]


def test_record_times_end_files(begin: Begin, tmp_path: Path) -> None:
    task = begin(rotate_interval_ms="60000", **TIMES)
    task.put([record(at, timestamp=at * 25_000) for at in range(7)])
    assert offsets_in(tmp_path) == [0, 1, 2, 3, 4, 5]


def test_idle_files_end_although_record_times_stand_still(
    begin: Begin, clock: Clock, tmp_path: Path
) -> None:
    task = begin(rotate_interval_ms="60000", **TIMES)
    task.put([record(0, timestamp=5)])
    clock.ms += 60_000
    task.put([])
    assert offsets_in(tmp_path) == [0]


def test_a_schedule_ends_files(begin: Begin, clock: Clock, tmp_path: Path) -> None:
    task = begin(rotate_schedule_interval_ms="3600000", timezone="UTC")
    task.put(records(0, 3))
    clock.ms += 3_600_000
    task.put([])
    assert offsets_in(tmp_path) == [0, 1, 2]


def test_bytes_end_files(begin: Begin, tmp_path: Path) -> None:
    task = begin(rotate_file_bytes="10", flush_size="1000")
    task.put(records(0, 3))
    assert offsets_in(tmp_path) == [0, 1, 2]


def test_another_schema_begins_another_file(begin: Begin, tmp_path: Path) -> None:
    task = begin()
    one, two = _schema("a"), _schema("b")
    task.put([record(at, value={"offset": at}, value_schema=one) for at in range(3)])
    task.put([record(at, value={"offset": at}, value_schema=two) for at in range(3, 5)])
    assert offsets_in(tmp_path) == [0, 1, 2]


def _schema(name: str) -> data.Schema:
    return data.Schema(data.Type.STRUCT, name=name, fields=[("offset", data.INT64)])


# -- limits ----------------------------------------------------------------------------------------


def test_no_more_files_are_open_than_allowed(
    begin: Begin, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fields = {**FIELDS, "partition.field.name": "offset"}
    task = begin(max_open_files="4", flush_size="100", **fields)
    task.put(records(0, 90))
    assert len(task._parts.open_files) <= 4
    assert "max.open.files" in caplog.text
    task.put(records(90, 100))
    assert offsets_in(tmp_path) == list(range(100))
    assert leftovers(tmp_path) == []


def test_no_more_bytes_wait_than_allowed(begin: Begin, tmp_path: Path) -> None:
    task = begin(max_buffered_bytes="50", flush_size="100", **FIELDS)
    for at in range(0, 100, 10):
        task.put(records(at, at + 10))
        assert task._parts.open_files.bytes_buffered <= 50
    assert offsets_in(tmp_path) == list(range(100))


# -- bad records -----------------------------------------------------------------------------------


def test_a_record_without_the_field_goes_to_the_dead_letters(begin: Begin, tmp_path: Path) -> None:
    task = begin(**FIELDS)
    letters = task.context.errant_record_reporter = DeadLetters()
    task.put([*records(0, 3), record(3, value=["offset", 3]), *records(4, 11)])
    assert letters.offsets == [3]
    assert offsets_in(tmp_path) == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]


def test_a_value_the_format_refuses_goes_to_the_dead_letters(begin: Begin, tmp_path: Path) -> None:
    task = begin()
    letters = task.context.errant_record_reporter = DeadLetters()
    bad = record(3, value={"offset": 3, "bad": object()})
    task.put([*records(0, 3), bad, *records(4, 10)])
    assert letters.offsets == [3]
    assert offsets_in(tmp_path) == [0, 1, 2, 4, 5, 6, 7, 8, 9]


def test_a_bad_record_fails_the_task_and_is_named(begin: Begin) -> None:
    with pytest.raises(DataError, match="offset 3 of clicks-0"):
        begin(**FIELDS).put([*records(0, 3), record(3, value=[])])


def test_a_topic_changed_by_a_transformation_is_refused(begin: Begin) -> None:
    renamed = record(3).replace(topic="other")
    with pytest.raises(ConnectError, match=r"transformations must not change it"):
        begin().put([renamed])


def test_only_bad_records_make_no_file(begin: Begin, tmp_path: Path) -> None:
    task = begin(**FIELDS)
    letters = task.context.errant_record_reporter = DeadLetters()
    task.put([record(at, value=[]) for at in range(12)])
    assert letters.offsets == list(range(12))
    assert commit(task, 12) == 12
    assert leftovers(tmp_path) == []


# -- failures --------------------------------------------------------------------------------------


def run(task: Task, start: int, stop: int = END) -> None:
    """Be the framework: offer records in batches, follow rewinds, until all was offered."""
    position = task.context.offsets.pop(WHERE, start)
    for _ in range(200):
        batch = [] if WHERE in task.context.paused else records(position, min(position + 7, stop))
        task.put(batch)
        position = task.context.offsets.pop(WHERE, position + len(batch))
        if position >= stop and not task.context.paused:
            return
    pytest.fail("it does not come to an end")


def steps_of_a_run(root: Path, begin: Begin, settings: dict[str, str]) -> int:
    store = FailingStorage(root)
    task = begin(store=store, **settings)
    run(task, 0)
    return len(store.steps)


@pytest.mark.parametrize("happens", [True, False])
@pytest.mark.parametrize("settings", [{}, FIELDS], ids=["one file", "many files"])
def test_a_crash_at_any_step_leaves_each_record_in_one_file(
    begin: Begin, tmp_path: Path, settings: dict[str, str], happens: bool
) -> None:
    for step in range(steps_of_a_run(tmp_path / "whole", begin, settings)):
        root = tmp_path / str(step)
        store = FailingStorage(root)
        store.fail_at, store.happens = step, happens
        try:
            task = begin(store=store, **settings)
            run(task, 0)
        except Killed:
            store.fail_at = -1
        else:
            pytest.fail(f"it was to be killed at step {step} of {store.steps}")
        task = begin(store=store, **settings)
        position = task.context.offsets.get(WHERE, 0)
        run(task, position)
        task.close({WHERE})
        assert offsets_in(root) == list(range(END)), store.steps[step]
        assert leftovers(root) == []


@pytest.mark.parametrize("happens", [True, False])
@pytest.mark.parametrize(
    ("settings", "error"), [({}, FileMissingError), (FIELDS, StorageFullError)]
)
def test_a_failure_at_any_step_is_mended(
    begin: Begin,
    tmp_path: Path,
    clock: Clock,
    settings: dict[str, str],
    happens: bool,
    error: type[Exception],
) -> None:
    for step in range(steps_of_a_run(tmp_path / "whole", begin, settings)):
        root = tmp_path / str(step)
        store = FailingStorage(root)
        store.fail_at, store.happens, store.error = step, happens, error
        task = begin(store=store, **{**settings, "retry.backoff.ms": "0"})
        run(task, 0)
        task.close({WHERE})
        assert offsets_in(root) == list(range(END)), store.steps[step]
        assert leftovers(root) == []


def test_after_a_failure_nothing_is_tried_for_a_while(
    begin: Begin, clock: Clock, tmp_path: Path
) -> None:
    task = begin()
    task.store.fail_at, task.store.error = len(task.store.steps), StorageFullError
    task.put(records(0, 5))
    assert task.context.paused == {WHERE}
    assert task.context.offsets == {WHERE: 0}
    assert task.context.timeouts == [1000]
    steps = len(task.store.steps)
    clock.ms += 999
    task.put([])
    assert len(task.store.steps) == steps
    clock.ms += 1
    task.put([])
    assert task.context.paused == set()


def test_a_missing_permission_fails_the_task(begin: Begin) -> None:
    task = begin()
    task.store.fail_at, task.store.error = len(task.store.steps), StorageAccessError
    with pytest.raises(StorageAccessError):
        task.put(records(0, 5))
    task.close({WHERE})
    task.stop()


def test_a_failure_found_while_committing_fails_the_task_later(begin: Begin, clock: Clock) -> None:
    task = begin(rotate_interval_ms="1000")
    task.put(records(0, 5))
    clock.ms += 1000
    task.store.fail_at, task.store.error = len(task.store.steps), StorageAccessError
    assert commit(task, 5) == 0
    with pytest.raises(StorageAccessError):
        task.put([])


def test_records_that_come_on_from_the_old_place_are_not_taken(
    begin: Begin, clock: Clock, tmp_path: Path
) -> None:
    task = begin(**{"retry.backoff.ms": "0"})
    task.store.fail_at, task.store.error = len(task.store.steps), StorageFullError
    task.put(records(0, 5))
    task.put([])
    task.context.offsets.clear()
    task.put(records(5, 10))
    assert task.context.offsets == {WHERE: 0}
    task.put(records(0, 10))
    assert offsets_in(tmp_path) == list(range(10))


def test_closing_is_waited_for_when_the_partition_goes(tmp_path: Path) -> None:
    class Slow(FailingStorage):
        @override
        def _step(self, what: str, do: Callable[[], Any]) -> Any:
            if what.startswith("close"):
                time.sleep(0.05)
            return super()._step(what, do)

    task = Task(Slow(tmp_path))
    task.start({"flush.size": "10", "format.class": "JsonFormat"})
    task.open({WHERE})
    task.put(records(0, 20))
    assert task.context.timeouts == [100]
    task.close({WHERE})
    task.stop()
    assert offsets_in(tmp_path) == list(range(20))
    assert leftovers(tmp_path) == []
