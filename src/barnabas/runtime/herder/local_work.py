# SPDX-License-Identifier: Apache-2.0
"""Makes what runs on this worker equal to what should run on it.

The herder declares; :class:`LocalWork` starts, stops, restarts and changes states through the
worker, one coroutine per connector and task, so that none waits for another. What failed stays
failed until it is restarted or declared differently: as in Java, a failure is for people to mend.

Differs:
    Java waits for a connector that hangs, for ever. Here an instance that is to go or to run anew
    is ended in the middle of its start, and one that has not reached a state when it is to be in
    another is given two seconds and then started anew in that.

Source:
    Apache Kafka ``connect/runtime DistributedHerder``, ``Worker``; reference page *Runtime
    semantics*, sections 1, 2, 7.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from barnabas.errors import NotFoundError
from barnabas.runtime.herder.local_connector import ConnectorDeclaration, LocalConnector
from barnabas.runtime.herder.local_instance import Surroundings, Work
from barnabas.runtime.herder.local_task import LocalTask, TaskDeclaration
from barnabas.runtime.herder.pace import Pace
from barnabas.runtime.herder.stages import Stages
from barnabas.runtime.herder.turns import Turns
from barnabas.runtime.model import FailureCause, TargetState, TaskId
from barnabas.runtime.worker import Worker

__all__ = ["Limits", "LocalWork"]

Config = Mapping[str, str | None]


class Limits(NamedTuple):
    """What keeps many starts, and starts that hang, from being in the way of others."""

    starts: int = 8
    """Starts at the same time; more would only make each other slow."""
    turn_s: float = 1.0
    """A start that takes longer no longer counts as one of those."""
    politeness_s: float = 2.0
    """Time a start or a change of state may go on although another state is wanted by now."""
    pace: int = 10
    """Instances that begin to move in one turn of the event loop; else many would stop it."""
    shown_s: float = 2.0
    """Time a task that was restarted has to say its first state before the request is answered."""


class LocalWork:
    """The connectors and tasks this worker should run. All on the event loop.

    Args:
        worker: Runs them; nobody else may start or stop connectors and tasks on it.
        on_connector_started: Told the name whenever a connector has reached RUNNING: at a start, a
            restart, a resume. It can make task configurations now.
        on_restarting: Told what :meth:`restart` has ended and is about to start again; the moment
            for the status RESTARTING.
        stages: Told what goes on.
        limits: See there.
    """

    def __init__(
        self,
        worker: Worker,
        *,
        on_connector_started: Callable[[str], None],
        on_restarting: Callable[[str | TaskId], None] = lambda _: None,
        stages: Stages | None = None,
        limits: Limits = Limits(),  # noqa: B008 - immutable
    ) -> None:
        self._worker = worker
        self._shown_s = limits.shown_s
        self._around = Surroundings(
            worker,
            Turns(limits.starts, limits.turn_s),
            Pace(limits.pace),
            limits.politeness_s,
            (lambda _: contextlib.nullcontext()) if stages is None else stages.during,
            on_connector_started,
            on_restarting,
            self._on_idle,
        )
        self._connectors: dict[str, LocalConnector] = {}
        self._tasks: dict[TaskId, LocalTask] = {}
        self.on_ordered: Callable[[TaskId], None] = lambda _: None
        """Told which task somebody asked to be restarted."""

    # -- what is wanted ------------------------------------------------------------------------

    @property
    def connectors(self) -> frozenset[str]:
        """Names of the connectors that should run here."""
        return frozenset(name for name, item in self._connectors.items() if item.is_wanted)

    @property
    def tasks(self) -> frozenset[TaskId]:
        """The tasks that should run here."""
        return frozenset(task for task, item in self._tasks.items() if item.is_wanted)

    def want_connector(
        self, name: str, config: Config, target_state: TargetState, *, anew: bool = False
    ) -> None:
        """Declare how a connector is to run; returns at once.

        The same declaration again does nothing, another target state is set, another configuration
        starts it anew.

        Args:
            name: Of the connector.
            config: As stored; must not be changed afterwards.
            target_state: Begins with it or is brought there. One that failed becomes STOPPED, but
                for the other states it must be restarted.
            anew: Whether to start it anew whatever it runs with: its user wrote its configuration,
                be it the same.
        """
        if name not in self._connectors:
            self._connectors[name] = LocalConnector(name, self._around)
        if anew:
            self._connectors[name].restart()
        self._connectors[name].want(ConnectorDeclaration(config, target_state))

    def want_task(
        self,
        task: TaskId,
        connector_config: Config,
        task_config: Config,
        target_state: TargetState,
        task_count: int,
    ) -> None:
        """Declare how a task is to run, as :meth:`want_connector`.

        Args:
            task: Which.
            connector_config: Of its connector, as it was when its tasks were made; another one
                starts the task anew. Must not be changed afterwards.
            task_config: Its own, as stored.
            target_state: Begins with it or is told it.
            task_count: How many tasks the connector has; another number alone changes nothing.
        """
        if task not in self._tasks:
            self._tasks[task] = LocalTask(task, self._around)
        declaration = TaskDeclaration(connector_config, task_config, target_state, task_count)
        self._tasks[task].want(declaration)

    # -- restarts ------------------------------------------------------------------------------

    async def restart_connector(self, name: str) -> None:
        """Start a connector anew; returns when it is in its target state.

        Raises:
            NotFoundError: It should not run here.
            ConnectError: It failed, or was dropped meanwhile.
        """
        self._connector(name).restart()
        await self.connector_settled(name)

    async def restart_task(self, task: TaskId) -> None:
        """Start a task anew; returns when its status is the new one's, or after a moment.

        Who asked for the restart then does not take the failure that was its reason for its result.

        Raises:
            NotFoundError: It should not run here.
            ConnectError: It could not be started, or was dropped meanwhile.
        """
        item = self._task(task)
        self.on_ordered(task)
        item.restart()
        await item.carried_out()
        await self._worker.task_spoken(task, self._shown_s)

    def restart(self, connector: str | None, tasks: Iterable[TaskId]) -> None:
        """Start a connector and tasks anew in the background; what should not run here, is not.

        Each ends, is told to ``on_restarting``, and starts with the newest declaration.
        """
        tasks = list(tasks)
        for task in tasks:
            self.on_ordered(task)
        items = [self._connectors.get(connector)] if connector is not None else []
        for item in [*items, *map(self._tasks.get, tasks)]:
            if item is not None and item.is_wanted:
                item.restart(announced=True)

    def restart_failed(self, task: TaskId) -> bool:
        """Start a task anew in the background if it has failed; returns whether it had."""
        item = self._tasks.get(task)
        if item is None or not item.is_wanted or not self._worker.has_failed(task):
            return False
        item.restart(announced=True)
        return True

    def config_of(self, task: TaskId) -> Config | None:
        """Configuration of the connector of a task that should run here; None: it should not."""
        item = self._tasks.get(task)
        declared = None if item is None else item.declared
        return None if declared is None else declared.connector_config

    def cause_of(self, task: TaskId) -> FailureCause | None:
        """Why a task failed; None where only its trace tells."""
        return self._worker.failure_cause(task)

    async def connector_settled(self, name: str) -> None:
        """Wait until the newest declaration of a connector is carried out.

        Raises:
            NotFoundError: It should not run here.
            ConnectError: It failed to start or to change its state, or was dropped meanwhile.
        """
        await self._connector(name).carried_out()

    async def at_rest(self, name: str) -> None:
        """Wait until nothing is under way for a connector and its tasks, wanted or not."""
        tasks = [item for task, item in self._tasks.items() if task.connector == name]
        items = [*tasks, self._connectors.get(name)]
        await asyncio.gather(*(item.idle() for item in items if item is not None))

    # -- the end -------------------------------------------------------------------------------

    def drop(self, connectors: Iterable[str] = (), tasks: Iterable[TaskId] = ()) -> Work:
        """Stop and forget.

        The order is given at once. Await the answer to wait until they are gone, which is bounded
        by the worker's deadlines. What is wanted again meanwhile starts after its end, which is all
        that is waited for.
        """
        items = [*map(self._connectors.get, connectors), *map(self._tasks.get, tasks)]
        return _all([item.drop() for item in items if item is not None])

    async def drop_all(self) -> None:
        """Stop and forget everything."""
        await self.drop(list(self._connectors), list(self._tasks))

    async def end_all(self, reason: str) -> None:
        """Kill and forget everything at once: this worker is no longer a member of its group."""
        items = self._items()
        for item in items:
            item.forget()
        try:
            await self._worker.end_all(reason)
        finally:
            await asyncio.gather(*(item.drop() for item in items if not item.is_wanted))

    # -- for tests and metrics -----------------------------------------------------------------

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing left to do; what failed has been done."""
        return all(item.is_idle for item in self._items())

    async def settled(self) -> None:
        """Wait until there is nothing left to do."""
        while not self.is_settled:
            await asyncio.gather(*(item.idle() for item in self._items()))

    # -- details -------------------------------------------------------------------------------

    def _items(self) -> list[LocalConnector | LocalTask]:
        return [*self._connectors.values(), *self._tasks.values()]

    def _connector(self, name: str) -> LocalConnector:
        found = self._connectors.get(name)
        if found is None or not found.is_wanted:
            text = f"Connector {name} is not to run on this worker."
            raise NotFoundError(text)
        return found

    def _task(self, task: TaskId) -> LocalTask:
        found = self._tasks.get(task)
        if found is None or not found.is_wanted:
            text = f"Task {task} is not to run on this worker."
            raise NotFoundError(text)
        return found

    def _on_idle(self, item: str | TaskId) -> None:
        """Forget what is gone."""
        if isinstance(item, TaskId):
            if self._tasks[item].is_gone:
                del self._tasks[item]
        elif self._connectors[item].is_gone:
            del self._connectors[item]


async def _all(works: list[Work]) -> None:
    await asyncio.gather(*works)
