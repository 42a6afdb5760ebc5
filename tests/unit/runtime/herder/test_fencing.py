# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import datetime
import math
import threading
from collections.abc import Callable
from typing import Any

import pytest

from barnabas.errors import (
    ConflictError,
    ConnectError,
    NotFoundError,
    NotLeaderError,
    RetriableError,
)
from barnabas.kafka import fencing as kafka_fencing
from barnabas.runtime.group.listener import Assigned
from barnabas.runtime.group.protocol import Assignment, ConnectProtocol
from barnabas.runtime.herder.config_writing import ConfigWriter
from barnabas.runtime.herder.fencing import FencingPlan, ZombieFencing, fence_with, plan_fencing
from barnabas.runtime.herder.membership import Membership
from barnabas.runtime.herder.stages import Stages
from barnabas.runtime.model import TaskId
from barnabas.runtime.stores import config_log
from barnabas.runtime.stores.configs import ConfigState
from barnabas.runtime.stores.kafka_configs import KafkaConfigStore
from barnabas.testing.memory_log import MemoryLog, MemoryTopic

# -- what to do ------------------------------------------------------------------------------------


def state(tasks: int, recorded: int | None, *, pending: bool = True) -> ConfigState:
    return ConfigState(
        task_counts={"c": tasks},
        task_config_generations={"c": 3},
        task_count_records={} if recorded is None else {"c": recorded},
        pending_fencing=frozenset({"c"} if pending else ()),
    )


@pytest.mark.parametrize(
    ("tasks", "recorded", "producers"),
    [(2, None, 0), (1, 1, 0), (2, 1, 1), (1, 2, 2), (3, 3, 3), (0, 4, 4), (0, 1, 1), (5, 0, 0)],
)
def test_the_ids_of_all_earlier_tasks_are_taken(tasks: int, recorded: int | None, producers: int):
    assert plan_fencing(state(tasks, recorded), "c") == FencingPlan(producers, tasks, 3)


def test_tasks_that_were_counted_need_nothing_more():
    assert plan_fencing(state(2, 2, pending=False), "c") is None
    assert plan_fencing(ConfigState(), "unknown") is None


def test_tasks_that_were_never_written_are_none():
    assert plan_fencing(ConfigState(pending_fencing=frozenset({"c"})), "c") == (0, 0, -1)


# -- doing it --------------------------------------------------------------------------------------


class Leader:
    """A leader's store over a topic in memory, and what it fenced."""

    def __init__(self, tasks: int = 2, recorded: int | None = 3) -> None:
        self.topic = MemoryTopic()
        self.fenced: list[tuple[str, int]] = []
        self.fences_now = 0
        self.release = asyncio.Event()
        self.release.set()
        self.error: ConnectError | None = None
        stages = Stages(lambda: datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC))
        self.membership = Membership(stages, patience_s=0)
        self.configs = KafkaConfigStore(MemoryLog(self.topic), budget_s=5)
        writer = ConfigWriter(self.configs, self.membership, lambda: None)
        self.fencing = ZombieFencing(self.configs, writer, self._fence, stages, 5)
        self.topic.append([config_log.connector_record("c", {"name": "c"})])
        if recorded is not None:
            self.write_tasks(recorded)
            self.topic.append([config_log.task_count_record("c", recorded)])
        self.write_tasks(tasks)

    async def start(self) -> Leader:
        await self.configs.start(self)  # type: ignore[arg-type]  # hears of tasks only
        self.lead(is_leader=True)
        return self

    def lead(self, *, is_leader: bool) -> None:
        self.membership.settle(
            Assigned(
                assignment=Assignment(2, "m", "http://leader:8083/", 0),
                work_connectors=frozenset(),
                work_tasks=frozenset(),
                generation=1,
                member_id="m",
                protocol=ConnectProtocol.SESSIONED,
                is_leader=is_leader,
                owners=None,
            )
        )
        self.membership.lease = math.inf

    def write_tasks(self, count: int) -> None:
        """Write a set of tasks, as this leader or another would."""
        self.topic.append(config_log.task_records("c", [{}] * count))
        self.topic.append([config_log.task_commit_record("c", count)])

    def __getattr__(self, name: str) -> Callable[..., None]:
        if not name.startswith("on_"):
            raise AttributeError(name)
        return lambda *_: None

    def on_task_configs(self, connector: str, _tasks: list[TaskId]) -> None:
        self.fencing.on_task_configs(connector)

    async def _fence(self, connector: str, count: int) -> None:
        self.fenced.append((connector, count))
        self.fences_now += 1
        assert self.fences_now == 1, "two rounds at once would fence each other"
        try:
            await self.release.wait()
            if self.error is not None:
                raise self.error
        finally:
            await asyncio.sleep(0)  # as a thread that needs a moment to end
            self.fences_now -= 1

    async def begin(self) -> asyncio.Task[None]:
        """Ask for a round and wait until it fences."""
        self.release.clear()
        rounds = len(self.fenced)
        asking = asyncio.create_task(self.fencing.fence("c"))
        while len(self.fenced) == rounds:
            await asyncio.wait([asking], timeout=0.001)
        return asking

    @property
    def counted(self) -> list[str | None]:
        return [value for key, value in self.topic.items if key == "tasks-fencing-c"]


@pytest.fixture
async def leader() -> Leader:
    return await Leader().start()


async def test_a_connector_that_was_deleted_has_nothing_to_fence(leader: Leader):
    leader.topic.append(config_log.connector_tombstones("c"))
    with pytest.raises(NotFoundError, match="Connector c not found"):
        await leader.fencing.fence("c")
    assert leader.fenced == []


