# SPDX-License-Identifier: Apache-2.0
"""What connectors that read files have in common, tried with the directory source."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.api import ExactlyOnceSupport
from barnabas.connectors.directory.connector import DirectorySourceConnector
from barnabas.errors import ConfigError, ConnectError

GOOD = {"format.class": "JsonFormat", "store.url": "file:///lake"}
PARTITION = (("directory", "topics/a/partition=0"), ("partition", 0))


def problems(**changes: str) -> list[str]:
    props = {**GOOD, **{key.replace("_", "."): value for key, value in changes.items()}}
    return [value.name for value in DirectorySourceConnector().validate(props) if value.errors]


def test_good_settings_have_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format.class", "OrcFormat"),
        ("store.url", "hdfs://namenode"),
        ("topics.regex", "("),
        ("topics.dir", "${topic}"),
    ],
)
def test_problems_are_told_where_they_are(name: str, value: str) -> None:
    assert problems(**{name.replace(".", "_"): value}) == [name]


def test_topics_chosen_twice_are_told_at_the_expression() -> None:
    assert problems(topics="a", topics_regex="b") == ["topics.regex"]


def test_a_connector_does_not_start_with_settings_that_do_not_fit() -> None:
    with pytest.raises(ConfigError, match=r"topics\.regex"):
        DirectorySourceConnector().start({**GOOD, "topics": "a", "topics.regex": "b"})


def test_tasks_know_their_number_and_how_many_there_are() -> None:
    connector = DirectorySourceConnector()
    connector.start(GOOD)
    given = [(task["task.id"], task["task.count"]) for task in connector.task_configs(2)]
    assert given == [("0", "2"), ("1", "2")]
    connector.stop()


def test_exactly_once_is_supported() -> None:
    answer = DirectorySourceConnector().exactly_once_support(GOOD)
    assert answer is ExactlyOnceSupport.SUPPORTED


def test_offsets_may_be_altered_and_reset() -> None:
    offset = {"file": "a+0+0000000100.json", "records": 7}
    connector = DirectorySourceConnector()
    assert connector.alter_offsets(GOOD, {PARTITION: offset})
    assert connector.alter_offsets(GOOD, {PARTITION: None})


@pytest.mark.parametrize(
    ("partition", "offset"),
    [
        (None, {"file": "a"}),
        (PARTITION, {"position": 3}),
        (PARTITION, {"file": "a+1+0.json"}),
        (PARTITION, {"file": "a+0+0.avro"}),
        ((("filename", "x"),), {"file": "a"}),
        ((("directory", "lake/a/partition=0"), ("partition", 0)), {"file": "a+0+0.json"}),
    ],
    ids=lambda one: str(one)[:40],
)
def test_offsets_of_other_connectors_are_refused(partition: Any, offset: Any) -> None:
    with pytest.raises(ConnectError):
        DirectorySourceConnector().alter_offsets(GOOD, {partition: offset})
