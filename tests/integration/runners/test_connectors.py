# SPDX-License-Identifier: Apache-2.0
"""Connectors that misbehave harm themselves only, and say why."""

from __future__ import annotations

import asyncio

import psutil
import pytest

from barnabas.errors import ConfigError, ConnectError, DeadlineError, IllegalStateError
from barnabas.runtime.model import State, TargetState
from tests.integration.runners.conftest import SOURCE, until

STARTED, PAUSED, STOPPED = TargetState.STARTED, TargetState.PAUSED, TargetState.STOPPED


def config(**extra):
    return {"name": "moon", "connector.class": SOURCE, "topic": "lines", **extra}


def misbehave(method, misdeed):
    return config(**{f"misbehave.{method}": misdeed})


async def start(worker, properties=None, state=STARTED):
    await worker.start_connector("moon", properties or config(), state)


def pid(worker, what="connector moon"):
    return next(usage.pid for usage in worker.runner_usage() if usage.what == what)


async def test_a_started_connector_is_running_with_its_version(worker, listener):
    await start(worker)
    [status] = listener.connectors["moon"]
    assert (status.state, status.worker_id, status.version) == (
        State.RUNNING,
        "test:8083",
        "1.2.3",
    )


async def test_task_configs_carry_class_and_nothing_of_the_connector_is_lost(worker):
    await start(worker, config(**{"tasks.max": "2"}))
    first, second = await worker.task_configs("moon")
    assert first["task.class"] == "org.example.MisbehavingSourceTask"
    assert (first["number"], second["number"], first["topic"]) == ("0", "1", "lines")


async def test_pause_and_resume_keep_the_instance(worker, listener):
    await start(worker)
    before = pid(worker)
    await worker.set_connector_target_state("moon", PAUSED)
    await worker.set_connector_target_state("moon", STARTED)
    assert listener.states("moon") == [State.RUNNING, State.PAUSED, State.RUNNING]
    assert pid(worker) == before


async def test_a_connector_that_begins_stopped_is_not_started(worker, listener):
    await start(worker, misbehave("start", "fail"), STOPPED)
    assert listener.states("moon") == [State.STOPPED]


async def test_an_error_in_start_is_told_in_one_line(worker, listener):
    with pytest.raises(ConnectError, match="the moon is not full"):
        await start(worker, misbehave("start", "fail"))
    [status] = listener.connectors["moon"]
    first, *rest = status.trace.splitlines()
    assert status.state is State.FAILED
    assert first.startswith(
        "Connector moon failed in SourceConnector.start(): ValueError: the moon is not full — in "
        "plugin misbehaving.MisbehavingConnector ("
    )
    assert first.endswith("Restart it with POST /connectors/moon/restart after mending.")
    assert rest[0] == "Traceback (most recent call last):"


async def test_a_failed_connector_can_only_be_stopped(worker, listener):
    with pytest.raises(ConnectError):
        await start(worker, misbehave("start", "fail"))
    with pytest.raises(IllegalStateError, match="since it has failed"):
        await worker.set_connector_target_state("moon", PAUSED)
    await worker.set_connector_target_state("moon", STOPPED)
    assert listener.states("moon") == [State.FAILED, State.STOPPED]


async def test_no_trace_shows_a_password(worker, listener):
    with pytest.raises(ConnectError):
        await start(worker, config(**{"password": "hunter22", "fail.with": "denied for hunter22"}))
    [status] = listener.connectors["moon"]
    assert "denied for [hidden]" in status.trace
    assert "hunter22" not in status.trace


async def test_sys_exit_in_user_code_is_a_failure_like_any_other(worker, listener):
    with pytest.raises(ConnectError):
        await start(worker, misbehave("start", "leave"))
    assert listener.connectors["moon"][0].trace.startswith("Connector moon failed in ")


@pytest.mark.parametrize(
    ("misdeed", "said"),
    [
        ("crash", "was killed by signal 11 (SIGSEGV)"),
        ("die", "ended with exit code 3 though nobody asked it to"),
    ],
)
async def test_a_dead_process_fails_its_connector(worker, listener, misdeed, said):
    with pytest.raises(ConnectError, match=r"\(pid \d+\)"):
        await start(worker, misbehave("start", misdeed))
    [status] = listener.connectors["moon"]
    assert said in status.trace.splitlines()[0]


async def test_a_crash_shows_where_it_was(worker, listener):
    with pytest.raises(ConnectError):
        await start(worker, misbehave("start", "crash"))
    assert "misbehaving.py" in listener.connectors["moon"][0].trace


@pytest.mark.parametrize("misdeed", ["spin", "spin_in_c", "sleep"])
async def test_a_start_that_hangs_is_killed_at_its_deadline(worker, listener, misdeed):
    with pytest.raises(DeadlineError, match=r"did not return from Connector.start\(\) within 2 s"):
        await start(worker, misbehave("start", misdeed))
    [status] = listener.connectors["moon"]
    assert status.state is State.FAILED
    assert not [usage for usage in worker.runner_usage() if usage.what == "connector moon"]


