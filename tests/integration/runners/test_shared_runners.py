# SPDX-License-Identifier: Apache-2.0
"""Connectors of one plugin share a process; what one does to it is told of that one only."""

from __future__ import annotations

import asyncio

import psutil
import pytest

from barnabas.errors import ConnectError, DeadlineError
from barnabas.runtime.model import State, TargetState
from tests.integration.runners.conftest import SOURCE, until

AGAIN = [State.RUNNING, State.RESTARTING, State.RUNNING]


async def start(worker, *names, **misdeeds):
    for name in names:
        config = {"name": name, "connector.class": SOURCE, "topic": "lines"}
        config |= {f"misbehave.{method}": misdeed for method, misdeed in misdeeds.items()}
        await worker.start_connector(name, config, TargetState.STARTED)


def runners(worker):
    return [usage.what for usage in worker.runner_usage() if usage.what != "forkserver"]


async def test_they_are_one_process_with_all_their_names(worker):
    await start(worker, "moon", "sun", "star", "earth")
    assert runners(worker) == ["connectors moon, sun, star and 1 other"]
    assert len(await worker.task_configs("star")) == 1


@pytest.mark.parametrize("misdeed", ["sleep", "spin", "spin_in_c"])
async def test_one_that_hangs_fails_with_its_stack_and_the_others_go_on(worker, listener, misdeed):
    await start(worker, "moon", task_configs=misdeed)
    await start(worker, "sun", "star")
    with pytest.raises(DeadlineError, match=r"Connector moon did not return from .* within 2 s"):
        await worker.task_configs("moon")
    trace = (await listener.status("moon", State.FAILED)).trace
    assert f"in {misdeed}\n" in trace
    assert trace.endswith("in task_configs")
    await until(lambda: listener.states("sun") == listener.states("star") == AGAIN)
    assert runners(worker) == ["connectors sun, star"]
    assert len(await worker.task_configs("sun")) == 1
    assert listener.connectors["sun"][1].trace == (
        "Started again: connector moon hung and was killed with the process they shared."
    )


@pytest.mark.parametrize(("misdeed", "said"), [("crash", "SIGSEGV"), ("die", "exit code 3")])
async def test_one_that_takes_the_process_down_fails_alone(worker, listener, misdeed, said):
    await start(worker, "moon", task_configs=misdeed)
    await start(worker, "sun")
    with pytest.raises(ConnectError):
        await worker.task_configs("moon")
    first = (await listener.status("moon", State.FAILED)).trace.splitlines()[0]
    assert first.startswith("Runner of connector moon (pid ")
    assert said in first
    await until(lambda: listener.states("sun") == AGAIN)


async def test_one_that_is_asked_while_another_blocks_its_process_goes_elsewhere(patient, listener):
    await start(patient, "moon", task_configs="spin_in_c")
    await start(patient, "sun")
    hung = asyncio.create_task(patient.task_configs("moon"))
    await asyncio.sleep(0.2)
    async with asyncio.timeout(30):
        assert len(await patient.task_configs("sun")) == 1
    assert listener.states("sun") == AGAIN
    assert listener.states("moon") == [State.RUNNING]
    await patient.end_all("the test is over")
    with pytest.raises(ConnectError):
        await hung


async def test_one_that_does_not_stop_is_killed_and_the_others_go_on(worker, listener):
    await start(worker, "moon", stop="sleep")
    await start(worker, "sun")
    await worker.stop_connector("moon")
    await until(lambda: listener.states("sun") == AGAIN)
    assert listener.states("moon") == [State.RUNNING, State.UNASSIGNED]
    assert runners(worker) == ["connector sun"]


async def test_one_that_was_stopped_leaves_the_others_alone(worker, listener):
    await start(worker, "moon", "sun")
    await worker.stop_connector("moon")
    assert runners(worker) == ["connector sun"]
    assert listener.states("sun") == [State.RUNNING]


async def test_the_stopped_have_no_process_and_come_back_among_the_others(worker, listener):
    await start(worker, "moon", "sun")
    await worker.set_connector_target_state("moon", TargetState.STOPPED)
    assert runners(worker) == ["connector sun"]
    await worker.set_connector_target_state("sun", TargetState.STOPPED)
    assert runners(worker) == []
    await worker.set_connector_target_state("sun", TargetState.STARTED)
    await worker.set_connector_target_state("moon", TargetState.PAUSED)
    assert runners(worker) == ["connectors sun, moon"]
    assert listener.states("moon") == [State.RUNNING, State.STOPPED, State.PAUSED]
    assert listener.states("sun") == [State.RUNNING, State.STOPPED, State.RUNNING]


async def test_a_start_that_another_holds_up_goes_on_elsewhere(patient, listener):
    await start(patient, "moon", task_configs="spin_in_c")
    hung = asyncio.create_task(patient.task_configs("moon"))
    await asyncio.sleep(0.2)
    async with asyncio.timeout(20):
        await start(patient, "sun")
    assert sorted(runners(patient)) == ["connector moon", "connector sun"]
    assert listener.states("sun") == [State.RUNNING]
    await patient.end_all("the test is over")
    with pytest.raises(ConnectError):
        await hung


async def test_after_an_unexplained_death_all_go_on(worker, listener):
    await start(worker, "moon", "sun")
    [usage] = [usage for usage in worker.runner_usage() if usage.what.startswith("connector")]
    psutil.Process(usage.pid).kill()
    await until(lambda: listener.states("moon") == listener.states("sun") == AGAIN, 20)
    assert sorted(runners(worker)) == ["connector moon", "connector sun"]


async def test_each_logs_with_its_own_context(capfd, make_worker):
    worker = await make_worker(call_s=2.0)
    for name in ("moon", "sun"):
        with pytest.raises(ConnectError):
            await start(worker, name, start="fail")
    told = capfd.readouterr().err
    for name in ("moon", "sun"):
        assert f"ERROR [{name}|worker] Connector {name} failed in SourceConnector.start()" in told
