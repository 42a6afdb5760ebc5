# SPDX-License-Identifier: Apache-2.0
"""The connectors of a worker, whose processes are doubles."""

from __future__ import annotations

import asyncio

import pytest

from barnabas.errors import (
    ConfigError,
    ConnectError,
    IllegalStateError,
    NotFoundError,
    PluginError,
)
from barnabas.runtime.model import State
from barnabas.runtime.runners.messages import (
    Done,
    StartConnector,
    StopConnector,
    TaskConfigsAnswer,
)
from barnabas.runtime.worker import Deadlines
from barnabas.runtime.worker.offset_stores import OffsetsLease
from tests.unit.runtime.worker.doubles import (
    CONFIG,
    PAUSED,
    STARTED,
    STOPPED,
    TASK,
    TASK_CONFIG,
    until,
)


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
    assert Deadlines().connector_stop_s == 5.0