async def test_a_hung_call_shows_the_stack_of_the_main_thread(worker, listener):
    with pytest.raises(DeadlineError):
        await start(worker, misbehave("start", "spin"))
    assert "in spin\n" in listener.connectors["moon"][0].trace


async def test_a_hung_connector_does_not_hold_up_another(patient):
    hung = asyncio.create_task(start(patient, misbehave("start", "spin_in_c")))
    async with asyncio.timeout(20):
        await patient.start_connector("sun", config(name="sun"), STARTED)
        await patient.task_configs("sun")
    assert not hung.done()
    await patient.end_all("the test is over")
    with pytest.raises(ConnectError):
        await hung


async def test_task_configs_that_hang_end_the_connector(worker, listener):
    await start(worker, misbehave("task_configs", "sleep"))
    with pytest.raises(DeadlineError, match=r"task_configs\(\)"):
        await worker.task_configs("moon")
    assert listener.states("moon") == [State.RUNNING, State.FAILED]


async def test_task_configs_that_raise_leave_the_connector_running(worker, listener):
    await start(worker, misbehave("task_configs", "fail"))
    with pytest.raises(ConnectError, match="the moon is not full"):
        await worker.task_configs("moon")
    assert listener.states("moon") == [State.RUNNING]


async def test_more_tasks_than_allowed_fail_the_connector(worker, listener):
    await start(worker, config(**{"extra.tasks": "1"}))
    with pytest.raises(ConfigError, match="has generated 2 tasks, which is greater than 1"):
        await worker.task_configs("moon")
    assert listener.states("moon") == [State.RUNNING, State.FAILED]


async def test_more_tasks_than_allowed_are_taken_where_that_is_not_enforced(worker):
    await start(worker, config(**{"extra.tasks": "1", "tasks.max.enforce": "false"}))
    assert len(await worker.task_configs("moon")) == 2


@pytest.mark.parametrize("misdeed", ["spin_in_c", "sleep", "die", "fail"])
async def test_a_stop_ends_whatever_it_takes(worker, listener, misdeed):
    await start(worker, misbehave("stop", misdeed))
    process = psutil.Process(pid(worker))
    async with asyncio.timeout(4):
        await worker.stop_connector("moon")
    assert not process.is_running()
    assert listener.states("moon")[-1] in {State.UNASSIGNED, State.FAILED}


async def test_after_its_stop_a_connector_is_unassigned_and_silent(worker, listener):
    await start(worker)
    await worker.stop_connector("moon")
    assert listener.states("moon") == [State.RUNNING, State.UNASSIGNED]
    assert not worker.has_connector("moon")


async def test_a_stop_in_the_middle_of_a_start_ends_both(worker, listener):
    starting = asyncio.create_task(start(worker, misbehave("start", "sleep")))
    await until(lambda: worker.runner_usage()[1:])
    await worker.stop_connector("moon")
    with pytest.raises(ConnectError):
        await starting
    assert listener.states("moon") == [State.UNASSIGNED]


async def test_kill_9_of_a_runner_is_seen_at_once(worker, listener):
    await start(worker)
    psutil.Process(pid(worker)).kill()
    status = await listener.status("moon", State.FAILED, 1.0)
    assert "was killed by signal 9 (SIGKILL). Somebody killed it" in status.trace
    assert not worker.is_connector_running("moon")


async def test_programs_a_plugin_started_end_with_its_runner(worker):
    await start(worker, misbehave("start", "spawn"))
    [program] = psutil.Process(pid(worker)).children()
    await worker.stop_connector("moon")
    await until(lambda: not psutil.pid_exists(program.pid))


async def test_an_error_a_connector_finds_by_itself_fails_it(worker, listener):
    await start(worker, config(**{"find.error": "yes"}))
    status = await listener.status("moon", State.FAILED)
    assert "RuntimeError: the other system is gone" in status.trace


async def test_a_request_for_reconfiguration_arrives(worker, listener):
    await start(worker, config(**{"request.reconfiguration": "yes"}))
    await until(lambda: listener.requests)
    assert listener.requests == ["moon"]


async def test_a_newer_state_overtakes_one_that_waits(worker, listener):
    await start(worker, misbehave("task_configs", "doze"))
    busy = asyncio.create_task(worker.task_configs("moon"))
    await asyncio.sleep(0)
    older = asyncio.create_task(worker.set_connector_target_state("moon", PAUSED))
    await asyncio.sleep(0)
    await worker.set_connector_target_state("moon", STARTED)
    with pytest.raises(ConnectError, match="before another request to change state was made"):
        await older
    await busy
    assert listener.states("moon") == [State.RUNNING]


async def test_an_unknown_plugin_fails_the_connector(worker, listener):
    with pytest.raises(ConnectError, match="Nothing"):
        await start(worker, config(**{"connector.class": "org.example.Nothing"}))
    assert listener.states("moon") == [State.FAILED]


async def test_the_same_connector_cannot_be_started_twice(worker):
    await start(worker)
    with pytest.raises(IllegalStateError, match="already exists"):
        await start(worker)
