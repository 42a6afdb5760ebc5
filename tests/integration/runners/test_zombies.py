# SPDX-License-Identifier: Apache-2.0
"""A worker that may be no member of its group any more produces nothing and commits nothing.

Records carry the broker's time, offsets and statuses that of the worker: both are compared with the
end of the lease, after which others may have the work.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from barnabas.runtime.model import State, TargetState, TaskId
from barnabas.runtime.plugins import PluginRegistry
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.stores import MemoryOffsetStore
from barnabas.runtime.worker import Worker
from tests.integration.runners import leased_worker
from tests.integration.runners.conftest import SINK, SOURCE

ROOT = Path(__file__).parents[3]
SESSION_S = 3.0


class Leased:
    """A worker process under a lease, with one connector and its task."""

    def __init__(self, settings, connector, task, folder):
        self.folder = folder
        arguments = [*map(json.dumps, (settings, connector, task)), str(folder)]
        self.process = subprocess.Popen(
            [sys.executable, leased_worker.__file__, *arguments],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        )
        self.pids = json.loads(self.process.stdout.readline())
        self.task = self.pids[f"task {connector['name']}-0"]

    def instants(self, name):
        path = self.folder / name
        lines = path.read_text().splitlines() if path.exists() else []
        return [float(line.split()[0]) for line in lines]

    def statuses(self):
        lines = (self.folder / "statuses").read_text().splitlines()
        return [line.split()[1] for line in lines]

    def send(self, number, *pids):
        for pid in pids:
            os.kill(pid, number)

    def cut(self):
        (self.folder / "cut").touch()

    def mend(self):
        (self.folder / "cut").unlink()

    def end_of_lease(self):
        return self.instants("leases")[-1]

    def wait(self, is_so, seconds=15.0):
        until = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < until
            time.sleep(0.01)

    def wait_until_dead(self, pid):
        self.wait(lambda: not lives(pid))
        return time.monotonic()

    def sleep_past_the_lease(self):
        time.sleep(max(0.0, self.end_of_lease() - time.monotonic()) + 0.5)


def lives(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def start(kafka, name, settings, tmp_path):
    """Start a worker whose task writes to, or reads from, a topic stamped by the broker."""
    kafka.create_topic(name, config={"message.timestamp.type": "LogAppendTime"})
    storage = {
        f"{kind}.storage.{key}": value
        for kind in ("config", "offset", "status")
        for key, value in (("topic", f"{name}-{kind}"), ("replication.factor", "1"))
    }
    common = {
        **{key: value for key, value in settings.items() if "file" not in key},
        **storage,
        "bootstrap.servers": kafka.bootstrap_servers,
        "group.id": name,
        "heartbeat.interval.ms": "500",
        "offset.flush.interval.ms": "100",
    }
    workers = []

    def start(plugin=SOURCE, session_s=SESSION_S):
        settings = {**common, "session.timeout.ms": str(int(session_s * 1000))}
        connector = {"name": name, "connector.class": plugin, "topics": name}
        kind = "Source" if plugin is SOURCE else "Sink"
        task = {"task.class": f"org.example.Misbehaving{kind}Task", "topic": name, "topics": name}
        workers.append(Leased(settings, connector, task, tmp_path))
        return workers[-1]

    yield start
    for worker in workers:
        worker.process.send_signal(signal.SIGCONT)
        worker.process.kill()
        worker.process.communicate()


@pytest.fixture
def moves(kafka, name):
    """Wait until records arrive."""

    def moves():
        before, until = kafka.end_offsets(name)[0], time.monotonic() + 15
        while kafka.end_offsets(name)[0] < before + 5:
            assert time.monotonic() < until
            time.sleep(0.05)

    return moves


def newest_record(kafka, name):
    """When the newest record came, by the clock of the lease."""
    records = kafka.consume(name, kafka.end_offsets(name)[0])
    return records[-1].timestamp / 1000 - time.time() + time.monotonic()


@pytest.mark.parametrize("who", ["worker", "task", "both"])
def test_whoever_was_paused_past_the_lease_does_nothing_when_it_goes_on(
    kafka, name, start, moves, who
):
    worker = start()
    moves()
    worker.wait(lambda: worker.instants("offsets"))
    pids = {"worker": [worker.process.pid], "task": [worker.task]}
    paused = pids.get(who) or [*pids["worker"], *pids["task"]]
    worker.cut()  # a paused worker cannot renew; the others must not
    worker.send(signal.SIGSTOP, *paused)
    worker.sleep_past_the_lease()
    before = kafka.end_offsets(name)
    worker.send(signal.SIGCONT, *[pid for pid in paused if lives(pid)])
    worker.wait_until_dead(worker.task)
    worker.mend()
    worker.wait(lambda: worker.instants("ended"))
    time.sleep(0.5)
    assert kafka.end_offsets(name) == before
    assert newest_record(kafka, name) < worker.end_of_lease()
    assert worker.instants("offsets")[-1] < worker.end_of_lease()
    assert worker.instants("statuses")[-1] < worker.end_of_lease()
    assert worker.statuses() == ["RUNNING"]


def test_all_runners_are_gone_before_the_lease_is_over(start, moves):
    worker = start()
    moves()
    worker.cut()
    runners = [pid for what, pid in worker.pids.items() if what != "forkserver"]
    assert len(runners) == 2
    dead = [worker.wait_until_dead(pid) for pid in runners]
    assert max(dead) < worker.end_of_lease()


def test_a_sink_ends_with_the_lease_of_a_paused_worker(kafka, name, start):
    kafka.produce(name, [b"one", b"two"])
    worker = start(SINK)
    worker.send(signal.SIGSTOP, worker.process.pid)
    assert worker.wait_until_dead(worker.task) < worker.end_of_lease()


def test_a_lease_that_is_extended_late_has_the_task_go_on(start, moves):
    worker = start(session_s=8)
    moves()
    worker.cut()
    worker.wait_until_dead(worker.task)  # with a quarter of the session left it stops
    worker.mend()
    worker.wait(lambda: worker.statuses() == ["RUNNING", "RUNNING"])
    moves()
    assert worker.instants("ended") == []


def test_a_task_alone_that_was_paused_past_its_lease_is_replaced(start, moves):
    worker = start()
    moves()
    worker.send(signal.SIGSTOP, worker.task)
    worker.wait_until_dead(worker.task)
    worker.wait(lambda: worker.statuses() == ["RUNNING", "RUNNING"])
    moves()


async def test_one_that_lapses_while_it_is_being_stopped_is_told_to_have_done_so(
    settings, plugin_folder, listener, caplog
):
    storage = {f"{kind}.storage.topic": kind for kind in ("config", "offset", "status")}
    group = {"group.id": "cut", "session.timeout.ms": "2000", "heartbeat.interval.ms": "500"}
    patience = {"task.shutdown.graceful.timeout.ms": "20000"}
    worker = Worker(
        DistributedConfig({**settings, **storage, **group, **patience}),
        worker_id="cut:8083",
        plugins=PluginRegistry.discover([str(plugin_folder)]),
        offset_store=MemoryOffsetStore(),
        listener=listener,
    )
    await worker.start()
    worker.extend_lease(time.monotonic() + 60.0)
    moon = TaskId("moon", 0)
    task = {"task.class": "org.example.MisbehavingSourceTask", "misbehave.poll": "sleep"}
    connector = {"name": "moon", "connector.class": SOURCE}
    await worker.start_task(moon, connector, task, TargetState.STARTED)
    await listener.status(moon, State.RUNNING)
    worker.extend_lease(time.monotonic() + 1.0)
    async with asyncio.timeout(15):
        await worker.stop_tasks([moon])
    [told] = [record.message for record in caplog.records if "moon" in record.message]
    assert told.startswith("Runner of task moon-0 (pid ")
    assert told.endswith("ended since the membership of this worker was not confirmed in time.")
    await worker.stop()
