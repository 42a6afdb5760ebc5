# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from barnabas.cli.quickstart.lake import Arrival, Lake


def write(directory: Path, name: str, *numbers: int) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"id": list(numbers)}), directory / name)
    return Path(directory.name, name)


def test_a_directory_that_is_not_there_yet_has_nothing(tmp_path: Path):
    assert list(Lake(tmp_path / "later").arrivals()) == []


def test_each_file_arrives_once_in_the_order_of_offsets(tmp_path: Path):
    lake = Lake(tmp_path)
    first = write(tmp_path / "day=24", "t+0+0000000000+0000000001.parquet", 1, 2)
    second = write(tmp_path / "day=23", "t+0+0000000002+0000000002.parquet", 3)
    assert list(lake.arrivals()) == [
        Arrival(first, [{"id": 1}, {"id": 2}]),
        Arrival(second, [{"id": 3}]),
    ]
    assert list(lake.arrivals()) == []
    assert (lake.rows, lake.files) == (3, 2)
