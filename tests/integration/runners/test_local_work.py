# SPDX-License-Identifier: Apache-2.0
"""What should run on a worker does, whatever connectors and people do meanwhile."""

from __future__ import annotations

import asyncio

import psutil
import pytest

from barnabas.errors import ConnectError
from barnabas.runtime.herder.local_work import LocalWork
from barnabas.runtime.model import State, TargetState, TaskId
from tests.integration.runners.conftest import SOURCE, until

STARTED, PAUSED, STOPPED = TargetState.STARTED, TargetState.PAUSED, TargetState.STOPPED
TASKS = [TaskId("moon", number) for number in range(3)]


@pytest.fixture
def started():
    """Names of the connectors that were told of."""
    return []


@pytest.fixture
def work(worker, started):
    """Looks after what runs on the worker."""
    return LocalWork(worker, on_connector_started=started.append)


def want(work, name="moon", state=STARTED, **extra):
    misdeeds = {key.replace("_", "."): value for key, value in extra.items()}
    config = {"name": name, "connector.class": SOURCE, "topic": "lines", **misdeeds}
    work.want_connector(name, config, state)


def want_tasks(work, **numbers):
    for task in TASKS:
        config = {"name": "moon", "connector.class": SOURCE, "tasks.max": "3"}
        number = numbers.get(f"task{task.task}", "0")
        properties = {
            "task.class": "org.example.MisbehavingSourceTask",
            "topic": "lines",
            "number": number,
        }
        work.want_task(task, config, properties, STARTED, len(TASKS))


def pids(worker, kind="connector"):
    """Process ids by what runs there."""
    usages = worker.runner_usage()
    return {usage.what: usage.pid for usage in usages if usage.what.startswith(kind)}


async def test_one_that_hangs_holds_up_none_of_many(work, listener, started):
    want(work, "hung", misbehave_start="spin_in_c")
    names = [f"moon-{number}" for number in range(12)]
    for name in names:
        want(work, name)
    async with asyncio.timeout(20):
        await asyncio.gather(*map(work.connector_settled, names))
        with pytest.raises(ConnectError, match="did not return from"):
            await work.connector_settled("hung")
    assert sorted(started) == sorted(names)
    want(work, "hung", misbehave_start="spin_in_c")
    assert work.is_settled
    assert listener.states("hung") == [State.FAILED]


async def test_one_that_hangs_can_be_dropped_and_leaves_nothing(work, worker):
    want(work, misbehave_start="spin_in_c")
    await until(lambda: pids(worker))
    [pid] = pids(worker).values()
    async with asyncio.timeout(4):
        await work.drop(["moon"])
    assert not psutil.pid_exists(pid)
    assert (work.connectors, worker.connector_names()) == (set(), [])


async def test_one_that_hangs_can_be_stopped(work, listener, started):
    want(work, misbehave_start="sleep")
    await asyncio.sleep(0.1)
    want(work, state=STOPPED, misbehave_start="sleep")
    await work.connector_settled("moon")
    assert listener.states("moon")[-1] is State.STOPPED
    assert started == []


async def test_one_that_is_dropped_while_its_process_is_made_leaves_nothing(work, worker):
    for _ in range(3):
        want(work)
        await asyncio.sleep(0)
    await work.drop_all()
    await work.settled()
    assert pids(worker) == {}
    want(work)
    await work.connector_settled("moon")
    assert worker.is_connector_running("moon")


async def test_one_that_was_killed_stays_failed_until_it_is_stopped_and_resumed(
    work, worker, listener
):
    want(work)
    await work.connector_settled("moon")
    psutil.Process(pids(worker)["connector moon"]).kill()
    await listener.status("moon", State.FAILED)
    want(work)
    await work.settled()
    assert not worker.is_connector_running("moon")
    want(work, state=STOPPED)
    await work.connector_settled("moon")
    assert listener.states("moon")[-1] is State.STOPPED
    want(work)
    await work.connector_settled("moon")
    assert worker.is_connector_running("moon")


async def test_one_that_was_killed_runs_after_a_restart(work, worker, listener, started):
    want(work)
    await work.connector_settled("moon")
    psutil.Process(pids(worker)["connector moon"]).kill()
    await listener.status("moon", State.FAILED)
    await work.restart_connector("moon")
    assert worker.is_connector_running("moon")
    assert started == ["moon", "moon"]


async def test_only_tasks_that_changed_are_started_anew(work, worker):
    want_tasks(work)
    await work.settled()
    before = pids(worker, "task")
    want_tasks(work, task1="1")
    await work.settled()
    after = pids(worker, "task")
    assert {task for task in after if after[task] != before.get(task)} == {"task moon-1"}
    assert len(after) == 3


async def test_a_lost_membership_ends_everything_at_once(work, worker):
    want(work, misbehave_stop="sleep")
    want_tasks(work)
    await work.settled()
    processes = [psutil.Process(pid) for pid in pids(worker, "").values()]
    async with asyncio.timeout(1):
        await work.end_all("a test")
    assert pids(worker, "connector") == pids(worker, "task") == {}
    assert [process.is_running() for process in processes].count(True) <= 1
    want(work)
    await work.connector_settled("moon")
