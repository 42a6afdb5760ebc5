# SPDX-License-Identifier: Apache-2.0
"""Sees tasks whose own code does not return, and tells where it is.

The loops of tasks report to the worker every few seconds between two calls of the task, be there
records or not. So a task that runs and says nothing for ``task.stalled.after.ms`` is in its code,
or in a converter's or transformation's. Seeing it takes neither a thread in its process nor the
interpreter's lock. Its state stays RUNNING, as it is in Java; status and metrics say ``stalled``
besides, and the log tells, once, where its main thread stands.

Differs:
    Java says nothing of a task that hangs.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from barnabas.runtime.model import Stall, State
from barnabas.runtime.settings.supervision import WatchdogSettings
from barnabas.runtime.worker.instances import TaskInstance
from barnabas.telemetry.logs import log_context

__all__ = ["Watchdog", "called_by_loop", "is_stuck", "make_stall"]

_log = logging.getLogger(__name__)

_LONGEST_PAUSE_S: Final = 5.0
_SHORTEST_PAUSE_S: Final = 0.25
_REPORTS_S: Final = 7.5
"""A task that runs well reports at least as often."""
_TRIES: Final = 5
_FRAME: Final = re.compile(r'  File "(?P<file>.*)", line \d+ in (?P<name>.*)')
_OWN: Final = re.compile(r"/barnabas/runtime/(?:tasks|pipeline)/\w+\.py$")


class Watchdog:
    """Looks at the tasks of one worker from time to time. On the event loop.

    Args:
        worker_config: The worker's original settings.
        tasks: Gives the tasks that run here.
        now_s: Seconds of the clock of the instances.

    Raises:
        ConfigError: The setting is wrong.
    """

    def __init__(
        self,
        worker_config: Mapping[str, object],
        tasks: Callable[[], Iterable[TaskInstance]],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        after_s = WatchdogSettings.read(worker_config).stalled_after_ms / 1000
        self.limit_s = max(after_s, _REPORTS_S) if after_s else 0.0
        """Seconds without return after which a task is stalled; 0: none ever is."""
        self._tasks = tasks
        self._now_s = now_s
        self._run: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look, unless it is switched off."""
        if self.limit_s:
            self._run = asyncio.create_task(self._watch(), name="watch tasks")

    def stop(self) -> None:
        """Look no more."""
        if self._run is not None:
            self._run.cancel()
            self._run = None

    async def look(self) -> None:
        """Look at all tasks once."""
        for task in self._tasks():
            stuck = is_stuck(task, self._now_s(), self.limit_s)
            if stuck and task.stall is None:
                await self._tell(task)
            elif not stuck and task.stall is not None:
                with log_context(*task.log_context):
                    _log.info("The task's code has returned")
                task.set_stall(None)

    async def _watch(self) -> None:
        pause_s = min(max(self.limit_s / 10, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S)
        while True:
            await asyncio.sleep(pause_s)
            await self.look()

    async def _tell(self, task: TaskInstance) -> None:
        stack = await _stack_of(task)
        now_s = self._now_s()
        if not is_stuck(task, now_s, self.limit_s):
            return
        call = called_by_loop(stack)
        with log_context(*task.log_context):
            _log.warning(
                "The task is stalled: %s has not returned for %.0f s (task.stalled.after.ms). %s",
                f"its {call}()" if call else "its code",
                now_s - task.returned_s,
                stack,
            )
        task.set_stall(make_stall(task, call, now_s, time.time_ns() // 1_000_000))


async def _stack_of(task: TaskInstance) -> str:
    """Ask where a task's main thread is; on a machine that is very busy, more than once."""
    for _ in range(_TRIES):
        if task.runner is not None and (stack := await task.runner.stack()):
            return stack
    return ""


def is_stuck(task: TaskInstance, now_s: float, limit_s: float) -> bool:
    """Whether the code of a task that is to run has not returned for longer than a limit.

    Args:
        task: Which.
        now_s: Now, by the clock of the instances.
        limit_s: The limit in seconds.
    """
    is_at_work = task.is_alive and not task.is_closed and task.state in {None, State.RUNNING}
    return is_at_work and now_s - task.returned_s > limit_s


def make_stall(task: TaskInstance, call: str, now_s: float, now_ms: int) -> Stall:
    """Say what is known of a stalled task.

    Args:
        task: Which.
        call: What it was called for.
        now_s: Now, by the clock of the instances.
        now_ms: The same moment in ms since the epoch.
    """

    def moment(name: str) -> int | None:
        age_s = task.metrics.get(name)
        if age_s is None:
            return None
        return now_ms - round((age_s + now_s - task.measured_s) * 1000)

    lag = task.metrics.get("record-lag")
    return Stall(
        since=now_ms - round((now_s - task.returned_s) * 1000),
        call=call,
        last_record=moment("last-record-seconds-ago"),
        last_commit=moment("last-commit-seconds-ago"),
        lag=None if lag is None else int(lag),
    )


def called_by_loop(stack: str) -> str:
    """Name what the framework called last, from a stack as :mod:`faulthandler` writes it.

    Returns:
        Name of a method such as ``poll``; empty when the stack does not tell.
    """
    inner = ""
    for line in stack.splitlines():
        frame = _FRAME.match(line)
        if frame is None:
            continue
        if _OWN.search(frame["file"]):
            return inner
        inner = frame["name"]
    return ""
