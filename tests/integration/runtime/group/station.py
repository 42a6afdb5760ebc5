# SPDX-License-Identifier: Apache-2.0
"""A worker that runs nothing but remembers everything, as member of a real group."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping

from barnabas.kafka import layering
from barnabas.runtime.group.leader import GroupLeader
from barnabas.runtime.group.listener import Assigned, GroupListener
from barnabas.runtime.group.member import GroupMember, GroupSettings
from barnabas.runtime.group.protocol import GroupConfig
from barnabas.runtime.model import TaskId

__all__ = ["WAIT_S", "WORK", "Station", "settings", "station"]

WAIT_S = 60.0
WORK = GroupConfig(5, {"orders": 4, "shelf": 2})


def settings(servers: str, group: str, **changes: object) -> GroupSettings:
    client = layering.admin({"bootstrap.servers": servers}, "x")
    usual: dict[str, object] = {"session_timeout_ms": 4000, "heartbeat_interval_ms": 500}
    return GroupSettings(group_id=group, client=client, **{**usual, **changes})  # type: ignore[arg-type]  # checked by the callers' names


class Station(GroupListener):
    """The listener of one member; follows assignments at once.

    Args:
        name: Part of its URL.
        config: What is configured.
    """

    def __init__(self, name: str, config: Callable[[], GroupConfig]) -> None:
        self.url = f"http://{name}:8083/"
        self.config = config
        self.member: GroupMember | None = None
        self.assigned: list[Assigned] = []
        self.assigned_at: list[float] = []
        self.revoked: list[tuple[float, str]] = []
        self.leases: list[float] = []
        self.busy_s = 0.0

    async def on_assigned(self, assigned: Assigned) -> None:
        assert self.member is not None
        await asyncio.sleep(self.busy_s)
        self.assigned_at.append(time.monotonic())
        self.assigned.append(assigned)
        if assigned.assignment.revoked:
            self.member.request_rejoin("work was given up for others")

    async def on_revoked(self, reason: str) -> None:
        self.revoked.append((time.monotonic(), reason))

    def on_lease(self, deadline_s: float) -> None:
        self.leases.append(deadline_s)

    @property
    def running(self) -> GroupMember:
        assert self.member is not None
        return self.member

    @property
    def tasks(self) -> frozenset[TaskId]:
        """What it owns now."""
        is_member = self.assigned and self.running.is_member
        return self.assigned[-1].work_tasks if is_member else frozenset()

    @property
    def last_lease(self) -> float:
        """The last lease that was one."""
        return max((lease for lease in self.leases if lease > -math.inf), default=-math.inf)

    async def until(self, holds: Callable[[], object], most_s: float = WAIT_S) -> None:
        deadline = time.monotonic() + most_s
        while not holds():
            if time.monotonic() > deadline:
                said = [(one.generation, sorted(map(str, one.work_tasks))) for one in self.assigned]
                where = f"{self.running.stage} {self.running.trouble} {self.revoked} {said}"
                msg = f"{self.url} did not come so far: {where}"
                raise TimeoutError(msg)
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def station(
    name: str,
    given: GroupSettings,
    *,
    config: Callable[[], GroupConfig] = lambda: WORK,
    delay_ms: int = 0,
    refresh: Callable[[float], GroupConfig] | None = None,
) -> AsyncIterator[Station]:
    """Run a member until the end of the context."""
    worker = Station(name, config)
    worker.member = GroupMember(
        given,
        worker_id=f"{name}:8083",
        url=worker.url,
        leader=GroupLeader(delay_ms),
        config_state=config,
        refresh_configs=refresh or (lambda _: config()),
        listener=worker,
        loop=asyncio.get_running_loop(),
    )
    await worker.member.start()
    try:
        yield worker
    finally:
        await worker.member.stop()


def everything(config: GroupConfig = WORK) -> frozenset[TaskId]:
    """All tasks there are."""
    counts: Mapping[str, int] = config.task_counts
    return frozenset(TaskId(name, n) for name, count in counts.items() for n in range(count))
