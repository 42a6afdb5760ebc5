# SPDX-License-Identifier: Apache-2.0
"""Records on their way into open files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unittest import mock

import pytest

from barnabas.api import SinkRecord
from barnabas.connectors._storage import record_files
from barnabas.connectors._storage.formats.format import Format, RecordWriter
from barnabas.connectors._storage.open_files import OpenFiles
from barnabas.connectors._storage.output_files import FileSet
from barnabas.connectors._storage.record_batches import Batch
from barnabas.connectors._storage.record_files import RecordFiles
from barnabas.connectors._storage.renamed_files import RenamedFiles
from barnabas.connectors._storage.rotation import OpenRange
from barnabas.connectors._storage.storage import StorageFullError
from barnabas.errors import DataError
from tests.unit.connectors._storage.sink_harness import PLACES, AtOnce, record, records


class Writes(RecordWriter):
    """Remembers batches; refuses texts."""

    bytes_written = 0
    bytes_buffered = 0

    def __init__(self) -> None:
        self.batches: list[Sequence[Any]] = []
        self.ends: list[str] = []

    def write(self, values: Sequence[Any]) -> None:
        if any(isinstance(value, str) for value in values):
            message = "no texts here"
            raise DataError(message)
        self.batches.append(values)

    def spill(self) -> None:
        raise AssertionError

    def close(self) -> None:
        self.ends.append("closed")

    def abort(self) -> None:
        self.ends.append("aborted")


class It:
    """Files that remember."""

    def __init__(self) -> None:
        self.parts: Any = mock.Mock()
        self.parts.format = mock.create_autospec(Format, instance=True)
        self.parts.format.extension = ".x"
        self.parts.format.new_writer.side_effect = lambda *_: self.new_writer()
        self.parts.open_files = OpenFiles(0, 0, lambda: 0)
        self.parts.offset_width = 3
        self.parts.pool = AtOnce()
        self.writers: list[Writes] = []
        self.left_out: list[int] = []
        self.files = FileSet(0, None, OpenRange(0, 0))
        self.parts.extension = ".x"
        publication = RenamedFiles(PLACES, self.parts)
        publication._claim = mock.Mock(session="s")
        self.output = RecordFiles(publication, self.parts, self.leave_out)

    def new_writer(self) -> Writes:
        self.writers.append(Writes())
        return self.writers[-1]

    def leave_out(self, records: Sequence[SinkRecord], error: Exception) -> None:
        self.left_out += [each.kafka_offset for each in records]

    def append(self, records: Sequence[SinkRecord], encoded: Sequence[str]) -> None:
        values = [each.value for each in records]
        self.output.append(self.files, Batch(records, values, encoded, None))


@pytest.fixture
def it() -> It:
    return It()


def test_records_of_one_file_are_written_at_once(it: It) -> None:
    it.append(records(0, 3), ["a"] * 3)
    assert [len(batch) for batch in it.writers[0].batches] == [3]


def test_records_of_many_files_wait_until_there_are_enough(it: It) -> None:
    for at in range(0, 2 * record_files._ENOUGH, 2):
        assert not it.writers or not it.writers[1].batches
        it.append(records(at, at + 2), ["a", "b"])
    assert [len(batch) for batch in it.writers[1].batches] == [record_files._ENOUGH]


def test_no_more_records_wait_than_allowed(it: It, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_files, "_MOST_WAITING", 20)
    for at in range(0, 400, 10):
        it.append(records(at, at + 10), list("abcdefghij"))
        assert sum(len(file.waiting) for file in it.files.open.values()) <= 20


def test_what_waits_is_written_when_the_file_ends(it: It) -> None:
    it.append(records(0, 4), ["a", "b", "b", "a"])
    for file in list(it.files.open.values()):
        it.output.end(it.files, file)
    assert [file.target for file in it.files.finished] == [
        "topics/clicks/a/clicks+0+000+003.x",
        "topics/clicks/b/clicks+0+001+002.x",
    ]
    assert [writer.ends for writer in it.writers] == [["closed"], ["closed"]]
    assert len(it.parts.open_files) == 0


def test_only_refused_records_are_left_out(it: It) -> None:
    mixed = [record(0), record(1, value="text"), record(2)]
    it.append(mixed, ["a"] * 3)
    assert it.left_out == [1]
    (file,) = it.files.open.values()
    assert (file.start, file.end, file.count) == (0, 2, 2)


def test_a_file_without_records_is_dropped(it: It) -> None:
    it.append([record(0, value="text")], ["a"])
    (file,) = it.files.open.values()
    it.output.end(it.files, file)
    assert (it.files.finished, it.writers[0].ends) == ([], ["aborted"])


def test_a_schema_that_the_format_refuses_leaves_its_records_out(it: It) -> None:
    it.parts.format.new_writer.side_effect = DataError("no such schema")
    it.append(records(0, 2), ["a", "a"])
    assert it.left_out == [0, 1]
    it.parts.storage.open_new.return_value.abort.assert_called_once()


def test_a_file_that_failed_is_not_closed(it: It) -> None:
    it.append(records(0, 1), ["a"])
    (file,) = it.files.open.values()
    file.failure = StorageFullError("no room")
    it.output.end(it.files, file)
    assert file.closed is not None
    with pytest.raises(StorageFullError):
        file.closed.result()
    assert it.writers[0].ends == []


def test_a_file_that_failed_takes_no_more(it: It) -> None:
    it.append(records(0, 1), ["a"])
    (file,) = it.files.open.values()
    file.failure = StorageFullError("no room")
    with pytest.raises(StorageFullError):
        it.append(records(1, 2), ["a"])


def test_no_file_is_closed_behind_one_of_its_directory_that_failed(it: It) -> None:
    it.output._publication.ends_in_order = True
    for at, failure in enumerate([StorageFullError("no room"), None]):
        it.append(records(at, at + 1), ["a"])
        (file,) = it.files.open.values()
        file.failure = failure
        it.output.end(it.files, file)
        assert file.closed is not None
        with pytest.raises(StorageFullError):
            file.closed.result()
    assert it.writers[1].ends == []
    it.output.forget(it.files)
    it.append(records(2, 3), ["a"])
    (file,) = it.files.open.values()
    it.output.end(it.files, file)
    assert it.writers[2].ends == ["closed"]
