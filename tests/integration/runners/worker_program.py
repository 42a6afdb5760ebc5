# SPDX-License-Identifier: Apache-2.0
"""A worker process: ``python worker_program.py SETTINGS_JSON CONNECTORS_JSON [TASK_JSON]``.

Prints one line of JSON with the process ids of its runners when all connectors have begun.
"""

from __future__ import annotations

import asyncio
import json
import sys

from barnabas.runtime.model import TargetState, TaskId
from barnabas.runtime.plugins import PluginRegistry
from barnabas.runtime.settings.worker import StandaloneConfig
from barnabas.runtime.stores import MemoryOffsetStore
from barnabas.runtime.worker import Deadlines, Worker
from tests.integration.runners.conftest import SOURCE, Listener, until


async def main(settings, connectors, task=None):
    worker = Worker(
        StandaloneConfig(settings),
        worker_id="killed:8083",
        plugins=PluginRegistry.discover([settings["plugin.path"]]),
        offset_store=MemoryOffsetStore(),
        listener=Listener(),
        deadlines=Deadlines(call_s=600),
    )
    await worker.start()
    starts = [
        asyncio.create_task(worker.start_connector(config["name"], config, TargetState.STARTED))
        for config in connectors
    ]
    if task is not None:
        config = {"name": "task", "connector.class": SOURCE}
        await worker.start_task(TaskId("task", 0), config, task, TargetState.STARTED)
    await until(lambda: len(worker.runner_usage()) >= 2 + (task is not None))
    await until(lambda: all(task.done() for task in starts[1:]))
    await asyncio.sleep(0.3)
    sys.stdout.write(json.dumps([usage.pid for usage in worker.runner_usage()]) + "\n")
    sys.stdout.flush()
    await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(main(*map(json.loads, sys.argv[1:])))
