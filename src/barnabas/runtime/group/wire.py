# SPDX-License-Identifier: Apache-2.0
r"""The bytes in which workers tell each other what `protocol` holds as values.

All numbers are big-endian. A *string* is an int16 length and that much UTF-8; *bytes* are an int32
length (-1 = null) and the data; an *array* is an int32 count (-1 = null) and the elements::

    work             = array of (connector string, tasks array of int32)   -1 = the connector itself
    metadata   v0    = version int16, url string, config offset int64
    metadata   v1-2  = metadata v0, assignment bytes (an assignment v1-2, or null)
    assignment v0    = version int16, error int16, leader string, leader url string,
                       config offset int64, work
    assignment v1-2  = assignment v0, revoked work, delay int32 (ms)

Versions 1 and 2 are the same but for the number. Readers take every version from 0 on, do without
fields that are missing at the end (as version 0 does) and ignore bytes they do not know after it,
so that members of different versions understand each other.

Source:
    Apache Kafka ``connect/runtime`` ``ConnectProtocol``, ``IncrementalCooperativeConnectProtocol``;
    reference page *Worker group protocol and distributed herder*, section 2.
"""

from __future__ import annotations

import struct

from barnabas.errors import ProtocolError
from barnabas.runtime.group.protocol import (
    Assignment,
    ConnectProtocol,
    Work,
    WorkerMetadata,
    offered,
)
from barnabas.runtime.model import TaskId

__all__ = [
    "decode_assignment",
    "decode_metadata",
    "encode_assignment",
    "encode_metadata",
    "join_protocols",
]

_CONNECTOR = -1
"""Stands among the tasks of a connector for the connector itself."""


def join_protocols(mode: str, metadata: WorkerMetadata) -> list[tuple[str, bytes]]:
    """Return the protocols to offer in JoinGroup, the preferred one first, with their metadata.

    Args:
        mode: The setting ``connect.protocol``.
        metadata: What the worker tells; the eager protocol leaves the assignment out.

    Raises:
        ConfigError: No such mode.
        ProtocolError: A value does not fit.
    """
    return [(each.wire_name, encode_metadata(metadata, each)) for each in offered(mode)]


def encode_metadata(metadata: WorkerMetadata, protocol: ConnectProtocol) -> bytes:
    """Write what a worker tells when it joins.

    Raises:
        ProtocolError: A value does not fit its field.
    """
    head = [
        _number(">h", protocol.version, "version"),
        _string(metadata.url, "url"),
        _number(">q", metadata.config_offset, "config offset"),
    ]
    if not protocol.is_cooperative:
        return b"".join(head)
    if metadata.assignment is None:
        return b"".join((*head, _number(">i", -1, "assignment")))
    blob = encode_assignment(metadata.assignment, protocol)
    return b"".join((*head, _number(">i", len(blob), "assignment"), blob))


def decode_metadata(data: bytes) -> WorkerMetadata:
    """Read what a worker told when it joined.

    Raises:
        ProtocolError: The version is negative, or the bytes end early or make no sense.
    """
    reader = _Reader(data, "worker metadata")
    _read_version(reader)
    url = reader.string("url")
    offset = reader.number(">q", "config offset")
    blob = reader.nullable_bytes("assignment") if reader.has_more else None
    return WorkerMetadata(url, offset, None if blob is None else decode_assignment(blob))


def encode_assignment(assignment: Assignment, protocol: ConnectProtocol) -> bytes:
    """Write what the leader tells a member, in the version of the protocol.

    Raises:
        ProtocolError: A value does not fit its field.
    """
    parts = [
        _number(">h", protocol.version, "version"),
        _number(">h", assignment.error, "error"),
        _string(assignment.leader, "leader"),
        _string(assignment.leader_url, "leader url"),
        _number(">q", assignment.config_offset, "config offset"),
        _work(assignment.work),
    ]
    if protocol.is_cooperative:
        parts.append(_work(assignment.revoked))
        parts.append(_number(">i", assignment.delay_ms, "delay"))
    return b"".join(parts)


