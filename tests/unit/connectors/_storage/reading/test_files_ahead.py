# SPDX-License-Identifier: Apache-2.0
"""Small files that are opened while others are read."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from barnabas.connectors._storage.reading.files_ahead import FilesAhead
from barnabas.connectors._storage.reading.open_file import OpenFile
from barnabas.connectors._storage.storage import StorageUnavailableError
from tests.unit.connectors._storage.reading.source_harness import Lake, values

WAIT_S = 10.0


class Given:
    """A file of a size that tells when it is opened."""

    def __init__(self, name: str, size: int = 10) -> None:
        self.name = name
        self.file = self
        self.size = size
        self.opened = threading.Event()
        self.is_to_be_opened_again = False
        self.closed = 0

    def open(self) -> None:
        self.opened.set()

    def close(self) -> None:
        self.closed += 1


def ahead_of(*files: Given, opens_ahead: bool = True) -> FilesAhead:
    rest = iter(files)
    made: list[OpenFile] = rest  # type: ignore[assignment]
    return FilesAhead(lambda: next(made, None), opens_ahead=opens_ahead)  # type: ignore[call-overload]


def test_files_keep_their_order_and_the_next_ones_are_opened() -> None:
    files = [Given(str(number)) for number in range(20)]
    ahead = ahead_of(*files)
    assert ahead.next() is files[0]
    assert files[8].opened.wait(WAIT_S)
    assert not files[9].opened.is_set()
    assert [ahead.next() for _ in range(20)] == [*files[1:], None]
    ahead.close()


def test_large_files_are_not_opened_before_they_are_wanted() -> None:
    files = [Given("a"), Given("b", 1 << 20), Given("c"), Given("d")]
    ahead = ahead_of(*files)
    assert ahead.next() is files[0]
    assert [ahead.next() for _ in range(2)] == files[1:3]
    assert not files[1].opened.is_set()
    assert ahead.next() is files[3]
    ahead.close()


def test_nothing_is_opened_ahead_where_that_costs_more_than_it_brings() -> None:
    files = [Given("a"), Given("b")]
    ahead = ahead_of(*files, opens_ahead=False)
    assert [ahead.next() for _ in range(3)] == [*files, None]
    assert not any(file.opened.is_set() for file in files)
    ahead.close()


def test_a_file_that_could_not_be_opened_for_a_moment_is_opened_again() -> None:
    file = Given("a")
    file.is_to_be_opened_again = True
    ahead = ahead_of(file)
    assert ahead.next() is file
    assert file.closed == 1


def test_what_was_opened_is_closed_at_the_end() -> None:
    files = [Given(str(number)) for number in range(3)]
    ahead = ahead_of(*files)
    ahead.next()
    for file in files[1:]:
        file.opened.wait(WAIT_S)
    ahead._pool.shutdown()
    ahead.close()
    assert [file.closed for file in files] == [0, 1, 1]


def test_looks_between_files_that_are_open_already_repeat_and_lose_none(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for start in range(60):
        lake.put(f"t/day={start % 3}/t+{start % 2}+{start:03}", [{"n": start}])
    task = lake.task(record_batch_max_size="1")
    read = []
    for poll in range(400):
        if poll % 3 == 0:
            task._next_look_s = 0.0
        read += task.poll() or []
        if poll == 200:
            lake.put("t/day=0/t+0+100", [{"n": 100}])
    assert sorted(value["n"] for value in values(read)) == [*range(60), 100]
    even = [value["n"] for value in values(read) if value["n"] % 2 == 0]
    assert even == sorted(even)


def test_files_ahead_wait_for_a_store_that_is_away(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for start in range(30):
        lake.put(f"t/partition=0/t+0+{start:03}", [{"n": start}])
    task = lake.task(record_batch_max_size="1")
    read = lake.next(task)
    lake.storage.open_error = StorageUnavailableError("away")
    while task._ahead._files and not all(o.done() for _, o in task._ahead._files):
        pass
    failures = 0
    for _ in range(40):
        try:
            read += task.poll() or []
        except StorageUnavailableError:
            failures += 1
            lake.storage.open_error = None
    read += lake.read_on(task)
    assert [value["n"] for value in values(read)] == list(range(30))
    assert failures == 1


@pytest.mark.parametrize("poll", range(3))
def test_a_task_that_ends_amid_files_leaves_the_rest_for_the_next(
    tmp_path: Path, poll: int
) -> None:
    lake = Lake(tmp_path)
    for start in range(30):
        lake.put(f"t/partition=0/t+0+{start:03}", [{"n": start}])
    task = lake.task(record_batch_max_size="4")
    read = []
    for _ in range(poll + 1):
        read += lake.next(task)
    lake.context.store(read)
    task.stop()
    assert [value["n"] for value in values(read + lake.read())] == list(range(30))
