# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import datetime
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.errors import ConnectError, NotFoundError
from barnabas.runtime.herder.local_work import Limits, LocalWork
from barnabas.runtime.herder.stages import Stages
from barnabas.runtime.model import TargetState, TaskId
from tests.unit.runtime.herder.local_doubles import WatchfulWorker

STARTED, PAUSED, STOPPED = TargetState.STARTED, TargetState.PAUSED, TargetState.STOPPED
MOMENT = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
T0, T1 = TaskId("c", 0), TaskId("c", 1)


class Bench:
    """Local work over a worker without processes; waits of no length."""

    def __init__(self, **limits) -> None:
        self.worker = WatchfulWorker()
        self.started: list[str] = []
        self.restarting: list[str | TaskId] = []
        self.stages = Stages(lambda: MOMENT)
        self.work = LocalWork(
            self.worker,
            on_connector_started=self.started.append,
            on_restarting=self.restarting.append,
            stages=self.stages,
            limits=Limits(**{"politeness_s": 0.0, **limits}),
        )

    def connector(self, state=STARTED, name="c", *, anew=False, **config) -> None:
        self.work.want_connector(name, config, state, anew=anew)

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
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    assert bench.worker.faults == []


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


async def test_many_that_stop_leave_others_their_turns():
    bench = Bench(pace=5, starts=100)
    for number in range(50):
        bench.connector(name=f"c{number}")
    await bench.settle()
    stopping = asyncio.create_task(bench.work.drop_all())
    stopped = []
    while not stopping.done():
        before = len(bench.worker.running)
        await asyncio.sleep(0)
        stopped.append(before - len(bench.worker.running))
    assert (sum(stopped), max(stopped)) == (50, 5)


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


async def test_what_its_user_wrote_again_starts_anew_once(bench: Bench):
    bench.connector(anew=True)
    await bench.settle()
    assert bench.worker.calls == ["start c STARTED"]
    bench.connector(anew=True)
    await bench.settle()
    bench.connector(anew=True, a="1")
    await bench.settle()
    assert bench.worker.calls == ["start c STARTED", *["stop c", "start c STARTED"] * 2]
    assert bench.restarting == []


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


async def test_what_the_runner_has_logged_is_not_logged_again(bench: Bench, caplog, monkeypatch):
    async def fail(*_, **__):
        error = ConnectError("c is broken")
        error.is_logged = True
        raise error

    monkeypatch.setattr(bench.worker, "start_connector", fail)
    bench.connector()
    await bench.settle()
    assert "c is broken" not in caplog.text


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
    assert "Error while bringing connector c to PAUSED: it has failed" in caplog.text
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
    assert bench.worker.calls[2:] == [
        "stop c",
        "start c STARTED",
        "stop c-0",
        "start c-0 STARTED",
        "hear c-0",
    ]


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


async def test_only_a_task_that_failed_is_restarted_for_that(bench: Bench):
    bench.worker.broken.add(T0)
    bench.task(connector={"c": "1"})
    await bench.settle()
    ordered: list[TaskId] = []
    bench.work.on_ordered = ordered.append
    assert bench.work.config_of(T0) == {"c": "1"}
    bench.worker.broken.clear()
    assert bench.work.restart_failed(T0)
    await bench.settle()
    assert bench.worker.calls[-2:] == ["stop c-0", "start c-0 STARTED"]
    assert not bench.work.restart_failed(T0)
    assert not bench.work.restart_failed(T1)
    assert bench.work.config_of(T1) is None
    assert bench.restarting == [T0]
    assert ordered == []


async def test_orders_of_users_to_restart_a_task_are_told_of(bench: Bench):
    ordered: list[TaskId] = []
    bench.work.on_ordered = ordered.append
    for item in (T0, T1):
        bench.task(item)
    await bench.settle()
    await bench.work.restart_task(T0)
    bench.work.restart(None, [T1])
    await bench.settle()
    assert ordered == [T0, T1]


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


# -- what is under way


async def test_it_is_said_what_goes_on(bench: Bench):
    bench.worker.hanging.add("c")
    bench.connector()
    await bench.until("start c STARTED")
    assert "The worker is currently starting connector c, which" in str(bench.stages.summary)
    bench.worker.release("c")
    bench.connector(PAUSED)
    await bench.settle()
    assert "completed was bringing connector c to PAUSED" in str(bench.stages.summary)
    await bench.work.drop_all()
    assert "completed was stopping connector c" in str(bench.stages.summary)