def decode_assignment(data: bytes) -> Assignment:
    """Read what the leader told a member, in any version.

    Raises:
        ProtocolError: The version is negative, or the bytes end early or make no sense.
    """
    reader = _Reader(data, "assignment")
    version = _read_version(reader)
    error = reader.number(">h", "error")
    leader = reader.string("leader")
    leader_url = reader.string("leader url")
    offset = reader.number(">q", "config offset")
    work = _read_work(reader, "connectors and tasks")
    revoked = _read_work(reader, "revoked connectors and tasks")
    delay_ms = reader.number(">i", "delay") if reader.has_more else 0
    return Assignment(
        version,
        leader,
        leader_url,
        offset,
        work.connectors,
        work.tasks,
        revoked.connectors,
        revoked.tasks,
        delay_ms,
        error,
    )


def _work(work: Work) -> bytes:
    """Write one entry per connector, in the order in which connectors, then tasks name them."""
    numbers: dict[str, list[int]] = {name: [_CONNECTOR] for name in work.connectors}
    for task in work.tasks:
        numbers.setdefault(task.connector, []).append(task.task)
    parts = [_number(">i", len(numbers), "connectors")]
    for name, tasks in numbers.items():
        parts.append(_string(name, "connector"))
        try:
            parts.append(struct.pack(f">i{len(tasks)}i", len(tasks), *tasks))
        except struct.error as error:
            message = f"The tasks {tasks} of connector {name} cannot be written: {error}"
            raise ProtocolError(message) from error
    return b"".join(parts)


def _read_work(reader: _Reader, what: str) -> Work:
    connectors: list[str] = []
    tasks: list[TaskId] = []
    count = reader.count(what) if reader.has_more else 0
    for _ in range(count):
        name = reader.string(f"connector among the {what}")
        for number in reader.numbers(f"tasks of connector {name}"):
            if number == _CONNECTOR:
                connectors.append(name)
            else:
                tasks.append(TaskId(name, number))
    return Work.of(connectors, tasks)


def _read_version(reader: _Reader) -> int:
    version = reader.number(">h", "version")
    if version < 0:
        message = f"The {reader.what} has version {version}; versions begin at 0."
        raise ProtocolError(message)
    return version


def _number(layout: str, value: int, what: str) -> bytes:
    try:
        return struct.pack(layout, value)
    except struct.error as error:
        message = f"The {what} {value} cannot be written: {error}"
        raise ProtocolError(message) from error


def _string(text: str, what: str) -> bytes:
    data = text.encode(errors="replace")
    if len(data) > 0x7FFF:
        message = f"The {what} is {len(data)} bytes long, more than 32767: {text[:40]}…"
        raise ProtocolError(message)
    return struct.pack(">h", len(data)) + data


class _Reader:
    """Reads fields one after another and says where it stopped when one cannot be read."""

    def __init__(self, data: bytes, what: str) -> None:
        self.what = what
        self._data = data
        self._at = 0

    @property
    def has_more(self) -> bool:
        return self._at < len(self._data)

    def number(self, layout: str, field: str) -> int:
        value: int = struct.unpack(layout, self._take(struct.calcsize(layout), field))[0]
        return value

    def string(self, field: str) -> str:
        data = self._take(self._length(">h", field), field)
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            message = self._where(f"the {field} is not UTF-8 ({data[:40]!r})")
            raise ProtocolError(message) from error

    def nullable_bytes(self, field: str) -> bytes | None:
        length = self.number(">i", field)
        if length == -1:
            return None
        return self._take(self._checked(length, field), field)

    def count(self, field: str) -> int:
        """Read the number of elements of an array; an array that is null has none."""
        count = self.number(">i", field)
        return 0 if count == -1 else self._checked(count, field)

    def numbers(self, field: str) -> tuple[int, ...]:
        count = self._checked(self.number(">i", field), field)
        return struct.unpack(f">{count}i", self._take(4 * count, field))

    def _length(self, layout: str, field: str) -> int:
        return self._checked(self.number(layout, field), field)

    def _checked(self, length: int, field: str) -> int:
        if length < 0:
            message = self._where(f"the {field} would have a length of {length}")
            raise ProtocolError(message)
        return length

    def _take(self, length: int, field: str) -> bytes:
        data = self._data[self._at : self._at + length]
        if len(data) < length:
            missing = f"the {field} needs {length} bytes and {len(data)} are left"
            raise ProtocolError(self._where(missing))
        self._at += length
        return data

    def _where(self, problem: str) -> str:
        total = len(self._data)
        return f"The {self.what} cannot be read at byte {self._at} of {total}: {problem}."
