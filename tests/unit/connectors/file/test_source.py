# SPDX-License-Identifier: Apache-2.0
"""The file source's task on real files, with a context in memory."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from barnabas import data
from barnabas.api import SourceRecord
from barnabas.connectors.file.source import FileStreamSourceTask
from barnabas.errors import ConnectError


class Context:
    """A context whose waits take no time."""

    transaction_context = None
    is_stopping = False

    def __init__(self, offset: dict[str, Any] | None = None) -> None:
        self.stored = offset
        self.waits: list[float] = []

    @property
    def offset_storage_reader(self) -> Context:
        return self

    def offset(self, partition: Any) -> dict[str, Any] | None:
        return self.stored

    def offsets(self, partitions: Any) -> list[dict[str, Any] | None]:
        return [self.stored for _ in partitions]

    def wait(self, timeout_s: float) -> bool:
        self.waits.append(timeout_s)
        return False


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "in.txt"


def started(path: Path | None, offset: dict[str, Any] | None = None, **props: str):
    task = FileStreamSourceTask()
    task.context = Context(offset)
    file = {} if path is None else {"file": str(path)}
    task.start({"topic": "lines", **file, **props})
    return task


def read(task: FileStreamSourceTask) -> list[tuple[str, Any]]:
    records = task.poll() or []
    return [(record.value, (record.source_offset or {})["position"]) for record in records]


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


@pytest.mark.mirrors("connect/file FileStreamSourceTaskTest#testNormalLifecycle")
def test_each_complete_line_is_a_record(path: Path) -> None:
    task = started(path)
    append(path, b"one\ntwo\nhalf")
    assert read(task) == [("one", 4), ("two", 8)]
    assert task.poll() is None
    append(path, b" a line\n")
    assert read(task) == [("half a line", 20)]


def test_record_says_where_it_comes_from(path: Path) -> None:
    append(path, b"one\n")
    (record,) = started(path).poll() or []
    assert isinstance(record, SourceRecord)
    assert (record.topic, record.value_schema, record.key, record.key_schema) == (
        "lines",
        data.STRING,
        None,
        None,
    )
    assert record.source_partition == {"filename": str(path)}
    assert record.kafka_partition is None
    assert record.headers is None
    assert isinstance(record.timestamp, int)


@pytest.mark.mirrors("connect/file FileStreamSourceTaskTest#testBatchSize")
def test_poll_returns_at_most_a_batch_and_the_rest_next_time(path: Path) -> None:
    append(path, b"a\nb\nc\nd\ne\n")
    task = started(path, **{"batch.size": "2"})
    assert [read(task) for _ in range(3)] == [
        [("a", 2), ("b", 4)],
        [("c", 6), ("d", 8)],
        [("e", 10)],
    ]


@pytest.mark.mirrors("connect/file FileStreamSourceTaskTest#testMissingFile")
def test_missing_file_is_waited_for(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    task = started(path)
    assert [task.poll(), task.poll()] == [None, None]
    assert caplog.text.count(f"Couldn't find file {path}") == 1
    append(path, b"there\n")
    assert read(task) == [("there", 6)]


@pytest.mark.mirrors("connect/file FileStreamSourceTaskTest#testInvalidFile")
def test_unreadable_file_fails_the_task(tmp_path: Path) -> None:
    with pytest.raises(ConnectError, match=f"Cannot read {tmp_path}: Is a directory"):
        started(tmp_path).poll()


def test_reading_goes_on_at_the_stored_position(path: Path) -> None:
    append(path, "é\ntwo\n".encode())
    assert read(started(path, {"position": 3})) == [("two", 7)]


def test_position_behind_the_end_waits_for_the_file_to_grow(path: Path) -> None:
    append(path, b"12\n")
    task = started(path, {"position": 6})
    assert task.poll() is None
    append(path, b"45\n78\n")
    assert read(task) == [("78", 9)]


@pytest.mark.parametrize("position", ["3", 1.0, True])
def test_stored_position_of_another_type_fails_the_task(path: Path, position: object) -> None:
    append(path, b"a\n")
    with pytest.raises(ConnectError, match="Offset position is the incorrect type"):
        started(path, {"position": position}).poll()


def test_file_that_was_replaced_is_read_on_as_it_was(path: Path) -> None:
    append(path, b"old\n")
    task = started(path)
    assert read(task) == [("old", 4)]
    path.rename(path.with_suffix(".1"))
    append(path, b"new\n")
    append(path.with_suffix(".1"), b"more\n")
    assert read(task) == [("more", 9)]


def test_truncated_file_is_survived(path: Path) -> None:
    append(path, b"old\n")
    task = started(path)
    assert read(task) == [("old", 4)]
    os.truncate(path, 0)
    assert task.poll() is None
    append(path, b"12\n\nnew\n")
    assert read(task) == [("new", 8)]


def test_waits_at_the_end_grow_to_a_second_and_shrink_when_lines_come(path: Path) -> None:
    append(path, b"a\n")
    task = started(path)
    for _ in range(8):
        task.poll()
    assert task.context.waits[0] < 0.1
    assert task.context.waits[-1] == 1.0
    append(path, b"b\n")
    assert read(task)
    task.poll()
    assert task.context.waits[-1] < 0.1


def test_standard_input_is_read_without_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as standard_input, os.fdopen(writing, "wb") as writer:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(standard_input))
        task = started(None)
        assert task.poll() is None
        writer.write(b"typed\n")
        writer.flush()
        (record,) = task.poll() or []
        assert (record.value, record.source_partition) == ("typed", {"filename": None})
        assert record.source_offset == {"position": None}
        task.stop()
        assert os.fstat(reading)


def test_stop_closes_the_file_also_when_start_failed(path: Path) -> None:
    FileStreamSourceTask().stop()
    append(path, b"a\n")
    task = started(path)
    task.poll()
    descriptor = task._descriptor
    task.stop()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
