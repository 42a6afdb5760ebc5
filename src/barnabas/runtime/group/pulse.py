# SPDX-License-Identifier: Apache-2.0
"""A member's signs of life, and what they say about how long its session lasts.

Two coroutines on the member's loop: :meth:`Pulse.beat` sends heartbeats whatever else the member
does, also while it waits for others to join; :meth:`Pulse.watch` sees when the coordinator has been
silent for so long that the work has to be given up, and when the worker's own loop does not run.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import math
from collections.abc import Callable
from typing import Final, Protocol

from barnabas.errors import ConnectError
from barnabas.kafka.group_coordinator import Heartbeat
from barnabas.kafka.group_errors import (
    CoordinatorLostError,
    GenerationLostError,
    MembershipLostError,
)
from barnabas.runtime.group.metrics import GroupMetrics
from barnabas.runtime.group.ports import Bridge, Coordinator, MemberTimes
from barnabas.runtime.group.session import Session
from barnabas.runtime.group.trouble import Trouble

__all__ = ["Loss", "Pulse", "PulseListener"]

_ATTENTIVE_S: Final = 5.0
"""After a round another one is likely for so long: what one takes away the next one gives."""
_ATTENTIVE_INTERVAL_S: Final = 0.25
_RETRY_S: Final = 0.1
_LONGEST_RETRY_S: Final = 1.0


class Loss(enum.Enum):
    """Why a worker gives up its work."""

    UNKNOWN = "unknown"
    """The coordinator does not know this member: others may have its work."""
    SILENCE = "silence"
    """Nothing was heard of the coordinator for most of the session."""
    BUSY = "busy"
    """The worker did not carry out an assignment within the rebalance timeout."""
    FAILURE = "failure"
    """Carrying it out failed."""


class PulseListener(Protocol):
    """Hears what signs of life bring up. On the member's loop."""

    def wish(self, reason: str) -> None:
        """Hear that this worker should join again."""

    def lose(self, loss: Loss, reason: str) -> None:
        """Hear that this worker has to give up its work."""

    def on_lease(self, deadline_s: float) -> None:
        """Hear until when this worker is surely a member."""


class Pulse:
    """The signs of life of one member.

    Args:
        coordinator: Gets them.
        times: The group's.
        listener: Told what they bring up.
        bridge: The way to the worker's loop, which is asked for signs of life too.
        trouble: Where to tell that the coordinator does not answer.
        metrics: Counts them.
        now: Monotonic seconds.
    """

    def __init__(  # noqa: PLR0913 - what a membership stands between
        self,
        coordinator: Coordinator,
        times: MemberTimes,
        listener: PulseListener,
        *,
        bridge: Bridge,
        trouble: Trouble,
        metrics: GroupMetrics,
        now: Callable[[], float],
    ) -> None:
        self.session = Session(times.session_s, times.rebalance_s)
        self.is_joining = False
        """Whether this member's request to join is on its way."""
        self.is_still = False
        """Whether no more signs are given, because the work is being given up."""
        self._coordinator = coordinator
        self._times = times
        self._listener = listener
        self._bridge = bridge
        self._trouble = trouble
        self._metrics = metrics
        self._now = now
        self._hurry = asyncio.Event()
        self._attentive_until_s = -math.inf
        self._retry_s = _RETRY_S
        self._loop_asked_s: float | None = None

    def begin(self, sent_at_s: float) -> None:
        """Hear that a request of a round was answered: the session goes on from its sending."""
        self.session.extend(sent_at_s)
        self._listener.on_lease(self.session.deadline_s)
        self._attentive_until_s = self._now() + _ATTENTIVE_S
        self.hurry()

    def end(self) -> None:
        """Hear that this worker is no member."""
        self.session.end()
        self._listener.on_lease(self.session.deadline_s)

    def hurry(self) -> None:
        """Have the next sign given without delay."""
        self._hurry.set()

    async def beat(self) -> None:
        """Give one sign of life, if there is a membership, and wait until the next is due."""
        if not self._coordinator.is_member or self.is_still:
            self._hurry.clear()
            await self._hurry.wait()
            return
        pause_s = self._times.heartbeat_s
        try:
            beat = await self._coordinator.heartbeat()
            if beat is not None:
                self._hear(beat)
        except CoordinatorLostError as error:
            self._trouble.tell(f"{error.message}; the coordinator is looked for")
            pause_s = min(pause_s, self._retry_s)
            self._retry_s = min(self._retry_s * 2, _LONGEST_RETRY_S)
        except MembershipLostError as error:
            self._listener.lose(Loss.UNKNOWN, error.message)
        except GenerationLostError as error:
            self._listener.wish(error.message)
        except ConnectError as error:
            self._trouble.tell(error.message)
        if self._now() < self._attentive_until_s:
            pause_s = min(pause_s, _ATTENTIVE_INTERVAL_S)
        self._hurry.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._hurry.wait()

    async def watch(self) -> None:
        """Look once whether the session or the worker's loop is in danger, and wait a little."""
        is_watched = self.session.deadline_s != -math.inf and not self.is_still
        left_s = self.session.give_up_s - self._now() if is_watched else math.inf
        if left_s <= 0:
            silent_s = self._now() - (self.session.deadline_s - self._times.session_s)
            trouble = f"; {self._trouble.text}" if self._trouble.text else ""
            self._listener.lose(
                Loss.SILENCE,
                f"the group's coordinator has not answered for {silent_s:.1f} s "
                f"(session.timeout.ms={self._times.session_s * 1000:.0f}){trouble}",
            )
        asked_s = self._loop_asked_s
        if asked_s is not None and self._now() - asked_s > self._times.rebalance_s:
            self._loop_asked_s = None
            self._listener.lose(
                Loss.BUSY,
                "the worker's event loop has stood still for longer than "
                f"rebalance.timeout.ms={self._times.rebalance_s * 1000:.0f}",
            )
        longest_s, shortest_s = self._times.session_s / 10, self._times.session_s / 50
        await asyncio.sleep(max(min(left_s, longest_s), shortest_s))

    def _hear(self, beat: Heartbeat) -> None:
        self._trouble.over()
        self._retry_s = _RETRY_S
        self._metrics.heartbeat(beat.sent_at_s, beat.took_s)
        if self.is_still:
            return
        if not beat.is_rebalancing:
            self.session.extend(beat.sent_at_s)
        else:
            self.session.extend_while_rebalancing(beat.sent_at_s, is_joining=self.is_joining)
            if not self.is_joining and beat.generation == self._coordinator.generation:
                self._listener.wish("another worker came, left or asked for it")
        self._listener.on_lease(self.session.deadline_s)
        if self._loop_asked_s is None:
            self._loop_asked_s = self._now()
            self._bridge.post(self._loop_answers)

    def _loop_answers(self) -> None:
        self._loop_asked_s = None