async def test_a_connector_is_at_rest_when_its_tasks_are_gone_too(bench: Bench):
    bench.task()
    await bench.settle()
    bench.worker.hanging_stops.add(T0)
    bench.connector(name="d")
    dropping = asyncio.create_task(bench.work.drop([], [T0]))
    await bench.until("stop c-0")
    await bench.work.at_rest("d")
    resting = asyncio.create_task(bench.work.at_rest("c"))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not resting.done()
    bench.worker.release(T0)
    await asyncio.gather(resting, dropping)


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


async def test_what_is_dropped_before_its_turn_never_starts():
    bench = Bench(starts=1, turn_s=60.0)
    bench.worker.hanging.add("c")
    bench.connector()
    bench.connector(name="d")
    await bench.until("start c STARTED")
    await bench.work.drop(["d"])
    bench.worker.release("c")
    await bench.settle()
    assert bench.worker.calls == ["start c STARTED"]
    assert bench.work.connectors == {"c"}


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


# -- laws

ITEMS = ["c", "d", TaskId("c", 0), TaskId("c", 1)]
items = st.sampled_from(ITEMS)
ORDERS = st.lists(
    st.one_of(
        st.tuples(st.just("want"), items, st.integers(0, 1), st.sampled_from(TargetState)),
        st.tuples(st.sampled_from(["drop", "restart", "break", "mend", "hang", "release"]), items),
        st.tuples(st.sampled_from(["drop all", "end all"])),
        st.tuples(st.just("let time pass"), st.integers(1, 20)),
    ),
    max_size=40,
)


class Rehearsal(Bench):
    """Carries out orders and remembers what is wanted after them."""

    def __init__(self) -> None:
        super().__init__(starts=2, turn_s=0.0)
        self.wanted: dict[str | TaskId, tuple[dict[str, str], TargetState]] = {}
        self.background: list[asyncio.Task[None]] = []
        self.worker.calls = self.started

    async def carry_out(self, order: str, *details) -> None:
        await getattr(self, order.replace(" ", "_"))(*details)

    async def want(self, item, number, state) -> None:
        config = {"number": str(number)}
        self.worker.reasons[item] += self.wanted.get(item) != (config, state)
        self.wanted[item] = (config, state)
        if isinstance(item, TaskId):
            self.task(item, state, **config)
        else:
            self.connector(state, item, **config)

    async def drop(self, item) -> None:
        self.wanted.pop(item, None)
        chosen = {"tasks" if isinstance(item, TaskId) else "connectors": [item]}
        self.in_background(self.work.drop(**chosen))
        await asyncio.sleep(0)

    async def drop_all(self) -> None:
        self.wanted.clear()
        self.in_background(self.work.drop_all())
        await asyncio.sleep(0)

    async def end_all(self) -> None:
        self.wanted.clear()
        self.in_background(self.work.end_all("a test"))
        await asyncio.sleep(0)

    async def restart(self, item) -> None:
        self.worker.reasons[item] += 1
        if isinstance(item, TaskId):
            self.work.restart(None, [item])
        else:
            self.work.restart(item, [])

    async def break_(self, item) -> None:
        self.worker.broken.add(item)

    async def mend(self, item) -> None:
        self.worker.broken.discard(item)

    async def hang(self, item) -> None:
        self.worker.hanging.add(item)

    async def release(self, item) -> None:
        self.worker.release(item)

    async def let_time_pass(self, turns) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)

    def was_told_of(self, name: str) -> bool:
        """Whether somebody was told of a connector after the last call that made it run."""
        calls = self.worker.calls[::-1]
        began = {f"start {name} STARTED", f"bring {name} STARTED"}
        return name in calls[: next(at for at, call in enumerate(calls) if call in began)]

    def in_background(self, work) -> None:
        self.background.append(asyncio.create_task(work))

    async def play(self, orders) -> None:
        for order in orders:
            await self.carry_out(*order)
        for item in ITEMS:
            self.worker.release(item)
        await asyncio.gather(*self.background)
        await self.settle()


setattr(Rehearsal, "break", Rehearsal.break_)


@given(ORDERS)
def test_whatever_is_ordered_in_the_end_runs_what_is_wanted(orders):
    async def rehearse() -> Rehearsal:
        rehearsal = Rehearsal()
        await rehearsal.play(orders)
        return rehearsal

    rehearsal = asyncio.run(rehearse())
    worker = rehearsal.worker
    assert worker.faults == []
    assert {item: given[-2] for item, given in worker.running.items()} == {
        item: config for item, (config, _) in rehearsal.wanted.items()
    }
    for item in worker.running.keys() - worker.failed:
        assert worker.running[item][-1] is rehearsal.wanted[item][1]
    for name in filter(worker.is_connector_running, rehearsal.work.connectors):
        assert rehearsal.was_told_of(name)
    assert {*rehearsal.work.connectors, *rehearsal.work.tasks} == set(rehearsal.wanted)
