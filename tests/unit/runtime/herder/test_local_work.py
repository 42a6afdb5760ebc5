# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio

import pytest

from barnabas.errors import ConnectError, NotFoundError
from barnabas.runtime.herder.local_work import Limits, LocalWork
from barnabas.runtime.model import TargetState, TaskId
from tests.unit.runtime.herder.local_doubles import WatchfulWorker

STARTED, PAUSED, STOPPED = TargetState.STARTED, TargetState.PAUSED, TargetState.STOPPED
T0, T1 = TaskId("c", 0), TaskId("c", 1)


class Bench:
    """Local work over a worker without processes; waits of no length."""

    def __init__(self, **limits) -> None:
        self.worker = WatchfulWorker()
        self.started: list[str] = []
        self.restarting: list[str | TaskId] = []
        self.work = LocalWork(
            self.worker,
            on_connector_started=self.started.append,
            on_restarting=self.restarting.append,
            limits=Limits(**{"politeness_s": 0.0, **limits}),
        )

    def connector(self, state=STARTED, name="c", **config) -> None:
        self.work.want_connector(name, config, state)

    def task(self, task=T0, state=STARTED, connector=None, count=1, **config) -> None:
        self.work.want_task(task, connector or {}, config, state, count)

    async def settle(self) -> None:
        async with asyncio.timeout(10):
            await self.work.settled()

    async def until(self, call: str) -> None:
        """Wait until the worker has been called."""
        async with asyncio.timeout(10):
            while call not in self.worker.calls:  # noqa: ASYNC110 - no time passes
                await asyncio.sleep(0)


@pytest.fixture
def bench() -> Bench:
    return Bench()


# -- declarations


async def test_what_is_declared_starts(bench: Bench):
    bench.connector(file="f")
    bench.task(number="0")
    assert not bench.work.is_settled
    await bench.settle()
    assert bench.worker.running == {
        "c": ({"file": "f"}, STARTED),
        T0: ({}, {"number": "0"}, STARTED),
    }
    assert (bench.work.connectors, bench.work.tasks) == ({"c"}, {T0})


async def test_the_same_declaration_again_does_nothing(bench: Bench):
    for _ in range(2):
        bench.connector()
        bench.task()
        await bench.settle()
    assert sorted(bench.worker.calls) == ["start c STARTED", "start c-0 STARTED"]


async def test_another_number_of_tasks_does_not_disturb_a_task(bench: Bench):
    bench.task(count=1)
    await bench.settle()
    bench.task(count=2)
    await bench.settle()
    assert bench.worker.calls == ["start c-0 STARTED"]


async def test_another_target_state_is_set(bench: Bench):
    bench.connector()
    bench.task()
    await bench.settle()
    bench.connector(PAUSED)
    bench.task(T0, PAUSED)
    await bench.settle()
    assert sorted(bench.worker.calls[2:]) == ["bring c PAUSED", "bring c-0 PAUSED"]


async def test_another_configuration_starts_anew(bench: Bench):
    bench.connector()
    bench.task()
    await bench.settle()
    bench.connector(a="1")
    bench.task(connector={"a": "1"})
    await bench.settle()
    assert sorted(bench.worker.calls[2:]) == [
        "start c STARTED",
        "start c-0 STARTED",
        "stop c",
        "stop c-0",
    ]


async def test_only_the_newest_of_many_declarations_counts(bench: Bench):
    for number in range(5):
        bench.connector(number=str(number))
    await bench.settle()
    assert bench.worker.calls == ["start c STARTED"]
    assert bench.worker.running["c"] == ({"number": "4"}, STARTED)


# -- failures


async def test_what_failed_stays_failed(bench: Bench, caplog):
    bench.worker.broken |= {"c", T0}
    for _ in range(2):
        bench.connector()
        bench.task()
        await bench.settle()
    assert sorted(bench.worker.calls) == ["start c STARTED", "start c-0 STARTED"]
    assert "Failed to start connector c: c is broken" in caplog.text
    assert "Failed to start task c-0: c-0 is broken" in caplog.text
    assert bench.started == []


