# SPDX-License-Identifier: Apache-2.0
"""What the worker does with what it is given; with real processes: tests/integration/runners."""

from __future__ import annotations

import asyncio
import time

import pytest

from barnabas.errors import (
    ConfigError,
    ConnectError,
    IllegalStateError,
    NotFoundError,
    PluginError,
)
from barnabas.runtime.model import State, TargetState, TaskId
from barnabas.runtime.plugins import Plugin, PluginKind, PluginRegistry
from barnabas.runtime.runners.messages import (
    Done,
    ForgetTopics,
    GenerateTaskConfigs,
    MetricsReport,
    RunTask,
    SetConnectorState,
    SetTargetState,
    StartConnector,
    StateReport,
    StopConnector,
    TaskConfigsAnswer,
)
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.worker import StandaloneConfig
from barnabas.runtime.stores import MemoryOffsetStore
from barnabas.runtime.worker import Worker
from barnabas.runtime.worker import worker as worker_module
from barnabas.runtime.worker.offset_stores import OffsetsLease
from tests.unit.runtime.settings.test_worker import DISTRIBUTED
from tests.unit.runtime.worker.doubles import FakeSupervisor, Listener, until

STARTED, PAUSED, STOPPED = TargetState.STARTED, TargetState.PAUSED, TargetState.STOPPED
TASK = TaskId("s", 0)
CONFIG = {"name": "s", "connector.class": "Lines", "tasks.max": "2", "nothing": None}
TASK_CONFIG = {"task.class": "com.example.LinesTask", "file": "a"}
PLUGINS = PluginRegistry(
    [Plugin("com.example.LinesConnector", PluginKind.SOURCE, "lines:Lines", folder="/plugins")]
)
SETTINGS = {
    "bootstrap.servers": "127.0.0.1:1",
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.storage.StringConverter",
    "offset.storage.file.filename": "unused",
    "task.shutdown.graceful.timeout.ms": "1500",
}


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def worker(monkeypatch, listener):
    monkeypatch.setattr(worker_module, "Supervisor", FakeSupervisor)
    return Worker(
        StandaloneConfig(SETTINGS),
        worker_id="here:1",
        plugins=PLUGINS,
        offset_store=MemoryOffsetStore(),
        listener=listener,
    )


@pytest.fixture
def supervisor(worker):
    """Its runners do as they are told."""
    supervisor = worker._supervisor
    configs = TaskConfigsAnswer(0, [{"file": "a"}] * 2, "lines:Task", 2, is_enforced=True)

    def answer(question, runner):
        if isinstance(question, StartConnector):
            runner.listener.on_report(StateReport(State.RUNNING, seat=question.seat))
        if isinstance(question, SetConnectorState):
            runner.listener.on_report(StateReport(State(question.state.value), seat=question.seat))
        return configs if isinstance(question, GenerateTaskConfigs) else Done(question.id)

    supervisor.answers = answer
    return supervisor


async def test_a_connector_gets_its_plugin_and_its_configuration(worker, supervisor, listener):
    await worker.start_connector("s", CONFIG, PAUSED)
    [runner] = supervisor.runners
    [question] = runner.asked
    assert runner.order.setup.sys_path == ["/plugins"]
    assert runner.what == "connector s"
    assert question.spec.plugin.location == "lines:Lines"
    assert question.spec.config == {key: value for key, value in CONFIG.items() if value}
    assert (question.spec.target_state, worker.is_connector_running("s")) == (PAUSED, True)


async def test_an_unknown_class_fails_the_connector(worker, supervisor, listener):
    with pytest.raises(PluginError, match="Sea"):
        await worker.start_connector("s", {**CONFIG, "connector.class": "Sea"}, STARTED)
    assert listener.states == [State.FAILED]


async def test_a_configuration_without_a_class_fails_the_connector(worker, supervisor, listener):
    with pytest.raises(PluginError, match=r"has no connector\.class"):
        await worker.start_connector("s", {"name": "s"}, STARTED)
    assert listener.states == [State.FAILED]


async def test_a_process_that_cannot_be_made_fails_the_connector(worker, supervisor, listener):
    supervisor.refusal = ConnectError("no more processes.")
    with pytest.raises(ConnectError, match="no more processes"):
        await worker.start_connector("s", CONFIG, STARTED)
    [(_name, state, trace)] = listener.heard
    assert state is State.FAILED
    assert trace == ("no more processes. Restart it with POST /connectors/s/restart after mending.")


async def test_a_connector_runs_once(worker, supervisor):
    await worker.start_connector("s", CONFIG, STARTED)
    with pytest.raises(IllegalStateError, match="already exists"):
        await worker.start_connector("s", CONFIG, STARTED)


async def test_a_failed_connector_without_process_may_be_started_again(worker, supervisor):
    await worker.start_connector("s", CONFIG, STARTED)
    supervisor.runners[0].die(-11)
    await worker.start_connector("s", CONFIG, STARTED)
    assert len(supervisor.runners) == 2


async def test_a_stop_while_the_plugin_is_looked_for_wins(worker, supervisor, listener):
    starting = asyncio.create_task(worker.start_connector("s", CONFIG, STARTED))
    await until(lambda: worker.has_connector("s"))
    await worker.stop_connector("s")
    with pytest.raises(ConnectError, match="was stopped while it was being started"):
        await starting
    assert supervisor.runners == []
    assert listener.states == [State.UNASSIGNED]


async def test_task_configs_are_completed(worker, supervisor):
    await worker.start_connector("s", CONFIG, STARTED)
    assert await worker.task_configs("s") == [TASK_CONFIG, TASK_CONFIG]


