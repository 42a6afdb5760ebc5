# SPDX-License-Identifier: Apache-2.0
"""Answers vectors about the group protocol and its assignor."""

from __future__ import annotations

from typing import Any

from barnabas.runtime.group import wire
from barnabas.runtime.group.assignors.incremental import Memory, Plan, Reports, plan_round
from barnabas.runtime.group.protocol import (
    NO_WORK,
    Assignment,
    ConnectProtocol,
    GroupConfig,
    Work,
    WorkerMetadata,
)
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


def assignor(vector: Json) -> Json:
    """Play rounds of a group whose leader stays the same."""
    group = _Group(vector.get("max_delay", 300_000))
    rounds = []
    for step in vector["steps"]:
        group.change(step)
        if step.get("rebalance", True):
            rounds.append(group.rebalance(sync_fails=step.get("sync_fails", False)))
    return {"rounds": rounds}


class _Group:
    """Members that do at once what they are told; a member's name is its id."""

    def __init__(self, max_delay_ms: int) -> None:
        self._max_delay_ms = max_delay_ms
        self._now_ms = 1_000_000
        self._task_counts: dict[str, int] = {}
        self._held: dict[str, Work] = {}
        self._memory = Memory()
        self._generation = 0
        self._completed = 0

    def change(self, step: Json) -> None:
        """Do what comes before the round."""
        for worker in step.get("leave", ()):
            self._held.pop(worker, None)
        for worker in (*step.get("join", ()), *step.get("bounce", ())):
            self._held[worker] = NO_WORK
        self._task_counts.update(step.get("add", {}))
        for connector in step.get("del", ()):
            self._task_counts.pop(connector, None)
        self._now_ms += step.get("sleep", 0)

    def rebalance(self, *, sync_fails: bool) -> Json:
        """Do a round and return what is recorded of it."""
        self._generation += 1
        configured = GroupConfig(0, self._task_counts).work
        reports = Reports(configured, self._held, self._generation, self._completed)
        plan = plan_round(
            self._memory, reports, now_ms=self._now_ms, max_delay_ms=self._max_delay_ms
        )
        self._memory = plan.memory
        if not sync_fails:
            self._completed = self._generation
            self._held = {
                member: work.without(plan.revoked.get(member, NO_WORK)).plus(plan.assigned[member])
                for member, work in self._held.items()
            }
        return self._recorded(plan, sync_fails=sync_fails)

    def _recorded(self, plan: Plan, *, sync_fails: bool) -> Json:
        tasks = [task for work in self._held.values() for task in work.tasks]
        revoked = plan.revoked.values()
        return {
            "workers": {
                worker: {"connectors": len(work.connectors), "tasks": len(work.tasks)}
                for worker, work in self._held.items()
            },
            "total_revoked_connectors": sum(len(work.connectors) for work in revoked),
            "total_revoked_tasks": sum(len(work.tasks) for work in revoked),
            "delay": plan.delay_ms,
            "generation": self._generation,
            "sync_failed": sync_fails,
            "held_tasks": len(tasks),
            "distinct_tasks": len(set(tasks)),
        }


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