async def test_what_failed_starts_anew_with_another_configuration(bench: Bench):
    bench.worker.broken.add("c")
    bench.connector()
    await bench.settle()
    bench.worker.broken.clear()
    bench.connector(a="mended")
    await bench.settle()
    assert bench.worker.calls == ["start c STARTED", "stop c", "start c STARTED"]
    assert bench.started == ["c"]


async def test_a_failed_connector_cannot_be_paused_and_that_is_said(bench: Bench, caplog):
    bench.worker.broken.add("c")
    bench.connector()
    await bench.settle()
    bench.connector(PAUSED)
    await bench.settle()
    assert "Failed to bring connector c to PAUSED: it has failed" in caplog.text
    assert bench.worker.calls == ["start c STARTED", "bring c PAUSED"]


async def test_a_failed_connector_that_was_stopped_resumes_as_a_new_one(bench: Bench, caplog):
    bench.worker.broken.add("c")
    bench.connector()
    await bench.settle()
    bench.worker.broken.clear()
    bench.connector(STOPPED)
    await bench.settle()
    caplog.clear()
    bench.connector()
    await bench.settle()
    assert bench.worker.running["c"] == ({}, STARTED)
    assert (bench.started, caplog.text) == (["c"], "")


async def test_an_error_of_ours_is_logged_and_harms_nobody_else(bench: Bench, caplog, monkeypatch):
    async def fail(*_, **__):
        raise ValueError("ours")

    monkeypatch.setattr(bench.worker, "start_connector", fail)
    bench.connector()
    bench.task()
    await bench.settle()
    assert "Unexpected error while caring for connector c" in caplog.text
    assert T0 in bench.worker.running


# -- when a connector has started


async def test_a_connector_that_reaches_running_is_told_of(bench: Bench):
    bench.connector()
    await bench.settle()
    bench.connector(PAUSED)
    await bench.settle()
    assert bench.started == ["c"]
    bench.connector()
    await bench.settle()
    await bench.work.restart_connector("c")
    assert bench.started == ["c", "c", "c"]


async def test_a_connector_that_begins_stopped_is_not_told_of(bench: Bench):
    bench.connector(STOPPED)
    await bench.settle()
    assert bench.started == []


# -- restarts


async def test_a_restart_returns_when_it_started(bench: Bench):
    bench.connector()
    bench.task()
    await bench.settle()
    await bench.work.restart_connector("c")
    await bench.work.restart_task(T0)
    assert bench.worker.calls[2:] == ["stop c", "start c STARTED", "stop c-0", "start c-0 STARTED"]


async def test_a_restart_that_fails_says_why(bench: Bench):
    bench.connector()
    bench.task()
    await bench.settle()
    bench.worker.broken |= {"c", T0}
    with pytest.raises(ConnectError, match="c is broken"):
        await bench.work.restart_connector("c")
    with pytest.raises(ConnectError, match="c-0 is broken"):
        await bench.work.restart_task(T0)


async def test_what_should_not_run_here_cannot_be_restarted(bench: Bench):
    with pytest.raises(NotFoundError, match="Connector c is not to run on this worker"):
        await bench.work.restart_connector("c")
    with pytest.raises(NotFoundError, match="Task c-0 is not to run on this worker"):
        await bench.work.restart_task(T0)
    bench.work.restart("c", [T0])
    assert bench.work.is_settled


async def test_a_restart_of_many_tells_of_each_between_end_and_start(bench: Bench):
    for item in (T0, T1):
        bench.task(item)
    bench.connector()
    await bench.settle()
    calls = bench.worker.calls = bench.restarting
    bench.work.restart("c", [T1])
    await bench.settle()
    assert [call for call in calls if "c-1" in str(call)] == ["stop c-1", T1, "start c-1 STARTED"]
    assert [call for call in calls if "c-" not in str(call)] == ["stop c", "c", "start c STARTED"]


async def test_a_drop_ends_a_restart_that_is_waited_for(bench: Bench):
    bench.worker.hanging.add("c")
    bench.connector()
    await bench.until("start c STARTED")
    waiting = asyncio.create_task(bench.work.connector_settled("c"))
    await asyncio.sleep(0)
    await bench.work.drop(["c"])
    with pytest.raises(ConnectError, match="taken from this worker"):
        await waiting


