# SPDX-License-Identifier: Apache-2.0
"""Where statuses and used topics are kept: the interface, and the form in memory."""

from __future__ import annotations

import abc
from collections.abc import Callable

from barnabas.runtime.model import ConnectorStatus, TaskId

__all__ = ["MemoryStatusStore", "StatusStore"]


class StatusStore(abc.ABC):
    """Keeps the newest status of connectors and tasks, and the topics connectors used (KIP-558).

    Used on the worker's event loop only. Writing returns at once; what was written may be seen
    later, as it is where a topic keeps it.
    """

    on_read: Callable[[str | TaskId, ConnectorStatus], None] | None = None
    """Told, where a topic keeps them, of each status of a connector (by its name) or a task that is
    read after the start, whoever wrote it."""

    on_topic_forgotten: Callable[[str], None] | None = None
    """Told, where a topic keeps them, of each connector of which it is read after the start that a
    topic it used is to be forgotten, whoever asked for that."""

    async def start(self) -> None:  # noqa: B027 - optional
        """Load what is stored; may take as long as the broker is away.

        Raises:
            ConfigError: The store cannot be used as it is configured; the worker does not start.
        """

    async def stop(self) -> None:  # noqa: B027 - optional
        """Release what the store holds; what is not written yet is tried for a bounded time."""

    async def flush(self, timeout_s: float) -> None:  # noqa: B027 - optional
        """Wait until what was put is stored; called before work is given to another worker.

        Returns:
            After ``timeout_s`` at the latest, whether all is stored or not.
        """

    @abc.abstractmethod
    def connectors(self) -> set[str]:
        """Names of all connectors of which, or of a task of which, a status is known."""

    @abc.abstractmethod
    def connector(self, name: str) -> ConnectorStatus | None:
        """Status of a connector, None when there is none."""

    @abc.abstractmethod
    def task(self, task: TaskId) -> ConnectorStatus | None:
        """Status of a task, None when there is none."""

    @abc.abstractmethod
    def tasks(self, name: str) -> dict[TaskId, ConnectorStatus]:
        """Statuses of all tasks of a connector, in order of their numbers."""

    @abc.abstractmethod
    def put_connector(self, name: str, status: ConnectorStatus, *, safe: bool = False) -> None:
        """Store the status of a connector.

        Args:
            name: Name of the connector.
            status: Its status.
            safe: Give way to a newer owner: write only when no status is known, or the known one
                is of the same worker or of no later generation. For failures and shutdown.
        """

    @abc.abstractmethod
    def put_task(self, task: TaskId, status: ConnectorStatus, *, safe: bool = False) -> None:
        """Store the status of a task; ``safe`` as for :meth:`put_connector`."""

    @abc.abstractmethod
    def remove_connector(self, name: str) -> None:
        """Forget the status of a connector; nothing is done when there is none."""

    @abc.abstractmethod
    def remove_task(self, task: TaskId) -> None:
        """Forget the status of a task; nothing is done when there is none."""

    @abc.abstractmethod
    def topics(self, name: str) -> list[str]:
        """Topics the connector used since the last reset."""

    @abc.abstractmethod
    def add_topic(self, task: TaskId, topic: str) -> None:
        """Remember that a task used a topic."""

    @abc.abstractmethod
    def remove_topics(self, name: str) -> None:
        """Forget the topics a connector used."""


class MemoryStatusStore(StatusStore):
    """Keeps statuses until the process ends, as Java's standalone worker does."""

    def __init__(self) -> None:
        self._connectors: dict[str, ConnectorStatus] = {}
        self._tasks: dict[str, dict[TaskId, ConnectorStatus]] = {}
        self._topics: dict[str, dict[str, None]] = {}

    def connectors(self) -> set[str]:
        """Names of all connectors of which, or of a task of which, a status is known."""
        return {*self._connectors, *(name for name, tasks in self._tasks.items() if tasks)}

    def connector(self, name: str) -> ConnectorStatus | None:
        """Status of a connector, None when there is none."""
        return self._connectors.get(name)

    def task(self, task: TaskId) -> ConnectorStatus | None:
        """Status of a task, None when there is none."""
        return self._tasks.get(task.connector, {}).get(task)

    def tasks(self, name: str) -> dict[TaskId, ConnectorStatus]:
        """Statuses of all tasks of a connector, in order of their numbers."""
        return dict(sorted(self._tasks.get(name, {}).items()))

    def put_connector(
        self,
        name: str,
        status: ConnectorStatus,
        *,
        safe: bool = False,
    ) -> None:
        """Store the status of a connector."""
        self._connectors[name] = status

    def put_task(
        self,
        task: TaskId,
        status: ConnectorStatus,
        *,
        safe: bool = False,
    ) -> None:
        """Store the status of a task."""
        self._tasks.setdefault(task.connector, {})[task] = status

    def remove_connector(self, name: str) -> None:
        """Forget the status of a connector; nothing is done when there is none."""
        self._connectors.pop(name, None)

    def remove_task(self, task: TaskId) -> None:
        """Forget the status of a task; nothing is done when there is none."""
        self._tasks.get(task.connector, {}).pop(task, None)

    def topics(self, name: str) -> list[str]:
        """Topics the connector used since the last reset."""
        return list(self._topics.get(name, {}))

    def add_topic(self, task: TaskId, topic: str) -> None:
        """Remember that a task used a topic."""
        self._topics.setdefault(task.connector, {})[topic] = None

    def remove_topics(self, name: str) -> None:
        """Forget the topics a connector used."""
        self._topics.pop(name, None)

    def remove_topic(self, name: str, topic: str) -> None:
        """Forget that a connector used a topic; nothing is done when it did not."""
        self._topics.get(name, {}).pop(topic, None)
