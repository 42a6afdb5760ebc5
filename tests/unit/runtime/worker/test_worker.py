# SPDX-License-Identifier: Apache-2.0
"""What the worker does with what it is given; with real processes: tests/integration/runners."""

from __future__ import annotations

import asyncio
import time

import pytest

from barnabas.errors import (
    ConfigError,
    ConnectError,
)
from barnabas.runtime.model import State, TaskId
from barnabas.runtime.runners.messages import (
    Done,
    ForgetTopics,
    MetricsReport,
    RunTask,
    SetTargetState,
    StateReport,
    StopConnector,
)
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.stores import MemoryOffsetStore
from barnabas.runtime.worker import Worker
from barnabas.runtime.worker import worker as worker_module
from tests.unit.runtime.settings.test_worker import DISTRIBUTED
from tests.unit.runtime.worker.doubles import (
    CONFIG,
    PAUSED,
    PLUGINS,
    STARTED,
    TASK,
    TASK_CONFIG,
    FakeSupervisor,
    until,
)


async def test_a_task_gets_its_orders(worker, supervisor):
    worker.generation = 4
    await worker.start_task(TASK, CONFIG, TASK_CONFIG, PAUSED)
    [order] = supervisor.runners[0].sent
    spec = order.spec
    assert isinstance(order, RunTask)
    assert (spec.id, spec.task_class, spec.connector_class) == (
        TASK,
        "com.example.LinesTask",
        "Lines",
    )
    assert (spec.target_state, spec.generation, spec.is_sink) == (PAUSED, 4, False)
    assert spec.worker_config["bootstrap.servers"] == "127.0.0.1:1"
    assert supervisor.runners[0].order.setup.log_context == ("s", "task-0")


@pytest.mark.parametrize(
    ("config", "task_config", "said"),
    [
        ({**CONFIG, "connector.class": "Sea"}, TASK_CONFIG, "Sea"),
        (CONFIG, {}, r"has no task\.class"),
    ],
)
async def test_a_task_that_cannot_be_started_fails(
    worker, supervisor, listener, config, task_config, said
):
    with pytest.raises(ConnectError, match=said):
        await worker.start_task(TASK, config, task_config, STARTED)
    assert listener.states == [State.FAILED]


@pytest.mark.parametrize("enforce", ["true", "false"])
async def test_too_many_tasks_fail_where_that_is_enforced(worker, supervisor, listener, enforce):
    config = {**CONFIG, "tasks.max.enforce": enforce}
    start = worker.start_task(TASK, config, TASK_CONFIG, STARTED, task_count=3)
    if enforce == "true":
        with pytest.raises(ConfigError, match="generated 3 tasks"):
            await start
    else:
        await start
    assert len(supervisor.runners) == (0 if enforce == "true" else 1)


async def test_tasks_stop_within_their_setting(worker, supervisor):
    await worker.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    await worker.stop_tasks([TASK])
    assert supervisor.stopped == [(supervisor.runners, 1.5)]
    assert not worker.has_task(TASK)


async def test_a_task_that_starts_while_it_is_stopped_is_not_told_to_run(
    worker, supervisor, listener, monkeypatch
):
    async def start_late(runners, _deadline_s):
        for runner in runners:
            runner.listener.on_report(StateReport(State.RUNNING))
            runner.die(asked=True)

    monkeypatch.setattr(supervisor, "stop_runners", start_late)
    await worker.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    await worker.stop_tasks([TASK])
    assert listener.states == [State.UNASSIGNED]


async def test_the_first_state_of_a_task_can_be_waited_for(worker, supervisor):
    await worker.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    waiting = asyncio.create_task(worker.task_spoken(TASK, 3600))
    await asyncio.sleep(0)
    assert not waiting.done()
    supervisor.runners[0].listener.on_report(StateReport(State.RUNNING))
    await waiting
    await worker.task_spoken(TaskId("unknown", 0), 3600)


async def test_a_state_is_passed_on_to_the_task(worker, supervisor):
    await worker.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    await worker.set_task_target_state(TASK, PAUSED)
    await worker.set_task_target_state(TaskId("unknown", 0), PAUSED)
    assert supervisor.runners[0].sent[1:] == [SetTargetState(PAUSED)]


async def test_tasks_of_a_connector_are_told_to_report_topics_anew(worker, supervisor):
    await worker.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    worker.forget_topics("other")
    worker.forget_topics(TASK.connector)
    assert supervisor.runners[0].sent[1:] == [ForgetTopics()]


async def test_levels_go_to_all_runners(worker, supervisor):
    await worker.set_logger_level("a", "DEBUG")
    assert supervisor.levels == [("a", "DEBUG")]


async def test_stop_ends_everything(worker, supervisor, listener):
    await worker.start_connector("s", CONFIG, STARTED)
    await worker.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    await worker.stop()
    assert not any(runner.is_alive for runner in supervisor.runners)
    assert listener.states[-2:] == [State.UNASSIGNED, State.UNASSIGNED]


async def test_what_ends_with_the_membership_ends_without_a_word(worker, supervisor, listener):
    await worker.start_connector("s", CONFIG, STARTED)
    await worker.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    await worker.end_all("the coordinator is lost")
    assert not any(runner.is_alive for runner in supervisor.runners)
    assert (worker.connector_names(), worker.task_ids()) == ([], [])
    assert listener.states == [State.RUNNING]


