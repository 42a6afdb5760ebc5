# SPDX-License-Identifier: Apache-2.0
"""A group whose leader is a GroupLeader: what the broker and the members do, without either."""

from __future__ import annotations

from barnabas.runtime.group.leader import GroupLeader, Round
from barnabas.runtime.group.protocol import (
    Assignment,
    ConnectProtocol,
    GroupConfig,
    Work,
    WorkerMetadata,
)
from barnabas.runtime.group.wire import decode_assignment, encode_metadata


class Worker:
    """One worker; how far it has read is the leader's offset unless it is set."""

    def __init__(self, name: str, member: str) -> None:
        self.url = f"http://{name}:8083/"
        self.member = member
        self.assignment: Assignment | None = None
        self.offset: int | None = None
        self.garbage: bytes | None = None

    @property
    def work(self) -> Work:
        return Work() if self.assignment is None else self.assignment.work


class Cluster:
    """Workers by name; the one called "a" leads."""

    def __init__(
        self,
        names: str = "",
        protocol: ConnectProtocol = ConnectProtocol.SESSIONED,
        max_delay_ms: int = 300_000,
        **task_counts: int,
    ) -> None:
        self.protocol = protocol
        self.leader = GroupLeader(max_delay_ms)
        self.workers: dict[str, Worker] = {}
        self.task_counts = task_counts
        self.offset = 7
        self.generation = 0
        self.completed = 0
        self.now_ms = 1_790_000_000_000
        self.refreshed_offset: int | None = None
        self.join(*names)

    def join(self, *names: str) -> None:
        for name in names:
            member = f"connect-{name}-{self.generation}"
            self.workers[name] = Worker(name, member)

    def leave(self, *names: str) -> None:
        for name in names:
            del self.workers[name]

    def round(self, *, is_heard: bool = True) -> Round:
        """Rebalance; all members follow at once if they hear of it."""
        self.generation += 1
        self.result = self.leader.assign(
            leader_id=next(iter(self.workers.values())).member,
            protocol=self.protocol,
            members={w.member: self._told(w) for w in self.workers.values()},
            config=GroupConfig(self.offset, dict(self.task_counts)),
            refreshed=self._refresh,
            generation=self.generation,
            last_completed_generation=self.completed,
            now_ms=self.now_ms,
        )
        if is_heard:
            self.completed = self.generation
            for worker in self.workers.values():
                new = decode_assignment(self.result.assignments[worker.member])
                if self.protocol.is_cooperative:
                    new = new.applied_to(worker.assignment).settled()
                worker.assignment = new
        return self.result

    def work_of(self, name: str) -> Work:
        return self.workers[name].work

    def _told(self, worker: Worker) -> bytes:
        offset = self.offset if worker.offset is None else worker.offset
        metadata = WorkerMetadata(worker.url, offset, worker.assignment)
        return worker.garbage or encode_metadata(metadata, self.protocol)

    def _refresh(self) -> GroupConfig:
        assert self.refreshed_offset is not None, "the leader is not behind"
        return GroupConfig(self.refreshed_offset, dict(self.task_counts))
