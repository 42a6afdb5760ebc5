# SPDX-License-Identifier: Apache-2.0
"""Limits on open files and memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from barnabas.connectors._storage.formats.format import RecordWriter
from barnabas.connectors._storage.open_files import OpenFiles
from barnabas.connectors._storage.output_files import OutputFile
from barnabas.connectors._storage.storage import StorageFullError


class Buffer(RecordWriter):
    bytes_written = 0
    bytes_buffered = 0

    def __init__(self, size: int, *, spills: bool = True) -> None:
        self.bytes_buffered = size
        self.spills = spills

    def write(self, values: Sequence[Any]) -> None:
        raise AssertionError

    def spill(self) -> None:
        if self.spills:
            self.bytes_buffered = 0

    def close(self) -> None:
        raise AssertionError

    def abort(self) -> None:
        raise AssertionError


def a_file(size: int = 0, *, spills: bool = True) -> OutputFile:
    return OutputFile("x", "p", Buffer(size, spills=spills), 0, 0)


def full(files: OpenFiles, sizes: Sequence[int], *, spills: bool = True) -> list[OutputFile]:
    ended: list[OutputFile] = []
    for size in sizes:
        files.add(a_file(size, spills=spills), ended.append)
    return ended


def test_the_files_written_to_least_recently_are_ended() -> None:
    files = OpenFiles(2, 0, lambda: 0)
    ended: list[OutputFile] = []
    first, second = a_file(), a_file()
    files.add(first, ended.append)
    files.add(second, ended.append)
    files.touch(first)
    files.make_room()
    assert ended == [second]


def test_room_is_made_only_when_there_is_none() -> None:
    files = OpenFiles(3, 0, lambda: 0)
    ended = full(files, [0, 0])
    files.make_room()
    assert ended == []


@pytest.mark.parametrize("most", [0, -1])
def test_limits_can_be_off(most: int) -> None:
    files = OpenFiles(most, most, lambda: 0)
    ended = full(files, [10**9] * 10)
    files.make_room()
    files.relieve()
    assert (ended, len(files)) == ([], 10)


def test_the_fullest_files_spill_first_and_no_more_than_needed() -> None:
    files = OpenFiles(0, 100, lambda: 0)
    ended = full(files, [10, 80, 15])
    files.relieve()
    assert (files.bytes_buffered, ended) == (25, [])


def test_files_that_cannot_spill_are_ended() -> None:
    files = OpenFiles(0, 100, lambda: 0)
    ended = full(files, [60] * 8, spills=False)
    files.relieve()
    assert (len(ended), len(files)) == (2, 6)


def test_a_file_that_cannot_be_written_to_keeps_the_error() -> None:
    files = OpenFiles(0, 100, lambda: 0)
    file = a_file(200)
    error = StorageFullError("no room")

    def fail() -> None:
        raise error

    file.writer.spill = fail  # type: ignore[method-assign]
    files.add(file, lambda _: None)
    files.relieve()
    assert file.failure is error


def test_small_files_are_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    times = iter([0, 59_999, 60_000])
    files = OpenFiles(1, 0, lambda: next(times))
    for _ in range(4):
        files.make_room()
        full(files, [0])
    assert len(caplog.records) == 2
    assert "max.open.files" in caplog.text
    assert files.ended_early == 3
