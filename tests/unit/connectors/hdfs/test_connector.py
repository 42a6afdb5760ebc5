# SPDX-License-Identifier: Apache-2.0
"""The HDFS sink connector."""

from __future__ import annotations

from pathlib import Path

import pytest

from barnabas.api import TopicPartition
from barnabas.connectors._storage.claims import take_claim
from barnabas.connectors._storage.local import LocalStorage
from barnabas.connectors._storage.names import Places
from barnabas.connectors.hdfs.connector import Hdfs3SinkConnector, HdfsSinkConnector
from barnabas.connectors.hdfs.task import HdfsSinkTask
from barnabas.errors import ConfigError, ConnectError

WHERE = TopicPartition("clicks", 0)
GOOD = {"flush.size": "3", "store.url": "file:///lake", "format.class": "JsonFormat"}


def problems(**changes: str) -> dict[str, list[str]]:
    props = {**GOOD, **{key.replace("_", "."): value for key, value in changes.items()}}
    answer = HdfsSinkConnector().validate(props)
    return {value.name: value.errors for value in answer if value.errors}


def test_good_settings_have_no_problem() -> None:
    assert problems() == {}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"store_url": ""}, "store.url"),
        ({"store_url": "s3://bucket"}, "store.url"),
        ({"flush_size": "0"}, "flush.size"),
        ({"format_class": "OrcFormat"}, "format.class"),
        ({"partitioner_class": "my.Own"}, "partitioner.class"),
        ({"partitioner_class": "TimeBasedPartitioner"}, "partition.duration.ms"),
        ({"rotate_schedule_interval_ms": "1000"}, "timezone"),
        ({"topics_dir": "${1}"}, "topics.dir"),
        ({"hive_integration": "true"}, "hive.integration"),
    ],
)
def test_problems_are_told_where_they_are(changes: dict[str, str], name: str) -> None:
    assert list(problems(**changes)) == [name]


def test_formats_are_recommended() -> None:
    (answer,) = [each for each in HdfsSinkConnector().validate(GOOD) if each.name == "format.class"]
    assert "ParquetFormat" in answer.recommended_values


def test_a_connector_does_not_start_with_settings_that_do_not_fit() -> None:
    with pytest.raises(ConfigError, match=r"hive\.integration"):
        HdfsSinkConnector().start({**GOOD, "hive.integration": "true"})


def test_every_task_has_the_settings_and_its_number() -> None:
    connector = Hdfs3SinkConnector()
    connector.start(GOOD)
    assert connector.task_configs(2) == [{**GOOD, "task.id": "0"}, {**GOOD, "task.id": "1"}]
    assert connector.task_class is HdfsSinkTask
    connector.stop()


@pytest.mark.parametrize("offset", [7, None])
def test_altered_offsets_are_where_writing_goes_on(tmp_path: Path, offset: int | None) -> None:
    store = LocalStorage(f"file://{tmp_path}")
    places = Places(WHERE, "topics", "logs")
    take_claim(store, places).advance(100)
    props = {**GOOD, "store.url": store.url}
    assert HdfsSinkConnector().alter_offsets(props, {WHERE: offset})
    assert take_claim(store, places).next_offset == offset


@pytest.mark.parametrize("offset", [-1, True, "7"])
def test_an_offset_is_a_number_from_0(tmp_path: Path, offset: object) -> None:
    with pytest.raises(ConnectError, match="offset of clicks-0"):
        HdfsSinkConnector().alter_offsets(
            {**GOOD, "store.url": f"file://{tmp_path}"}, {WHERE: offset}
        )
