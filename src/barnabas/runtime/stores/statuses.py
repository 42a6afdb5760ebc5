# SPDX-License-Identifier: Apache-2.0
"""Where statuses and used topics are kept: the interface, and the form in memory."""

from __future__ import annotations

import abc

from barnabas.runtime.model import ConnectorStatus, TaskId

__all__ = ["MemoryStatusStore", "StatusStore"]


class StatusStore(abc.ABC):
    """Keeps the newest status of connectors and tasks, and the topics connectors used (KIP-558).

    Used on the worker's event loop only; no method waits.
    """

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
    def put_connector(self, name: str, status: ConnectorStatus) -> None:
        """Store the status of a connector."""

    @abc.abstractmethod
    def put_task(self, task: TaskId, status: ConnectorStatus) -> None:
        """Store the status of a task."""

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

    def connector(self, name: str) -> ConnectorStatus | None:
        """Status of a connector, None when there is none."""
        return self._connectors.get(name)

    def task(self, task: TaskId) -> ConnectorStatus | None:
        """Status of a task, None when there is none."""
        return self._tasks.get(task.connector, {}).get(task)

    def tasks(self, name: str) -> dict[TaskId, ConnectorStatus]:
        """Statuses of all tasks of a connector, in order of their numbers."""
        return dict(sorted(self._tasks.get(name, {}).items()))

    def put_connector(self, name: str, status: ConnectorStatus) -> None:
        """Store the status of a connector."""
        self._connectors[name] = status

    def put_task(self, task: TaskId, status: ConnectorStatus) -> None:
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
