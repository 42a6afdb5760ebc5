# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from barnabas.cli.quickstart import layout
from barnabas.config import read_properties
from barnabas.errors import ConnectError


def write(directory: Path, *, is_embedded: bool) -> list[dict[str, str]]:
    made = layout.Layout(directory, "127.0.0.1:9092", 8083, 8081, is_embedded)
    layout.write_files(made)
    return [read_properties(path) for path in made.settings]


def test_files_are_those_of_an_ordinary_worker(tmp_path: Path):
    worker, sink, source = write(tmp_path, is_embedded=False)
    assert worker["bootstrap.servers"] == "127.0.0.1:9092"
    assert worker["listeners"] == "http://127.0.0.1:8083"
    assert source["topic.prefix"] + source["table.whitelist"] == sink["topics"]
    assert sink["store.url"] == f"file://{tmp_path}"
    schemas = {each["value.converter.schema.registry.url"] for each in (sink, source)}
    assert schemas == {"http://127.0.0.1:8081"}


def test_only_the_embedded_broker_needs_short_intervals(tmp_path: Path):
    embedded, *_ = write(tmp_path, is_embedded=True)
    own, *_ = write(tmp_path, is_embedded=False)
    assert set(embedded) - set(own) == {
        "consumer.session.timeout.ms",
        "consumer.max.poll.interval.ms",
    }


def test_directory_is_made(tmp_path: Path):
    wanted = tmp_path / "a" / "b"
    assert layout.prepare_directory(wanted, is_embedded=True) == wanted
    assert wanted.is_dir()


def test_a_directory_whose_records_are_gone_is_refused(tmp_path: Path):
    (tmp_path / "lake").mkdir()
    with pytest.raises(ConnectError, match="name another --directory"):
        layout.prepare_directory(tmp_path, is_embedded=True)


def test_a_directory_is_used_again_with_a_broker_that_kept_its_records(tmp_path: Path):
    (tmp_path / "lake").mkdir()
    assert layout.prepare_directory(tmp_path, is_embedded=False) == tmp_path
