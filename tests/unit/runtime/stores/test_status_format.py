# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.errors import DataError
from barnabas.runtime.model import ConnectorStatus, Stall, State, TaskId
from barnabas.runtime.stores import status_format
from barnabas.runtime.stores.status_format import ConnectorKey, TaskKey, TopicKey

RUNNING = ConnectorStatus(State.RUNNING, "127.0.0.1:18083", 3, None, "4.1.0")


@pytest.mark.parametrize(
    ("key", "data"),
    [
        (ConnectorKey("a-b"), b"status-connector-a-b"),
        (TaskKey(TaskId("a-b", 7)), b"status-task-a-b-7"),
        (TopicKey("t", "a-b"), b"status-topic-t:connector-a-b"),
        (TopicKey("t", "a:b"), b"status-topic-t:connector-a:b"),
    ],
)
def test_keys_are_javas(key, data):
    assert key.encode() == data
    assert status_format.decode_key(data) == key


@pytest.mark.parametrize(
    "key",
    [
        None,
        b"",
        b"\xff",
        b"status-unknown",
        b"status-connector-",
        b"status-task-",
        b"status-task-foo",
        b"status-task-foo-source-#",
        b"status-task-foo-99999999999",
        b"status-topic-",
        b"status-topic-foo-topic",
        b"status-topic-foo-topic:",
        b"status-topic-:connector-c",
        b"status-topic-t:connector-",
        b"status-topic-t:conn",
    ],
)
def test_other_keys_are_told(key):
    with pytest.raises(DataError, match="its key"):
        status_format.decode_key(key)


def test_values_are_javas_bytes():
    assert status_format.status_value(RUNNING) == (
        b'{"state":"RUNNING","trace":null,"worker_id":"127.0.0.1:18083","generation":3,'
        b'"version":"4.1.0"}'
    )
    assert status_format.topic_value("t", TaskId("c", 0), 1795405503000) == (
        b'{"topic":{"name":"t","connector":"c","task":0,"discoverTimestamp":1795405503000}}'
    )


def test_something_destroyed_has_a_tombstone():
    assert status_format.status_value(ConnectorStatus(State.DESTROYED, "w")) is None


@given(
    st.sampled_from([state for state in State if state is not State.DESTROYED]),
    st.integers(0, 2**31 - 1),
    st.none() | st.text(),
    st.none() | st.text(),
)
def test_what_was_written_is_read(state, generation, trace, version):
    status = ConnectorStatus(state, "w:1", generation, trace, version)
    assert status_format.decode_status(status_format.status_value(status)) == status


def test_a_task_that_is_stalled_says_so_besides():
    status = ConnectorStatus(State.RUNNING, "w:1", stalled=Stall(7, "poll", last_record=5))
    value = status_format.status_value(status)
    assert value.endswith(b',"stalled":{"since":7,"call":"poll","last_record":5}}')
    assert status_format.decode_status(value) == status


def test_a_status_without_a_version_is_read():
    value = b'{"state":"FAILED","trace":"why","worker_id":"w","generation":1}'
    assert status_format.decode_status(value) == ConnectorStatus(State.FAILED, "w", 1, "why", None)


@pytest.mark.parametrize(
    "value",
    [
        b"junk",
        b"7",
        b"{}",
        b'{"state":"DANCING","worker_id":"w","generation":1}',
        b'{"state":["RUNNING"],"worker_id":"w","generation":1}',
        b'{"state":"RUNNING","worker_id":"w","generation":"1"}',
        b'{"state":"RUNNING","worker_id":null,"generation":1}',
        b'{"state":"RUNNING","worker_id":"w","generation":1,"trace":7}',
        b'{"state":"RUNNING","worker_id":"w","generation":1,"stalled":"long"}',
    ],
)
def test_other_values_are_told(value):
    with pytest.raises(DataError):
        status_format.decode_status(value)


@pytest.mark.parametrize("value", [b"{}", b'{"topic":7}', b'{"topic":{"name":"t"}}', b"junk"])
def test_other_values_for_topics_are_told(value):
    with pytest.raises(DataError):
        status_format.decode_topic(value)


@given(st.binary(max_size=40))
def test_garbage_raises_nothing_else(data):
    for read in (status_format.decode_key, status_format.decode_status, status_format.decode_topic):
        with contextlib.suppress(DataError):
            read(data)
