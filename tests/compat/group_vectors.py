# SPDX-License-Identifier: Apache-2.0
"""Answers vectors about the group protocol and its assignor."""

from __future__ import annotations

from typing import Any

from barnabas.runtime.group import wire
from barnabas.runtime.group.protocol import Assignment, ConnectProtocol, WorkerMetadata
from barnabas.runtime.model import TaskId
from tests.compat.vector_notation import Json


def proto_metadata_v0(vector: Json) -> Json:
    """Write metadata of the eager protocol."""
    return _hex(wire.encode_metadata(_metadata(vector), ConnectProtocol.EAGER))


def proto_assignment_v0(vector: Json) -> Json:
    """Write an assignment of the eager protocol."""
    return _hex(wire.encode_assignment(_assignment(vector), ConnectProtocol.EAGER))


def proto_metadata(vector: Json) -> Json:
    """Write metadata of the cooperative protocols."""
    return _hex(wire.encode_metadata(_metadata(vector), _protocol(vector)))


def proto_assignment(vector: Json) -> Json:
    """Write an assignment of the cooperative protocols; of none, nothing."""
    if vector["assignment"] is None:
        return {"hex": None}
    return _hex(wire.encode_assignment(_assignment(vector["assignment"]), _protocol(vector)))


def proto_request(vector: Json) -> Json:
    """Write what is offered in JoinGroup."""
    offers = wire.join_protocols(vector["mode"], _metadata(vector))
    return {"protocols": [{"name": name, **_hex(data)} for name, data in offers]}


def _protocol(vector: Json) -> ConnectProtocol:
    return ConnectProtocol.SESSIONED if vector["sessioned"] else ConnectProtocol.COMPATIBLE


def _metadata(vector: Json) -> WorkerMetadata:
    given = vector.get("assignment")
    return WorkerMetadata(
        vector["url"], vector["offset"], None if given is None else _assignment(given)
    )


def _assignment(given: Json) -> Assignment:
    return Assignment(
        version=given.get("version", 0),
        leader=given["leader"],
        leader_url=given["leader_url"],
        config_offset=given["offset"],
        connectors=tuple(given["connectors"]),
        tasks=_tasks(given["tasks"]),
        revoked_connectors=tuple(given.get("revoked_connectors") or ()),
        revoked_tasks=_tasks(given.get("revoked_tasks") or ()),
        delay_ms=given.get("delay", 0),
        error=given.get("error", 0),
    )


def _tasks(texts: list[str]) -> tuple[TaskId, ...]:
    return tuple(_task(text) for text in texts)


def _task(text: str) -> TaskId:
    connector, _, number = text.rpartition("-")
    return TaskId(connector, int(number))


def _hex(data: bytes) -> dict[str, Any]:
    return {"hex": data.hex()}


def unsupported(vector: Json) -> Json | None:
    """Say that the part the vector asks about is not built yet."""
    del vector
    return None
