# SPDX-License-Identifier: Apache-2.0
"""The S3 sink's task over a bucket in memory: names, rotation, nulls, deaths at every request."""

from __future__ import annotations

import dataclasses
import gzip
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest
from typing_extensions import override

from barnabas.api import OffsetAndMetadata, SinkRecord
from barnabas.connectors._storage import sink_task
from barnabas.connectors._storage.object_stores import ObjectStores
from barnabas.connectors._storage.open_files import OpenFiles
from barnabas.connectors._storage.s3 import S3Storage
from barnabas.connectors._storage.settings import StorageSinkConfig
from barnabas.connectors._storage.storage import Storage, StorageUnavailableError
from barnabas.connectors.s3.task import S3SinkTask
from barnabas.errors import DataError
from tests.unit.connectors._storage.memory_bucket import Bucket, MemoryStore
from tests.unit.connectors._storage.sink_harness import (
    WHERE,
    AtOnce,
    Context,
    DeadLetters,
    Killed,
    next_offset,
    record,
    records,
)

END = 20
FIELDS = {"partitioner_class": "FieldPartitioner", "partition_field_name": "group"}
TIMES = {
    "partitioner_class": "HourlyPartitioner",
    "timestamp_extractor": "Record",
    "locale": "en",
    "timezone": "UTC",
    "rotate_interval_ms": "600000",
}


class Task(S3SinkTask):
    """Over a bucket in memory, with parts of 60 bytes."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.context: Any = Context()

    @override
    def open_store(self, settings: StorageSinkConfig) -> Storage:
        return self.store


Begin = Callable[..., Task]


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    monkeypatch.setattr(sink_task, "ThreadPoolExecutor", lambda *_: AtOnce())
    tasks = []

    def begin(store: MemoryStore | None = None, **settings: str) -> Task:
        store = store or MemoryStore(Bucket())
        props = {"flush.size": "10", "format.class": "JsonFormat", "s3.bucket.name": "lake"}
        props |= {"retry.backoff.ms": "0"}
        task = Task(store)
        tasks.append(task)
        task.start({**props, **{key.replace("_", "."): one for key, one in settings.items()}})
        store.settings = type(store.settings)(part_size=60)
        task.open({WHERE})
        return task

    yield begin
    for task in tasks:
        task.store.close()


def lines(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


def contents(bucket: Bucket) -> dict[str, list[int]]:
    """Keys below the topic's, with the offsets in the objects."""
    return {
        key.removeprefix("topics/clicks/"): [line["offset"] for line in lines(content)]
        for key, content in sorted(bucket.objects.items())
    }


def commit(task: Task, position: int) -> int:
    return next_offset(task.pre_commit({WHERE: OffsetAndMetadata(position)}))


# -- layout ----------------------------------------------------------------------------------------


def test_objects_have_the_names_of_java(begin: Begin) -> None:
    task = begin()
    task.put(records(0, 25))
    assert contents(task.store.bucket) == {
        "partition=0/clicks+0+0000000000.json": list(range(10)),
        "partition=0/clicks+0+0000000010.json": list(range(10, 20)),
    }


def test_a_set_of_objects_ends_together(begin: Begin) -> None:
    task = begin(**FIELDS)
    task.put(records(0, 15))
    assert {key: at[0] for key, at in contents(task.store.bucket).items()} == {
        "group=0/clicks+0+0000000000.json": 0,
        "group=1/clicks+0+0000000001.json": 1,
        "group=2/clicks+0+0000000002.json": 2,
    }
    assert commit(task, 15) == 10


def test_gzip_is_told_by_the_name(begin: Begin) -> None:
    task = begin(s3_compression_type="gzip")
    task.put(records(0, 10))
    ((key, content),) = task.store.bucket.objects.items()
    assert key.endswith("clicks+0+0000000000.json.gz")
    assert len(lines(gzip.decompress(content))) == 10


