# SPDX-License-Identifier: Apache-2.0
"""What a member of the group tells the worker, and what it asks of it."""

from __future__ import annotations

import dataclasses
from typing import Protocol

from barnabas.runtime.group.protocol import Assignment, ConnectProtocol, Owners
from barnabas.runtime.model import TaskId

__all__ = ["Assigned", "GroupListener"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """The outcome of a rebalance for this worker."""

    assignment: Assignment
    """As the leader sent it: with a cooperative protocol what is new and what is revoked."""
    work_connectors: frozenset[str]
    """All connectors this worker owns from now on."""
    work_tasks: frozenset[TaskId]
    """All tasks this worker owns from now on."""
    generation: int
    member_id: str
    protocol: ConnectProtocol
    is_leader: bool
    owners: Owners | None
    """Who runs what; only the leader knows."""
    delay_ms: int = 0
    """When to join again at the latest, because work waits for an owner; 0 = nothing waits."""
    summary: str | None = None
    """What the round did, in words; only the leader knows."""

    @property
    def is_alone(self) -> bool:
        """Whether this worker is the group's only one."""
        return self.is_leader and self.owners is not None and len(self.owners.urls) == 1


class GroupListener(Protocol):
    """Hears of this worker's membership.

    Coroutines run on the worker's event loop, one at a time, and the member waits for each before
    it does anything else with the group. Meanwhile heartbeats go on, for ``rebalance.timeout.ms``
    at most: then the member cancels the coroutine, has everything stopped and leaves the group.
    They are also cancelled when membership is lost meanwhile. What they raise is logged; the worker
    then gives up all its work and joins again.
    """

    async def before_join(self) -> None:
        """Finish what must not overlap with what others do after the coming rebalance."""
        return

    async def on_assigned(self, assigned: Assigned) -> None:
        """Carry out an assignment.

        When it returns, what was revoked has stopped: the next join tells the others so.
        """

    async def on_revoked(self, reason: str) -> None:
        """Stop everything: this worker owns nothing any more.

        Called before each join with the eager protocol, and when membership is lost, or may be
        soon: the coordinator is silent, does not know this worker, or this worker leaves. When the
        lease has ended by then, others may have its work already.
        """

    def on_lease(self, deadline_s: float) -> None:
        """Go on working until then at least. Called on the member's thread, must be quick.

        Not on the event loop, so that a busy loop does not end the lease of busy tasks.

        Args:
            deadline_s: Until when this worker is surely a member, by :func:`time.monotonic`; minus
                infinity when it is none.
        """

    def on_refusal(self, reason: str | None) -> None:
        """Hear that the group does not let this worker in until somebody changes something.

        The member goes on trying.

        Args:
            reason: What to change; None when that is over, or nobody knows any more.
        """
        return

    def on_stage(self, stage: str | None) -> None:
        """Hear what the member is doing, such as *joining the group*; None when all is settled."""
        return
