# SPDX-License-Identifier: Apache-2.0
"""What a worker knows of its place in the group, and waiting for the end of a rebalance.

Requests that change something wait here while the group settles, instead of failing at once as in
Java; only past a deadline they get a 409 that says what is in the way since when. They do not wait
while the group refuses this worker: no rebalance ends that. On the event loop only.

Source:
    Reference page *Worker group protocol*, section 4; reference page *REST API*, section 5.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from barnabas.errors import ConnectError, NotLeaderError, NotOwnerError, RebalanceError
from barnabas.runtime.group.member import Assigned
from barnabas.runtime.herder.deadlines import remaining_s
from barnabas.runtime.herder.stages import Stages
from barnabas.runtime.model import TaskId

__all__ = ["Membership"]

_RETRY_AFTER_S = 2.0
_REFUSED_RETRY_AFTER_S = 10.0
"""How often a worker that was refused tries again, at the least."""


class Membership:
    """The newest assignment of this worker, and whether it still holds.

    Args:
        stages: Names what goes on, for requests that waited in vain.
        patience_s: How long a request waits for a rebalance to end, in seconds; less when it has
            less time left.
        clock: The monotonic clock of leases, in seconds.
    """

    def __init__(
        self,
        stages: Stages,
        *,
        patience_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stages = stages
        """Names what goes on."""
        self._patience_s = patience_s
        self._clock = clock
        self._assigned: Assigned | None = None
        self._is_settled = False
        self._refusal: str | None = None
        self._change = asyncio.Event()
        self._is_stopping = False
        self.lease = float("-inf")
        """Monotonic second until which this worker is surely a member of the group."""

    @property
    def assigned(self) -> Assigned | None:
        """What the last assignment said; None while this worker is no member."""
        return self._assigned

    @property
    def is_settled(self) -> bool:
        """Whether this worker is a member and no rebalance it knows of is under way."""
        return self._is_settled

    @property
    def leads(self) -> bool:
        """Whether this worker leads the group and may write now."""
        return (
            self._assigned is not None and self._assigned.is_leader and self._clock() < self.lease
        )

    def unsettle(self) -> None:
        """Hear that a rebalance begins, or will."""
        self._is_settled = self._is_stopping

    def settle(self, assigned: Assigned) -> None:
        """Hear how a rebalance ended."""
        self._assigned = assigned
        self._is_settled = True
        self._tell()

    def lose(self) -> None:
        """Hear that the last assignment does not hold any more, and that there is no other."""
        self._assigned = None
        self.unsettle()

    def refuse(self, reason: str | None) -> None:
        """Hear why the group does not let this worker in; None when that is over."""
        self._refusal = reason
        self._tell()

    def stop(self) -> None:
        """Let all who wait go with an error: the worker is shutting down."""
        self._is_stopping = self._is_settled = True
        self._tell()

    async def settled(self, *, past_refusals: bool = False) -> Assigned:
        """Wait until this worker is a member and the group is balanced.

        Args:
            past_refusals: Whether to wait on also while the group refuses this worker.

        Raises:
            RebalanceError: That took too long, or the group does not let this worker in.
            ConnectError: The worker is shutting down.
        """
        try:
            async with asyncio.timeout(min(self._patience_s, remaining_s(self._patience_s))):
                while not self._is_settled:  # another rebalance may follow at once
                    if not past_refusals:
                        self._check_admitted()
                    await self._change.wait()
        except TimeoutError:
            message = "Cannot complete request because of a conflicting operation: "
            raise self._conflict(message) from None
        self.check_open()
        assert self._assigned is not None
        return self._assigned

    def check_open(self) -> None:
        """Raise ConnectError when the worker is shutting down."""
        if self._is_stopping:
            message = "Worker is shutting down"
            raise ConnectError(message)

    async def leadership(self) -> None:
        """Return when this worker leads the group.

        Raises:
            NotLeaderError: Another worker leads it.
            RebalanceError: Nobody is known to lead it, also after a while.
            ConnectError: The worker is shutting down.
        """
        self.check_open()
        if self.leads:
            return
        assigned = self._assigned
        if assigned is None or assigned.is_leader or self._clock() >= self.lease:
            assigned = await self.settled()
        if self.leads:
            return
        if assigned.is_leader:
            message = "Cannot complete request: this worker leads the group but has lost touch. "
            raise self._conflict(message)
        url = assigned.assignment.leader_url
        message = f"Only the leader of the group, at {url}, can do this"
        raise NotLeaderError(message, url or None)

    def not_owner(self, what: str | TaskId) -> ConnectError:
        """Make the error that has a request sent on to the worker that runs something.

        Args:
            what: Name of a connector, or a task, that does not run here.
        """
        assigned = self._assigned
        if assigned is None:
            return self._conflict("Cannot complete request while this worker is no member. ")
        if not assigned.is_leader or assigned.owners is None:
            url = assigned.assignment.leader_url
            return NotLeaderError(f"{what} does not run on this worker", url or None)
        owners = assigned.owners
        owner = owners.task_url(what) if isinstance(what, TaskId) else owners.connector_url(what)
        if owner is None:
            kind = "Task" if isinstance(what, TaskId) else "Connector"
            waits = assigned.assignment.delay_ms
            because = (
                f" The work of a worker that left waits up to {waits / 1000:g} s for its return "
                "(scheduled.rebalance.max.delay.ms)."
                if waits
                else ""
            )
            message = f"{kind} {what} is not assigned to a worker at this moment.{because}"
            return RebalanceError(message, max(_RETRY_AFTER_S, waits / 1000))
        return NotOwnerError(f"{what} runs on the worker at {owner}", owner)

    def _tell(self) -> None:
        """Wake all who wait."""
        change, self._change = self._change, asyncio.Event()
        change.set()

    def _check_admitted(self) -> None:
        if self._refusal is not None:
            message = (
                "Cannot complete request because of a conflicting operation (e.g. worker "
                "rebalance): the group does not let this worker in, and no rebalance changes that. "
                f"{self._refusal}"
            )
            raise RebalanceError(message, _REFUSED_RETRY_AFTER_S)

    def _conflict(self, message: str) -> RebalanceError:
        because = self.stages.summary or ""
        text = (
            f"{message}Cannot complete request momentarily due to no known leader URL, likely "
            f"because a rebalance was underway. {because}"
        )
        return RebalanceError(text.strip(), _RETRY_AFTER_S)
