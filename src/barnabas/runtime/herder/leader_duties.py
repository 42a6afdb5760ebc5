# SPDX-License-Identifier: Apache-2.0
"""What the leader of a group does besides assigning: keys, stale statuses, the right to write.

On the event loop only.

Differs:
    Work of a lost worker that waits for its return is UNASSIGNED; Java goes on to show what the
    lost worker said last, RUNNING for minutes although nothing runs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeGuard

from barnabas.runtime.group.member import Assigned
from barnabas.runtime.herder.config_writing import ConfigWriter
from barnabas.runtime.herder.fencing import ZombieFencing, fence_with
from barnabas.runtime.herder.membership import Membership
from barnabas.runtime.herder.session_key_rotation import SessionKeyRotation
from barnabas.runtime.herder.strangers import Strangers
from barnabas.runtime.model import ConnectorStatus, State
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.stores import ConfigState, ConfigStore, StatusStore

__all__ = ["LeaderDuties", "remove_stale_statuses", "show_lost_work"]

_AT_WORK = frozenset({State.RUNNING, State.PAUSED, State.RESTARTING})


class LeaderDuties:
    """Takes the duties up and lays them down.

    Args:
        configs: What is configured.
        statuses: Where statuses of what is configured no longer are removed.
        writer: Told of an election.
        keys: Keeps the session key fresh while this worker leads.
        fencing: Holds rounds of zombie fencing while this worker leads.
        strangers: Told who is in the group.
    """

    def __init__(
        self,
        configs: ConfigStore,
        statuses: StatusStore,
        writer: ConfigWriter,
        keys: SessionKeyRotation,
        fencing: ZombieFencing,
        strangers: Strangers,
    ) -> None:
        self._configs = configs
        self._statuses = statuses
        self._writer = writer
        self._keys = keys
        self.fencing = fencing
        """Holds rounds of zombie fencing while this worker leads."""
        self.strangers = strangers
        """Notices other clusters on the same topics while this worker leads."""
        self._leads = False
        self._claim: asyncio.Task[None] | None = None

    @classmethod
    def of(
        cls,
        config: DistributedConfig,
        configs: ConfigStore,
        statuses: StatusStore,
        writer: ConfigWriter,
        membership: Membership,
        client_values: Callable[[Mapping[str, str | None]], Awaitable[dict[str, str]]],
    ) -> LeaderDuties:
        """Make them for a worker with these settings.

        ``client_values`` replaces references in what says how a connector reaches brokers.
        """
        keys = SessionKeyRotation(
            config,
            lambda: configs.state.session_key,
            writer.put_session_key,
            lambda: time.time_ns() // 1_000_000,
        )
        fence = fence_with(
            {key: str(value) for key, value in config.originals.items() if value is not None},
            config.group_id,
            lambda name: client_values(configs.state.configs[name]),
        )
        sync_timeout_s = config.worker_sync_timeout_ms / 1000
        fencing = ZombieFencing(configs, writer, fence, membership.stages, sync_timeout_s)
        strangers = Strangers(config.group_id, lambda: membership.leads and membership.is_settled)
        return cls(configs, statuses, writer, keys, fencing, strangers)

    def lead(self, assigned: Assigned) -> None:
        """Do what is due after each rebalance this worker leads."""
        if not self._leads:
            self._leads = True
            self._writer.elected()
            self._claim = asyncio.create_task(self._writer.claim())
        if assigned.owners is not None:
            self.strangers.lead(assigned.owners.urls.values())
        remove_stale_statuses(self._configs.state, self._statuses)
        show_lost_work(assigned, self._configs.state, self._statuses)
        if assigned.protocol.is_signed:
            self._keys.begin()

    async def follow(self) -> None:
        """Leave all that to another worker."""
        self._leads = False
        self.strangers.follow()
        claim, self._claim = self._claim, None
        if claim is not None:
            claim.cancel()
            await asyncio.gather(claim, return_exceptions=True)
        await asyncio.gather(self._keys.end(), self.fencing.stop())


def remove_stale_statuses(state: ConfigState, statuses: StatusStore) -> None:
    """Remove statuses, and used topics, of connectors and tasks that are configured no longer."""
    for name in statuses.connectors():
        configured = set(state.tasks(name)) if name in state else set()
        for task in statuses.tasks(name):
            if task not in configured:
                statuses.remove_task(task)
        if name not in state:
            statuses.remove_connector(name)
            statuses.remove_topics(name)


def show_lost_work(assigned: Assigned, state: ConfigState, statuses: StatusStore) -> None:
    """Make UNASSIGNED what a lost worker said to run, while it waits for that worker's return."""
    owners = assigned.owners
    if owners is None or assigned.delay_ms == 0:
        return
    for name in state.configs:
        status = statuses.connector(name)
        if name not in owners.connectors and _claims_to_run(status, assigned):
            statuses.put_connector(name, _unassigned(status, assigned))
        for task, status in statuses.tasks(name).items():
            if task not in owners.tasks and _claims_to_run(status, assigned):
                statuses.put_task(task, _unassigned(status, assigned))


def _claims_to_run(
    status: ConnectorStatus | None, assigned: Assigned
) -> TypeGuard[ConnectorStatus]:
    return (
        status is not None and status.state in _AT_WORK and status.generation < assigned.generation
    )


def _unassigned(status: ConnectorStatus, assigned: Assigned) -> ConnectorStatus:
    return ConnectorStatus(State.UNASSIGNED, status.worker_id, assigned.generation)
