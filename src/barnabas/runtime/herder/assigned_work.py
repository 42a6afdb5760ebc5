# SPDX-License-Identifier: Apache-2.0
"""From what the group assigned and what is configured to what runs here.

Work runs here when it is assigned to this worker and configured. A change of a connector's
configuration restarts its instance. New task configurations take effect in two steps, on all
workers: first every worker stops the tasks that change, then, with the assignment of the rebalance
that follows, they are started. So an old and a new task never do the same part of a job at the same
time; tasks whose configurations stay are left alone. On the event loop only.

Source:
    Reference page *Worker group protocol*, sections 4 and 7.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Set

from barnabas.runtime.herder.local_work import LocalWork
from barnabas.runtime.model import TaskId
from barnabas.runtime.stores import ConfigStore

__all__ = ["AssignedWork"]

Config = Mapping[str, str | None]


class AssignedWork:
    """Declares to :class:`LocalWork` what is to run.

    Args:
        local: What runs on this worker.
        configs: What is configured.
        rejoin: Asks for a rebalance, given the reason.
    """

    def __init__(
        self, local: LocalWork, configs: ConfigStore, rejoin: Callable[[str], None]
    ) -> None:
        self._local = local
        self._configs = configs
        self._rejoin = rejoin
        self.restarts_all: Callable[[str], bool] = lambda _name: False
        """Whether all tasks of a connector start anew when one of them changes: a round of fencing
        ends the producers of all."""
        self._generations: dict[TaskId, int] = {}
        self._known: set[str] = set()
        self._connectors: Set[str] = frozenset()
        self._tasks: Set[TaskId] = frozenset()
        self._offset = -1
        self._written_at: dict[str, int] = {}
        self._declared: dict[TaskId, tuple[Config, Config]] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    def is_newest(self, task: TaskId) -> bool:
        """Whether a task that was started here is of the connector's newest set of tasks."""
        known = self._generations.get(task)
        return known is not None and known == self._configs.state.generation(task.connector)

    def begin(self) -> None:
        """Take the configurations read at the start as known."""
        self._known = set(self._configs.state.configs)

    @property
    def connectors(self) -> Set[str]:
        """Connectors assigned to this worker."""
        return self._connectors

    @property
    def tasks(self) -> Set[TaskId]:
        """Tasks assigned to this worker."""
        return self._tasks

    # -- assignments ------------------------------------------------------------------------------

    async def restrict(self, connectors: Set[str], tasks: Set[TaskId]) -> None:
        """Stop what this worker no longer has; returns when it has stopped."""
        self._connectors, self._tasks = connectors, tasks
        self._declared = {task: how for task, how in self._declared.items() if task in tasks}
        await self._local.drop(
            [name for name in self._local.connectors if name not in connectors],
            [task for task in self._local.tasks if task not in tasks],
        )
        await self.given_up()

    def run(self, config_offset: int) -> None:
        """Start what this worker has and does not run yet: tasks first, for records wait for them.

        Args:
            config_offset: Position in the config topic the assignment was made from.
        """
        self._offset = config_offset
        for task in self._tasks:
            self._declare_task(task)
        for name in self._connectors:
            self._declare_connector(name)

    def clear(self) -> None:
        """Forget what was assigned; what runs is the caller's to stop."""
        self._connectors, self._tasks = frozenset(), frozenset()

    async def given_up(self) -> None:
        """Wait until everything that was told to stop has stopped."""
        while self._leaving:
            await asyncio.gather(*self._leaving, return_exceptions=True)

    # -- configurations ---------------------------------------------------------------------------

    def on_connector_config(self, name: str) -> None:
        """Restart a connector that runs here with its new configuration; announce a new one."""
        if name in self._known:
            self._declare_connector(name, anew=True)
        else:
            self._known.add(name)
            self._rejoin(f"connector {name} was created")

    def on_connector_removed(self, name: str) -> None:
        """Stop a connector and its tasks."""
        self._known.discard(name)
        self._written_at.pop(name, None)
        self._give_up([name], [task for task in self._local.tasks if task.connector == name])
        self._rejoin(f"connector {name} was deleted")

    def on_task_configs(self, name: str) -> None:
        """Stop tasks that change or are gone; the rebalance that follows starts the new ones."""
        state = self._configs.state
        self._written_at[name] = state.offset
        remaining = set(state.tasks(name))
        mine = [task for task in self._local.tasks if task.connector == name]
        doomed = [
            task
            for task in mine
            if task not in remaining
            or self.restarts_all(name)
            or self._declared.get(task) != self._configs_of(task)
        ]
        self._give_up([], doomed)
        self._rejoin(f"the tasks of connector {name} were written")

    def on_target_state(self, name: str) -> None:
        """Bring a connector and its tasks to the state wanted now."""
        self._declare_connector(name)
        for task in self._tasks & self._local.tasks:
            if task.connector == name:
                self._declare_task(task)

    # -- details ----------------------------------------------------------------------------------

    def _declare_connector(self, name: str, *, anew: bool = False) -> None:
        state = self._configs.state
        if name in self._connectors and name in state:
            config, target_state = state.configs[name], state.target_state(name)
            self._local.want_connector(name, config, target_state, anew=anew)

    def _declare_task(self, task: TaskId) -> None:
        state, name = self._configs.state, task.connector
        tasks = state.tasks(name)
        if task.task >= len(tasks) or self._written_at.get(name, -1) > self._offset:
            return  # gone, or changed since: the next assignment says more
        self._generations[task] = self._configs.state.generation(name)
        connector_config, task_config = self._declared[task] = self._configs_of(task)
        self._local.want_task(
            task, connector_config, task_config, state.target_state(name), len(tasks)
        )

    def _configs_of(self, task: TaskId) -> tuple[Config, Config]:
        """Configuration of a task's connector, as it was when its tasks were made, and its own."""
        state, name = self._configs.state, task.connector
        return state.applied_configs.get(name, state.configs[name]), state.task_configs[task]

    def _give_up(self, connectors: Iterable[str], tasks: Iterable[TaskId]) -> None:
        connectors, tasks = self._local.connectors.intersection(connectors), list(tasks)
        if connectors or tasks:
            leaving = asyncio.create_task(self._local.drop(connectors, tasks))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
