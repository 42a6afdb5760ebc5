# SPDX-License-Identifier: Apache-2.0
"""From task configurations to the config topic, written by the leader or through it.

A connector makes its tasks' configurations where it runs; only the leader of the group writes them.
On the event loop only.

Source:
    Reference page *Worker group protocol*, section 8; reference page *REST API*, section 6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from barnabas.errors import BadRequestError, RetriableError
from barnabas.runtime.herder import reports
from barnabas.runtime.herder.config_writing import ConfigWriter
from barnabas.runtime.herder.leader_requests import LeaderRequests
from barnabas.runtime.herder.membership import Membership
from barnabas.runtime.model import TargetState
from barnabas.runtime.stores import ConfigStore

__all__ = ["TaskWriter"]

TaskConfigs = Sequence[Mapping[str, str]]


class TaskWriter:
    """Has the configurations of a connector's tasks written.

    Args:
        configs: What is configured.
        membership: Says who leads.
        writer: Writes while this worker leads.
        leader: Asks another worker that does.
    """

    def __init__(
        self,
        configs: ConfigStore,
        membership: Membership,
        writer: ConfigWriter,
        leader: LeaderRequests,
    ) -> None:
        self._configs = configs
        self._membership = membership
        self._writer = writer
        self._leader = leader

    async def write(self, name: str, configs: TaskConfigs) -> None:
        """Write what a connector of this worker made.

        Raises:
            NotFoundError: There is no such connector any more.
            BadRequestError: It is stopped.
            ConnectError: It was not done, or nobody knows; it can be tried again.
        """
        assigned = await self._membership.settled(past_refusals=True)
        if assigned.is_leader:
            await self.write_as_leader(name, configs)
            return
        url = assigned.assignment.leader_url
        key = self._configs.state.session_key if assigned.protocol.is_signed else None
        if key is None and assigned.protocol.is_signed:
            message = (
                "There is no session key yet to sign requests to other workers with; the leader "
                f"of the group, at {url}, writes one to the config topic"
            )
            raise RetriableError(message)
        stage = f"Forwarding task configurations to the leader at {url}"
        with self._membership.stages.during(stage):
            await self._leader.put_tasks(url, name, configs, key)

    async def write_as_leader(self, name: str, configs: TaskConfigs) -> None:
        """Write what a connector of this or another worker made; raises as :meth:`write`."""
        async with self._writer.changing(name):
            state = self._configs.state
            reports.known_config(state, name)
            if configs and state.target_state(name) is TargetState.STOPPED:
                message = (
                    f"Cannot submit non-empty set of task configs for stopped connector {name}"
                )
                raise BadRequestError(message)
            await self._writer.put_tasks(name, configs)
