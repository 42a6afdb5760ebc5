# SPDX-License-Identifier: Apache-2.0
"""Where configurations of connectors and tasks are kept: the interface, and the form in memory.

The rules are those of Java's config topic: configurations are raw (references to config providers
unresolved), tasks are numbered from 0, and the configuration of a task that a connector no longer
has stays known until the connector is removed.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping, Sequence, Set
from typing import Protocol, TypeVar

from barnabas.errors import UnsupportedError
from barnabas.runtime.model import RestartRequest, SessionKey, TargetState, TaskId

__all__ = ["ConfigListener", "ConfigState", "ConfigStore", "MemoryConfigStore", "RawConfig"]

_V = TypeVar("_V")
RawConfig = dict[str, str | None]


@dataclasses.dataclass(frozen=True, slots=True)
class ConfigState:
    """Everything configured at one moment; never changes."""

    offset: int = -1
    """Position in the config topic up to which this is valid; -1 where there is no topic."""
    configs: Mapping[str, RawConfig] = dataclasses.field(default_factory=dict)
    target_states: Mapping[str, TargetState] = dataclasses.field(default_factory=dict)
    task_counts: Mapping[str, int] = dataclasses.field(default_factory=dict)
    task_configs: Mapping[TaskId, dict[str, str]] = dataclasses.field(default_factory=dict)
    applied_configs: Mapping[str, RawConfig] = dataclasses.field(default_factory=dict)
    """Configuration each connector had when its tasks were last written."""
    task_config_generations: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """How often a connector's tasks were written, counted from 0; for exactly-once sources."""
    task_count_records: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Tasks whose transactional producers may be alive, by connector; for exactly-once sources."""
    pending_fencing: Set[str] = frozenset()
    """Connectors whose tasks were written after their task count was."""
    inconsistent: Set[str] = frozenset()
    """Connectors of whose newest set of tasks some are missing; they have no tasks for now."""
    session_key: SessionKey | None = None

    def __contains__(self, connector: object) -> bool:
        return connector in self.configs

    def tasks(self, connector: str) -> list[TaskId]:
        """Tasks the connector has now, in order."""
        if connector in self.inconsistent:
            return []
        return [TaskId(connector, task) for task in range(self.task_counts.get(connector, 0))]

    def generation(self, connector: str) -> int:
        """How often the connector's tasks were written, counted from 0; -1 when never."""
        return self.task_config_generations.get(connector, -1)

    def target_state(self, connector: str) -> TargetState:
        """State the user wants; STARTED when nobody said otherwise."""
        return self.target_states.get(connector, TargetState.STARTED)


class ConfigListener(Protocol):
    """Hears what changes in a :class:`ConfigStore`, after what it read at its start.

    Called on the worker's event loop, once the store's ``state`` holds the change. Whether this
    worker or another one wrote it makes no difference.
    """

    def on_connector_removed(self, name: str) -> None:
        """Hear that a connector's configuration is gone."""

    def on_connector_config(self, name: str) -> None:
        """Hear that a connector's configuration was written; it may be what it was."""

    def on_task_configs(self, connector: str, tasks: list[TaskId]) -> None:
        """Hear that the tasks of a connector were written; ``tasks`` are those written."""

    def on_target_state(self, name: str) -> None:
        """Hear that the state wanted of a connector is another one."""

    def on_session_key(self, key: SessionKey) -> None:
        """Hear of a new session key."""

    def on_restart(self, request: RestartRequest) -> None:
        """Hear that somebody asked for a restart."""

    def on_logger_level(self, name: str, level: str) -> None:
        """Hear that somebody set the level of a logger for the whole cluster."""

    def on_foreign_record(self, key: str, offset: int) -> None:
        """Hear of a record that only a leader writes, and that this worker did not write."""


