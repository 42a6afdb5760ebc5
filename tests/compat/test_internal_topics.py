# SPDX-License-Identifier: Apache-2.0
"""Records a cluster of Java workers (4.1.0) left in its internal topics, and ours beside them.

Each record is read, and written again from what was read: the bytes must be the same.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from barnabas.errors import DataError
from barnabas.runtime.model import SessionKey, TargetState, TaskId
from barnabas.runtime.stores import config_log, offset_format, status_format
from barnabas.runtime.stores.config_log import ConfigLog
from barnabas.runtime.stores.status_format import TopicKey

_FILE = Path(__file__).with_name("internal_topics_recorded.txt")
_KEY = base64.b64encode(bytes(32)).decode()


class Recorded(NamedTuple):
    partition: int
    key: bytes
    value: bytes | None


def recorded(topic: str) -> list[Recorded]:
    """Read the records of one topic; the session key was left out of the recording."""
    text = _FILE.read_text().replace("<base64 32 bytes>", _KEY)
    section = text.split(f"## jc-{topic} ")[1].split("\n## ")[0]
    return [
        Recorded(int(partition), _bytes(key), None if value == "<null>" else _bytes(value))
        for partition, key, value in re.findall(r"(?m)^(\d+)@\d+ (.*) => (.*)$", section)
    ]


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[4:]) if text.startswith("hex:") else text.encode()


def rewritten_config(key: bytes, value: bytes | None) -> config_log.Record:
    """Write a record of the config topic from what it says."""
    kind, _, rest = key.decode().partition("-")
    if value is None:
        name = rest.removeprefix("state-")
        return next(item for item in config_log.connector_tombstones(name) if item[0] == key)
    fields = msgspec.json.decode(value)
    if kind == "connector":
        return config_log.connector_record(rest, fields["properties"])
    if kind == "task":
        name, _, number = rest.rpartition("-")
        configs = [{}] * int(number) + [fields["properties"]]
        return config_log.task_records(name, configs)[-1]
    if kind == "commit":
        return config_log.task_commit_record(rest, fields["tasks"])
    if kind == "target":
        state = TargetState(fields["state.v2"])
        return config_log.target_state_record(rest.removeprefix("state-"), state)
    assert key == b"session-key"
    created = fields["creation-timestamp"]
    return config_log.session_key_record(
        SessionKey(base64.b64decode(fields["key"]), fields["algorithm"], created)
    )


@pytest.mark.parametrize("record", recorded("configs"))
def test_configurations_are_written_as_java_does(record: Recorded) -> None:
    assert rewritten_config(record.key, record.value) == (record.key, record.value)


@pytest.mark.parametrize("record", recorded("status"))
def test_statuses_are_written_as_java_does(record: Recorded) -> None:
    key = status_format.decode_key(record.key)
    assert key.encode() == record.key
    if record.value is None:
        return
    if isinstance(key, TopicKey):
        status_format.decode_topic(record.value)
        used = msgspec.json.decode(record.value)["topic"]
        task = TaskId(used["connector"], used["task"])
        value = status_format.topic_value(used["name"], task, used["discoverTimestamp"])
        assert key == TopicKey(used["name"], task.connector)
    else:
        value = status_format.status_value(status_format.decode_status(record.value))
    assert value == record.value


@pytest.mark.parametrize("record", recorded("offsets"))
def test_offsets_are_written_as_java_does(record: Recorded) -> None:
    decoded = offset_format.decode_key(record.key)
    assert decoded is not None
    assert offset_format.offset_key(*decoded) == record.key
    value = offset_format.decode_value(record.value)
    assert offset_format.offset_value(value) == record.value


def test_the_recorded_configurations_add_up() -> None:
    log, records = ConfigLog(), recorded("configs")
    for offset, record in enumerate(records):
        events = log.apply(record.key, record.value, offset)
        assert not any(isinstance(event, config_log.Garbage) for event in events)
    alive = {
        record.key.decode().removeprefix("connector-"): record.value
        for record in records
        if record.key.startswith(b"connector-")
    }
    assert set(log.state.configs) == {name for name, value in alive.items() if value is not None}
    assert not log.state.inconsistent
    assert log.state.session_key is not None


def test_what_is_recorded_is_no_garbage() -> None:
    assert min(len(recorded(topic)) for topic in ("configs", "status", "offsets")) > 50
    with pytest.raises(DataError):
        status_format.decode_key(recorded("offsets")[0].key)
