# SPDX-License-Identifier: Apache-2.0
"""Files that are compressed as a whole."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from barnabas.errors import ConnectError
from tests.unit.connectors._storage.reading.source_harness import Lake, values

LINES = b"".join(b'{"n":%d}\n' % number for number in range(5000))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def compress(lake: Lake, cut: int | None = None) -> None:
    file = lake.put("t/partition=0/t+0+0", [])
    file.with_suffix(".json.gz").write_bytes(gzip.compress(LINES)[:cut])
    file.unlink()


def test_a_compressed_file_is_read(lake: Lake) -> None:
    compress(lake)
    assert values(lake.read()) == [{"n": number} for number in range(5000)]


def test_a_task_goes_on_within_a_compressed_file(lake: Lake) -> None:
    compress(lake)
    lake.context.store(lake.next(lake.task(record_batch_max_size="1234")))
    assert [value["n"] for value in values(lake.read())] == list(range(1234, 5000))


def test_a_compressed_file_that_ends_early_is_told(lake: Lake) -> None:
    compress(lake, -200)
    with pytest.raises(ConnectError, match=r"after 0 records: .*decompressed"):
        lake.next(lake.task())


def test_what_is_not_compressed_is_told(lake: Lake) -> None:
    lake.put("t/partition=0/t+0+0", [{"n": 1}]).rename(
        lake.root / "topics/t/partition=0/t+0+0.json.gz"
    )
    with pytest.raises(ConnectError, match="decompressed"):
        lake.next(lake.task())
