# SPDX-License-Identifier: Apache-2.0
"""Runners for questions are kept warm, shared, and never waited for when busy."""

from __future__ import annotations

import asyncio

import pytest

from barnabas.errors import DeadlineError
from barnabas.runtime.plugins import Plugin, PluginKind
from barnabas.runtime.runners.messages import DescribePlugin, Done, Setup
from barnabas.runtime.worker import inspections
from barnabas.runtime.worker.inspections import Inspections
from tests.unit.runtime.worker.doubles import FakeSupervisor, until

OURS = Plugin("a.B", PluginKind.SOURCE, "a:B")
FOLDER = Plugin("c.D", PluginKind.SOURCE, "c:D", folder="/plugins")
VENV = Plugin("e.F", PluginKind.SOURCE, "e:F", folder="/venv", interpreter="/venv/bin/python")


@pytest.fixture
def supervisor():
    supervisor = FakeSupervisor()
    supervisor.answers = lambda question, _runner: Done(question.id)
    return supervisor


@pytest.fixture
def questions(supervisor):
    def setup(plugin):
        return Setup("inspection", None, [], {}, is_distributed=False, logger_levels={})

    return Inspections(supervisor, setup, 1.0)


def ask(questions, plugin=OURS):
    return questions.ask(plugin, lambda number: DescribePlugin(number, "x", None), "config of x")


async def test_questions_one_after_the_other_share_a_runner(questions, supervisor):
    assert [await ask(questions), await ask(questions)] == [Done(1), Done(2)]
    assert len(supervisor.runners) == 1


async def test_each_place_has_its_own_runner(questions, supervisor):
    for plugin in (OURS, FOLDER, VENV, None, VENV):
        await ask(questions, plugin)
    assert [runner.order.interpreter for runner in supervisor.runners] == [
        None,
        None,
        "/venv/bin/python",
    ]


async def test_a_busy_runner_holds_up_nobody(questions, supervisor):
    gate = asyncio.Event()

    async def answer(question, runner):
        if runner is supervisor.runners[0]:
            await gate.wait()
        return Done(question.id)

    supervisor.answers = answer
    slow = asyncio.create_task(ask(questions))
    await asyncio.sleep(0)
    await ask(questions)
    assert not slow.done()
    gate.set()
    await slow
    assert len(supervisor.runners) == 2


async def test_a_runner_that_was_killed_is_not_used_again(questions, supervisor):
    async def hang(question, runner):
        runner.is_alive = False
        return DeadlineError("hung")

    supervisor.answers = hang
    for _ in range(2):
        with pytest.raises(DeadlineError):
            await ask(questions)
    assert len(supervisor.runners) == 2


async def test_a_runner_whose_caller_left_is_used_when_it_is_done(questions, supervisor):
    async def answer(question, runner):
        runner.is_busy = True
        await asyncio.sleep(1000)

    supervisor.answers = answer
    impatient = asyncio.create_task(ask(questions))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    supervisor.answers = lambda question, _runner: Done(question.id)
    await ask(questions)
    assert len(supervisor.runners) == 2
    supervisor.runners[0].become_idle()
    await asyncio.gather(ask(questions), ask(questions))
    assert len(supervisor.runners) == 2


async def test_an_idle_runner_is_ended(questions, supervisor, monkeypatch):
    monkeypatch.setattr(inspections, "_IDLE_S", 0.0)
    await ask(questions)
    await until(lambda: supervisor.stopped)
    assert supervisor.stopped[0][0] == supervisor.runners


async def test_a_runner_used_again_meanwhile_is_kept(questions, supervisor):
    await ask(questions)
    [runner] = supervisor.runners
    questions._end_idle(inspections._Place(None, None), runner)
    assert supervisor.stopped == []
    runner.idle_s = 60.0
    questions._end_idle(inspections._Place(None, None), runner)
    await until(lambda: supervisor.stopped)


async def test_stop_ends_them_all(questions, supervisor):
    await ask(questions, OURS)
    await ask(questions, FOLDER)
    await questions.stop()
    assert supervisor.stopped[0][0] == supervisor.runners