def test_files_end_when_the_hour_changes_and_when_the_interval_passed(begin: Begin) -> None:
    task = begin(**TIMES)
    minutes = [0, 5, 9, 10, 55, 61, 62, 80]
    task.put([record(at, timestamp=minute * 60_000) for at, minute in enumerate(minutes)])
    assert list(contents(task.store.bucket).values()) == [[0, 1, 2], [3], [4], [5, 6]]


def test_files_may_stay_open_when_the_hour_changes(begin: Begin) -> None:
    task = begin(rotate_file_on_partition_change="false", **TIMES)
    minutes = [58, 59, 61, 57, 62, 80]
    task.put([record(at, timestamp=minute * 60_000) for at, minute in enumerate(minutes)])
    assert list(contents(task.store.bucket).values()) == [[0, 1, 3], [2, 4]]


def test_objects_appear_in_the_order_of_their_offsets(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = begin()
    second = threading.Event()
    put = Bucket.put

    def put_late(bucket: Bucket, key: str, content: bytes) -> None:
        second.wait(0.2) if key.endswith("00.json") else second.set()
        put(bucket, key, content)

    monkeypatch.setattr(Bucket, "put", put_late)
    with ThreadPoolExecutor(2) as pool:
        task._parts = dataclasses.replace(task._parts, pool=pool)
        task.open({WHERE})
        task.put(records(0, 20))
    assert list(task.store.bucket.objects) == [
        f"topics/clicks/partition=0/clicks+0+00000000{start}.json" for start in ("00", "10")
    ]


def test_objects_of_files_that_ended_early_appear_in_the_order_of_their_offsets(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = begin(flush_size="4", **FIELDS)
    second = threading.Event()
    put = Bucket.put

    def put_late(bucket: Bucket, key: str, content: bytes) -> None:
        if key.endswith("00.json"):
            second.wait(0.2)
        put(bucket, key, content)
        if key.endswith("02.json"):
            second.set()

    monkeypatch.setattr(Bucket, "put", put_late)
    one_file = OpenFiles(1, 0, lambda: 0)
    with ThreadPoolExecutor(2) as pool:
        task._parts = dataclasses.replace(task._parts, pool=pool, open_files=one_file)
        task.open({WHERE})
        for at, group in enumerate([0, 1, 0, 1]):
            task.put([record(at, value={"group": group})])
    assert [key for key in task.store.bucket.objects if "group=0" in key] == [
        f"topics/clicks/group=0/clicks+0+000000000{start}.json" for start in (0, 2)
    ]


# -- nulls -----------------------------------------------------------------------------------------


def with_null() -> list[SinkRecord]:
    return [*records(0, 3), record(3, value=None), *records(4, 11)]


def test_a_record_without_value_fails_the_task(begin: Begin) -> None:
    with pytest.raises(DataError, match=r"offset 3 .* behavior\.on\.null\.values=ignore"):
        begin().put(with_null())


def test_a_dead_letter_queue_takes_records_without_value(begin: Begin) -> None:
    task = begin()
    letters = task.context.errant_record_reporter = DeadLetters()
    task.put(with_null())
    assert letters.offsets == [3]
    assert list(contents(task.store.bucket).values()) == [[0, 1, 2, 4, 5, 6, 7, 8, 9, 10]]


@pytest.mark.parametrize("reports", [True, False])
def test_records_without_value_may_be_left_out(begin: Begin, reports: bool) -> None:
    told = str(reports).lower()
    task = begin(behavior_on_null_values="ignore", report_null_values_to_dlq=told)
    letters = task.context.errant_record_reporter = DeadLetters()
    task.put([*with_null(), record(11, value=None)])
    assert letters.offsets == ([3, 11] if reports else [])
    assert list(contents(task.store.bucket).values()) == [[0, 1, 2, 4, 5, 6, 7, 8, 9, 10]]
    assert commit(task, 12) == 12


# -- failures --------------------------------------------------------------------------------------


def run(task: Task, start: int) -> int:
    """Be the framework, and give the offset it committed last."""
    position, done = task.context.offsets.pop(WHERE, start), start
    for _ in range(200):
        batch = [] if WHERE in task.context.paused else records(position, min(position + 7, END))
        task.put(batch)
        position = task.context.offsets.pop(WHERE, position + len(batch))
        answer = task.pre_commit({WHERE: OffsetAndMetadata(position)})
        done = answer[WHERE].offset if answer else done
        task.store.committed = done  # type: ignore[attr-defined]
        if position >= END and not task.context.paused:
            return done
    pytest.fail("it does not come to an end")


def all_settings() -> list[dict[str, str]]:
    return [
        {},
        FIELDS,
        {"s3_object_tagging": "true", "s3_object_behavior_on_tagging_error": "fail"},
    ]


def check(bucket: Bucket) -> None:
    offsets = sorted(offset for at in contents(bucket).values() for offset in at)
    assert offsets == list(range(END))
    assert bucket.uploads() == []


def steps_of_a_run(begin: Begin, settings: dict[str, str]) -> int:
    store = MemoryStore(Bucket())
    run(begin(store, **settings), 0)
    check(store.bucket)
    return len(store.steps)


@pytest.mark.parametrize("happens", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("settings", all_settings(), ids=["plain", "fields", "tags"])
def test_a_task_that_is_killed_at_any_request_loses_and_repeats_nothing(
    begin: Begin, settings: dict[str, str], happens: bool
) -> None:
    steps = steps_of_a_run(begin, settings)
    assert steps > 8
    for step in range(steps):
        bucket = Bucket()
        dying = MemoryStore(bucket)
        dying.fail_at, dying.happens = step, happens
        with pytest.raises(Killed):
            run(begin(dying, **settings), 0)
        done = getattr(dying, "committed", 0)
        run(begin(MemoryStore(bucket), **settings), done)
        check(bucket)


@pytest.mark.parametrize("happens", [False, True], ids=["refused", "unanswered"])
@pytest.mark.parametrize("settings", all_settings(), ids=["plain", "fields", "tags"])
def test_a_request_that_fails_is_survived(
    begin: Begin, settings: dict[str, str], happens: bool
) -> None:
    for step in range(steps_of_a_run(begin, settings)):
        store = MemoryStore(Bucket())
        store.fail_at, store.happens = step, happens
        store.error = lambda: StorageUnavailableError(path="lake", reason="away")
        assert run(begin(store, **settings), 0) == END
        check(store.bucket)


def test_a_record_that_fails_the_task_when_files_end_takes_no_other_with_it(begin: Begin) -> None:
    task = begin(**FIELDS)
    bad = record(4, value={"group": 1, "offset": object()})
    task.put([*records(0, 4), bad, *records(5, 9)])
    with pytest.raises(DataError):
        task.put(records(9, 10))
    assert [commit(task, 10), commit(task, 10)] == [0, 0]


def test_the_store_is_the_bucket_that_is_named() -> None:
    task = S3SinkTask()
    settings = task.read_settings(
        {"flush.size": "1", "format.class": "JsonFormat", "s3.bucket.name": "lake"}
    )
    store = task.open_store(settings)
    assert isinstance(store, S3Storage)
    assert store.url == "s3://lake"
    assert task.directories(settings).places(WHERE).committed == "topics/clicks"
    store.close()


def test_the_store_may_be_elsewhere() -> None:
    task = S3SinkTask()
    told = {"flush.size": "1", "format.class": "JsonFormat", "s3.bucket.name": "lake"}
    settings = task.read_settings({**told, "store.url": "gs://lake/here"})
    with mock.patch("obstore.store.from_url") as from_url:
        store = task.open_store(settings)
    from_url.assert_called_once_with("gs://lake/here")
    assert isinstance(store, ObjectStores)
