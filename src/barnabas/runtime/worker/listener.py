# SPDX-License-Identifier: Apache-2.0
"""What the owner of a worker hears of its connectors and tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from barnabas.runtime.model import ConnectorStatus, TaskId

__all__ = ["WorkerListener"]


class WorkerListener(Protocol):
    """Hears what happens to connectors and tasks. Called on the event loop; must not block."""

    def on_connector_status(self, name: str, status: ConnectorStatus) -> None:
        """Take the new status of a connector."""

    def on_task_status(self, task: TaskId, status: ConnectorStatus) -> None:
        """Take the new status of a task."""

    def on_active_topics(self, task: TaskId, topics: Sequence[str]) -> None:
        """Take topics a task has used for the first time since its start."""

    def on_task_reconfiguration_requested(self, name: str) -> None:
        """Hear that a connector wants its task configurations generated anew."""

    def on_config_expired(self, what: str | TaskId) -> None:
        """Hear that a connector or task is to be started again, with new values of providers."""
