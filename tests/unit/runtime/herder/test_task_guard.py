# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from barnabas.errors import ConflictError, ConnectError
from barnabas.runtime.herder.task_guard import TaskGuard
from barnabas.runtime.model import SessionKey, TaskId

KEY = SessionKey(b"k" * 32, "HmacSHA256", 0)
TASK = TaskId("c", 0)


class Bench:
    """A worker of a group; ``answers`` is what fencing fails with, one after the other."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.answers: list[ConnectError] = []
        self.is_leader = True
        self.is_signed = True
        self.key: SessionKey | None = KEY
        self.time = 0.0
        self.tasks = {TASK}
        self.is_newest = lambda _task: True
        self.guard = TaskGuard(self, self, self, self, self, sleep=self.sleep, now=self.now)

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += 10

    @property
    def state(self) -> Any:
        return SimpleNamespace(session_key=self.key)

    async def refresh(self, timeout_s: float) -> None:
        self.asked.append("refresh")

    async def settled(self, *, past_refusals: bool) -> Any:
        return SimpleNamespace(
            is_leader=self.is_leader,
            protocol=SimpleNamespace(is_signed=self.is_signed),
            assignment=SimpleNamespace(leader_url="http://leader"),
        )

    async def fence(self, *asked: Any) -> None:
        self.asked.append(asked)
        if self.answers:
            raise self.answers.pop(0)


async def test_the_leader_fences_itself() -> None:
    bench = Bench()
    await bench.guard.fence("c")
    assert bench.asked == [("c",)]


async def test_another_worker_asks_the_leader_with_a_signature() -> None:
    bench = Bench()
    bench.is_leader = False
    await bench.guard.fence("c")
    assert bench.asked == [("http://leader", "c", KEY)]


async def test_without_signatures_in_the_group_nothing_is_signed() -> None:
    bench = Bench()
    bench.is_leader = bench.is_signed = False
    await bench.guard.fence("c")
    assert bench.asked == [("http://leader", "c", None)]


async def test_what_a_rebalance_was_in_the_way_of_is_tried_again() -> None:
    bench = Bench()
    bench.answers = [ConflictError("rebalance"), ConflictError("rebalance")]
    await bench.guard.fence("c")
    assert len(bench.asked) == 3


async def test_trying_again_is_bounded() -> None:
    bench = Bench()
    bench.answers = [ConflictError("rebalance")] * 100
    with pytest.raises(ConnectError, match=r"zombie fencing.*rebalance"):
        await bench.guard.fence("c")
    assert len(bench.asked) == 7


async def test_a_refusal_of_the_brokers_is_not_tried_again() -> None:
    bench = Bench()
    bench.answers = [ConnectError("no right")]
    with pytest.raises(ConnectError, match=r"Failed to perform zombie fencing.*no right"):
        await bench.guard.fence("c")
    assert len(bench.asked) == 1


async def test_a_session_key_is_waited_for() -> None:
    bench = Bench()
    bench.is_leader, bench.key = False, None
    with pytest.raises(ConnectError, match="no session key"):
        await bench.guard.fence("c")
    assert bench.asked == []


async def test_a_task_that_is_to_run_here_is_confirmed_after_reading_the_config_topic() -> None:
    bench = Bench()
    await bench.guard.confirm(TASK)
    assert bench.asked == ["refresh"]


async def test_a_task_of_an_older_set_may_not_start() -> None:
    bench = Bench()
    bench.is_newest = lambda _task: False
    with pytest.raises(ConnectError, match="already generated a new set of task configs"):
        await bench.guard.confirm(TASK)


async def test_a_task_that_was_given_to_another_worker_may_not_start() -> None:
    bench = Bench()
    bench.tasks = set()
    with pytest.raises(ConnectError, match="already been revoked from this worker"):
        await bench.guard.confirm(TASK)
