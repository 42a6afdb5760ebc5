# SPDX-License-Identifier: Apache-2.0
"""Files that are compressed as a whole."""

from __future__ import annotations

import gzip
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors._storage.gzipped import GzippedWriter
from barnabas.connectors._storage.storage import StorageWriter


class Kept(StorageWriter):
    """Keeps what is written."""

    def __init__(self) -> None:
        self.content = b""
        self.ends: list[str] = []

    def write(self, data: bytes | bytearray | memoryview) -> int:
        self.content += data
        return memoryview(data).nbytes

    def close(self) -> None:
        self.ends.append("closed")

    def abort(self) -> None:
        self.ends.append("aborted")


@given(pieces=st.lists(st.binary(), max_size=5), level=st.integers(min_value=-1, max_value=9))
def test_gzip_reads_what_was_written(pieces: list[bytes], level: int) -> None:
    kept = Kept()
    writer = GzippedWriter(kept, level)
    assert [writer.write(piece) for piece in pieces] == list(map(len, pieces))
    writer.close()
    assert gzip.decompress(kept.content) == b"".join(pieces)
    assert kept.ends == ["closed"]


def test_the_same_bytes_give_the_same_file_at_any_time() -> None:
    files = []
    for now in (1.0, 1e9):
        kept = Kept()
        with mock.patch("time.time", return_value=now):
            writer = GzippedWriter(kept)
            writer.write(b"abc" * 100)
            writer.close()
        files.append(kept.content)
    assert files[0] == files[1]


def test_a_second_close_adds_nothing() -> None:
    kept = Kept()
    writer = GzippedWriter(kept)
    writer.write(b"abc")
    writer.close()
    size = len(kept.content)
    writer.close()
    assert len(kept.content) == size


def test_giving_up_gives_the_file_up() -> None:
    kept = Kept()
    GzippedWriter(kept).abort()
    assert kept.ends == ["aborted"]


@pytest.mark.parametrize("level", [0, 9])
def test_levels_count(level: int) -> None:
    kept = Kept()
    writer = GzippedWriter(kept, level)
    writer.write(b"a" * 10_000)
    writer.close()
    assert (len(kept.content) > 10_000) is (level == 0)
