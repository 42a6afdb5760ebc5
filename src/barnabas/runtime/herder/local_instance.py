# SPDX-License-Identifier: Apache-2.0
"""One connector or task this worker is to run, and the way there.

What should be is *declared* and may change at any time; what the worker has was *given* to it. A
coroutine per instance takes one step after the other until both are equal: end what must not go on,
start what is missing, change the target state. So an instance is never started twice at the same
time, and of declarations that came while a step was being taken only the newest counts.

A step that hangs does not keep a newer declaration waiting: an instance that is to go, or to run
anew, is ended in the middle of its start; one that is only to change its state is given a moment to
finish first.
"""

from __future__ import annotations

import abc
import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from barnabas.errors import ConnectError, IllegalStateError
from barnabas.runtime.herder.pace import Pace
from barnabas.runtime.herder.turns import Turns
from barnabas.runtime.model import TargetState, TaskId
from barnabas.runtime.worker import Worker

__all__ = ["Declaration", "LocalInstance", "Surroundings", "Work"]

Work = Coroutine[Any, Any, None]

_log = logging.getLogger(__name__)


class Declaration(Protocol):
    """How an instance is to run. A frozen dataclass."""

    @property
    def target_state(self) -> TargetState:
        """State it is to be in."""

    def needs_restart(self, given: Any) -> bool:
        """Whether an instance that was given another declaration cannot serve."""


D = TypeVar("D", bound=Declaration)


class Surroundings(NamedTuple):
    """What instances share."""

    worker: Worker
    """Runs them."""
    turns: Turns
    """When they may start."""
    pace: Pace
    """When they may begin to do anything at all."""
    politeness_s: float
    """Time a step may go on although the instance is to be in another state by now."""
    during: Callable[[str], contextlib.AbstractContextManager[None]]
    """Told what goes on, while it does."""
    on_connector_started: Callable[[str], None]
    """Told the name of a connector that has reached RUNNING."""
    on_restarting: Callable[[str | TaskId], None]
    """Told what has ended and is about to start again, for an announced restart."""
    on_idle: Callable[[str | TaskId], None]
    """Told what has nothing left to do."""


