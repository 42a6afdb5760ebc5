# SPDX-License-Identifier: Apache-2.0
"""A worker under a lease: ``python leased_worker.py SETTINGS CONNECTOR TASK FOLDER``, in JSON.

Renews its lease five times a session, on a thread, as long as there is no file ``FOLDER/cut``. A
renewal that comes too late finds the membership lost, and everything is ended. Instants of
:func:`time.monotonic` are written to ``FOLDER``: ``leases`` has each new end of the lease,
``offsets`` each write of offsets, ``statuses`` each status with its instant. Prints the process ids
of its runners once the task is RUNNING.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from pathlib import Path

from barnabas.runtime.model import State, TargetState, TaskId
from barnabas.runtime.plugins import PluginRegistry
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.stores import MemoryOffsetStore
from barnabas.runtime.worker import Worker
from tests.integration.runners.conftest import Listener, until


class Notes:
    """Files of lines that tests read."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def add(self, name, *values):
        with (self.folder / name).open("a") as file:
            file.write(" ".join(map(str, values)) + "\n")


class NotedOffsetStore(MemoryOffsetStore):
    """Notes when offsets are written."""

    def __init__(self, notes):
        super().__init__()
        self._notes = notes

    async def set(self, values):
        self._notes.add("offsets", time.monotonic())
        await super().set(values)


class NotingListener(Listener):
    """Notes statuses."""

    def __init__(self, notes):
        super().__init__()
        self._notes = notes

    def on_task_status(self, task, status):
        super().on_task_status(task, status)
        self._notes.add("statuses", time.monotonic(), status.state.value)


def keep_lease(worker, session_s, notes, loop):
    """Play the member of a group whose coordinator forgets it a session after its last word."""
    deadline = time.monotonic() + session_s
    while True:
        notes.add("leases", deadline)
        worker.extend_lease(deadline)
        time.sleep(session_s / 5)
        while (notes.folder / "cut").exists():
            time.sleep(0.01)
        if time.monotonic() > deadline:
            asyncio.run_coroutine_threadsafe(worker.end_all("the lease is over"), loop).result()
            notes.add("ended", time.monotonic())
            return
        deadline = time.monotonic() + session_s


async def main(settings, connector, task, folder):
    notes = Notes(folder)
    config = DistributedConfig(settings)
    listener = NotingListener(notes)
    worker = Worker(
        config,
        worker_id="leased:8083",
        plugins=PluginRegistry.discover([settings["plugin.path"]]),
        offset_store=NotedOffsetStore(notes),
        listener=listener,
    )
    await worker.start()
    session_s = config.session_timeout_ms / 1000
    arguments = (worker, session_s, notes, asyncio.get_running_loop())
    threading.Thread(target=keep_lease, args=arguments, daemon=True).start()
    await until(lambda: not worker.is_void)
    which = TaskId(connector["name"], 0)
    await worker.start_connector(connector["name"], connector, TargetState.STARTED)
    await worker.start_task(which, connector, task, TargetState.STARTED)
    await listener.status(which, State.RUNNING)
    pids = {usage.what: usage.pid for usage in worker.runner_usage()}
    sys.stdout.write(json.dumps(pids) + "\n")
    sys.stdout.flush()
    await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(main(*map(json.loads, sys.argv[1:4]), sys.argv[4]))
