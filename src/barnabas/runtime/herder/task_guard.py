# SPDX-License-Identifier: Apache-2.0
"""What is asked before a task of an exactly-once source starts.

First the producers of the connector's earlier tasks are fenced, by the leader; then, once the task
holds its transactional id, it is looked at again whether it is still to run here. On the event loop
only.

Differs:
    Java fails a task whose request to the leader meets a rebalance; here it is made again for a
    while.

Source:
    KIP-618; Apache Kafka ``DistributedHerder.fenceZombieSourceTasks``,
    ``verifyTaskGenerationAndOwnership``; reference page *Worker group protocol*, section 10.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from barnabas.errors import (
    ConflictError,
    ConnectError,
    DeadlineError,
    NotLeaderError,
    PeerError,
    RetriableError,
)
from barnabas.runtime.herder.assigned_work import AssignedWork
from barnabas.runtime.herder.fencing import ZombieFencing
from barnabas.runtime.herder.leader_requests import LeaderRequests
from barnabas.runtime.herder.membership import Membership
from barnabas.runtime.model import TaskId
from barnabas.runtime.stores import ConfigStore

__all__ = ["TaskGuard"]

_PATIENCE_S: Final = 60.0
_PAUSE_S: Final = 0.5
_REFRESH_S: Final = 60.0
_PASSING: Final = (ConflictError, DeadlineError, NotLeaderError, PeerError, RetriableError)

_log = logging.getLogger(__name__)


class TaskGuard:
    """Implements :class:`barnabas.runtime.worker.instances.TaskGuard` for a worker of a group.

    Args:
        configs: What is configured.
        membership: Says who leads.
        fencing: Holds rounds while this worker leads.
        leader: Asks another worker that does.
        work: What is to run here.
        patience_s: How long to try again what a rebalance may be in the way of.
        sleep: Waits for some seconds.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(  # noqa: PLR0913 - what it stands between, and time
        self,
        configs: ConfigStore,
        membership: Membership,
        fencing: ZombieFencing,
        leader: LeaderRequests,
        work: AssignedWork,
        *,
        patience_s: float = _PATIENCE_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._configs = configs
        self._membership = membership
        self._fencing = fencing
        self._leader = leader
        self._work = work
        self._patience_s = patience_s
        self._sleep = sleep
        self._now = now

    async def fence(self, connector: str) -> None:
        """Have the producers of a connector's earlier tasks fenced.

        Raises:
            ConnectError: It could not be done; says why.
        """
        until = self._now() + self._patience_s
        while True:
            try:
                await self._fence_once(connector)
            except _PASSING as error:
                if self._now() >= until:
                    raise _failed(error) from error
                _log.info("Fencing earlier tasks will be tried again: %s", error.message)
            except ConnectError as error:
                raise _failed(error) from error
            else:
                return
            await self._sleep(_PAUSE_S)

    async def _fence_once(self, connector: str) -> None:
        assigned = await self._membership.settled(past_refusals=True)
        if assigned.is_leader:
            await self._fencing.fence(connector)
            return
        key = self._configs.state.session_key if assigned.protocol.is_signed else None
        if key is None and assigned.protocol.is_signed:
            text = "there is no session key yet to sign the request to the leader with"
            raise RetriableError(text)
        await self._leader.fence(assigned.assignment.leader_url, connector, key)

    async def confirm(self, task: TaskId) -> None:
        """Return if a task may start here; reads the config topic to its end first.

        Raises:
            ConnectError: It has been given to another worker, or there are newer tasks.
        """
        await self._configs.refresh(_REFRESH_S)
        cannot = f"Cannot start source task {task} with exactly-once support as "
        if not self._work.is_newest(task):
            text = f"{cannot}the connector has already generated a new set of task configs"
            raise ConnectError(text)
        if task not in self._work.tasks:
            text = f"{cannot}it has already been revoked from this worker"
            raise ConnectError(text)


def _failed(error: ConnectError) -> ConnectError:
    text = (
        "Failed to perform zombie fencing, without which earlier tasks of this connector may still "
        f"write: {error.message}"
    )
    return ConnectError(text)
