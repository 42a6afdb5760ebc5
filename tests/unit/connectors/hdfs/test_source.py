# SPDX-License-Identifier: Apache-2.0
"""The HDFS source."""

from __future__ import annotations

from pathlib import Path

from barnabas.connectors._storage.local import LocalStorage
from barnabas.connectors.hdfs.source import HdfsSourceConfig, HdfsSourceConnector, HdfsSourceTask

GOOD = {"format.class": "io.confluent.connect.hdfs3.json.JsonFormat", "hdfs.url": "file:///lake"}


def test_new_files_are_looked_for_as_often_as_by_java() -> None:
    assert HdfsSourceConfig(GOOD).look_interval_ms == 300_000
    assert HdfsSourceConfig({**GOOD, "hdfs.poll.interval.ms": "7"}).look_interval_ms == 7


def test_a_store_is_needed() -> None:
    values = HdfsSourceConnector().validate({**GOOD, "hdfs.url": ""})
    assert [value.name for value in values if value.errors] == ["store.url"]


def test_the_address_says_which_store_it_is(tmp_path: Path) -> None:
    task = HdfsSourceTask()
    settings = task.read_settings({**GOOD, "store.url": tmp_path.as_uri()})
    assert isinstance(task.open_store(settings), LocalStorage)
    assert HdfsSourceConnector().task_class is HdfsSourceTask
