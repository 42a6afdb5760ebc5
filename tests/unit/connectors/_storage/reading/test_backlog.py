# SPDX-License-Identifier: Apache-2.0
"""The order in which files are read."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from barnabas.connectors._storage.reading.backlog import Backlog
from barnabas.connectors._storage.reading.file_names import StoredFile
from barnabas.connectors._storage.reading.positions import Place

DAY, NEXT = Place("t/day=1", "t", 0), Place("t/day=2", "t", 0)
OTHER = Place("t/day=1", "t", 1)


def files(*starts: int) -> list[StoredFile]:
    return [StoredFile(start, f"t+0+{start}.json", 1) for start in starts]


def starts(backlog: Backlog) -> list[int]:
    return [file.start for file in drain(backlog)]


def drain(backlog: Backlog) -> Iterator[StoredFile]:
    while (waiting := backlog.next()) is not None:
        yield waiting.file


def test_files_come_by_offset_across_directories() -> None:
    backlog = Backlog()
    backlog.replace(NEXT, files(9, 3))
    backlog.replace(DAY, files(5, 1))
    assert starts(backlog) == [1, 3, 5, 9]
    assert len(backlog) == 0


def test_kafka_partitions_take_turns() -> None:
    backlog = Backlog()
    backlog.replace(DAY, files(1, 2))
    backlog.replace(OTHER, files(10, 20))
    assert starts(backlog) == [1, 10, 2, 20]


def test_a_listing_replaces_the_one_before() -> None:
    backlog = Backlog()
    backlog.replace(DAY, files(1, 2))
    backlog.replace(DAY, files(2, 3))
    backlog.replace(NEXT, files(7))
    backlog.replace(NEXT, [])
    assert starts(backlog) == [2, 3]


def test_files_that_come_last_are_forgotten_when_there_are_too_many() -> None:
    backlog = Backlog(4)
    backlog.replace(DAY, files(1, 3, 5, 7))
    backlog.replace(NEXT, files(2, 4, 6, 8, 10))
    assert backlog.truncated == {DAY.directory, NEXT.directory}
    assert not backlog.needs_listing
    assert starts(backlog) == [1, 2, 3, 4]
    assert backlog.needs_listing


def test_what_comes_after_forgotten_files_is_not_read_before_them() -> None:
    backlog = Backlog(2)
    backlog.replace(DAY, files(1, 2, 3, 4, 5))
    backlog.replace(NEXT, files(6))
    assert starts(backlog) == [1, 2]
    backlog.begin_listing()
    backlog.replace(DAY, files(3, 4, 5))
    backlog.replace(NEXT, files(6))
    assert not backlog.truncated
    assert starts(backlog) == [3, 4, 5, 6]
    assert not backlog.needs_listing


@settings(max_examples=60)
@given(
    st.dictionaries(st.integers(0, 60), st.integers(0, 5), max_size=40),
    st.integers(1, 10),
)
def test_every_file_comes_once_and_in_order_however_few_are_remembered(
    directory_of: dict[int, int], most: int
) -> None:
    backlog, read = Backlog(most), []
    for _ in range(100):
        backlog.begin_listing()
        for number in range(6):
            unread = [s for s, at in directory_of.items() if at == number and s not in read]
            backlog.replace(Place(f"t/{number}", "t", 0), files(*unread))
        read += starts(backlog)
        if not backlog.needs_listing:
            break
    assert read == sorted(directory_of)
