# SPDX-License-Identifier: Apache-2.0
"""Drives one membership: when to join, when to give up. On an event loop of its own.

Three coroutines, all on the member's loop::

    work    joins, has the assignment carried out, waits for a reason to join again
    beat    gives signs of life, whatever the others are doing
    watch   sees when the coordinator has been silent for too long

What ends a membership is a *loss*. ``beat`` and ``watch`` only note it, which interrupts what
``work`` is waiting for; ``work`` then has everything stopped and joins anew, without any work.

Differs:
    Java's worker runs on after its session has ended until it hears of that, and gives up its work
    when the coordinator cannot be found for one heartbeat interval. Here work goes on as long as
    the session surely lasts, and no longer. A worker that could not stop its work in time leaves
    the group only after it has, or when its session is over; and a worker that leaves because it
    cannot read the configurations stops its work before.

Source:
    Reference page *Worker group protocol*, sections 2 to 4 and 7; Apache Kafka
    ``WorkerCoordinator``, ``AbstractCoordinator``.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, Final, TypeVar

from barnabas.errors import ConnectError
from barnabas.kafka.group_coordinator import Joined
from barnabas.kafka.group_errors import (
    CoordinatorLostError,
    GenerationLostError,
    GroupRefusedError,
    MembershipLostError,
    RebalanceUnderWayError,
)
from barnabas.runtime.group.attention import Attention, VoidError
from barnabas.runtime.group.errands import ErrandFailedError, Errands, LateError
from barnabas.runtime.group.listener import Assigned, GroupListener
from barnabas.runtime.group.metrics import GroupMetrics
from barnabas.runtime.group.ports import Bridge, Coordinator, Here, MemberTimes
from barnabas.runtime.group.protocol import (
    NO_WORK,
    Assignment,
    ConnectProtocol,
    Work,
    offered,
)
from barnabas.runtime.group.pulse import Loss, Pulse
from barnabas.runtime.group.rounds import NotLeadingError, Outcome, Rounds
from barnabas.runtime.group.summary import describe_downgrade
from barnabas.runtime.group.trouble import Trouble

__all__ = ["Driver"]

logger = logging.getLogger("barnabas.runtime.group")

_T = TypeVar("_T")

_RETRY_S: Final = 0.1
_LONGEST_RETRY_S: Final = 1.0
_LONGEST_REFUSAL_S: Final = 10.0
_LEAVE_S: Final = 3.0
_TRIES_TO_LEAD: Final = 3


class Driver:
    """One membership, from :meth:`run` to :meth:`stop`.

    Methods belong to the loop that runs it; attributes may be read from elsewhere.

    Args:
        coordinator: The group's.
        times: The group's.
        here: This worker.
        listener: Told what happens.
        bridge: The way to the listener's loop.
        now: Monotonic seconds.
        executor: Where a leader decides, one round after the other; taken over.
    """

    def __init__(  # noqa: PLR0913 - what a membership stands between
        self,
        coordinator: Coordinator,
        times: MemberTimes,
        here: Here,
        listener: GroupListener,
        *,
        bridge: Bridge,
        now: Callable[[], float],
        executor: concurrent.futures.Executor,
    ) -> None:
        self.metrics = GroupMetrics()
        self.protocol: ConnectProtocol | None = None
        """The protocol of the last round."""
        self.held: Assignment | None = None
        """What this worker owns, as it tells the others; None when it owns nothing."""
        self.leader_url = ""
        self.stage: str | None = None
        """What goes on; None when all is settled."""
        self.trouble = Trouble(logger, f"Group {here.group_id}", now)
        self.pulse = Pulse(
            coordinator,
            times,
            self,
            bridge=bridge,
            trouble=self.trouble,
            metrics=self.metrics,
            now=now,
        )
        self._coordinator = coordinator
        self._times = times
        self._group_id = here.group_id
        self._preferred = offered(here.connect_protocol)[0]
        self._listener = listener
        self._bridge = bridge
        self._now = now
        self._attention = Attention()
        self._errands = Errands(here.group_id, bridge, self._attention)
        self._rounds = Rounds(coordinator, here, self, self.metrics, now=now, executor=executor)
        self._wish: str | None = "it starts"
        self._loss: tuple[Loss, str] | None = None
        self._farewell: tuple[str, float] | None = None
        self._is_stopping = False
        self._is_assigned = False
        self._retry_s = _RETRY_S
        self._tries_to_lead = 0
        self._refusal: str | None = None

    # -- asked for from outside -------------------------------------------------------------------

    def wish(self, reason: str) -> None:
        """Join again, soon."""
        if self._wish is None:
            self._wish = reason
        self._attention.call()

    def leave_for(self, reason: str, pause_s: float) -> None:
        """Give up all work, leave the group, join again after a pause or when wished for."""
        self._farewell = (reason, pause_s)
        self._wish = None
        self._attention.call()

    def stop(self) -> None:
        """Leave the group and end :meth:`run`. The worker has stopped its work itself."""
        self._is_stopping = True
        self._attention.call()

    @property
    def is_assigned(self) -> bool:
        """Whether this worker is a member that has heard its assignment."""
        return self._is_assigned and self._loss is None

    async def run(self) -> None:
        """Be a member until stopped."""
        others = [
            asyncio.create_task(self._for_ever(step))
            for step in (self.pulse.beat, self.pulse.watch)
        ]
        try:
            await self._for_ever(self._work)
        finally:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await self._leave("the worker is shutting down")
            self.pulse.end()
            self._rounds.close()
            self._coordinator.close()

    async def _for_ever(self, step: Callable[[], Awaitable[None]]) -> None:
        """Take a step after the other. What should never happen is logged, and does not end it."""
        while not self._is_stopping:
            try:
                await step()
            except VoidError:
                pass
            except Exception:
                logger.exception("Group %s: the membership is in disorder", self._group_id)
                self.lose(Loss.FAILURE, "something unexpected happened")
                await asyncio.sleep(_LONGEST_RETRY_S)

    async def _work(self) -> None:
        if self._loss is not None:
            await self._give_up(*self._loss)
        elif self._farewell is not None:
            await self._go_away(*self._farewell)
        elif self._wish is not None:
            await self._round(self._wish)
        else:
            await self._attention.next_call()

    # -- a round ----------------------------------------------------------------------------------

    async def _round(self, reason: str) -> None:
        self.metrics.begin(self._now())
        try:
            self.enter("looking for the coordinator of the group")
            await self.unless_void(self._coordinator.find())
            await self._prepare(reason)
            outcome = await self._rounds.take_part(reason, self._on_joined)
            await self._follow(outcome)
        except CoordinatorLostError as error:
            self._note_refusal(None)
            await self._try_again(reason, f"{error.message}; it is tried again", _LONGEST_RETRY_S)
        except MembershipLostError as error:
            self.metrics.fail(self._now())
            if self._is_assigned:
                self.lose(Loss.UNKNOWN, error.message)
            self.wish(reason)
        except (GenerationLostError, RebalanceUnderWayError) as error:
            self.metrics.fail(self._now())
            self.wish(error.message)
        except ConnectError as error:
            if isinstance(error, NotLeadingError):
                self._let_another_lead()
            self._note_refusal(error.message if isinstance(error, GroupRefusedError) else None)
            text = f"{error.message}. The worker goes on trying to join"
            await self._try_again(reason, text, _LONGEST_REFUSAL_S, logging.ERROR)

    async def _prepare(self, reason: str) -> None:
        self.enter("finishing what must not overlap with a rebalance")
        await self._errands.finished(self._must_stop)
        await self._run_errand(self._listener.before_join())
        if self.protocol is ConnectProtocol.EAGER:
            await self._revoke(f"the group is rebalanced with the eager protocol: {reason}")

    def _on_joined(self, joined: Joined) -> None:
        self.trouble.over()
        self._note_refusal(None)
        if self._is_assigned:
            self.pulse.begin(joined.sent_at_s)
        self.pulse.hurry()

    async def _follow(self, outcome: Outcome) -> None:
        """Take the assignment and have it carried out."""
        protocol, assignment = outcome.protocol, outcome.assignment
        if not protocol.is_cooperative:
            await self._revoke("the group goes back to the eager protocol")
        before, self.held = self.held, assignment.applied_to(self.held)
        self._tell_of_change(protocol)
        self.protocol, self.leader_url = protocol, assignment.leader_url
        self._tries_to_lead = 0
        self._is_assigned = True
        self.pulse.begin(outcome.sent_at_s)
        self._log(outcome, self.held.work, before.work if before is not None else NO_WORK)
        self.enter("starting and stopping what the rebalance moved")
        await self._run_errand(self._listener.on_assigned(_assigned(outcome, self.held.work)))
        self.held = self.held.settled()
        took_ms = self.metrics.complete(self._now())
        logger.info("Group %s: the rebalance took %.0f ms", self._group_id, took_ms)
        self.enter(None)
        if self._farewell is not None:
            return
        if assignment.is_failed:
            await self.unless_void(asyncio.sleep(self._next_retry_s(_LONGEST_RETRY_S)))
            self.wish("the leader had not read all configurations")
            return
        self._retry_s = _RETRY_S
        if outcome.decided is not None and outcome.decided.another_round is not None:
            self.wish(outcome.decided.another_round)

    def _log(self, outcome: Outcome, owned: Work, before: Work) -> None:
        logger.info(
            "Joined group at generation %d with protocol version %d and got assignment: %s with "
            "rebalance delay: %d",
            outcome.joined.generation,
            outcome.assignment.version,
            _words(outcome.assignment, owned, before),
            outcome.assignment.delay_ms,
        )
        if outcome.decided is not None:
            logger.info("Group %s: this worker leads. %s", self._group_id, outcome.decided.summary)

    def _tell_of_change(self, protocol: ConnectProtocol) -> None:
        """Say in words when the group uses a lesser protocol than this worker, and when no more."""
        if protocol is self.protocol:
            return
        if protocol is not self._preferred:
            logger.warning(
                "Group %s: %s", self._group_id, describe_downgrade(protocol, self._preferred)
            )
        elif self.protocol is not None:
            name = protocol.name.lower()
            logger.info("Group %s: all workers use the protocol %s again", self._group_id, name)

    async def _try_again(
        self, reason: str, trouble: str, longest_s: float, level: int = logging.WARNING
    ) -> None:
        self.metrics.fail(self._now())
        self.trouble.tell(trouble, level)
        self.enter("waiting to try again to join the group")
        await self.unless_void(asyncio.sleep(self._next_retry_s(longest_s)))
        self.wish(reason)

    def _note_refusal(self, reason: str | None) -> None:
        """Tell when the group begins, and ceases, not to let this worker in."""
        if reason != self._refusal:
            self._refusal = reason
            self._bridge.post(lambda: self._listener.on_refusal(reason))

    def _next_retry_s(self, longest_s: float) -> float:
        pause_s = min(self._retry_s, longest_s)
        self._retry_s = min(self._retry_s * 2, _LONGEST_REFUSAL_S)
        return pause_s

    def _let_another_lead(self) -> None:
        self._tries_to_lead += 1
        if self._tries_to_lead >= _TRIES_TO_LEAD:
            self._tries_to_lead = 0
            reason = "it leads the group but cannot share out the work; another worker may"
            self.leave_for(reason, _LONGEST_REFUSAL_S)

    # -- asked and told by the rounds and the pulse -----------------------------------------------

    def held_now(self) -> Assignment | None:
        """Say what this worker owns, at the moment the request to join goes out."""
        self._wish = None  # whoever asks from now on may mean what this request does not tell
        return self.held

    @contextlib.contextmanager
    def joining(self) -> Iterator[None]:
        """Know that the request to join is on its way."""
        self.pulse.is_joining = True
        try:
            yield
        finally:
            self.pulse.is_joining = False

    def enter(self, stage: str | None) -> None:
        """Hear what goes on; while there is a trouble, it is told as well."""
        if stage is not None and self.trouble.text is not None:
            stage = f"{stage} (in vain so far: {self.trouble.text})"
        if stage != self.stage:
            self.stage = stage
            self._bridge.post(lambda: self._listener.on_stage(stage))

    def on_lease(self, deadline_s: float) -> None:
        """Hear until when this worker is surely a member."""
        self._listener.on_lease(deadline_s)

    def lose(self, loss: Loss, reason: str) -> None:
        """Give up all work as soon as possible."""
        if self._loss is None:
            self._loss = (loss, reason)
            self.pulse.is_still = True
            self._attention.call()

    async def unless_void(self, awaitable: Awaitable[_T]) -> _T:
        """Wait for a step of a round, unless the round does not matter any more."""
        return await self._attention.unless(self._is_void, awaitable)

    # -- the end of a membership ------------------------------------------------------------------

    async def _give_up(self, loss: Loss, reason: str) -> None:
        logger.warning(
            "Group %s: this worker gives up all its connectors and tasks, because %s",
            self._group_id,
            reason,
        )
        limit_s = None
        if loss is Loss.UNKNOWN:
            self.pulse.end()  # others may have the work: no time to stop it gently
        elif loss is Loss.BUSY:
            limit_s = self.pulse.session.deadline_s - self._now()
        else:
            self._coordinator.forget(member_id=False)  # it joins again under the name it has
        await self._revoke(reason, limit_s)
        if loss is Loss.BUSY:
            await self._leave("worker poll timeout has expired.")
        self._end()
        self._loss = None
        if loss is Loss.FAILURE:
            await self.unless_void(asyncio.sleep(self._next_retry_s(_LONGEST_REFUSAL_S)))
        self.wish(f"it gave up its work, because {reason}")

    async def _go_away(self, reason: str, pause_s: float) -> None:
        logger.warning(
            "Group %s: this worker leaves the group for %g s, or until there is a reason to join "
            "again: %s",
            self._group_id,
            pause_s,
            reason,
        )
        await self._revoke(reason)
        await self._leave(reason)
        self._end()
        self._farewell = None
        self.enter("waiting to join the group again")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                while self._wish is None and not self._is_stopping:
                    await self._attention.next_call()
        self.wish("its pause is over")

    def _end(self) -> None:
        self.held = None
        self.pulse.end()
        self.pulse.is_still = False

    async def _leave(self, reason: str) -> None:
        if not self._coordinator.member_id:
            return
        self.enter("leaving the group")
        self.pulse.is_still = True
        if await self._coordinator.leave(reason, _LEAVE_S):
            logger.info("Group %s: left the group: %s", self._group_id, reason)
            return
        logger.warning(
            "Group %s: the coordinator cannot be told that this worker leaves (%s); the others "
            "hear of it when its session ends, in %g s at most",
            self._group_id,
            reason,
            self._times.session_s,
        )

    async def _revoke(self, reason: str, limit_s: float | None = None) -> None:
        """Have everything stopped; past the limit that goes on, and is waited for before a join."""
        if not self._is_assigned:
            return
        self._is_assigned = False
        self.enter("stopping all connectors and tasks")
        await self._errands.stop_all(self._listener.on_revoked(reason), limit_s or 0.0)
        if limit_s is None:
            await self._errands.finished(self._must_stop)
        self.held = None

    async def _run_errand(self, errand: Coroutine[Any, Any, None]) -> None:
        """Have the worker do something, within the rebalance timeout."""
        try:
            await self._errands.run(errand, self._times.rebalance_s, self._is_lost)
        except LateError:
            logger.warning(
                "worker poll timeout has expired. The worker, which was %s, needed longer than "
                "rebalance.timeout.ms=%.0f. Raise that, or find out which connector or task takes "
                "so long to stop",
                self.stage,
                self._times.rebalance_s * 1000,
            )
            self.lose(Loss.BUSY, "it needed longer than rebalance.timeout.ms for a rebalance")
            raise VoidError from None
        except ErrandFailedError:
            self.lose(Loss.FAILURE, "carrying out what the group decided failed")
            raise VoidError from None

    def _must_stop(self) -> bool:
        return self._is_stopping

    def _is_lost(self) -> bool:
        return self._is_stopping or self._loss is not None

    def _is_void(self) -> bool:
        return self._is_lost() or self._farewell is not None


def _assigned(outcome: Outcome, owned: Work) -> Assigned:
    decided = outcome.decided
    return Assigned(
        assignment=outcome.assignment,
        work_connectors=frozenset(owned.connectors),
        work_tasks=frozenset(owned.tasks),
        generation=outcome.joined.generation,
        member_id=outcome.joined.member_id,
        protocol=outcome.protocol,
        is_leader=outcome.joined.is_leader,
        owners=decided.owners if decided is not None else None,
        delay_ms=outcome.assignment.delay_ms,
        summary=decided.summary if decided is not None else None,
    )


def _words(assignment: Assignment, owned: Work, before: Work) -> str:
    """Say what an assignment means for this worker."""
    if assignment.is_failed:
        offset = assignment.config_offset
        return f"nothing yet, the leader has not read the configurations up to offset {offset}"
    parts = [f"{len(owned.connectors)} connectors and {len(owned.tasks)} tasks"]
    for verb, work in (("new", owned.without(before)), ("taken away", assignment.revoked)):
        names = [*work.connectors, *map(str, work.tasks)]
        if names:
            more = f" and {len(names) - 20} more" if len(names) > 20 else ""
            parts.append(f"{verb}: {', '.join(names[:20])}{more}")
    return "; ".join([*parts, f"leader {assignment.leader_url}"])
