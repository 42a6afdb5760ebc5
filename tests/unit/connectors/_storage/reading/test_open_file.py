# SPDX-License-Identifier: Apache-2.0
"""One file, from wherever it was left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from barnabas import data
from barnabas.connectors._storage.formats.json_lines import JsonFormat
from barnabas.connectors._storage.reading.backlog import WaitingFile
from barnabas.connectors._storage.reading.file_names import StoredFile
from barnabas.connectors._storage.reading.open_file import OpenFile, Target
from barnabas.connectors._storage.reading.path_fields import PathFields
from barnabas.connectors._storage.reading.positions import Place, Position
from barnabas.connectors._storage.storage import (
    Entry,
    FileChangedError,
    Storage,
    StorageUnavailableError,
)
from barnabas.data import Schema
from barnabas.errors import DataError

WAITING = WaitingFile(Place("t/a", "a", 3), StoredFile(7, "a+3+7.json", 50))
NOWHERE = cast("Storage", None)


class Batches(JsonFormat):
    """A format whose files are given by the test; an error in place of a batch is raised."""

    def __init__(self, *batches: Sequence[Any] | Exception) -> None:
        super().__init__()
        self.batches = batches
        self.firsts: list[int] = []
        self.is_closed = False

    def read_from(
        self, storage: Storage, path: str, first: int
    ) -> tuple[Schema | None, Iterator[Sequence[Any]]]:
        self.firsts.append(first)
        return data.STRING, self._rest(first)

    def _rest(self, first: int) -> Iterator[Sequence[Any]]:
        try:
            for batch in self.batches:
                if isinstance(batch, Exception):
                    raise batch
                yield batch[first:]
                first = max(0, first - len(batch))
        finally:
            self.is_closed = True


def opened(format_: Batches, position: Position | None = None) -> OpenFile:
    target = Target("out", 3, PathFields({"country": "FR"}))
    return OpenFile(NOWHERE, format_, WAITING, target, position)


def test_records_tell_where_they_are_from_and_where_they_go() -> None:
    (record, _) = opened(Batches(["x", "y"])).read(9)
    assert record.source_partition == {"directory": "t/a", "partition": 3}
    assert record.source_offset == {
        "file": "a+3+7.json",
        "records": 1,
        "complete": False,
        "size": 50,
    }
    assert (record.topic, record.kafka_partition, record.value) == ("out", 3, "x")
    assert record.value_schema is data.STRING
    assert record.headers is not None
    assert [header.key for header in record.headers] == ["country"]


def test_batches_are_cut_and_only_the_last_record_is_marked() -> None:
    file = opened(Batches(["a", "b", "c"], [], ["d"], []))
    read = [file.read(2) for _ in range(3)]
    assert [[record.value for record in batch] for batch in read] == [["a", "b"], ["c"], ["d"]]
    marks = [cast("Any", record.source_offset)["complete"] for batch in read for record in batch]
    assert marks == [False, False, False, True]
    assert file.is_complete


def test_a_position_within_the_file_is_gone_on_from() -> None:
    format_ = Batches(["a", "b", "c"])
    file = opened(format_, Position((7, "a+3+7.json"), 2, False, 50))
    (record,) = file.read(5)
    assert (record.value, cast("Any", record.source_offset)["records"]) == ("c", 3)
    assert format_.firsts == [2]


def test_what_was_read_before_an_error_is_returned_before_it() -> None:
    file = opened(Batches(["a", "b"], DataError("block 2 is damaged")))
    assert [record.value for record in file.read(9)] == ["a", "b"]
    assert not file.is_complete
    for _ in range(2):
        with pytest.raises(DataError, match="block 2"):
            file.read(9)
    assert file.done == 2


def test_a_closed_file_is_opened_again_where_it_was() -> None:
    format_ = Batches(["a", "b", "c"])
    file = opened(format_)
    file.read(1)
    file.close()
    assert format_.is_closed
    assert [record.value for record in file.read(9)] == ["b", "c"]


def test_an_empty_file_is_complete_at_once() -> None:
    file = opened(Batches())
    assert file.read(9) == []
    assert file.is_complete


def test_a_file_that_changed_since_it_was_begun_is_not_gone_on_with() -> None:
    file = opened(Batches(["a"]), Position((7, "a+3+7.json"), 1, False, 49))
    with pytest.raises(DataError, match="has 50 bytes now, and had 49"):
        file.read(9)


class OneFile:
    """A store that lists one file and nothing else."""

    def list_after(self, directory: str, name: str) -> Sequence[Entry]:
        return [Entry("a+3+7.json", f"{directory}/a+3+7.json", 60, False, 0)]


def test_a_file_that_is_replaced_before_its_first_record_is_begun_anew() -> None:
    format_ = Batches(FileChangedError(path="a+3+7.json", reason="412"))
    file = OpenFile(cast("Storage", OneFile()), format_, WAITING, Target("a", None, PathFields({})))
    with pytest.raises(StorageUnavailableError):
        file.read(9)
    format_.batches = (["a"],)
    (record,) = file.read(9)
    assert (record.value, cast("Any", record.source_offset)["size"]) == ("a", 60)


def test_a_file_that_is_replaced_after_its_first_record_is_not_gone_on_with() -> None:
    file = opened(Batches(["a"], FileChangedError(path="a+3+7.json", reason="412")))
    assert len(file.read(9)) == 1
    with pytest.raises(FileChangedError):
        file.read(9)


def test_a_file_at_the_root_has_no_slash_before_it(tmp_path: Path) -> None:
    waiting = WaitingFile(Place("", "a", 3), WAITING.file)
    file = OpenFile(NOWHERE, Batches(), waiting, Target("a", None, PathFields({})))
    assert file.path == "a+3+7.json"