# -- the end


async def test_what_is_dropped_is_gone(bench: Bench):
    bench.connector()
    bench.task()
    bench.task(T1)
    await bench.settle()
    await bench.work.drop(["c", "unknown"], [T0, TaskId("unknown", 0)])
    assert list(bench.worker.running) == [T1]
    assert (bench.work.connectors, bench.work.tasks) == (set(), {T1})
    await bench.work.drop_all()
    assert bench.worker.running == {}
    await bench.settle()
    assert bench.work._items() == []


async def test_what_is_just_starting_is_dropped_too(bench: Bench):
    bench.worker.hanging |= {"c", T0}
    bench.connector()
    bench.task()
    await bench.until("start c-0 STARTED")
    await bench.work.drop_all()
    assert bench.worker.running == {}


async def test_what_is_wanted_again_starts_after_its_end(bench: Bench):
    bench.connector()
    await bench.settle()
    dropping = asyncio.create_task(bench.work.drop(["c"]))
    await asyncio.sleep(0)
    bench.connector()
    await dropping
    await bench.settle()
    assert bench.worker.calls == ["start c STARTED", "stop c", "start c STARTED"]


async def test_a_drop_does_not_wait_for_what_is_wanted_again(bench: Bench):
    bench.connector()
    await bench.settle()
    dropping = asyncio.create_task(bench.work.drop(["c"]))
    await asyncio.sleep(0)
    bench.worker.hanging.add("c")
    bench.connector()
    await dropping
    assert not bench.work.is_settled
    await bench.work.drop_all()


async def test_a_lost_membership_kills_everything(bench: Bench):
    bench.worker.hanging.add("c")
    bench.connector()
    bench.task()
    await bench.until("start c-0 STARTED")
    await bench.work.end_all("the lease is over")
    assert bench.worker.calls[2:] == ["end all: the lease is over"]
    assert (bench.worker.running, bench.work.tasks) == ({}, set())
    bench.task()
    await bench.settle()
    assert list(bench.worker.running) == [T0]


# -- what hangs


async def test_a_start_that_hangs_holds_up_nobody(bench: Bench):
    bench = Bench(starts=1, turn_s=0.0)
    bench.worker.hanging.add("c")
    bench.connector()
    bench.connector(name="d")
    await bench.until("start d STARTED")
    await bench.work.connector_settled("d")
    await bench.work.drop_all()


async def test_only_some_start_at_the_same_time():
    bench = Bench(starts=3, turn_s=60.0)
    for number in range(20):
        bench.task(TaskId("c", number))
    await bench.settle()
    assert bench.worker.most_at_once == 3
    assert len(bench.worker.running) == 20


async def test_a_connector_that_hangs_in_its_start_can_be_stopped(bench: Bench):
    bench.worker.hanging.add("c")
    bench.connector()
    await bench.until("start c STARTED")
    bench.connector(STOPPED)
    await bench.until("stop c")
    bench.worker.release("c")
    await bench.settle()
    assert bench.worker.calls == ["start c STARTED", "stop c", "start c STOPPED"]


async def test_a_step_may_end_before_another_state_is_set():
    bench = Bench(politeness_s=60.0)
    bench.worker.hanging.add("c")
    bench.connector()
    await bench.until("start c STARTED")
    bench.connector(PAUSED)
    await asyncio.sleep(0)
    bench.worker.release("c")
    await bench.settle()
    assert bench.worker.calls == ["start c STARTED", "bring c PAUSED"]


async def test_a_connector_that_hangs_in_its_start_can_be_reconfigured(bench: Bench):
    bench.worker.hanging.add("c")
    bench.connector()
    await bench.until("start c STARTED")
    bench.connector(a="1")
    await bench.until("stop c")
    bench.worker.release("c")
    await bench.settle()
    assert bench.worker.running["c"] == ({"a": "1"}, STARTED)


async def test_a_connector_that_hangs_while_it_is_paused_can_be_dropped(bench: Bench):
    bench.connector()
    await bench.settle()
    bench.worker.hanging.add("c")
    bench.connector(PAUSED)
    await bench.until("bring c PAUSED")
    await bench.work.drop(["c"])
    assert bench.worker.running == {}
