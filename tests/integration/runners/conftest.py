# SPDX-License-Identifier: Apache-2.0
"""A worker with a plugin that misbehaves, and somebody who listens to it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
import uvloop

from barnabas.runtime.model import State
from barnabas.runtime.plugins import PluginRegistry
from barnabas.runtime.settings.worker import StandaloneConfig
from barnabas.runtime.stores import MemoryOffsetStore
from barnabas.runtime.worker import Deadlines, Worker

SOURCE = "org.example.MisbehavingSourceConnector"
SINK = "org.example.MisbehavingSinkConnector"
ENTRY_POINTS = f"""
[barnabas.source_connectors]
{SOURCE} = misbehaving:MisbehavingConnector
[barnabas.sink_connectors]
{SINK} = misbehaving:MisbehavingSinkConnector
"""


class Listener:
    """Remembers what a worker tells, and waits for it."""

    def __init__(self):
        self.connectors = {}
        self.tasks = {}
        self.topics = []
        self.requests = []

    def on_connector_status(self, name, status):
        self.connectors.setdefault(name, []).append(status)

    def on_task_status(self, task, status):
        self.tasks.setdefault(task, []).append(status)

    def on_active_topics(self, task, topics):
        self.topics.append((task, *topics))

    def on_task_reconfiguration_requested(self, name):
        self.requests.append(name)

    def on_config_expired(self, what):
        self.requests.append(what)

    def states(self, of):
        statuses = self.connectors.get(of, []) if isinstance(of, str) else self.tasks.get(of, [])
        return [status.state for status in statuses]

    async def status(self, of, state: State, seconds: float = 20.0):
        """Wait until a connector or task has reported a state; the newest such status."""
        await until(lambda: state in self.states(of), seconds)
        statuses = self.connectors[of] if isinstance(of, str) else self.tasks[of]
        return next(status for status in reversed(statuses) if status.state is state)


async def until(is_so, seconds: float = 10.0):
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - other processes send no events
            await asyncio.sleep(0.01)


def make_plugin_folder(folder: Path) -> Path:
    """Make a folder of packages, as ``pip install --target`` does."""
    shutil.copy(Path(__file__).with_name("misbehaving.py"), folder)
    metadata = folder / "misbehaving-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: misbehaving\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder


def pytest_asyncio_loop_factories(config, item):
    """Run on the event loop of the installed program."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def plugin_folder(tmp_path):
    """A folder for ``plugin.path`` that holds the misbehaving plugin."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    return make_plugin_folder(folder)


@pytest.fixture
def settings(plugin_folder, tmp_path):
    """Settings of a standalone worker."""
    return {
        "bootstrap.servers": "127.0.0.1:1",
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
        "offset.storage.file.filename": str(tmp_path / "offsets"),
        "plugin.path": str(plugin_folder),
        "task.shutdown.graceful.timeout.ms": "2000",
        "offset.flush.interval.ms": "200",
    }


@pytest.fixture
def listener():
    """Hears the worker."""
    return Listener()


@pytest.fixture
async def make_worker(settings, plugin_folder, listener):
    """Make workers; whatever a test leaves running is killed after it."""
    workers = []

    async def make(call_s):
        worker = Worker(
            StandaloneConfig(settings),
            worker_id="test:8083",
            plugins=PluginRegistry.discover([str(plugin_folder)]),
            offset_store=MemoryOffsetStore(),
            listener=listener,
            deadlines=Deadlines(call_s=call_s, connector_stop_s=1.0),
        )
        workers.append(worker)
        await worker.start()
        return worker

    yield make
    for worker in workers:
        await worker.stop()


@pytest.fixture
async def worker(make_worker):
    """A worker that loses patience after two seconds."""
    return await make_worker(call_s=2.0)


@pytest.fixture
async def patient(make_worker):
    """A worker that waits for a minute."""
    return await make_worker(call_s=60.0)
