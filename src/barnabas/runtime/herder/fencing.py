# SPDX-License-Identifier: Apache-2.0
"""Rounds of zombie fencing, which the leader holds before new tasks of an exactly-once source run.

Each task of such a source produces in transactions, under an id of its own. Before a new set of
tasks starts, the ids of the set before are taken away from whoever still holds them, and the size
of the new set is written down: the *task count record*, by which the next round knows what to
fence. The first task that asks starts the round, the others wait for it.

Source:
    KIP-618; Apache Kafka ``DistributedHerder.fenceZombieSourceTasks``; reference page *Worker group
    protocol*, section 10.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from barnabas.errors import ConflictError, ConnectError
from barnabas.runtime.herder import reports
from barnabas.runtime.herder.config_writing import ConfigWriter
from barnabas.runtime.herder.stages import Stages
from barnabas.runtime.stores.configs import ConfigState, ConfigStore

__all__ = ["Fence", "FencingPlan", "ZombieFencing", "fence_with", "plan_fencing"]

_log = logging.getLogger(__name__)

_FENCE_S = 90.0
_NEW_TASKS = "Failed to complete zombie fencing because a new set of task configs was generated"

Fence = Callable[[str, int], Awaitable[None]]
"""Fences the producers of a connector's tasks 0 to n-1."""


class FencingPlan(NamedTuple):
    """What to do before the tasks of a connector may produce."""

    producers: int
    """How many of the ids of earlier tasks to take away."""
    task_count: int
    """What to write down then."""
    generation: int
    """The set of tasks this is for."""


def plan_fencing(state: ConfigState, connector: str) -> FencingPlan | None:
    """Decide what to do before the tasks of a connector may produce. Pure.

    Returns:
        None when that was done since the tasks were written. No producer is fenced when there
        were none, nor when one task follows one: it has the same id, and fences by itself.
    """
    if connector not in state.pending_fencing:
        return None
    task_count = state.task_counts.get(connector, 0)
    recorded = state.task_count_records.get(connector, 0)
    fences_itself = (recorded, task_count) == (1, 1)
    return FencingPlan(0 if fences_itself else recorded, task_count, _generation(state, connector))


