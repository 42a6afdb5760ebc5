# SPDX-License-Identifier: Apache-2.0
"""This worker's membership in its group, on a thread and an event loop of its own.

Signs of life must go out whatever the worker's event loop is busy with, so everything that talks to
the group's coordinator runs on the member's thread (:mod:`~barnabas.runtime.group.driver`). It
reaches the worker's loop through a :class:`~barnabas.runtime.group.listener.GroupListener` only.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from barnabas.kafka.group_coordinator import CoordinatorSettings, GroupCoordinator
from barnabas.kafka.layering import ClientProperties
from barnabas.runtime.group.driver import Driver
from barnabas.runtime.group.leader import GroupLeader
from barnabas.runtime.group.listener import Assigned, GroupListener
from barnabas.runtime.group.ports import Here, MemberTimes
from barnabas.runtime.group.protocol import PROTOCOL_TYPE, ConnectProtocol, GroupConfig

__all__ = ["Assigned", "GroupListener", "GroupMember", "GroupSettings"]

logger = logging.getLogger("barnabas.runtime.group")

_STOP_S: Final = 10.0
_LONGEST_HEARTBEAT_MS: Final = 500
_BEATS_IN_A_SESSION: Final = 3


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class GroupSettings:
    """The worker's settings about its group; times in ms."""

    group_id: str
    client: ClientProperties
    """Addresses, TLS and login, as of the worker's own clients."""
    client_id: str = ""
    """``client.id``; ``connect-<worker id>`` when empty."""
    connect_protocol: str = "sessioned"
    session_timeout_ms: int = 10_000
    heartbeat_interval_ms: int = 3_000
    rebalance_timeout_ms: int = 60_000
    worker_sync_timeout_ms: int = 3_000
    """How long a leader that has read less than others reads on."""

    @property
    def heartbeat_ms(self) -> int:
        """Time between signs of life: the interval, half a second, or a third of a session.

        Members hear of a rebalance with the answer to one. So this is how long the work of a worker
        that died waits, after its session is over, for those who are to take it.

        Differs:
            Java's worker gives a sign each ``heartbeat.interval.ms``, three seconds by default.
        """
        return max(1, min(self._allowed_heartbeat_ms, _LONGEST_HEARTBEAT_MS))

    @property
    def heartbeat_timeout_ms(self) -> int:
        """How long a sign of life may take, so that another way can be tried in the session."""
        session_ms = self.session_timeout_ms
        left_ms = session_ms * 7 // 10 - self.heartbeat_ms
        return max(session_ms // 4, min(left_ms, session_ms * 4 // 10))

    @property
    def tells_too_seldom(self) -> bool:
        """Whether a session could be over before a few signs of life at the interval."""
        return self._allowed_heartbeat_ms < self.heartbeat_interval_ms

    @property
    def _allowed_heartbeat_ms(self) -> int:
        return min(self.heartbeat_interval_ms, self.session_timeout_ms // _BEATS_IN_A_SESSION)


class GroupMember:
    """One worker's membership, from :meth:`start` to :meth:`stop`.

    Args:
        settings: About the group.
        worker_id: ``host:port`` as other workers see it.
        url: Where the worker's REST API answers, as the others are told.
        leader: Decides when this worker leads.
        config_state: What is configured, as far as read; called from another thread, answers at
            once.
        refresh_configs: Reads on for at most so many seconds; called from another thread, blocks,
            raises ConnectError when the time is over.
        listener: Told what happens.
        loop: The worker's event loop.

    Raises:
        ConfigError: The settings of the connection are wrong.
    """

    def __init__(  # noqa: PLR0913 - what a worker is made of
        self,
        settings: GroupSettings,
        *,
        worker_id: str,
        url: str,
        leader: GroupLeader,
        config_state: Callable[[], GroupConfig],
        refresh_configs: Callable[[float], GroupConfig],
        listener: GroupListener,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        if settings.tells_too_seldom:
            logger.warning(
                "heartbeat.interval.ms=%d is more than a third of session.timeout.ms=%d; signs of "
                "life are sent every %d ms",
                settings.heartbeat_interval_ms,
                settings.session_timeout_ms,
                settings.heartbeat_ms,
            )
        self._group_id = settings.group_id
        self.client_id = settings.client_id or f"connect-{worker_id}"
        """How the coordinator's broker knows this worker's connection."""
        self._coordinator = GroupCoordinator(
            CoordinatorSettings(
                group_id=settings.group_id,
                protocol_type=PROTOCOL_TYPE,
                session_timeout_ms=settings.session_timeout_ms,
                rebalance_timeout_ms=settings.rebalance_timeout_ms,
                heartbeat_timeout_ms=settings.heartbeat_timeout_ms,
                client=settings.client,
                client_id=self.client_id,
            )
        )
        refresh_s = settings.worker_sync_timeout_ms / 1000
        self._driver = Driver(
            self._coordinator,
            MemberTimes(
                session_s=settings.session_timeout_ms / 1000,
                heartbeat_s=settings.heartbeat_ms / 1000,
                rebalance_s=settings.rebalance_timeout_ms / 1000,
            ),
            Here(
                group_id=settings.group_id,
                url=url,
                connect_protocol=settings.connect_protocol,
                leader=leader,
                config_state=config_state,
                refresh_configs=lambda: refresh_configs(refresh_s),
                now_ms=_steady_clock(),
            ),
            listener,
            bridge=_LoopBridge(loop),
            now=time.monotonic,
            executor=concurrent.futures.ThreadPoolExecutor(1, "group-leader"),
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="group-member", daemon=True)
        self._has_begun = threading.Event()

    # -- the worker's event loop ------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to join; returns at once, also when no broker can be reached yet."""
        self._thread.start()

    async def stop(self) -> None:
        """Leave the group and end the thread; takes a few seconds at most, also without a broker.

        The worker has stopped its work before; the listener is not called any more.
        """
        if not self._thread.is_alive():
            return
        self._soon(self._driver.stop)
        await asyncio.to_thread(self._thread.join, _STOP_S)
        if self._thread.is_alive():
            logger.warning("Group %s: the member's thread does not end", self._group_id)

    # -- any thread -------------------------------------------------------------------------------

    def request_rejoin(self, reason: str) -> None:
        """Have this worker join again, which makes all workers do so.

        Requests made before this worker tells the group what it has are one request.

        Args:
            reason: Why, for the log: *it* …, or a sentence.
        """
        self._soon(self._driver.wish, reason)

    def leave_for(self, reason: str, pause_s: float) -> None:
        """Give up all work, leave the group, and join again after a pause or a rejoin request.

        The coroutine of the listener that runs now is waited for; then ``on_revoked`` is called.

        Args:
            reason: Why, for the log.
            pause_s: How long to stay away.
        """
        self._soon(self._driver.leave_for, reason, pause_s)

    @property
    def lease(self) -> float:
        """Monotonic second until which this worker is surely a member; minus infinity for none."""
        return self._driver.pulse.session.deadline_s

    @property
    def is_member(self) -> bool:
        """Whether this worker has an assignment, and the membership it is for has not ended."""
        return self._driver.is_assigned and self.lease > time.monotonic()

    @property
    def member_id(self) -> str:
        """The coordinator's name of this worker; empty when it has none."""
        return self._coordinator.member_id

    @property
    def generation(self) -> int:
        """The round whose outcome this worker follows; -1 for none."""
        return self._coordinator.generation

    @property
    def protocol(self) -> ConnectProtocol | None:
        """The protocol of the last round; None before the first."""
        return self._driver.protocol

    @property
    def stage(self) -> str | None:
        """What the member is doing, such as *joining the group*; None when all is settled."""
        return self._driver.stage

    @property
    def trouble(self) -> str | None:
        """Why the coordinator cannot be reached or does not let this worker in; None if it does."""
        return self._driver.trouble.text

    def rebalance_metrics(self) -> dict[str, float | str]:
        """Values of ``connect-worker-rebalance-metrics``."""
        protocol = self._driver.protocol
        return {
            "connect-protocol": "" if protocol is None else protocol.name,
            "leader-name": self._driver.leader_url,
            "epoch": float(self.generation),
            **self._driver.metrics.rebalance_values(time.monotonic()),
        }

    def coordinator_metrics(self) -> dict[str, float]:
        """Values of ``connect-coordinator-metrics``."""
        held = self._driver.held
        return {
            "assigned-connectors": 0.0 if held is None else float(len(held.connectors)),
            "assigned-tasks": 0.0 if held is None else float(len(held.tasks)),
            **self._driver.metrics.coordinator_values(time.monotonic()),
        }

    # -- the member's thread ----------------------------------------------------------------------

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            self._loop = runner.get_loop()
            self._has_begun.set()
            runner.run(self._driver.run())

    def _soon(self, function: Callable[..., None], *arguments: object) -> None:
        if not self._thread.is_alive():
            return
        self._has_begun.wait()
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop is closed, the member has ended
            self._loop.call_soon_threadsafe(function, *arguments)


def _steady_clock() -> Callable[[], int]:
    """Make a clock in ms since the epoch that does not jump when the system's is set."""
    began_s = time.time() - time.monotonic()
    return lambda: int((began_s + time.monotonic()) * 1000)


class _LoopBridge:
    """The way to the worker's loop; a closed loop is as one that never answers."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def call(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Future[None]:
        try:
            future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        except RuntimeError:
            coroutine.close()
            future = concurrent.futures.Future()
        return asyncio.wrap_future(future)

    def post(self, callback: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback)
