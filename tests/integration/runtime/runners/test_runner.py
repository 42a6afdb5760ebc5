# SPDX-License-Identifier: Apache-2.0
"""The worker's view of a runner."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys

import pytest

from barnabas.errors import ConnectError, DeadlineError, NotFoundError
from barnabas.runtime.runners import runner as runner_module
from barnabas.runtime.runners.messages import DescribePlugin, PluginAnswer
from barnabas.runtime.runners.runner import Runner

JSON = "org.apache.kafka.connect.json.JsonConverter"


@pytest.fixture
async def runner(launcher, order, listener):
    runner = await Runner.start(launcher, order, listener)
    yield runner
    await runner.kill()


def describe(runner, name=JSON, deadline_s=20.0):
    return runner.call(
        lambda number: DescribePlugin(number, name, None), call="config", deadline_s=deadline_s
    )


def soon(seconds):
    return asyncio.get_running_loop().time() + seconds


async def test_a_call_is_answered(runner):
    assert isinstance(await describe(runner), PluginAnswer)


async def test_calls_at_once_are_each_answered(runner):
    answers = await asyncio.gather(*(describe(runner) for _ in range(5)))
    assert [answer.id for answer in answers] == [1, 2, 3, 4, 5]


async def test_a_failure_is_raised_as_what_it_was(runner):
    with pytest.raises(NotFoundError, match="Unknown plugin Nothing"):
        await describe(runner, "Nothing")


async def test_it_stops_when_asked(runner, listener):
    await describe(runner)
    end = await runner.stop(soon(10))
    assert (end.status, end.was_asked, runner.is_alive) == (0, True, False)
    assert await listener.ended == end


async def test_a_stopped_process_is_killed_at_its_deadline(runner):
    await describe(runner)
    os.kill(runner.pid, signal.SIGSTOP)
    end = await runner.stop(soon(0.1))
    assert (end.status, end.was_asked) == (-9, True)


async def test_a_call_past_its_deadline_kills(runner, listener):
    await describe(runner)
    os.kill(runner.pid, signal.SIGSTOP)
    with pytest.raises(DeadlineError, match=r"did not return from config within 0\.1 s"):
        await describe(runner, deadline_s=0.1)
    assert (await listener.ended).trace.startswith("Inspection did not return from config")


async def test_the_deadline_holds_when_the_caller_has_left(runner, listener):
    await describe(runner)
    os.kill(runner.pid, signal.SIGSTOP)
    call = asyncio.create_task(describe(runner, deadline_s=0.3))
    await asyncio.sleep(0)
    call.cancel()
    assert (await asyncio.wait_for(listener.ended, 10)).status == -9


async def test_a_death_is_told_once_and_fails_calls(runner, listener):
    await describe(runner)
    os.kill(runner.pid, signal.SIGSTOP)
    call = asyncio.create_task(describe(runner))
    await asyncio.sleep(0)
    os.kill(runner.pid, signal.SIGKILL)
    with pytest.raises(ConnectError, match=r"was killed by signal 9 \(SIGKILL\)"):
        await call
    end = await listener.ended
    assert (end.status, end.was_asked) == (-9, False)
    with pytest.raises(ConnectError, match="SIGKILL"):
        await describe(runner)


async def test_a_muted_runner_is_not_heard(runner, listener):
    runner.mute()
    await runner.kill()
    assert not listener.ended.done()


async def test_it_knows_whether_it_is_busy(runner):
    idle = asyncio.Event()
    call = asyncio.create_task(describe(runner))
    await asyncio.sleep(0)
    assert (runner.is_busy, runner.idle_s) == (True, 0.0)
    runner.when_idle(idle.set)
    await call
    assert idle.is_set()
    assert not runner.is_busy
    assert runner.idle_s < 10


async def test_a_runner_that_sends_nonsense_is_killed(launcher, order, listener, monkeypatch):
    pair = socket.socketpair
    ends = []

    def remembered(*arguments):
        ends.extend(pair(*arguments))
        return ends[-2], ends[-1].dup()

    monkeypatch.setattr(runner_module.socket, "socketpair", remembered)
    runner = await Runner.start(launcher, order, listener)
    with ends[-1]:
        ends[-1].sendall(b"\xff\xff\xff\xff")
        end = await asyncio.wait_for(listener.ended, 10)
    assert end.trace.startswith("Runner of inspection was killed: A frame claims 4294967295 bytes")
    assert not runner.is_alive


async def test_another_version_of_barnabas_is_refused(launcher, order, listener, monkeypatch):
    monkeypatch.setattr(runner_module.barnabas, "__version__", "99.0")
    await Runner.start(launcher, order._replace(interpreter=sys.executable), listener)
    end = await asyncio.wait_for(listener.ended, 20)
    assert "this worker is 99.0. Install the same version there: `" in end.trace
    assert end.trace.endswith("-m pip install barnabas==99.0`.")


def program(folder, text):
    """Write a program that is run in place of an interpreter."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


async def test_a_runner_that_never_comes_up_is_killed(
    launcher, order, listener, monkeypatch, tmp_path
):
    monkeypatch.setattr(runner_module, "_HELLO_DEADLINE_S", 0.3)
    order = order._replace(interpreter=program(tmp_path, "sleep 60"))
    await Runner.start(launcher, order, listener)
    end = await asyncio.wait_for(listener.ended, 10)
    assert (end.status, "did not come up within 0.3 s" in end.trace) == (-9, True)


async def test_an_interpreter_that_cannot_run_barnabas_says_how_to_install_it(
    launcher, order, listener, tmp_path
):
    order = order._replace(interpreter=program(tmp_path, "exit 1"))
    await Runner.start(launcher, order, listener)
    end = await asyncio.wait_for(listener.ended, 10)
    assert "ended with exit code 1" in end.trace
    assert f"{order.interpreter} -m pip install barnabas==" in end.trace
