# SPDX-License-Identifier: Apache-2.0
"""A group of one, in virtual time: the coordinator, the worker and the driver between them."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any

from barnabas.errors import ConnectError
from barnabas.kafka.group_coordinator import Heartbeat, Joined, Synced
from barnabas.kafka.group_errors import (
    CoordinatorLostError,
    GenerationLostError,
    MembershipLostError,
)
from barnabas.runtime.group.driver import Driver
from barnabas.runtime.group.leader import GroupLeader
from barnabas.runtime.group.listener import Assigned, GroupListener
from barnabas.runtime.group.ports import Here, MemberTimes
from barnabas.runtime.group.protocol import (
    Assignment,
    ConnectProtocol,
    GroupConfig,
    WorkerMetadata,
)
from barnabas.runtime.group.wire import decode_metadata, encode_assignment, encode_metadata
from barnabas.runtime.model import TaskId
from tests.unit.runtime.group.virtual_time import now

SESSION_S, HEARTBEAT_S, REBALANCE_S = 10.0, 3.0, 60.0
TIMES = MemberTimes(session_s=SESSION_S, heartbeat_s=HEARTBEAT_S, rebalance_s=REBALANCE_S)


class FakeCoordinator:
    """Takes the only member in, as leader unless told otherwise; fails when told to.

    ``errors`` maps a method to what its next calls raise.
    """

    def __init__(self) -> None:
        self.member_id = ""
        self.generation = -1
        self.protocol = "sessioned"
        self.leads = True
        self.assignment = Assignment(2, "other", "http://other/", 1)
        self.errors: dict[str, list[ConnectError]] = {}
        self.is_silent = False
        self.is_rebalancing = False
        self.told: list[WorkerMetadata] = []
        self.reasons: list[str] = []
        self.beats: list[float] = []
        self.left: list[tuple[float, str]] = []
        self.join_gate = asyncio.Event()
        self.join_gate.set()
        self.is_closed = False
        self._members = 0

    @property
    def is_member(self) -> bool:
        return self.generation >= 0 and bool(self.member_id)

    async def find(self) -> None:
        await self._answer("find")

    async def join(self, offers: Callable[[], Sequence[tuple[str, bytes]]], reason: str) -> Joined:
        sent_at = now()
        offered = dict(offers())
        metadata = offered[self.protocol]
        self.told.append(decode_metadata(metadata))
        self.reasons.append(reason)
        if not self.member_id:
            self._members += 1
            self.member_id = f"me-{self._members}"
        await self.join_gate.wait()
        await self._answer("join")
        self.is_rebalancing = False
        self.generation = len(self.told)
        members = {self.member_id: metadata} if self.leads else {}
        leader = self.member_id if self.leads else "other"
        return Joined(self.generation, self.member_id, self.protocol, leader, members, sent_at)

    async def sync(self, assignments: Mapping[str, bytes]) -> Synced:
        sent_at = now()
        await self._answer("sync")
        if self.leads:
            return Synced(assignments[self.member_id], sent_at)
        protocol = next(each for each in ConnectProtocol if each.wire_name == self.protocol)
        return Synced(encode_assignment(self.assignment, protocol), sent_at)

    async def heartbeat(self) -> Heartbeat | None:
        sent_at = now()
        await self._answer("heartbeat")
        self.beats.append(sent_at)
        return Heartbeat(sent_at, 0.0, self.generation, self.is_rebalancing)

    async def leave(self, reason: str, timeout_s: float) -> bool:
        self.left.append((now(), reason))
        self.forget()
        return not self.is_silent

    def forget(self, *, member_id: bool = True) -> None:
        self.generation = -1
        if member_id:
            self.member_id = ""

    def close(self) -> None:
        self.is_closed = True

    async def _answer(self, method: str) -> None:
        if self.is_silent:
            await asyncio.sleep(1.0)
            message = "nobody answers"
            raise CoordinatorLostError(message)
        if self.errors.get(method):
            error = self.errors[method].pop(0)
            if isinstance(error, MembershipLostError | GenerationLostError):
                self.forget(member_id=isinstance(error, MembershipLostError))
            raise error


class FakeWorker(GroupListener):
    """Remembers what it is told; does what ``carry_out`` and ``stop_all`` do."""

    def __init__(self) -> None:
        self.assigned: list[Assigned] = []
        self.revoked: list[tuple[float, str]] = []
        self.leases: list[float] = []
        self.stages: list[str | None] = []
        self.refusals: list[str | None] = []
        self.cancelled = 0
        self.carry_out: Callable[[Assigned], Coroutine[Any, Any, None]] | None = None
        self.stop_all: Callable[[], Coroutine[Any, Any, None]] | None = None

    async def on_assigned(self, assigned: Assigned) -> None:
        self.assigned.append(assigned)
        if self.carry_out is not None:
            try:
                await self.carry_out(assigned)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise

    async def on_revoked(self, reason: str) -> None:
        self.revoked.append((now(), reason))
        if self.stop_all is not None:
            await self.stop_all()

    def on_lease(self, deadline_s: float) -> None:
        self.leases.append(deadline_s)

    def on_stage(self, stage: str | None) -> None:
        self.stages.append(stage)

    def on_refusal(self, reason: str | None) -> None:
        self.refusals.append(reason)


class SameLoop:
    """The bridge to a worker on the same loop."""

    def __init__(self) -> None:
        self.is_open = True

    def call(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Future[None]:
        return asyncio.ensure_future(coroutine)

    def post(self, callback: Callable[[], None]) -> None:
        if self.is_open:
            asyncio.get_running_loop().call_soon(callback)


class AtOnce(concurrent.futures.Executor):
    """Does what it is given before it returns."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except ConnectError as error:
            future.set_exception(error)
        return future


class Scene:
    """All of them together; ``config`` is what is configured."""

    def __init__(self, mode: str = "sessioned") -> None:
        self.coordinator = FakeCoordinator()
        self.worker = FakeWorker()
        self.bridge = SameLoop()
        self.config = GroupConfig(7, {"orders": 2})
        self.here = Here(
            group_id="g",
            url="http://me/",
            connect_protocol=mode,
            leader=GroupLeader(0),
            config_state=lambda: self.config,
            refresh_configs=lambda: self.config,
            now_ms=lambda: int(now() * 1000),
        )
        self.driver = Driver(
            self.coordinator,
            TIMES,
            self.here,
            self.worker,
            bridge=self.bridge,
            now=now,
            executor=AtOnce(),
        )

    @staticmethod
    def metadata_of(url: str, config_offset: int) -> bytes:
        """What another worker would tell."""
        return encode_metadata(WorkerMetadata(url, config_offset), ConnectProtocol.SESSIONED)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.driver.run())
        try:
            yield
        finally:
            self.driver.stop()
            await task

    async def until(self, holds: Callable[[], object], most_s: float = 200.0) -> None:
        """Let time pass until something holds."""
        deadline = now() + most_s
        while not holds():
            assert now() < deadline, "it did not come true"
            await asyncio.sleep(0.01)


ORDERS = frozenset({TaskId("orders", 0), TaskId("orders", 1)})