async def test_too_many_task_configs_fail_the_connector(worker, supervisor, listener):
    await worker.start_connector("s", CONFIG, STARTED)
    too_many = TaskConfigsAnswer(0, [{}] * 3, "lines:Task", 2, is_enforced=True)
    supervisor.answers = lambda *_asked: too_many
    with pytest.raises(ConfigError, match="generated 3 tasks"):
        await worker.task_configs("s")
    assert listener.states == [State.RUNNING, State.FAILED]


async def test_an_answer_of_another_kind_is_an_error(worker, supervisor):
    await worker.start_connector("s", CONFIG, STARTED)
    supervisor.answers = lambda *_asked: Done(2)
    with pytest.raises(ConnectError, match="answered Done instead of TaskConfigsAnswer"):
        await worker.task_configs("s")


async def test_a_connector_that_is_not_here_has_no_task_configs(worker, supervisor):
    with pytest.raises(NotFoundError, match="s does not run on this worker"):
        await worker.task_configs("s")


async def test_a_dead_connector_can_only_be_stopped(worker, supervisor, listener):
    await worker.start_connector("s", CONFIG, STARTED)
    supervisor.runners[0].die(-11)
    with pytest.raises(IllegalStateError, match="cannot be brought to PAUSED"):
        await worker.set_connector_target_state("s", PAUSED)
    await worker.set_connector_target_state("s", STOPPED)
    assert listener.states == [State.RUNNING, State.FAILED, State.STOPPED]


async def test_one_that_begins_stopped_has_no_process_until_it_is_resumed(
    worker, supervisor, listener
):
    await worker.start_connector("s", CONFIG, STOPPED)
    await worker.set_connector_target_state("s", STOPPED)
    assert (supervisor.runners, listener.states) == ([], [State.STOPPED])
    await worker.set_connector_target_state("s", STARTED)
    [runner] = supervisor.runners
    assert isinstance(runner.asked[0], StartConnector)
    assert runner.asked[0].spec.target_state is STARTED
    assert listener.states == [State.STOPPED, State.RUNNING]


async def test_one_that_is_stopped_gives_up_its_process_without_another_word(
    worker, supervisor, listener
):
    await worker.start_connector("s", CONFIG, STARTED)
    await worker.set_connector_target_state("s", STOPPED)
    assert not supervisor.runners[0].is_alive
    assert worker.has_connector("s")
    assert listener.states == [State.RUNNING, State.STOPPED]
    await worker.stop_connector("s")
    assert listener.states == [State.RUNNING, State.STOPPED, State.UNASSIGNED]


async def test_one_that_died_and_was_stopped_can_be_resumed(worker, supervisor, listener):
    await worker.start_connector("s", CONFIG, STARTED)
    supervisor.runners[0].die(-11)
    await worker.set_connector_target_state("s", STOPPED)
    await worker.set_connector_target_state("s", STARTED)
    assert listener.states == [State.RUNNING, State.FAILED, State.STOPPED, State.RUNNING]


@pytest.mark.parametrize("dies", [False, True])
async def test_one_that_is_resumed_needs_its_offsets_anew(worker, supervisor, monkeypatch, dies):
    happened = []

    def lease(name, _config):
        happened.append(f"take {name}")
        return OffsetsLease(worker.offset_store, on_release=lambda: happened.append("let go"))

    monkeypatch.setattr(worker._offset_stores, "lease", lease)
    await worker.start_connector("s", CONFIG, STARTED)
    if dies:
        supervisor.runners[0].die(-11)
    await worker.set_connector_target_state("s", STOPPED)
    assert happened == ["take s", "let go"]
    await worker.set_connector_target_state("s", STARTED)
    await worker.stop_connector("s")
    assert happened == ["take s", "let go"] * 2


async def test_offsets_topics_are_reached_with_the_values_references_stand_for(
    worker, supervisor, listener, monkeypatch
):
    leased = []

    async def with_client_values(config):
        return {**config, "offsets.storage.topic": "found"}

    def lease(name, config):
        leased.append((name, config["offsets.storage.topic"]))
        return OffsetsLease(worker.offset_store)

    monkeypatch.setattr(worker.questions, "with_client_values", with_client_values)
    monkeypatch.setattr(worker._offset_stores, "looks_at_clients", lambda _config: True)
    monkeypatch.setattr(worker._offset_stores, "lease", lease)
    await worker.start_connector("s", CONFIG, STARTED)
    await worker.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    assert leased == [("s", "found"), (TASK.connector, "found")]


async def test_a_reference_nobody_can_look_up_fails_connector_and_task(
    worker, listener, monkeypatch
):
    async def with_client_values(_config):
        raise ConnectError("no such file")

    monkeypatch.setattr(worker.questions, "with_client_values", with_client_values)
    monkeypatch.setattr(worker._offset_stores, "looks_at_clients", lambda _config: True)
    with pytest.raises(ConnectError, match="no such file"):
        await worker.start_connector("s", CONFIG, STARTED)
    with pytest.raises(ConnectError, match="no such file"):
        await worker.start_task(TASK, CONFIG, TASK_CONFIG, STARTED)
    assert listener.states == [State.FAILED, State.FAILED]


async def test_connectors_are_stopped(worker, supervisor, listener):
    await worker.start_connector("s", CONFIG, STARTED)
    await worker.stop_connectors(["s", "unknown"])
    assert isinstance(supervisor.runners[0].asked[-1], StopConnector)
    assert listener.states == [State.RUNNING, State.UNASSIGNED]
    assert worker_module.Deadlines().connector_stop_s == 5.0


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
    assert member._supervisor.lease.deadline_s == member._lease.deadline_s
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
