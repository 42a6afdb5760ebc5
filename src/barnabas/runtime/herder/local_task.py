# SPDX-License-Identifier: Apache-2.0
"""A task this worker is to run."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping

from barnabas.runtime.herder.local_instance import LocalInstance, Surroundings, Work
from barnabas.runtime.model import TargetState, TaskId
from barnabas.telemetry.logs import log_context

__all__ = ["LocalTask", "TaskDeclaration"]


@dataclasses.dataclass(frozen=True, slots=True)
class TaskDeclaration:
    """How a task is to run."""

    connector_config: Mapping[str, str | None]
    task_config: Mapping[str, str | None]
    target_state: TargetState
    task_count: int

    def needs_restart(self, given: TaskDeclaration) -> bool:
        """Whether an instance that was given another declaration cannot serve.

        The number of tasks is looked at when a task starts only.
        """
        return (self.task_config, self.connector_config) != (
            given.task_config,
            given.connector_config,
        )


class LocalTask(LocalInstance[TaskDeclaration]):
    """Calls the worker for one task."""

    def __init__(self, task: TaskId, around: Surroundings) -> None:
        super().__init__(task, around)
        self._task = task

    def _start(self, declaration: TaskDeclaration) -> Work:
        return self._around.worker.start_task(
            self._task,
            declaration.connector_config,
            declaration.task_config,
            declaration.target_state,
            task_count=declaration.task_count,
        )

    def _bring_to(self, target_state: TargetState) -> Work:
        return self._around.worker.set_task_target_state(self._task, target_state)

    def _stop(self) -> Work:
        return self._around.worker.stop_tasks([self._task])

    def _log_context(self) -> contextlib.AbstractContextManager[object]:
        return log_context(self._task.connector, f"task-{self._task.task}")