class ZombieFencing:
    """Holds rounds of fencing, one at a time for each connector. On the event loop, as leader.

    Args:
        configs: Where task counts are kept.
        writer: Writes there while this worker leads.
        fence: Fences producers (:func:`fence_with`).
        stages: Told what goes on.
        refresh_s: Time that reading the config store to its end may take.
    """

    def __init__(
        self,
        configs: ConfigStore,
        writer: ConfigWriter,
        fence: Fence,
        stages: Stages,
        refresh_s: float,
    ) -> None:
        self._configs = configs
        self._writer = writer
        self._fence = fence
        self._stages = stages
        self._refresh_s = refresh_s
        self._rounds: dict[str, _Round] = {}

    async def fence(self, connector: str) -> None:
        """Return when no earlier task of a connector can produce any more.

        Raises:
            ConflictError: The connector has new tasks by now; those have to ask anew.
            NotLeaderError: This worker does not lead any more.
            NotFoundError: The connector was deleted.
            ConnectError: It could not be done; may be asked again.
        """
        await self._refresh("before performing zombie fencing")
        reports.known_config(self._configs.state, connector)
        plan = plan_fencing(self._configs.state, connector)
        if plan is None:
            return
        running = self._rounds.get(connector)
        if running is None or running.is_void:
            running = _Round(asyncio.create_task(self._hold(connector, plan, running)))
            self._rounds[connector] = running
        await running.over()

    def on_task_configs(self, connector: str) -> None:
        """Hear that a connector has a new set of tasks: a round for the set before is void."""
        running = self._rounds.get(connector)
        if running is not None:
            running.void(ConflictError(_NEW_TASKS))

    async def stop(self) -> None:
        """Give up what goes on, because this worker does not lead any more or stops.

        When this returns nothing is fenced any more: what the next leader's tasks produce is safe.
        """
        rounds = list(self._rounds.values())
        for running in rounds:
            running.void(ConnectError("Zombie fencing was given up: this worker no longer leads"))
        await asyncio.gather(*(running.task for running in rounds), return_exceptions=True)

    async def _hold(self, connector: str, plan: FencingPlan, earlier: _Round | None) -> None:
        """Hold a round, once an earlier one that is void has ended and fences no more."""
        own = asyncio.current_task()
        try:
            if earlier is not None:
                await asyncio.wait({earlier.task})
            await self._fence_earlier(connector, plan)
            async with self._writer.changing(connector):  # nobody writes new tasks in between
                await self._check_newest(connector, plan)
                await self._writer.write(
                    lambda: self._configs.put_task_count(connector, plan.task_count),
                    f"writing a task count record for connector {connector} to the config topic",
                )
        finally:
            last = self._rounds.get(connector)
            if last is not None and last.task is own:
                del self._rounds[connector]

    async def _fence_earlier(self, connector: str, plan: FencingPlan) -> None:
        if plan.producers == 0:
            _log.debug("Connector %s has no earlier tasks that must be fenced", connector)
            return
        _log.info(
            "Fencing the producers of the %d earlier tasks of connector %s",
            plan.producers,
            connector,
        )
        with self._stages.during(f"initiating a round of zombie fencing for connector {connector}"):
            await self._fence(connector, plan.producers)

    async def _check_newest(self, connector: str, plan: FencingPlan) -> None:
        await self._refresh("after performing zombie fencing")
        if _generation(self._configs.state, connector) != plan.generation:
            message = (
                "Fencing failed because new task configurations were generated for the connector"
            )
            raise ConflictError(message)

    async def _refresh(self, when: str) -> None:
        try:
            await self._configs.refresh(self._refresh_s)
        except ConnectError as error:
            message = f"Failed to read to end of config topic {when}"
            raise ConnectError(message) from error


class _Round:
    """A round of fencing; those who wait for it hear its end, or why it is void."""

    def __init__(self, task: asyncio.Task[None]) -> None:
        self.task = task
        task.add_done_callback(_heard)
        self._reason: ConnectError | None = None

    @property
    def is_void(self) -> bool:
        return self._reason is not None

    def void(self, reason: ConnectError) -> None:
        if self._reason is None and not self.task.done():
            self._reason = reason
            self.task.cancel()

    async def over(self) -> None:
        await asyncio.wait({self.task})
        if self._reason is not None:
            raise self._reason
        self.task.result()


def _heard(task: asyncio.Task[None]) -> None:
    """Take note of an error that nobody may be left to hear."""
    if not task.cancelled():
        task.exception()


def fence_with(
    worker: Mapping[str, str], group_id: str, config: Callable[[str], Awaitable[Mapping[str, str]]]
) -> Fence:
    """Make what fences producers through the Kafka cluster.

    It takes 90 s at most. When it is cancelled it ends a moment later, once its thread has: until
    then producers may be fenced.

    Args:
        worker: The worker's settings.
        group_id: The group of the workers; their tasks' ids begin with it.
        config: Gives the configuration of a connector, which may change how brokers are reached;
            without references to config providers.
    """

    async def fence(connector: str, count: int) -> None:
        from barnabas.kafka import layering
        from barnabas.kafka.fencing import fence_producers

        reached = await config(connector)
        admin = layering.admin(worker, f"connector-worker-adminclient-{connector}", reached)
        ids = [f"{group_id}-{connector}-{task}" for task in range(count)]
        given_up = threading.Event()
        fencing = asyncio.ensure_future(
            asyncio.to_thread(fence_producers, admin, ids, _FENCE_S, given_up)
        )
        try:
            await asyncio.shield(fencing)
        except asyncio.CancelledError:
            given_up.set()
            await asyncio.wait({fencing})
            _heard(fencing)
            raise

    return fence


def _generation(state: ConfigState, connector: str) -> int:
    return state.generation(connector)
