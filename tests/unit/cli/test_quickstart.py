# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

from barnabas.cli import quickstart
from barnabas.config import read_properties


def write(tmp_path: Path, *, is_embedded: bool) -> list[dict[str, str]]:
    layout = quickstart._Layout(tmp_path, "127.0.0.1:9092", 8083, is_embedded=is_embedded)
    quickstart._write_settings(layout)
    return [read_properties(path) for path in layout.settings]


def test_files_are_those_of_an_ordinary_worker(tmp_path: Path):
    worker, source, sink = write(tmp_path, is_embedded=False)
    assert worker["bootstrap.servers"] == "127.0.0.1:9092"
    assert worker["listeners"] == "http://127.0.0.1:8083"
    assert source["topic"] == sink["topics"]
    assert source["file"] == str(tmp_path / "orders.txt")
    assert Path(sink["file"]).exists()


def test_only_the_embedded_broker_needs_short_intervals(tmp_path: Path):
    embedded, *_ = write(tmp_path, is_embedded=True)
    own, *_ = write(tmp_path, is_embedded=False)
    assert set(embedded) - set(own) == {
        "consumer.session.timeout.ms",
        "consumer.max.poll.interval.ms",
    }