async def test_earlier_tasks_are_fenced_then_the_new_ones_counted(leader: Leader):
    await leader.fencing.fence("c")
    assert leader.fenced == [("c", 3)]
    assert leader.counted == ['{"task-count":3}', '{"task-count":2}']
    assert leader.configs.state.pending_fencing == frozenset()


async def test_who_asks_later_finds_it_done(leader: Leader):
    for _ in range(3):
        await leader.fencing.fence("c")
    assert (len(leader.fenced), len(leader.counted)) == (1, 2)


async def test_the_first_tasks_are_counted_only():
    leader = await Leader(tasks=2, recorded=None).start()
    await leader.fencing.fence("c")
    assert (leader.fenced, leader.counted) == ([], ['{"task-count":2}'])


async def test_all_tasks_that_ask_share_one_round(leader: Leader):
    first = await leader.begin()
    others = [asyncio.create_task(leader.fencing.fence("c")) for _ in range(5)]
    await asyncio.wait(others, timeout=0.01)
    assert not any(task.done() for task in others)
    leader.release.set()
    await asyncio.gather(first, *others)
    assert (len(leader.fenced), len(leader.counted)) == (1, 2)


async def test_a_request_that_goes_away_leaves_the_round_to_the_others(leader: Leader):
    first = await leader.begin()
    other = asyncio.create_task(leader.fencing.fence("c"))
    await asyncio.wait([other], timeout=0.01)
    first.cancel()
    leader.release.set()
    await other
    assert len(leader.counted) == 2


async def test_new_tasks_make_a_round_void_and_ask_for_one_of_their_own(leader: Leader):
    asking = await leader.begin()
    leader.write_tasks(1)
    with pytest.raises(ConflictError, match=r"because a new set of task configs was generated$"):
        await asking
    assert leader.counted == ['{"task-count":3}']
    leader.release.set()
    await leader.fencing.fence("c")
    assert leader.counted == ['{"task-count":3}', '{"task-count":1}']


async def test_a_round_waits_for_the_end_of_a_void_one(leader: Leader):
    asking = await leader.begin()
    leader.fencing.on_task_configs("c")
    leader.release.set()
    await leader.fencing.fence("c")  # `_fence` fails when they overlap
    assert leader.fenced == [("c", 3), ("c", 3)]
    with pytest.raises(ConflictError):
        await asking


async def test_tasks_written_before_their_news_arrive_are_not_counted_as_others(leader: Leader):
    leader.on_task_configs = lambda *_: None  # type: ignore[method-assign]  # nobody tells
    asking = await leader.begin()
    leader.write_tasks(5)
    leader.release.set()
    with pytest.raises(ConflictError, match="new task configurations were generated"):
        await asking
    assert leader.counted == ['{"task-count":3}']


async def test_who_leads_no_more_counts_nothing(leader: Leader):
    asking = await leader.begin()
    leader.lead(is_leader=False)
    leader.release.set()
    with pytest.raises(NotLeaderError):
        await asking
    assert leader.counted == ['{"task-count":3}']


async def test_who_leads_no_more_gives_up_and_fences_no_more(leader: Leader):
    asking = await leader.begin()
    await leader.fencing.stop()
    assert leader.fences_now == 0
    with pytest.raises(ConnectError, match="no longer leads"):
        await asking
    leader.release.set()
    await leader.fencing.fence("c")  # leads again


async def test_what_failed_can_be_asked_again(leader: Leader):
    leader.error = RetriableError("no broker")
    with pytest.raises(RetriableError, match="no broker"):
        await leader.fencing.fence("c")
    leader.error = None
    await leader.fencing.fence("c")
    assert len(leader.counted) == 2


async def test_without_the_newest_configurations_nothing_is_decided(leader: Leader, monkeypatch):
    async def fail(_timeout_s: float) -> Any:
        raise RetriableError("away")

    monkeypatch.setattr(leader.configs, "refresh", fail)
    with pytest.raises(ConnectError, match="Failed to read to end of config topic before perf"):
        await leader.fencing.fence("c")
    assert leader.fenced == []


# -- through Kafka ---------------------------------------------------------------------------------


class Called:
    """Stands in for the function that blocks; waits until it is stopped when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, waits: bool = False) -> None:
        self.begun = threading.Event()
        self.ended = False
        self._waits = waits
        monkeypatch.setattr(kafka_fencing, "fence_producers", self)

    def __call__(
        self, admin: Any, ids: list[str], timeout_s: float, stopped: threading.Event
    ) -> None:
        self.admin, self.ids, self.timeout_s = admin, ids, timeout_s
        self.begun.set()
        if self._waits:
            assert stopped.wait(10)
        self.ended = True


async def config(name: str) -> dict[str, str]:
    return {"name": name, "admin.override.client.id": "mine"}


async def test_ids_are_those_of_the_tasks_and_the_connector_says_how_to_reach_brokers(monkeypatch):
    called = Called(monkeypatch)
    await fence_with({"bootstrap.servers": "b:9092"}, "g", config)("my-c", 3)
    assert called.ids == ["g-my-c-0", "g-my-c-1", "g-my-c-2"]
    assert called.timeout_s == 90
    assert called.admin.values == {"bootstrap.servers": "b:9092", "client.id": "mine"}


async def test_cancelled_it_ends_once_its_thread_has(monkeypatch):
    called = Called(monkeypatch, waits=True)
    fencing = asyncio.create_task(fence_with({}, "g", config)("c", 1))
    await asyncio.to_thread(called.begun.wait, 10)
    fencing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fencing
    assert called.ended
