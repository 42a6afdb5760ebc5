# SPDX-License-Identifier: Apache-2.0
"""The file connectors: their tasks, and changes of their offsets."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.api import ExactlyOnceSupport, TopicPartition
from barnabas.connectors.file.connector import FileStreamSinkConnector, FileStreamSourceConnector
from barnabas.connectors.file.sink import FileStreamSinkTask
from barnabas.connectors.file.source import FileStreamSourceTask
from barnabas.errors import ConfigError, ConnectError

PROPS = {"file": "/data/in.txt", "topic": "lines", "name": "c"}
PARTITION = (("filename", "/data/in.txt"),)


@pytest.mark.mirrors("connect/file FileStreamSourceConnectorTest#testSourceTasks")
def test_source_gives_its_settings_unchanged_to_one_task() -> None:
    connector = FileStreamSourceConnector()
    connector.start(PROPS)
    assert connector.task_configs(10) == [PROPS]
    assert connector.task_class is FileStreamSourceTask


@pytest.mark.mirrors("connect/file FileStreamSinkConnectorTest#testSinkTasks")
def test_sink_gives_its_settings_to_every_task() -> None:
    connector = FileStreamSinkConnector()
    connector.start({"file": "/data/out.txt"})
    assert connector.task_configs(2) == [{"file": "/data/out.txt"}] * 2
    assert connector.task_class is FileStreamSinkTask


def test_source_without_topic_does_not_start() -> None:
    with pytest.raises(ConfigError, match="topic"):
        FileStreamSourceConnector().start({"file": "x"})


@pytest.mark.mirrors("connect/file FileStreamSourceConnectorTest#testExactlyOnceSupport")
def test_only_files_can_be_read_exactly_once() -> None:
    support = FileStreamSourceConnector().exactly_once_support
    assert support(PROPS) is ExactlyOnceSupport.SUPPORTED
    assert support({"topic": "lines"}) is ExactlyOnceSupport.UNSUPPORTED
    assert support({"topic": "lines", "file": ""}) is ExactlyOnceSupport.UNSUPPORTED


def alter(offsets: dict[Any, Any], props: dict[str, str] = PROPS) -> bool:
    return FileStreamSourceConnector().alter_offsets(props, offsets)


@pytest.mark.mirrors("connect/file FileStreamSourceConnectorTest#testSuccessfulAlterOffsets")
def test_positions_and_resets_are_accepted() -> None:
    assert alter({PARTITION: {"position": 0}})
    assert alter({PARTITION: None, (("other_key", 1),): None, None: None})
    assert alter({})


@pytest.mark.parametrize(
    ("offsets", "text"),
    [
        ({PARTITION: {"other": 1}}, "should either be null or contain the key 'position'"),
        ({PARTITION: {"position": "10"}}, "expected to be a Long value"),
        ({PARTITION: {"position": 1.5}}, "expected to be a Long value"),
        ({PARTITION: {"position": True}}, "expected to be a Long value"),
        ({PARTITION: {"position": None}}, "expected to be a Long value"),
        ({PARTITION: {"position": -1}}, "should be a non-negative value"),
        ({None: {"position": 1}}, "Partition objects cannot be null"),
        ({(("file", "x"),): {"position": 1}}, "should contain the key 'filename'"),
        ({(("file", "x"),): {"position": -1}}, "should be a non-negative value"),
    ],
)
@pytest.mark.mirrors(
    "connect/file FileStreamSourceConnectorTest#testAlterOffsetsOffsetPositionValues"
)
def test_wrong_offsets_are_refused(offsets: dict[Any, Any], text: str) -> None:
    with pytest.raises(ConnectError, match=text):
        alter(offsets)


@pytest.mark.mirrors("connect/file FileStreamSourceConnectorTest#testAlterOffsetsStdin")
def test_standard_input_has_no_offsets_to_alter() -> None:
    with pytest.raises(ConnectError, match="'file' setting is unspecified"):
        alter({PARTITION: {"position": 1}}, {"topic": "lines"})


def test_sink_accepts_any_offsets() -> None:
    assert FileStreamSinkConnector().alter_offsets({}, {TopicPartition("t", 0): 5})