class ConfigStore(abc.ABC):
    """Keeps configurations. Used on the worker's event loop only.

    What a method wrote is in :attr:`state` when it returns, except for target states and levels of
    loggers, which follow.
    """

    @property
    @abc.abstractmethod
    def state(self) -> ConfigState:
        """What is configured now, as far as this worker knows; never waits."""

    async def start(self, listener: ConfigListener) -> None:  # noqa: B027 - optional
        """Load what is stored; may take as long as the broker is away.

        Args:
            listener: Hears what changes from now on.

        Raises:
            ConfigError: The store cannot be used as it is configured; the worker does not start.
        """

    async def stop(self) -> None:  # noqa: B027 - optional
        """Release what the store holds."""

    async def refresh(self, timeout_s: float) -> ConfigState:
        """Read all that was written before this call, by any worker.

        Raises:
            DeadlineError: That took longer than ``timeout_s``.
        """
        return self.state

    @abc.abstractmethod
    async def put_connector(
        self, name: str, config: Mapping[str, str | None], target_state: TargetState | None
    ) -> None:
        """Store a connector's configuration, with a target state unless None. Leader only.

        Raises:
            ConnectError: It could not be written; whether it will be seen later is not known.
            PrivilegedWriteError: This worker is not, or no longer, the one who may write.
        """

    @abc.abstractmethod
    async def remove_connector(self, name: str) -> None:
        """Forget a connector, its tasks and its target state. Leader only; raises as above."""

    @abc.abstractmethod
    async def put_tasks(self, name: str, configs: Sequence[Mapping[str, str]]) -> None:
        """Store the configurations of all tasks a connector now has. Leader only; as above."""

    @abc.abstractmethod
    async def put_target_state(self, name: str, target_state: TargetState) -> None:
        """Store the state a user wants.

        Raises:
            ConnectError: It could not be written.
        """

    @abc.abstractmethod
    async def put_session_key(self, key: SessionKey) -> None:
        """Hand a session key to all workers. Leader only; raises as :meth:`put_connector`."""

    @abc.abstractmethod
    async def put_restart(self, request: RestartRequest) -> None:
        """Hand a restart request to all workers. Leader only; raises as :meth:`put_connector`."""

    @abc.abstractmethod
    async def put_logger_level(self, name: str, level: str) -> None:
        """Hand the level of a logger to all workers; raises as :meth:`put_target_state`."""

    @abc.abstractmethod
    async def put_task_count(self, name: str, count: int) -> None:
        """Store how many tasks' producers may be alive. Leader only; as :meth:`put_connector`."""

    async def claim_write_privileges(self) -> None:  # noqa: B027 - optional
        """Become the only one who may write, on election; earlier leaders' writes fail from now.

        Does nothing where writes are not fenced.

        Raises:
            ConnectError: The right could not be had now; try again.
        """


class MemoryConfigStore(ConfigStore):
    """Keeps configurations until the process ends, as Java's standalone worker does.

    One worker alone writes and reads it, so listeners hear nothing.
    """

    def __init__(self) -> None:
        self._state = ConfigState()

    @property
    def state(self) -> ConfigState:
        """What is configured now."""
        return self._state

    async def put_connector(
        self, name: str, config: Mapping[str, str | None], target_state: TargetState | None
    ) -> None:
        """Store a connector's configuration, with a target state unless None."""
        old = self._state
        wanted = target_state or old.target_state(name)
        self._state = dataclasses.replace(
            old,
            configs={**old.configs, name: dict(config)},
            target_states={**old.target_states, name: wanted},
        )

    async def remove_connector(self, name: str) -> None:
        """Forget a connector, its tasks and its target state."""
        old = self._state
        self._state = dataclasses.replace(
            old,
            configs=_without(old.configs, name),
            target_states=_without(old.target_states, name),
            task_counts=_without(old.task_counts, name),
            applied_configs=_without(old.applied_configs, name),
            task_configs={k: v for k, v in old.task_configs.items() if k.connector != name},
        )

    async def put_tasks(self, name: str, configs: Sequence[Mapping[str, str]]) -> None:
        """Store the configurations of all tasks a connector now has."""
        old = self._state
        tasks = {TaskId(name, number): dict(config) for number, config in enumerate(configs)}
        self._state = dataclasses.replace(
            old,
            task_configs={**old.task_configs, **tasks},
            task_counts={**old.task_counts, name: len(tasks)},
            applied_configs={**old.applied_configs, name: dict(old.configs[name])},
        )

    async def put_target_state(self, name: str, target_state: TargetState) -> None:
        """Store the state a user wants."""
        old = self._state
        states = {**old.target_states, name: target_state}
        self._state = dataclasses.replace(old, target_states=states)

    async def put_session_key(self, key: SessionKey) -> None:
        """Do nothing: there is nobody to hand it to."""

    async def put_restart(self, request: RestartRequest) -> None:
        """Refuse: who asks restarts it itself.

        Raises:
            UnsupportedError: Always.
        """
        message = f"Restart of {request.connector} cannot be handed to others: there are none"
        raise UnsupportedError(message)

    async def put_logger_level(self, name: str, level: str) -> None:
        """Do nothing: there is nobody to hand it to."""

    async def put_task_count(self, name: str, count: int) -> None:
        """Refuse: standalone workers do not deliver exactly once.

        Raises:
            UnsupportedError: Always.
        """
        message = f"The task count of {name} ({count}) is of no use to a worker on its own"
        raise UnsupportedError(message)


def _without(values: Mapping[str, _V], name: str) -> dict[str, _V]:
    return {key: value for key, value in values.items() if key != name}
