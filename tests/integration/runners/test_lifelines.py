# SPDX-License-Identifier: Apache-2.0
"""No runner outlives its worker; the end of the forkserver harms no runner."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from barnabas.runtime.model import State, TargetState
from tests.integration.runners import worker_program
from tests.integration.runners.conftest import SOURCE, until

ROOT = Path(__file__).parents[3]


def config(name, **extra):
    return {"name": name, "connector.class": SOURCE, **extra}


def pid(worker, what):
    """Process id of the process that is called so, or is one connector's among others."""
    usages = worker.runner_usage()
    return next(usage.pid for usage in usages if what.split()[-1] in re.split("[ ,]+", usage.what))


def lives(number):
    return psutil.pid_exists(number) and psutil.Process(number).status() != "zombie"


@pytest.fixture
def start_worker(settings):
    """Start a worker in a process of its own; gives it and the pids of forkserver and runners."""
    processes = []

    def start(*arguments):
        command = [sys.executable, worker_program.__file__, json.dumps(settings)]
        process = subprocess.Popen(
            [*command, *map(json.dumps, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        )
        processes.append(process)
        return process, json.loads(process.stdout.readline())

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_kill_9_of_the_worker_leaves_no_orphan(start_worker):
    process, pids = start_worker(
        [
            config("spinning", **{"misbehave.start": "spin_in_c"}),
            config("idle"),
            config("busy", **{"misbehave.stop": "sleep"}),
        ]
    )
    assert len(pids) >= 2  # forkserver and one or more runners
    assert all(lives(number) for number in pids)
    process.kill()
    process.wait()
    until_s = time.monotonic() + 2
    while any(lives(number) for number in pids) and time.monotonic() < until_s:
        time.sleep(0.01)
    assert [number for number in pids if lives(number)] == []


def test_the_standard_input_of_the_worker_is_that_of_its_tasks(start_worker, tmp_path):
    report = tmp_path / "report"
    task = {
        "task.class": "org.example.MisbehavingSourceTask",
        "topic": "lines",
        "misbehave.start": "read",
        "tell.to": str(report),
    }
    process, _pids = start_worker([config("idle")], task)
    process.stdin.write(b"a line\n")
    process.stdin.flush()
    until_s = time.monotonic() + 10
    while not (report.exists() and report.read_text()) and time.monotonic() < until_s:
        time.sleep(0.01)
    assert report.read_text() == "a line\n"


async def test_kill_9_of_the_forkserver_harms_no_runner(worker, listener):
    await worker.start_connector("moon", config("moon"), TargetState.STARTED)
    before = pid(worker, "connector moon")
    psutil.Process(pid(worker, "forkserver")).kill()
    await worker.start_connector("sun", config("sun"), TargetState.STARTED)
    await worker.task_configs("moon")
    assert pid(worker, "connector moon") == before
    assert listener.states("moon") == listener.states("sun") == [State.RUNNING]


async def test_thirty_connectors_of_a_plugin_share_a_runner(worker, listener):
    names = [f"c{number}" for number in range(30)]
    async with asyncio.timeout(30):
        await asyncio.gather(
            *(worker.start_connector(name, config(name), TargetState.STARTED) for name in names)
        )
        pids = [usage.pid for usage in worker.runner_usage()]
        await worker.stop_connectors(names)
    assert len(pids) == 2
    assert all(listener.states(name) == [State.RUNNING, State.UNASSIGNED] for name in names)
    assert [usage.what for usage in worker.runner_usage()] == ["forkserver"]


async def test_the_deadline_of_a_stop_is_that_of_all_together(worker):
    names = [f"c{number}" for number in range(4)]
    for name in names:
        properties = config(name, **{"misbehave.stop": "sleep"})
        await worker.start_connector(name, properties, TargetState.STARTED)
    began = time.monotonic()
    await worker.stop_connectors(names)
    assert 1.0 <= time.monotonic() - began < 3.9  # one after the other they take four seconds


async def test_a_runner_holds_nothing_of_others(worker, tmp_path):
    report = tmp_path / "report.json"
    await worker.start_connector("moon", config("moon"), TargetState.STARTED)
    properties = config("sun", **{"misbehave.start": "tell", "tell.to": str(report)})
    await worker.start_connector("sun", properties, TargetState.STARTED)
    files = json.loads(report.read_text())["files"]
    sockets = [link for link in files.values() if link and link.startswith("socket:")]
    pipes = [name for name, link in files.items() if link and link.startswith("pipe:")]
    assert len(sockets) == 1
    assert set(pipes) <= {"0", "1", "2"}
    assert files["0"] == os.devnull


async def test_a_runner_is_in_no_session_of_others(worker, tmp_path):
    report = tmp_path / "report.json"
    properties = config("sun", **{"misbehave.start": "tell", "tell.to": str(report)})
    await worker.start_connector("sun", properties, TargetState.STARTED)
    assert json.loads(report.read_text())["session"] == pid(worker, "connector sun")


async def test_polite_signals_do_not_end_a_runner(worker, listener):
    await worker.start_connector("moon", config("moon"), TargetState.STARTED)
    process = psutil.Process(pid(worker, "connector moon"))
    process.terminate()
    process.send_signal(2)
    assert len(await worker.task_configs("moon")) == 1
    assert listener.states("moon") == [State.RUNNING]


async def test_a_runner_has_little_memory_of_its_own(worker):
    await worker.start_connector("sun", config("sun"), TargetState.STARTED)
    memory = psutil.Process(pid(worker, "connector sun")).memory_full_info()
    assert memory.uss < 20e6


async def test_use_of_memory_and_processor_is_known(worker):
    await worker.start_connector("moon", config("moon"), TargetState.STARTED)
    [use] = [usage for usage in worker.runner_usage() if usage.what == "connector moon"]
    assert 1e6 < use.rss_bytes < 200e6
    assert use.cpu_seconds >= 0


async def test_everything_ends_with_the_worker(worker):
    await worker.start_connector("moon", config("moon"), TargetState.STARTED)
    pids = [usage.pid for usage in worker.runner_usage()]
    await worker.stop()
    await until(lambda: not any(lives(number) for number in pids))
