# SPDX-License-Identifier: Apache-2.0
"""Creates the topics of a source task before its first record to each (KIP-158).

Only for connectors with ``topic.creation.`` settings, and when the worker allows it with
``topic.creation.enable``; otherwise the broker creates topics, or not, as its settings say. The
admin client is opened for the first topic that is new and let go when all of a batch are there.

Source:
    KIP-158; Apache Kafka ``AbstractWorkerSourceTask``, ``TopicAdmin``; reference page *Runtime
    semantics*, section 8.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from barnabas.errors import ConnectError, RetriableError
from barnabas.runtime.settings.topic_creation import (
    TopicGroup,
    enabled_topic_groups,
    first_group,
)

if TYPE_CHECKING:
    from barnabas.kafka.admin import Admin, NewTopic

__all__ = ["TopicCreator", "make_topic_creator"]

_ATTEMPT_S: Final = 3.0
"""Time for one question; a stop is heard between two of them."""
_PAUSE_S: Final = 0.5

_log = logging.getLogger(__name__)

Wait = Callable[[float], object]
"""Sleeps for so many seconds, but not past the stop of the task."""


class TopicCreator:
    """Creates topics for one source task. Main thread only.

    Args:
        groups: How topics are created, the last one fits all; empty when none are to be created.
        open_admin: Opens an admin client.
        is_stopping: Whether the task is to stop.
        wait: Sleeps between two attempts.
    """

    def __init__(
        self,
        groups: Sequence[TopicGroup],
        open_admin: Callable[[], Admin],
        *,
        is_stopping: Callable[[], bool],
        wait: Wait,
    ) -> None:
        self._groups = groups
        self._open_admin = open_admin
        self._is_stopping = is_stopping
        self._wait = wait
        self._known: set[str] = set()

    def ensure(self, topics: Iterable[str]) -> bool:
        """Create those topics that do not exist; returns when all are there.

        While no broker answers it tries again until the task is to stop.

        Returns:
            False when the task is to stop meanwhile.

        Raises:
            ConnectError: A topic cannot be created; says which, how it was to be, and why not.
        """
        missing = [topic for topic in topics if topic not in self._known]
        if not self._groups or not missing:
            return True
        with self._open_admin() as admin:
            return all(self._ensure_one(admin, topic) for topic in missing)

    def _ensure_one(self, admin: Admin, topic: str) -> bool:
        _log.info("First records for topic %s: checking whether it exists", topic)
        while not self._is_stopping():
            try:
                self._create(admin, topic)
            except RetriableError as error:
                _log.warning("Topic %s: %s; trying again", topic, error.message)
                self._wait(_PAUSE_S)
            else:
                self._known.add(topic)
                return True
        return False

    def _create(self, admin: Admin, topic: str) -> None:
        """Make one attempt.

        Raises:
            RetriableError: No broker answered in time.
            ConnectError: The cluster refuses.
        """
        from barnabas.kafka.admin import Creation, NewTopic

        if admin.has_topic(topic, _ATTEMPT_S):
            _log.info("Topic %s exists already", topic)
            return
        group = first_group(self._groups, topic)
        wanted = NewTopic(topic, group.partitions, group.replication_factor, group.configs)
        try:
            outcome = admin.create_topic(wanted, _ATTEMPT_S)
        except RetriableError:
            raise
        except ConnectError as error:
            text = (
                f"Error while attempting to create/find topic(s) '{topic}' as group "
                f"{group.name} of topic.creation.* says, {_described(wanted)}: {error.message}"
            )
            raise ConnectError(text) from error
        if outcome is Creation.DENIED:
            text = (
                f"Task failed to create new topic {_described(wanted)}. Ensure that the task is "
                "authorized to create topics or that the topic exists and restart the task"
            )
            raise ConnectError(text)
        if outcome is Creation.EXISTED:
            _log.info("Topic %s has just been created by somebody else", topic)
            return
        _log.info("Created topic %s as group %s says", _described(wanted), group.name)


def make_topic_creator(
    worker: Mapping[str, str],
    config: Mapping[str, str],
    open_admin: Callable[[], Admin],
    *,
    is_stopping: Callable[[], bool],
    wait: Wait,
) -> TopicCreator:
    """Make the creator for a task.

    Args:
        worker: The worker's settings as given.
        config: The connector's configuration, references to config providers resolved.
        open_admin: Opens an admin client.
        is_stopping: Whether the task is to stop.
        wait: Sleeps between two attempts.

    Raises:
        ConfigError: A ``topic.creation.`` setting is missing or wrong.
    """
    groups = enabled_topic_groups(worker, config)
    return TopicCreator(groups, open_admin, is_stopping=is_stopping, wait=wait)


def _described(topic: NewTopic) -> str:
    """The text Java has for a new topic."""
    partitions, replicas = (
        "default" if number == -1 else number
        for number in (topic.partitions, topic.replication_factor)
    )
    settings = ", ".join(f"{name}={value}" for name, value in topic.config.items())
    return (
        f"(name={topic.name}, numPartitions={partitions}, replicationFactor={replicas}, "
        f"replicasAssignments=null, configs={{{settings}}})"
    )
