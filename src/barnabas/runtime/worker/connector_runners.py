# SPDX-License-Identifier: Apache-2.0
"""Processes that connectors of one plugin share, and what happens when one of them hangs.

Connectors are mostly idle, so those of one plugin (same class, folder and interpreter) share one
runner, each on a thread of its own; tasks never share. A connector holds a *seat*. The seat stays
while the process beneath is replaced: when a connector hangs past its deadline or takes the process
down, that one fails, and the others are started again by themselves in a new process, with a status
that says why. If nobody knows who took a process down, its connectors are divided among two new
ones, so that the guilty one is alone in the end. A connector that once failed in that way gets a
process of its own when it is started again.

A process that does not react at all, because one connector holds the interpreter, holds up nobody:
connectors that are to be started or asked for something go to another process.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Iterable, Sequence

import msgspec

from barnabas.errors import IllegalStateError
from barnabas.runtime.model import State
from barnabas.runtime.runners.messages import ConnectorSpec, Message, Setup, StateReport
from barnabas.runtime.runners.runner import Answer, Report, RunnerEnd, RunnerListener
from barnabas.runtime.runners.supervisor import Supervisor
from barnabas.runtime.worker.connector_process import (
    ConnectorProcess,
    Make,
    MovedError,
    Occupant,
    Place,
    see,
)
from barnabas.telemetry.logs import log_context

__all__ = ["ConnectorRunners", "Make", "Seat"]

_log = logging.getLogger(__name__)


class Seat:
    """The place of one connector instance, whatever process it is in.

    Args:
        pool: Gives it processes.
        number: Its number, unlike all others.
        place: Where it may sit.
        spec: The connector.
        listener: Hears what the connector reports, and its end.
    """

    def __init__(
        self,
        pool: ConnectorRunners,
        number: int,
        place: Place,
        spec: ConnectorSpec,
        listener: RunnerListener,
    ) -> None:
        self.number = number
        self.place = place
        self.name = spec.name
        self.target_state = spec.target_state
        """What the user wants; a new process brings the connector there."""
        self.thread: int | None = None
        """Identity of its thread in its process, as stacks show it."""
        self.is_alive = True
        """Whether it has, or gets, a process."""
        self.is_stopping = False
        """Whether it was told to stop."""
        self.state: State | None = None
        """State reported last."""
        self._pool = pool
        self._spec = spec
        self._listener: RunnerListener | None = listener
        self._process: ConnectorProcess | None = None
        self._entering: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Process id; None while the process is being made."""
        return None if self._process is None else self._process.pid

    @property
    def mend(self) -> str:
        """Sentence that tells a user how to start it again."""
        return f"Restart it with POST /connectors/{self.name}/restart after mending."

    async def start(self) -> None:
        """Start the connector; called once. Returns when it has reached its target state.

        Raises:
            DeadlineError: It hung; its process was killed.
            ConnectError: It could not be started.
        """
        await asyncio.shield(self.enter(self._pool.process_for(self)))

    async def call(self, make: Make, *, call: str, deadline_s: float) -> Answer:
        """Ask and wait for the answer; if it takes too long the process is killed.

        A call that another connector's process took down with it is made again in the new one.

        Args:
            make: Makes the question.
            call: The user code behind it, for people: ``Connector.start()``.
            deadline_s: Seconds until the connector counts as hung, also when the caller leaves.

        Raises:
            DeadlineError: It hung.
            ConnectError: It ended, or answered with a failure.
        """
        while True:
            process = self._process
            if process is None or not self.is_alive:
                text = f"Connector {self.name} has no process: it has ended."
                raise IllegalStateError(text)
            try:
                return await process.call(self, make, call, deadline_s)
            except MovedError:
                continue

    def send(self, message: Message) -> None:
        """Send an answer; lost when the process is gone."""
        if self._process is not None:
            self._process.send(message)

    def mute(self) -> None:
        """Let nobody hear any more of it."""
        self._listener = None

    async def stop(self, until: float) -> None:
        """Stop the connector and wait; past ``until`` (time of the loop) its process is killed."""
        if not self.is_alive or self._process is None:
            return
        self.is_stopping = True
        await self._process.stop_seat(self, until)

    # -- what its process does -------------------------------------------------------------------

    def enter(self, process: ConnectorProcess) -> asyncio.Task[None]:
        """Take a seat in a process and be started there."""
        self._sit(process)
        self._entering = asyncio.create_task(self._enter(), name=f"start connector {self.name}")
        self._entering.add_done_callback(see)
        return self._entering

    def is_in(self, process: ConnectorProcess) -> bool:
        """Whether it sits there and not elsewhere by now."""
        return self._process is process

    def hear(self, report: Report) -> None:
        """Take what the connector reports."""
        if isinstance(report, StateReport):
            self.state = report.state
        if self._listener is not None:
            self._listener.on_report(report)

    def end(self, end: RunnerEnd | None = None) -> None:
        """Have no process any more; tell why, unless nobody has to know."""
        self.is_alive = False
        if end is not None and self._listener is not None:
            with log_context(self.name):
                self._listener.on_end(end)

    def _sit(self, process: ConnectorProcess) -> None:
        self._process = process
        self.thread = None
        process.seats[self.number] = self
        process.rename()

    async def _enter(self) -> None:
        while (process := self._process) is not None:
            spec = msgspec.structs.replace(self._spec, target_state=self.target_state)
            try:
                await process.start_seat(self, spec)
            except MovedError:
                if not self.is_in(process):
                    break  # whoever moved it starts it there
                process.leave(self)
                self._sit(self._pool.process_for(self))
            else:
                break