class LocalInstance(abc.ABC, Generic[D]):
    """What is declared, what the worker has, and the way between. All on the event loop.

    Args:
        item: Which connector or task.
        around: What it shares with others.
    """

    def __init__(self, item: str | TaskId, around: Surroundings) -> None:
        kind = "connector" if isinstance(item, str) else "task"
        self._what = f"{kind} {item}"
        self._item = item
        self._around = around
        self._wanted: D | None = None
        self._given: D | None = None
        """What the worker was given, also when it failed; set when a start begins."""
        self._order = 0
        """Number of the newest order to begin anew."""
        self._given_under = 0
        """The order under which it was given; when it is not the newest, it must go."""
        self._announced = 0
        """Number of the newest order that is to be announced between end and start."""
        self._error: ConnectError | None = None
        """Why the last step failed."""
        self._is_broken_off = False
        """Whether the step that is being taken is being ended."""
        self._way: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._watchers: list[asyncio.Future[None]] = []

    # -- what should be ------------------------------------------------------------------------

    @property
    def is_wanted(self) -> bool:
        """Whether it is to run."""
        return self._wanted is not None

    @property
    def declared(self) -> D | None:
        """How it is to run; None when it is not."""
        return self._wanted

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do: what is given is what is declared, be it failed."""
        return self._way is None

    @property
    def is_gone(self) -> bool:
        """Whether it is neither wanted nor there, nor on its way out."""
        return self._wanted is None and self._given is None and self._way is None

    def want(self, declaration: D) -> None:
        """Declare how it is to run. The same declaration again does nothing."""
        if declaration != self._wanted:
            self._wanted = declaration
            self.proceed()

    def restart(self, *, announced: bool = False) -> None:
        """Order a new instance, whatever became of this one.

        Args:
            announced: Whether ``on_restarting`` is told between its end and its start.
        """
        self._order += 1
        if announced:
            self._announced = self._order
        self.proceed()

    def forget(self) -> None:
        """Want it no more, without doing anything yet; wanted again, it begins anew."""
        self._wanted = None
        self._order += 1

    def drop(self) -> Work:
        """Order its end at once; await the answer to wait until what runs now is gone.

        That it may be wanted again by then does not matter.
        """
        self.forget()
        order = self._order
        self.proceed()
        return self._until(lambda: self._given is None or self._given_under >= order)

    async def carried_out(self) -> None:
        """Wait until the newest declaration is carried out.

        Raises:
            ConnectError: The last step failed, or it is not wanted any more.
        """
        await self._until(lambda: self._way is None or self._wanted is None)
        if self._wanted is None:
            text = f"The {self._what} was taken from this worker before it had started."
            raise ConnectError(text)
        if self._error is not None:
            raise self._error

    async def idle(self) -> None:
        """Wait until there is nothing to do."""
        await self._until(lambda: self._way is None)

    def proceed(self) -> None:
        """Go on towards what is declared now."""
        self._changed.set()
        self._note()
        if self._way is None and (self._must_end or self._must_start or self._must_change):
            self._way = asyncio.create_task(self._go(), name=f"care for {self._what}")

    # -- for subclasses ------------------------------------------------------------------------

    @abc.abstractmethod
    def _start(self, declaration: D) -> Work:
        """Have the worker start it."""

    @abc.abstractmethod
    def _bring_to(self, target_state: TargetState) -> Work:
        """Have the worker change its state."""

    @abc.abstractmethod
    def _stop(self) -> Work:
        """Have the worker end it, also in the middle of a start or of a change of its state.

        The start or change fails then, soon.
        """

    @abc.abstractmethod
    def _log_context(self) -> contextlib.AbstractContextManager[object]:
        """Make log lines show which one it is."""

    def _on_reached(self) -> None:
        """Hear that it was started or has changed its state."""

    # -- the way -------------------------------------------------------------------------------

    @property
    def _must_end(self) -> bool:
        given, wanted = self._given, self._wanted
        return given is not None and (
            wanted is None or self._given_under < self._order or wanted.needs_restart(given)
        )

    @property
    def _must_start(self) -> bool:
        return self._given is None and self._wanted is not None

    @property
    def _must_change(self) -> bool:
        given, wanted = self._given, self._wanted
        return (
            given is not None
            and wanted is not None
            and given.target_state is not wanted.target_state
        )

    async def _go(self) -> None:
        with self._log_context():
            try:
                await self._around.pace.step()
                while True:
                    if self._must_end:
                        await self._end()
                    elif self._must_start:
                        await self._begin()
                    elif self._must_change:
                        await self._change()
                    else:
                        break
            finally:
                self._way = None
                self._note()
                self._around.on_idle(self._item)

    async def _end(self) -> None:
        await self._stop_logged()
        self._note_end()

    async def _stop_logged(self) -> None:
        with self._around.during(f"stopping {self._what}"):
            error = await self._tried(self._stop())
        if error is not None:
            _log.error("Error while stopping %s: %s", self._what, error.message)

    def _note_end(self) -> None:
        if self._given_under < self._announced and self._wanted is not None:
            self._tell(lambda: self._around.on_restarting(self._item))
        self._given = self._error = None
        self._note()

    async def _begin(self) -> None:
        async with self._around.turns.turn():
            if self._wanted is None:
                return
            self._given, self._given_under = self._wanted, self._order
            await self._take(self._start(self._wanted), f"starting {self._what}")
        if self._error is not None and not self._error.is_logged:
            _log.error("Failed to start %s: %s", self._what, self._error.message)

    async def _change(self) -> None:
        given, wanted = self._given, self._wanted
        if given is None or wanted is None:
            return
        self._given = wanted
        what = f"bringing {self._what} to {wanted.target_state.value}"
        await self._take(self._bring_to(wanted.target_state), what)
        if self._error is None:
            return
        if given.target_state is TargetState.STOPPED and isinstance(self._error, IllegalStateError):
            await self._end()  # it had failed before it was stopped: only a new one can run
        elif not self._error.is_logged:
            _log.error("Error while %s: %s", what, self._error.message)

    async def _take(self, step: Work, what: str) -> None:
        """Take a step, which is broken off when a newer declaration refutes it meanwhile."""
        _log.info("%s%s", what[0].upper(), what[1:])
        self._is_broken_off = False
        breaker = asyncio.create_task(self._break_off())
        try:
            with self._around.during(what):
                error = await self._tried(step)
            if self._is_broken_off:
                await breaker
        finally:
            breaker.cancel()
        if self._is_broken_off:
            self._note_end()
        else:
            self._error = error
            if error is None and not self._must_end:
                self._tell(self._on_reached)

    async def _break_off(self) -> None:
        with contextlib.suppress(TimeoutError):
            while not self._must_end:
                self._changed.clear()
                politeness_s = self._around.politeness_s if self._must_change else None
                async with asyncio.timeout(politeness_s):
                    await self._changed.wait()
        self._is_broken_off = True
        await self._stop_logged()

    async def _tried(self, work: Work) -> ConnectError | None:
        try:
            await work
        except ConnectError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the edge of background work
            _log.exception("Unexpected error while caring for %s", self._what)
            text = f"Unexpected {type(error).__name__}: {error}"
            return ConnectError(text)
        return None

    def _tell(self, callback: Callable[[], None]) -> None:
        try:
            callback()
        except Exception:  # noqa: BLE001 - the edge of background work
            _log.exception("Unexpected error while telling of %s", self._what)

    # -- who waits -----------------------------------------------------------------------------

    async def _until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            watcher = asyncio.get_running_loop().create_future()
            self._watchers.append(watcher)
            await watcher

    def _note(self) -> None:
        """Wake all who wait for something here."""
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(None)
