# SPDX-License-Identifier: Apache-2.0
"""One round of a group, from the request to join to the assignment: what is told and asked when."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import dataclasses
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from barnabas.errors import ConnectError
from barnabas.kafka.group_coordinator import Joined, Synced
from barnabas.runtime.group.leader import Round
from barnabas.runtime.group.metrics import GroupMetrics
from barnabas.runtime.group.ports import Coordinator, Here
from barnabas.runtime.group.protocol import (
    Assignment,
    ConnectProtocol,
    GroupConfig,
    WorkerMetadata,
)
from barnabas.runtime.group.wire import decode_assignment, join_protocols

__all__ = ["NotLeadingError", "Outcome", "Participant", "Rounds"]

logger = logging.getLogger("barnabas.runtime.group")

_T = TypeVar("_T")


class NotLeadingError(ConnectError):
    """This worker is to lead the group, but could not decide."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What a round gave this worker."""

    joined: Joined
    protocol: ConnectProtocol
    assignment: Assignment
    """As the leader sent it."""
    decided: Round | None
    """What was decided for all; only when this worker leads."""
    sent_at_s: float
    """When the last request was sent that the coordinator answered; monotonic."""


class Participant(Protocol):
    """The member that takes part in rounds."""

    def held_now(self) -> Assignment | None:
        """Say what this worker owns; called at the moment the request to join goes out."""

    def enter(self, stage: str) -> None:
        """Hear what the round is at."""

    def joining(self) -> contextlib.AbstractContextManager[None]:
        """Know, for the time of the context, that the request to join is on its way."""

    async def unless_void(self, awaitable: Awaitable[_T]) -> _T:
        """Wait for a step, unless the round does not matter any more."""


class Rounds:
    """Takes part in rounds, one after the other. On the member's loop.

    Args:
        coordinator: Of the group.
        here: This worker.
        participant: Told and asked along the way.
        metrics: Counts and times.
        now: Monotonic seconds.
        executor: Decides, one round after the other; taken over.
    """

    def __init__(
        self,
        coordinator: Coordinator,
        here: Here,
        participant: Participant,
        metrics: GroupMetrics,
        *,
        now: Callable[[], float],
        executor: concurrent.futures.Executor,
    ) -> None:
        self._coordinator = coordinator
        self._here = here
        self._participant = participant
        self._metrics = metrics
        self._now = now
        self._snapshot = GroupConfig(0, {})
        self._last_completed = -1
        self._executor = executor

    def close(self) -> None:
        """Let the leader's thread go; what it does at the moment is not waited for."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def take_part(self, reason: str, on_joined: Callable[[Joined], None]) -> Outcome:
        """Join, decide when it is upon this worker, and get the assignment.

        Args:
            reason: Why, for logs.
            on_joined: Called as soon as all members have joined.

        Raises:
            ConnectError: See :class:`~barnabas.kafka.group_coordinator.GroupCoordinator`.
            NotLeadingError: This worker is to lead, but could not decide.
            ProtocolError: The assignment cannot be read.
            VoidError: The round does not matter any more.
        """
        joined = await self._join(reason)
        on_joined(joined)
        protocol = ConnectProtocol.named(joined.protocol)
        decided = await self._decide(joined, protocol) if joined.is_leader else None
        synced = await self._sync(decided)
        assignment = decode_assignment(synced.assignment)
        self._last_completed = joined.generation
        return Outcome(joined, protocol, assignment, decided, synced.sent_at_s)

    async def _join(self, reason: str) -> Joined:
        logger.info("Group %s: this worker joins, because %s", self._here.group_id, reason)
        self._participant.enter("joining the group; the other workers are waited for")
        with self._participant.joining():
            joining = self._coordinator.join(self._offers, reason)
            joined = await self._participant.unless_void(joining)
        self._metrics.joined(self._now(), self._now() - joined.sent_at_s)
        return joined

    def _offers(self) -> list[tuple[str, bytes]]:
        """Say what this worker has, at the very moment the request goes out."""
        self._snapshot = self._here.config_state()
        held = self._participant.held_now()
        metadata = WorkerMetadata(self._here.url, self._snapshot.offset, held)
        return join_protocols(self._here.connect_protocol, metadata)

    async def _decide(self, joined: Joined, protocol: ConnectProtocol) -> Round:
        """Share out the work, beside the signs of life: that may read configurations."""
        self._participant.enter("sharing out the work among the workers")
        deciding = self._executor.submit(self._share_out, joined, protocol, self._snapshot)
        try:
            return await self._participant.unless_void(asyncio.wrap_future(deciding))
        except ConnectError as error:
            message = f"This worker leads the group but could not share out its work: {error}"
            raise NotLeadingError(message) from error

    def _share_out(self, joined: Joined, protocol: ConnectProtocol, config: GroupConfig) -> Round:
        def refreshed() -> GroupConfig:
            try:
                return self._here.refresh_configs()
            except ConnectError as error:
                logger.warning(
                    "Group %s: this worker leads, has read less of the configurations than another "
                    "worker, and cannot read on: %s",
                    self._here.group_id,
                    error.message,
                )
                return config

        return self._here.leader.assign(
            leader_id=joined.member_id,
            protocol=protocol,
            members=joined.members,
            config=config,
            refreshed=refreshed,
            generation=joined.generation,
            last_completed_generation=self._last_completed,
            now_ms=self._here.now_ms(),
        )

    async def _sync(self, decided: Round | None) -> Synced:
        if decided is None:
            self._participant.enter("waiting for the leader to share out the work")
        assignments = decided.assignments if decided is not None else {}
        syncing = self._coordinator.sync(assignments)
        synced = await self._participant.unless_void(syncing)
        self._metrics.synced(self._now(), self._now() - synced.sent_at_s)
        return synced
