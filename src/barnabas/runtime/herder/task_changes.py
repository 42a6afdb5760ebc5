# SPDX-License-Identifier: Apache-2.0
"""Which tasks new task configurations stop and start. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from barnabas.runtime.model import TaskId
from barnabas.runtime.stores import ConfigState

__all__ = ["TaskChanges", "plan_task_changes"]


@dataclasses.dataclass(frozen=True, slots=True)
class TaskChanges:
    """Tasks to stop and to start; a changed task is in both."""

    removed: tuple[TaskId, ...]
    changed: tuple[TaskId, ...]
    added: tuple[TaskId, ...]

    def __bool__(self) -> bool:
        return bool(self.removed or self.changed or self.added)


def plan_task_changes(
    state: ConfigState, connector: str, configs: Sequence[Mapping[str, str]]
) -> TaskChanges:
    """Compare new task configurations with those in use.

    Tasks also see the connector's configuration (converters, transformations, client overrides), so
    when that has changed since tasks were last written, all of them change.
    """
    current = state.tasks(connector)
    wanted = [TaskId(connector, number) for number in range(len(configs))]
    is_reconfigured = state.applied_configs.get(connector) != state.configs[connector]
    kept = current[: len(wanted)]
    changed = [
        task for task in kept if is_reconfigured or state.task_configs[task] != configs[task.task]
    ]
    return TaskChanges(tuple(current[len(wanted) :]), tuple(changed), tuple(wanted[len(current) :]))
