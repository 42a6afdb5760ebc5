# SPDX-License-Identifier: Apache-2.0
"""One process that connectors of one plugin share; see :mod:`~.connector_runners` for the rules.

It knows which of its connectors a question went to and which thread began to answer it, and so
whose fault it is when the process hangs, dies or does not react.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from barnabas.errors import ConnectError, DeadlineError
from barnabas.runtime.model import State
from barnabas.runtime.runners import traces
from barnabas.runtime.runners.messages import (
    Begun,
    ConnectorSpec,
    Message,
    Setup,
    StartConnector,
    StateReport,
    StopConnector,
)
from barnabas.runtime.runners.runner import Answer, Report, Runner, RunnerEnd, RunnerOrder
from barnabas.runtime.runners.supervisor import Supervisor
from barnabas.telemetry.logs import log_context

__all__ = ["ConnectorProcess", "Make", "MovedError", "Occupant", "Place", "Pool", "see"]

_log = logging.getLogger(__name__)

_REACTION_S: Final = 0.5
"""How long one that is to be started waits before it asks whether its process reacts, and for that
to be answered, before it goes elsewhere."""
_PATIENCE_S: Final = 3.0
"""The same for one that runs already."""
_EXIT_S: Final = 2.0
"""How long an empty process may take to end."""
_NAMES_SHOWN: Final = 3

_START: Final = "Connector.start()"
_STOP: Final = "Connector.stop()"

Make = Callable[[int, int], Message]
"""Makes a question from its id and the number of the seat."""


class MovedError(ConnectError):
    """The connector goes on in another process; the call is to be made there."""


class Place(NamedTuple):
    """What connectors must have in common to share a process."""

    setup: Setup
    interpreter: str | None
    location: str


class Occupant(Protocol):
    """What a process needs of the seat of a connector."""

    number: int
    name: str
    place: Place
    thread: int | None
    is_alive: bool
    is_stopping: bool
    state: State | None

    @property
    def mend(self) -> str:
        """Sentence that tells a user how to start it again."""

    def enter(self, process: ConnectorProcess) -> asyncio.Task[None]:
        """Take a seat in a process and be started there."""

    def is_in(self, process: ConnectorProcess) -> bool:
        """Whether it sits there and not elsewhere by now."""

    def hear(self, report: Report) -> None:
        """Take what the connector reports."""

    def end(self, end: RunnerEnd | None = None) -> None:
        """Have no process any more; tell why, unless nobody has to know."""

    def mute(self) -> None:
        """Let nobody hear any more of it."""


class Pool(Protocol):
    """What a process needs of those who look after all of them."""

    supervisor: Supervisor
    call_s: float

    def forget(self, process: ConnectorProcess) -> None:
        """Let nobody enter this process any more."""

    def distrust(self, name: str) -> None:
        """Give the connector of this name a process of its own from now on."""

    def move(self, seats: Sequence[Occupant], reason: str, *, is_clear: bool) -> None:
        """Start connectors again in new processes."""


class _Call:
    """A question a process has not answered yet."""

    def __init__(self, seat: Occupant, call: str, deadline_s: float) -> None:
        self.seat = seat
        self.call = call
        self.deadline_s = deadline_s
        self.began = asyncio.Event()
        """Set when user code is being called for it."""
        self.native_thread = 0
        self.answer: asyncio.Future[Answer] | None = None


class ConnectorProcess:
    """One runner and the seats in it.

    Args:
        pool: Where its connectors go when it ends.
        place: What they have in common.
        is_private: Whether nobody else may enter.
    """

    def __init__(self, pool: Pool, place: Place, *, is_private: bool) -> None:
        self.place = place
        self.seats: dict[int, Occupant] = {}
        self._is_private = is_private
        self._pool = pool
        self._runner: Runner | None = None
        self._making: asyncio.Task[Runner] | None = None
        self._calls: dict[int, _Call] = {}
        self._running: set[asyncio.Task[Answer]] = set()
        self._is_ending = False
        self._deaf_since: float | None = None
        self._question: asyncio.Task[bool] | None = None
        self._verdict: tuple[Occupant | None, str] | None = None

    @property
    def is_open(self) -> bool:
        """Whether another connector may enter."""
        return not (self._is_private or self._is_ending or self._is_deaf)

    @property
    def what(self) -> str:
        """Name for people."""
        names = [seat.name for seat in self.seats.values()]
        if len(names) == 1:
            return f"connector {names[0]}"
        shown, more = ", ".join(names[:_NAMES_SHOWN]), len(names) - _NAMES_SHOWN
        if more > 0:
            shown += f" and {more} other{'s' if more > 1 else ''}"
        return f"connectors {shown}"

    @property
    def pid(self) -> int | None:
        """Process id; None before it is made."""
        return None if self._runner is None else self._runner.pid

    def rename(self) -> None:
        """Have the process called by those who are in it."""
        if self._runner is not None and self.seats:
            self._runner.what = self.what

    def send(self, message: Message) -> None:
        """Send without an answer."""
        if self._runner is not None:
            self._runner.send(message)

    async def start_seat(self, seat: Occupant, spec: ConnectorSpec) -> None:
        """Start a connector; MovedError when it must go elsewhere, or already has."""
        await self.call(
            seat,
            lambda number, at: StartConnector(number, at, spec),
            _START,
            self._pool.call_s,
        )

    async def call(self, seat: Occupant, make: Make, call: str, deadline_s: float) -> Answer:
        """Ask on behalf of a seat; the deadline holds also when the caller leaves."""
        task = asyncio.create_task(
            self._call(_Call(seat, call, deadline_s), make),
            name=f"connector {seat.name}: {call}",
        )
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        task.add_done_callback(see)
        return await asyncio.shield(task)

    async def stop_seat(self, seat: Occupant, until: float) -> None:
        """Stop the connector of a seat; the process ends with the last."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(until):
                await self.call(
                    seat,
                    StopConnector,
                    _STOP,
                    max(0.0, until - loop.time()) + 60.0,  # the timeout here is the deadline
                )
        except TimeoutError:
            await self._kill_for(seat)
        except ConnectError as error:
            _log.debug("While connector %s was being stopped: %s", seat.name, error.message)
        self.seats.pop(seat.number, None)
        self.rename()
        seat.end()
        self._abandon(seat)
        if not self.seats and not self._is_ending:
            await self._end(until)

    def _abandon(self, seat: Occupant) -> None:
        """Fail what was asked of a connector that has ended."""
        for call in self._calls.values():
            if call.seat is seat and call.answer is not None and not call.answer.done():
                text = f"Connector {seat.name} was stopped before it answered."
                call.answer.set_exception(ConnectError(text))

    def leave(self, seat: Occupant) -> None:
        """Free a seat; the connector, should it be there, is stopped."""
        if self.seats.pop(seat.number, None) is not None:
            self.send(StopConnector(0, seat.number))
        self.rename()

    async def kill(self) -> None:
        """Kill it; nobody hears of it."""
        self._is_ending = True
        seats, self.seats = list(self.seats.values()), {}
        for seat in seats:
            seat.mute()
            seat.end()
        if self._making is not None:
            with contextlib.suppress(ConnectError):
                runner = await self._making
                await runner.kill()

    # -- what the runner says --------------------------------------------------------------------

    def on_report(self, report: Report) -> None:
        """Pass a report on to the seat it is about."""
        if isinstance(report, Begun):
            call = self._calls.get(report.id)
            if call is not None:
                call.seat.thread = report.thread
                call.native_thread = report.native_thread
                call.began.set()
            return
        seat = self.seats.get(getattr(report, "seat", 0))
        if seat is not None:
            seat.hear(report)

    def on_end(self, end: RunnerEnd) -> None:
        """Have its connectors go on elsewhere, but for the one whose fault it is."""
        self._is_ending = True
        self._pool.forget(self)
        seats, self.seats = list(self.seats.values()), {}
        for seat in seats:
            if seat.is_stopping or seat.state is State.FAILED:
                seat.end()
        left = [seat for seat in seats if seat.is_alive]
        if end.was_asked or end.has_lapsed or self._runner is None or not self._runner.is_up:
            for seat in left:
                seat.end(end)
            return
        culprit = self._culprit(end, left)
        others = [seat for seat in left if seat is not culprit]
        if culprit in left:
            self._pool.distrust(culprit.name)
            culprit.end(end._replace(trace=self._trace(end, culprit)))
        if others:
            self._pool.move(
                others,
                self._reason(culprit),
                is_clear=culprit is not None,
            )

    def _culprit(self, end: RunnerEnd, left: Sequence[Occupant]) -> Occupant | None:
        """Who took the process down, as far as can be told."""
        if self._verdict is not None:
            return self._verdict[0]
        crashed = traces.crashed_thread(end.last_words)
        calling = {call.seat for call in self._calls.values() if call.began.is_set()}
        guesses = (
            [seat for seat in left if crashed is not None and seat.thread == crashed],
            list(calling),
            left,
        )
        return next((guess[0] for guess in guesses if len(guess) == 1), None)

    def _trace(self, end: RunnerEnd, culprit: Occupant) -> str:
        if self._verdict is not None or self._runner is None:
            return end.trace
        return traces.death_trace(
            what=f"connector {culprit.name}",
            pid=self._runner.pid,
            status=end.status,
            mend=culprit.mend,
            last_words=end.last_words,
            hint=self._runner.hint,
        )

    def _reason(self, culprit: Occupant | None) -> str:
        if culprit is None:
            return "the process it shared with other connectors ended unexpectedly"
        how = "hung and was killed with" if self._verdict is not None else "took down"
        return f"connector {culprit.name} {how} the process they shared"

    # -- details ---------------------------------------------------------------------------------

    @property
    def _is_deaf(self) -> bool:
        """Whether it has not reacted for long, and has not been heard of since."""
        if self._deaf_since is None or self._runner is None:
            return False
        return self._runner.heard_at < self._deaf_since

    async def _made(self) -> Runner:
        """The runner, made by the first who wants it.

        Raises:
            ConnectError: It could not be made; all seats have failed.
        """
        if self._making is None:
            self._making = asyncio.create_task(self._make(), name=f"make runner of {self.what}")
            self._making.add_done_callback(see)
        return await asyncio.shield(self._making)

    async def _make(self) -> Runner:
        setup = msgspec.structs.replace(self.place.setup, what=self.what)
        mend = "Restart its connectors over REST after mending."
        order = RunnerOrder(setup, mend, self.place.interpreter)
        try:
            self._runner = await self._pool.supervisor.run(order, self)
        except ConnectError as error:
            self._is_ending = True
            self._pool.forget(self)
            seats, self.seats = list(self.seats.values()), {}
            for seat in seats:
                seat.end()
                seat.hear(StateReport(State.FAILED, f"{error.message} {seat.mend}"))
            raise
        self.rename()
        return self._runner

    async def _call(self, call: _Call, make: Make) -> Answer:
        seat = call.seat
        runner = await self._made()
        if not seat.is_in(self):
            raise MovedError
        number, answer = runner.ask(lambda number: make(number, seat.number))
        self._calls[number] = call
        call.answer = answer
        try:
            await runner.came_up()  # a slow start of the process is not the call's fault
            async with asyncio.timeout(call.deadline_s):
                await self._wait(call, answer)
                return await answer
        except TimeoutError as error:
            text = await self._end_hung(call)
            if not seat.is_in(self):
                raise MovedError from error
            raise DeadlineError(text) from error
        except MovedError:
            raise
        except ConnectError as error:
            if seat.is_alive and not seat.is_in(self):
                raise MovedError from error
            raise
        finally:
            self._calls.pop(number, None)
            answer.cancel()

    async def _wait(self, call: _Call, answer: asyncio.Future[Answer]) -> None:
        """Return once a call is answered; MovedError when another connector blocks the process."""
        patience_s = _REACTION_S if call.call == _START else _PATIENCE_S
        while True:
            await asyncio.wait([answer], timeout=patience_s)
            if answer.done():
                return
            if len(self.seats) < 2 or call.seat.is_stopping or await self._reacts(patience_s):
                continue
            self._deaf_since = asyncio.get_running_loop().time()
            blocking = self._blocking()
            is_own_fault = blocking is not None and blocking.seat is call.seat
            if not (answer.done() or is_own_fault or call.seat.is_stopping):
                self._move(call, blocking)
                raise MovedError

    async def _reacts(self, patience_s: float) -> bool:
        """Ask whether the process reacts; all who ask meanwhile get the same answer."""
        if self._question is None or self._question.done():
            self._question = asyncio.create_task(self._ask_for_reaction(patience_s))
            self._question.add_done_callback(see)
        return await asyncio.shield(self._question)

    async def _ask_for_reaction(self, patience_s: float) -> bool:
        if self._runner is None:
            return False
        _number, answer = self._runner.ask(lambda number: StopConnector(number, 0))
        try:
            async with asyncio.timeout(patience_s):
                await answer
        except TimeoutError:
            return False
        return True

    def _blocking(self) -> _Call | None:
        """Of the calls that have begun that of the busiest thread, else the oldest."""
        begun = [call for call in self._calls.values() if call.began.is_set()]
        used = {} if self._runner is None else self._runner.thread_seconds()
        return max(begun, key=lambda call: used.get(call.native_thread, 0.0), default=None)

    def _move(self, call: _Call, blocking: _Call | None) -> None:
        """Let a connector go on elsewhere; its instance here is stopped when that is possible."""
        if call.call == _START:
            return  # whoever starts it sees to it
        name = "another" if blocking is None else blocking.seat.name
        self.leave(call.seat)
        self._pool.move(
            [call.seat], f"connector {name} blocks the process they shared", is_clear=True
        )

    async def _end_hung(self, late: _Call) -> str:
        """Kill the process because a call was not answered in time; returns the first line."""
        guilty = await self._guilty(late)
        if guilty is not None:
            trace = traces.deadline_trace(
                what=f"connector {guilty.seat.name}",
                call=guilty.call,
                seconds=guilty.deadline_s,
                mend=guilty.seat.mend,
                stack=await self._stack(guilty.seat),
            )
            await self._condemn(guilty.seat, trace)
        else:
            trace = f"Runner of {self.what} did not react and was killed."
            await self._condemn(None, trace)
        return trace.partition("\n")[0]

    async def _guilty(self, late: _Call) -> _Call | None:
        """The call that holds up a late one, which may be itself; None when nobody knows."""
        if len(self.seats) == 1:
            return late
        with contextlib.suppress(ConnectError):  # it has ended meanwhile
            if not await self._reacts(_REACTION_S):
                return self._blocking()
        begun = [call for call in self._calls.values() if call.began.is_set()]
        own = [call for call in begun if call.seat is late.seat]
        return next(iter([*own, late]))

    async def _kill_for(self, seat: Occupant) -> None:
        """Kill the process because a connector does not stop."""
        if not seat.is_in(self) or self._runner is None:
            return
        late = next((call for call in self._calls.values() if call.seat is seat), None)
        guilty = None if late is None else await self._guilty(late)
        culprit = seat if guilty is None else guilty.seat
        stack = await self._stack(culprit)
        trace = f"Runner of connector {seat.name} did not stop in time and was killed. {stack}"
        with log_context(seat.name):
            _log.warning("%s", trace)
        await self._condemn(culprit, trace)

    async def _stack(self, seat: Occupant) -> str:
        if self._runner is None or not self._runner.is_alive:
            return ""
        return await self._runner.stack(seat.thread)

    async def _condemn(self, culprit: Occupant | None, trace: str) -> None:
        if self._verdict is None:
            self._verdict = (culprit, trace)
        if self._runner is not None:
            await self._runner.kill(trace)

    async def _end(self, until: float) -> None:
        self._is_ending = True
        if self._making is not None:
            with contextlib.suppress(ConnectError):
                runner = await self._making
                await runner.stop(max(until, asyncio.get_running_loop().time() + _EXIT_S))
        self._pool.forget(self)


def see(task: asyncio.Task[Any]) -> None:
    """See the error of a task nobody may wait for."""
    if not task.cancelled():
        task.exception()
