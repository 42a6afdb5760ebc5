# SPDX-License-Identifier: Apache-2.0
"""A worker that starts, hangs and fails as told, and keeps watch over who orders it about."""

from __future__ import annotations

import asyncio
from collections import Counter

from barnabas.errors import ConnectError, IllegalStateError
from barnabas.runtime.model import TargetState, TaskId


class WatchfulWorker:
    """Remembers orders, and in ``faults`` those that make no sense.

    Stops end a start in its middle, as the real worker's do. Items are names of connectors and ids
    of tasks.
    """

    def __init__(self) -> None:
        self.calls: list[object] = []
        self.faults: list[str] = []
        self.running: dict[str | TaskId, object] = {}
        """What each item that is there was started with; its last element is its target state."""
        self.failed: set[str | TaskId] = set()
        self.hanging: set[str | TaskId] = set()
        """Items whose start and change of state do not end by themselves."""
        self.hanging_stops: set[str | TaskId] = set()
        self.broken: set[str | TaskId] = set()
        """Items whose start fails."""
        self.pace = 1
        """Turns of the loop each call takes."""
        self.most_at_once = 0
        self.reasons: Counter[str | TaskId] = Counter()
        """How many reasons to start each item a test has given, if it counts them."""
        self._started_for: dict[str | TaskId, int] = {}
        self._at_work: Counter[str | TaskId] = Counter()
        self._over: dict[str | TaskId, asyncio.Event] = {}
        self._changed = asyncio.Event()

    # -- what a worker does

    async def start_connector(self, name, config, target_state) -> None:
        await self._start(name, (config, target_state))

    async def start_task(
        self, task, connector_config, task_config, target_state, *, task_count
    ) -> None:
        await self._start(task, (connector_config, task_config, target_state))

    def has_failed(self, task) -> bool:
        return task in self.failed and task in self.running

    def failure_cause(self, task) -> None:
        return None

    async def task_spoken(self, task, timeout_s) -> None:
        self.calls.append(f"hear {task}")

    async def set_connector_target_state(self, name, state) -> None:
        self.calls.append(f"bring {name} {state.value}")
        if name in self.failed:
            if state is not TargetState.STOPPED:
                raise IllegalStateError("it has failed")
            self.running[name] = (self.running[name][0], state)
            return
        await self._work_on(name)
        self.running[name] = (*self.running[name][:-1], state)

    async def set_task_target_state(self, task, state) -> None:
        self.calls.append(f"bring {task} {state.value}")
        if task in self.running:
            self.running[task] = (*self.running[task][:-1], state)

    async def stop_connector(self, name) -> None:
        await self._stop(name)

    async def stop_tasks(self, tasks) -> None:
        for task in tasks:
            await self._stop(task)

    async def end_all(self, reason) -> None:
        self.calls.append(f"end all: {reason}")
        for item in list(self.running):
            self._forget(item)

    def is_connector_running(self, name) -> bool:
        return (
            name in self.running
            and name not in self.failed
            and self.running[name][-1] is TargetState.STARTED
        )

    # -- what a test does

    def release(self, item: str | TaskId) -> None:
        """Let a call that hangs go on."""
        self.hanging.discard(item)
        self.hanging_stops.discard(item)
        self._changed.set()

    # -- details

    async def _start(self, item, given) -> None:
        if item in self.running:
            self.faults.append(f"{item} is there already")
        if self._at_work[item]:
            self.faults.append(f"{item} is still being started or stopped")
        if self.reasons and self._started_for.get(item) == self.reasons[item]:
            self.faults.append(f"{item} was started again without a reason")
        self._started_for[item] = self.reasons[item]
        self.calls.append(f"start {item} {given[-1].value}")
        self.running[item] = given
        await self._work_on(item)
        if item in self.broken:
            self.failed.add(item)
            raise ConnectError(f"{item} is broken")

    async def _work_on(self, item) -> None:
        """Take a while, until somebody stops it in between."""
        over = self._over.setdefault(item, asyncio.Event())
        self._at_work[item] += 1
        self.most_at_once = max(self.most_at_once, self._at_work.total())
        try:
            for _ in range(self.pace):
                await asyncio.sleep(0)
            while item in self.hanging and not over.is_set():
                await self._wait(over)
            if over.is_set():
                raise ConnectError(f"{item} was stopped while it was being started")
        finally:
            self._at_work[item] -= 1

    async def _wait(self, over) -> None:
        self._changed.clear()
        waits = [asyncio.ensure_future(event.wait()) for event in (over, self._changed)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _stop(self, item) -> None:
        if item not in self.running:
            return
        self.calls.append(f"stop {item}")
        self._forget(item)
        self._at_work[item] += 1
        try:
            for _ in range(self.pace):
                await asyncio.sleep(0)
            while item in self.hanging_stops:
                self._changed.clear()
                await self._changed.wait()
        finally:
            self._at_work[item] -= 1

    def _forget(self, item) -> None:
        del self.running[item]
        self.failed.discard(item)
        if item in self._over:
            self._over.pop(item).set()
