# SPDX-License-Identifier: Apache-2.0
"""Keys and values of the status topic, byte for byte Java's. Pure.

Tasks that are stalled have one field more, ``stalled``, which Java's workers pass over.

::

    status-connector-<name>                    {"state":…,"trace":…,"worker_id":…,"generation":…,
    status-task-<name>-<n>                      "version":…}
    status-topic-<topic>:connector-<name>      {"topic":{"name":…,"connector":…,"task":…,
                                                "discoverTimestamp":…}}

Source:
    Apache Kafka ``storage/KafkaStatusBackingStore``; reference page *internal topics*, 4.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from barnabas.errors import DataError
from barnabas.runtime.model import ConnectorStatus, Stall, State, TaskId
from barnabas.runtime.stores import java_json

__all__ = [
    "ConnectorKey",
    "StatusKey",
    "TaskKey",
    "TopicKey",
    "decode_key",
    "decode_status",
    "decode_topic",
    "status_value",
    "topic_value",
]

_CONNECTOR: Final = "status-connector-"
_TASK: Final = "status-task-"
_TOPIC: Final = "status-topic-"
_SEPARATOR: Final = ":connector-"
_NUMBER = re.compile(r"\+?\d{1,10}", re.ASCII)
_INT_MAX = 2**31 - 1


class ConnectorKey(NamedTuple):
    """Whose status: a connector's."""

    name: str

    def encode(self) -> bytes:
        """Write it as on the topic."""
        return f"{_CONNECTOR}{self.name}".encode()


class TaskKey(NamedTuple):
    """Whose status: a task's."""

    task: TaskId

    def encode(self) -> bytes:
        """Write it as on the topic."""
        return f"{_TASK}{self.task}".encode()


class TopicKey(NamedTuple):
    """That a connector used a topic."""

    topic: str
    connector: str

    def encode(self) -> bytes:
        """Write it as on the topic."""
        return f"{_TOPIC}{self.topic}{_SEPARATOR}{self.connector}".encode()


StatusKey: TypeAlias = ConnectorKey | TaskKey | TopicKey


def decode_key(key: bytes | None) -> StatusKey:
    """Read a key.

    Raises:
        DataError: It is of no known kind or incomplete.
    """
    text = (key or b"").decode("utf-8", "replace")
    if text.startswith(_CONNECTOR) and len(text) > len(_CONNECTOR):
        return ConnectorKey(text[len(_CONNECTOR) :])
    if text.startswith(_TASK):
        # Dashes at the end do not count, as in Java.
        name, _, number = text[len(_TASK) :].rstrip("-").rpartition("-")
        if name and _NUMBER.fullmatch(number) and int(number) <= _INT_MAX:
            return TaskKey(TaskId(name, int(number)))
        message = "its key does not end in the number of a task"
        raise DataError(message)
    if text.startswith(_TOPIC):
        topic, colon, rest = text[len(_TOPIC) :].partition(":")
        connector = rest.removeprefix(_SEPARATOR[1:])
        if topic and colon and connector and connector != rest:
            return TopicKey(topic, connector)
        message = "its key does not name a topic and a connector"
        raise DataError(message)
    message = "its key is of no known kind"
    raise DataError(message)


def status_value(status: ConnectorStatus) -> bytes | None:
    """Write a status; that of something destroyed is a tombstone."""
    if status.state is State.DESTROYED:
        return None
    fields: dict[str, object] = {
        "state": status.state.value,
        "trace": status.trace,
        "worker_id": status.worker_id,
        "generation": status.generation,
        "version": status.version,
    }
    if status.stalled is not None:
        fields["stalled"] = status.stalled
    return java_json.encode(fields)


def decode_status(value: bytes) -> ConnectorStatus:
    """Read a status; workers before 4.1 write no version, and Java's none of ``stalled``.

    Raises:
        DataError: It is none.
    """
    fields = java_json.decode(value)
    if not isinstance(fields, dict):
        message = "its value is not an object"
        raise DataError(message)
    try:
        state = State(fields.get("state"))
    except ValueError:
        message = f"its state {fields.get('state')!r} is unknown"
        raise DataError(message) from None
    worker_id, generation = fields.get("worker_id"), fields.get("generation")
    if not isinstance(worker_id, str) or type(generation) is not int:
        message = "its value lacks worker_id or generation"
        raise DataError(message)
    texts = _text(fields, "trace"), _text(fields, "version")
    return ConnectorStatus(state, worker_id, generation, *texts, _stall(fields.get("stalled")))


def _stall(value: object) -> Stall | None:
    try:
        return None if value is None else msgspec.convert(value, Stall)
    except msgspec.ValidationError as error:
        message = f"its stalled is none: {error}"
        raise DataError(message) from None


def _text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        message = f"its {name} is not text"
        raise DataError(message)
    return value


def topic_value(topic: str, task: TaskId, now_ms: int) -> bytes:
    """Write that a task was the first of its connector to use a topic, and when."""
    used = {
        "name": topic,
        "connector": task.connector,
        "task": task.task,
        "discoverTimestamp": now_ms,
    }
    return java_json.encode({"topic": used})


def decode_topic(value: bytes) -> None:
    """Check that a value says that a topic is used; its key says which.

    Raises:
        DataError: It does not.
    """
    match java_json.decode(value):
        case {"topic": {"name": str(), "connector": str(), "task": int()}}:
            return
    message = "its value does not say who uses the topic"
    raise DataError(message)