async def test_what_is_being_stopped_ends_with_the_membership_too(
    worker, supervisor, listener, monkeypatch
):
    async def stop_runners(runners, deadline_s):
        await until(lambda: not any(runner.is_alive for runner in runners))

    monkeypatch.setattr(supervisor, "stop_runners", stop_runners)
    answers = supervisor.answers
    monkeypatch.setattr(
        supervisor,
        "answers",
        lambda *of: None if isinstance(of[0], StopConnector) else answers(*of),
    )
    await worker.start_connector("s", CONFIG, STARTED)
    await worker.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    stops = asyncio.gather(worker.stop_connector("s"), worker.stop_tasks([TASK]))
    await until(lambda: (worker.connector_names(), worker.task_ids()) == ([], []))
    await worker.end_all("the coordinator is lost")
    assert not any(runner.is_alive for runner in supervisor.runners)
    await stops
    assert listener.states == [State.RUNNING]


def test_a_standalone_worker_needs_no_lease(worker):
    assert not worker.is_void


# -- members of a group --------------------------------------------------------------------------


@pytest.fixture
def member(monkeypatch, listener):
    """A worker of a group whose session is 10 s, without processes."""
    monkeypatch.setattr(worker_module, "Supervisor", FakeSupervisor)
    config = DistributedConfig({**DISTRIBUTED, "session.timeout.ms": "10000"})
    worker = Worker(
        config,
        worker_id="here:1",
        plugins=PLUGINS,
        offset_store=MemoryOffsetStore(),
        listener=listener,
    )
    worker._supervisor.answers = lambda question, _runner: Done(question.id)
    return worker


def extend(worker, seconds):
    worker.extend_lease(time.monotonic() + seconds)


async def test_a_member_is_void_until_and_after_its_lease(member):
    await member.start()
    assert member.is_void
    extend(member, 10)
    assert not member.is_void
    extend(member, 0.3)
    assert member.is_void


async def test_runners_share_the_lease_of_the_worker(member):
    extend(member, 10)
    assert member._supervisor.lease.deadline_s == member._membership.lease.deadline_s
    assert member._supervisor.lease.session_s == 10


async def test_what_lapsed_starts_again_when_the_membership_holds_after_all(member, listener):
    await member.start()
    extend(member, 10)
    await member.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    await member.start_connector("s", CONFIG, STARTED)
    await member.set_task_target_state(TASK, PAUSED)
    extend(member, 0)
    for runner in list(member._supervisor.runners):
        runner.die(75, has_lapsed=True)
    await asyncio.sleep(0)
    assert len(member._supervisor.runners) == 2
    extend(member, 10)
    await until(lambda: len(member._supervisor.runners) == 4)
    await until(lambda: len(member._supervisor.runners[2].sent) == 1)
    [order] = [runner.sent[0] for runner in member._supervisor.runners[2:] if runner.sent]
    assert order.spec.target_state is PAUSED
    assert listener.states == []


async def test_what_lapsed_alone_starts_again_at_once(member):
    await member.start()
    extend(member, 10)
    await member.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    member._supervisor.runners[0].die(-9, has_lapsed=True)
    await until(lambda: len(member._supervisor.runners) == 2)


async def test_what_lapsed_waits_for_more_of_the_lease_than_it_ended_itself_for(member):
    await member.start()
    extend(member, 2)
    await member.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    member._supervisor.runners[0].die(75, has_lapsed=True)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(member._supervisor.runners) == 1
    extend(member, 10)
    await until(lambda: len(member._supervisor.runners) == 2)


async def test_what_lapsed_and_was_ended_since_stays_ended(member):
    await member.start()
    extend(member, 10)
    await member.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    extend(member, 0)
    member._supervisor.runners[0].die(75, has_lapsed=True)
    await member.end_all("the lease is over")
    extend(member, 10)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(member._supervisor.runners) == 1


async def test_statuses_held_back_are_said_when_the_lease_is_extended(member, listener):
    await member.start()
    extend(member, 10)
    await member.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    extend(member, 0)
    member._supervisor.runners[0].listener.on_report(StateReport(State.RUNNING))
    assert listener.states == []
    extend(member, 10)
    await until(lambda: listener.states)
    assert listener.states == [State.RUNNING]


async def test_what_runs_is_measured(worker, supervisor):
    await worker.start_connector("s", CONFIG, STARTED)
    await worker.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    supervisor.runners[1].listener.on_report(StateReport(State.FAILED, "why"))
    measured = worker.metrics()
    assert measured.worker["connector-count"] == measured.worker["task-count"] == 1
    assert measured.worker["connector-startup-success-total"] == 1
    assert measured.worker["task-startup-failure-total"] == 1
    assert measured.connectors["s"]["status"] == "running"
    assert measured.tasks[TASK].items() >= {"status": "failed", "stalled": 0.0}.items()


async def test_a_measurement_does_not_change_afterwards(worker, supervisor):
    await worker.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    report = supervisor.runners[0].listener.on_report
    report(StateReport(State.RUNNING))
    report(MetricsReport({"batch-size-avg": 1.0}))
    measured = worker.metrics()
    report(MetricsReport({"batch-size-avg": 2.0}))
    await worker.stop_tasks([TASK])
    assert measured.tasks[TASK].items() >= {"status": "running", "batch-size-avg": 1.0}.items()