class ConnectorRunners:
    """The processes of a worker's connectors. On the worker's event loop.

    Args:
        supervisor: Starts processes.
        call_s: How long a connector may take to start, in seconds.
    """

    def __init__(self, supervisor: Supervisor, call_s: float) -> None:
        self.supervisor = supervisor
        self.call_s = call_s
        self._numbers = itertools.count(1)
        self._processes: list[ConnectorProcess] = []
        self._distrusted: set[str] = set()

    def seat(
        self,
        setup: Setup,
        interpreter: str | None,
        spec: ConnectorSpec,
        listener: RunnerListener,
    ) -> Seat:
        """Make a seat for a connector; :meth:`Seat.start` starts it.

        Args:
            setup: What a runner for its plugin is told first.
            interpreter: Python of the plugin's own virtual environment.
            spec: The connector.
            listener: Hears what it reports, and its end.
        """
        place = Place(setup, interpreter, spec.plugin.location)
        return Seat(self, next(self._numbers), place, spec, listener)

    async def stop(self, seats: Iterable[Seat], deadline_s: float) -> None:
        """Stop connectors together; processes of those that take longer in total are killed."""
        until = asyncio.get_running_loop().time() + deadline_s
        seats = list(seats)
        for seat in seats:
            seat.is_stopping = True  # none of them is to go on elsewhere
        results = await asyncio.gather(
            *(seat.stop(until) for seat in seats), return_exceptions=True
        )
        for error in results:
            if isinstance(error, BaseException):
                _log.error("%s", error)

    async def kill(self) -> None:
        """Kill all processes at once; nobody hears of them."""
        processes, self._processes = self._processes, []
        results = await asyncio.gather(
            *(process.kill() for process in processes), return_exceptions=True
        )
        for error in results:
            if isinstance(error, BaseException):
                _log.error("%s", error)

    # -- what seats and processes do -------------------------------------------------------------

    def process_for(self, seat: Occupant) -> ConnectorProcess:
        """Find a process for a connector, or make one."""
        is_trusted = seat.name not in self._distrusted
        if is_trusted:
            for process in self._processes:
                if process.is_open and process.place == seat.place:
                    return process
        return self._add(seat, is_private=not is_trusted)

    def distrust(self, name: str) -> None:
        """Give the connector of this name a process of its own from now on."""
        self._distrusted.add(name)

    def forget(self, process: ConnectorProcess) -> None:
        """Let nobody enter this process any more."""
        if process in self._processes:
            self._processes.remove(process)

    def move(self, seats: Sequence[Occupant], reason: str, *, is_clear: bool) -> None:
        """Start connectors again in new processes.

        Args:
            seats: Those whose process is gone without their fault.
            reason: Why, for people.
            is_clear: Whether that is sure; else they are divided, to find out.
        """
        groups = [seats] if is_clear else [seats[::2], seats[1::2]]
        for group in groups:
            process = None
            for seat in group:
                if is_clear:
                    process = self.process_for(seat)
                with log_context(seat.name):
                    _log.warning("Starting connector %s again: %s", seat.name, reason)
                seat.hear(StateReport(State.RESTARTING, f"Started again: {reason}."))
                process = process or self._add(seat, is_private=seat.name in self._distrusted)
                seat.enter(process)

    def _add(self, seat: Occupant, *, is_private: bool) -> ConnectorProcess:
        process = ConnectorProcess(self, seat.place, is_private=is_private)
        self._processes.append(process)
        return process
