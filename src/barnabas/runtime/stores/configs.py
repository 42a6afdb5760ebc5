# SPDX-License-Identifier: Apache-2.0
"""Where configurations of connectors and tasks are kept: the interface, and the form in memory.

The rules are those of Java's config topic: configurations are raw (references to config providers
unresolved), tasks are numbered from 0, and the configuration of a task that a connector no longer
has stays known until the connector is removed.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping, Sequence
from typing import TypeVar

from barnabas.runtime.model import TargetState, TaskId

__all__ = ["ConfigState", "ConfigStore", "MemoryConfigStore"]

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

    def __contains__(self, connector: object) -> bool:
        return connector in self.configs

    def tasks(self, connector: str) -> list[TaskId]:
        """Tasks the connector has now, in order."""
        return [TaskId(connector, task) for task in range(self.task_counts.get(connector, 0))]

    def target_state(self, connector: str) -> TargetState:
        """State the user wants; STARTED when nobody said otherwise."""
        return self.target_states.get(connector, TargetState.STARTED)


class ConfigStore(abc.ABC):
    """Keeps configurations. Used on the worker's event loop only."""

    @property
    @abc.abstractmethod
    def state(self) -> ConfigState:
        """What is configured now."""

    @abc.abstractmethod
    async def put_connector(
        self, name: str, config: Mapping[str, str | None], target_state: TargetState | None
    ) -> None:
        """Store a connector's configuration, with a target state unless None."""

    @abc.abstractmethod
    async def remove_connector(self, name: str) -> None:
        """Forget a connector, its tasks and its target state."""

    @abc.abstractmethod
    async def put_tasks(self, name: str, configs: Sequence[Mapping[str, str]]) -> None:
        """Store the configurations of all tasks a connector now has."""

    @abc.abstractmethod
    async def put_target_state(self, name: str, target_state: TargetState) -> None:
        """Store the state a user wants."""


class MemoryConfigStore(ConfigStore):
    """Keeps configurations until the process ends, as Java's standalone worker does."""

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


def _without(values: Mapping[str, _V], name: str) -> dict[str, _V]:
    return {key: value for key, value in values.items() if key != name}
