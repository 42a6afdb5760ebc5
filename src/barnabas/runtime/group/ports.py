# SPDX-License-Identifier: Apache-2.0
"""What a membership stands between: the group's coordinator, the worker, and the worker's loop."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol

from barnabas.kafka.group_coordinator import Heartbeat, Joined, Synced
from barnabas.runtime.group.leader import GroupLeader
from barnabas.runtime.group.protocol import GroupConfig

__all__ = ["Bridge", "Coordinator", "Here", "MemberTimes"]


class Coordinator(Protocol):
    """The part of :class:`~barnabas.kafka.group_coordinator.GroupCoordinator` a member uses."""

    member_id: str
    generation: int

    @property
    def is_member(self) -> bool:
        """Whether there is a round this member took part in, and a name it has."""

    async def find(self) -> None:
        """Find the coordinator when it is not known."""

    async def join(self, offers: Callable[[], Sequence[tuple[str, bytes]]], reason: str) -> Joined:
        """Join, and wait until all members have."""

    async def sync(self, assignments: Mapping[str, bytes]) -> Synced:
        """Tell what the leader decided, and wait for it."""

    async def heartbeat(self) -> Heartbeat | None:
        """Give a sign of life."""

    async def leave(self, reason: str, timeout_s: float) -> bool:
        """Leave the group."""

    def forget(self, *, member_id: bool = True) -> None:
        """Forget the round, and this member's name unless told otherwise."""

    def close(self) -> None:
        """Close what is open."""


class Bridge(Protocol):
    """The way from the member's event loop to the worker's."""

    def call(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Future[None]:
        """Run a coroutine there; cancelling the future cancels it."""

    def post(self, callback: Callable[[], None]) -> None:
        """Run a function there, soon."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MemberTimes:
    """How patient the group and its members are; seconds."""

    session_s: float
    heartbeat_s: float
    rebalance_s: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """This worker, as its group sees it."""

    group_id: str
    url: str
    connect_protocol: str
    leader: GroupLeader
    config_state: Callable[[], GroupConfig]
    refresh_configs: Callable[[], GroupConfig]
    """Reads on; blocks its thread for a bounded time, and raises ConnectError when that is over."""
    now_ms: Callable[[], int]
    """The time in ms since the epoch, for the leader."""
