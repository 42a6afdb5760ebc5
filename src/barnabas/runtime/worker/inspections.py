# SPDX-License-Identifier: Apache-2.0
"""Asks user code short questions in runners kept warm for a while.

A runner answers one question at a time. Questions that come while it is busy get a runner of their
own, so one that hangs holds up nobody. A runner nobody needs for a minute is ended.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, NamedTuple

from barnabas.errors import ConnectError
from barnabas.runtime.plugins import Plugin
from barnabas.runtime.runners.messages import Message, Setup
from barnabas.runtime.runners.runner import Answer, Report, Runner, RunnerEnd, RunnerOrder
from barnabas.runtime.runners.supervisor import Supervisor

__all__ = ["Inspections"]

_log = logging.getLogger(__name__)

_MOST_RUNNERS: Final = 8
_IDLE_S: Final = 60.0
_STOP_S: Final = 2.0


class _Place(NamedTuple):
    """Where plugins live; a warm runner serves those of one place."""

    interpreter: str | None
    folder: str | None


class Inspections:
    """Inspection runners of one worker.

    Args:
        supervisor: Starts them.
        setup: Makes what the runner for a plugin is told first; None means no plugin.
        deadline_s: How long user code may take to answer.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        setup: Callable[[Plugin | None], Setup],
        deadline_s: float,
    ) -> None:
        self._supervisor = supervisor
        self._setup = setup
        self._deadline_s = deadline_s
        self._free = asyncio.Semaphore(_MOST_RUNNERS)
        self._idle: dict[_Place, list[Runner]] = {}
        self._endings: set[asyncio.Task[None]] = set()

    async def ask(self, plugin: Plugin | None, make: Callable[[int], Message], call: str) -> Answer:
        """Ask a question.

        Args:
            plugin: Whose code is run; None when only the framework's is.
            make: Makes the question from its id.
            call: Which code that is, for people.

        Raises:
            DeadlineError: It hung and its process was killed.
            ConnectError: What the code raised, or that its process died.
        """
        place = _Place(None, None) if plugin is None else _Place(plugin.interpreter, plugin.folder)
        async with self._free:
            runner = await self._runner(place, plugin)
            try:
                return await runner.call(make, call=call, deadline_s=self._deadline_s)
            finally:
                self._keep(place, runner)

    async def stop(self) -> None:
        """End all of them."""
        runners = [runner for idle in self._idle.values() for runner in idle]
        self._idle.clear()
        await self._supervisor.stop_runners(runners, _STOP_S)

    async def _runner(self, place: _Place, plugin: Plugin | None) -> Runner:
        idle = self._idle.get(place, [])
        while idle:
            runner = idle.pop()
            if runner.is_alive and not runner.is_stopping:
                return runner
        order = RunnerOrder(
            self._setup(plugin), "Try again after mending the plugin.", place.interpreter
        )
        return await self._supervisor.run(order, _Listener())

    def _keep(self, place: _Place, runner: Runner) -> None:
        """Keep it for the next question; one whose caller left early may still be busy."""
        if not runner.is_alive:
            return
        if runner.is_busy:
            runner.when_idle(lambda: self._keep(place, runner))
            return
        self._idle.setdefault(place, []).append(runner)
        asyncio.get_running_loop().call_later(_IDLE_S, self._end_idle, place, runner)

    def _end_idle(self, place: _Place, runner: Runner) -> None:
        """End a runner that has been idle since; a younger use has its own timer."""
        idle = self._idle.get(place, [])
        if runner in idle and runner.idle_s >= _IDLE_S - 1:
            idle.remove(runner)
            task = asyncio.create_task(self._end(runner))
            self._endings.add(task)
            task.add_done_callback(self._endings.discard)

    async def _end(self, runner: Runner) -> None:
        try:
            await self._supervisor.stop_runners([runner], _STOP_S)
        except ConnectError as error:
            _log.warning("%s", error.message)


class _Listener:
    """Inspection runners report nothing but answers."""

    def on_report(self, report: Report) -> None:
        _log.warning("An inspection runner sent %s", type(report).__name__)

    def on_end(self, end: RunnerEnd) -> None:
        if not end.was_asked:
            _log.error("%s", end.trace)
