# SPDX-License-Identifier: Apache-2.0
"""The cluster's own affairs: its id, topics, and the offsets of consumer groups.

Every call blocks its thread until the answer is there, at most ``timeout_s``, so the worker calls
them away from its event loop. One object may be used from several threads.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import enum
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self, TypeVar

from confluent_kafka import ConsumerGroupTopicPartitions, TopicCollection
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # stubs lack ConfigResource
    AdminClient,
    ConfigResource,
)
from confluent_kafka.cimpl import NewTopic as ClientTopic

from barnabas.api.records import TopicPartition
from barnabas.errors import ConnectError, GroupBusyError, NotFoundError, RetriableError
from barnabas.kafka.client_log import LastError, open_client, unreachable_error
from barnabas.kafka.coordinator_wait import await_coordinator
from barnabas.kafka.errors import KafkaError, KafkaException, connect_error, is_unreachable
from barnabas.kafka.layering import ClientProperties

__all__ = ["Admin", "Creation", "NewTopic", "TopicDescription"]

_Answer = TypeVar("_Answer")
_GRACE_S = 1.0
_PAUSE_S = 0.2
_BATCH_LIMIT = "max.message.bytes"
_DENIED = frozenset(
    {
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.UNSUPPORTED_VERSION,
    }
)
_BUSY = frozenset(
    {
        KafkaError.NON_EMPTY_GROUP,
        KafkaError.UNKNOWN_MEMBER_ID,
    }
)


class Creation(enum.Enum):
    """What came of the wish for a topic."""

    CREATED = enum.auto()
    EXISTED = enum.auto()
    """Somebody else was faster."""
    DENIED = enum.auto()
    """This principal may not create it, or the brokers cannot."""


@dataclasses.dataclass(frozen=True, slots=True)
class NewTopic:
    """A topic to be created."""

    name: str
    partitions: int = -1
    """Number of partitions; -1 for the broker's default."""
    replication_factor: int = -1
    """Number of copies; -1 for the broker's default."""
    config: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Settings such as ``cleanup.policy``."""


@dataclasses.dataclass(frozen=True, slots=True)
class TopicDescription:
    """What the cluster says about a topic."""

    name: str
    partitions: int
    replication_factor: int
    missing_rights: tuple[str, ...] = ()
    """Which of READ and WRITE this principal lacks; empty also where the cluster does not tell."""


class Admin:
    """An admin client; made without a connection.

    Every method raises:
        RetriableError: No broker answered within ``timeout_s``; says which addresses were tried.
        ConnectError: The login or certificate is not accepted, or the cluster refused; says why.
    """

    def __init__(self, properties: ClientProperties) -> None:
        """Make the client.

        Raises:
            ConfigError: A setting is wrong or contradicts another.
        """
        self._properties = properties
        self._servers = properties.bootstrap_servers
        self._last_error = LastError(properties.client_id)
        self._client, _ = open_client(AdminClient, properties, {"error_cb": self._last_error})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the client go; its threads end with it."""
        self._client.poll(0)

    def cluster_id(self, timeout_s: float) -> str:
        """Ask for the cluster's id."""
        answer = self._call(
            lambda: self._client.list_topics(timeout=timeout_s), "Asking for the cluster id"
        )
        return str(answer.cluster_id)

    def topic_names(self, timeout_s: float) -> frozenset[str]:
        """List all topics."""
        answer = self._call(lambda: self._client.list_topics(timeout=timeout_s), "Listing topics")
        return frozenset(answer.topics)

    def has_topic(self, topic: str, timeout_s: float) -> bool:
        """Say whether a topic exists; asking does not create it."""
        return topic in self.partition_counts([topic], timeout_s)

    def partition_counts(self, topics: Iterable[str], timeout_s: float) -> dict[str, int]:
        """Say how many partitions topics have; those that do not exist are left out.

        Raises:
            ConnectError: One of them may not be looked at.
        """
        names = list(dict.fromkeys(topics))
        futures = self._client.describe_topics(TopicCollection(names), request_timeout=timeout_s)
        counts: dict[str, int] = {}
        for name, future in futures.items():
            try:
                found = self._wait(future, timeout_s, f"Looking for topic {name}")
            except _ClientError as error:
                if error.kafka_error.code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise error.as_connect_error() from None
            else:
                counts[name] = len(found.partitions)
        return counts

    def create_topic(self, topic: NewTopic, timeout_s: float) -> Creation:
        """Create one topic, unless it exists or that is not allowed."""
        (future,) = self._creating([topic], timeout_s).values()
        try:
            self._wait(future, timeout_s, f"Creating topic {topic.name}")
        except _ClientError as error:
            if error.kafka_error.code() == KafkaError.TOPIC_ALREADY_EXISTS:
                return Creation.EXISTED
            if error.kafka_error.code() in _DENIED:
                return Creation.DENIED
            raise error.as_connect_error() from None
        return Creation.CREATED

    def batch_limits(self, names: Iterable[str], timeout_s: float) -> dict[str, int]:
        """Read how many bytes a batch for a topic may have: its ``max.message.bytes``.

        Topics that do not exist or may not be looked at are left out.
        """
        resources = [ConfigResource("topic", name) for name in names]
        if not resources:
            return {}
        futures = self._client.describe_configs(resources, request_timeout=timeout_s)
        limits: dict[str, int] = {}
        for resource, future in futures.items():
            try:
                entries = self._wait(future, timeout_s, f"Describing topic {resource.name}")
            except _ClientError as error:
                if is_unreachable(error.kafka_error):
                    raise error.as_connect_error() from None
                continue  # a refusal concerns this topic only
            entry = entries.get(_BATCH_LIMIT)
            if entry is not None and entry.value is not None:
                limits[resource.name] = int(entry.value)
        return limits

    def create_topics(self, topics: Iterable[NewTopic], timeout_s: float) -> frozenset[str]:
        """Create topics; those that exist already are left as they are.

        Returns:
            Names of the topics this call created.
        """
        futures = self._creating(topics, timeout_s)
        created = set()
        for name, future in futures.items():
            try:
                self._wait(future, timeout_s, f"Creating topic {name}")
                created.add(name)
            except _ClientError as error:
                if error.kafka_error.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise error.as_connect_error() from None
        return frozenset(created)

    def _creating(
        self, topics: Iterable[NewTopic], timeout_s: float
    ) -> dict[str, concurrent.futures.Future[Any]]:
        wanted = [
            ClientTopic(
                topic.name, topic.partitions, topic.replication_factor, config=dict(topic.config)
            )
            for topic in topics
        ]
        return self._client.create_topics(wanted, request_timeout=timeout_s) if wanted else {}

    def committed_offsets(self, group: str, timeout_s: float) -> dict[TopicPartition, int]:
        """Read what a consumer group has committed; empty for a group that does not exist."""
        from barnabas.kafka.offset_reading import read_group_offsets

        return read_group_offsets(self._properties, group, timeout_s)

    def alter_offsets(
        self, group: str, offsets: Mapping[TopicPartition, int], timeout_s: float
    ) -> None:
        """Commit offsets for a consumer group without members.

        Raises:
            GroupBusyError: The group has members.
            ConnectError: A partition does not exist.
        """
        deadline = time.monotonic() + timeout_s
        is_done = not offsets
        while not is_done:
            try:
                self._alter_offsets(group, offsets, deadline - time.monotonic())
                is_done = True
            except RetriableError:  # the coordinator may just be moving
                if time.monotonic() + _PAUSE_S >= deadline:
                    raise
                time.sleep(_PAUSE_S)

    def _alter_offsets(
        self, group: str, offsets: Mapping[TopicPartition, int], timeout_s: float
    ) -> None:
        partitions = [
            ClientPartition(where.topic, where.partition, offset)
            for where, offset in offsets.items()
        ]
        doing = f"Writing offsets of group {group}"
        self._await_coordinator(group, timeout_s)
        futures = self._client.alter_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group, partitions)], request_timeout=timeout_s
        )
        try:
            answer = self._wait(futures[group], timeout_s, doing)
        except _ClientError as error:
            raise self._offset_error(error.kafka_error, doing) from None
        for item in answer.topic_partitions:
            if item.error is not None:
                raise self._offset_error(item.error, f"{doing} for {item.topic}-{item.partition}")

    def delete_offsets(
        self, group: str, partitions: Iterable[TopicPartition], timeout_s: float
    ) -> None:
        """Forget what a consumer group without members has committed for some partitions.

        Raises:
            GroupBusyError: The group has members.
            ConnectError: A partition does not exist.
        """
        from barnabas.kafka.offset_deletion import delete_group_offsets

        delete_group_offsets(self._properties, group, partitions, timeout_s)

    def delete_group(self, group: str, timeout_s: float) -> None:
        """Delete a consumer group without members; nothing happens when there is no such group.

        Raises:
            GroupBusyError: The group has members.
        """
        futures = self._client.delete_consumer_groups([group], request_timeout=timeout_s)
        doing = f"Deleting group {group}"
        try:
            self._wait(futures[group], timeout_s, doing)
        except _ClientError as error:
            meaning = self._offset_error(error.kafka_error, doing)
            if not isinstance(meaning, NotFoundError):
                raise meaning from None

    def _offset_error(self, error: KafkaError, doing: str) -> ConnectError:
        """Tell what a change of a group's offsets failed with."""
        if error.code() in _BUSY:
            return GroupBusyError(f"{doing} failed: {error.str()} ({error.name()})")
        if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            return ConnectError(f"{doing} failed: there is no such topic or partition")
        return self._error(error, doing)

    def _await_coordinator(self, group: str, timeout_s: float) -> None:
        """Wait until offsets can be written; see `coordinator_wait`."""
        doing = f"Asking for the coordinator of group {group}"
        try:
            await_coordinator(self._client, group, timeout_s)
        except concurrent.futures.TimeoutError:
            raise self._unreachable(doing) from None
        except KafkaException as error:
            raise self._error(error.args[0], doing) from None

    def _call(self, ask: Callable[[], _Answer], doing: str) -> _Answer:
        try:
            return ask()
        except KafkaException as error:
            raise self._error(error.args[0], doing) from None

    def _result(self, future: concurrent.futures.Future[Any], timeout_s: float, doing: str) -> Any:
        try:
            return self._wait(future, timeout_s, doing)
        except _ClientError as error:
            raise error.as_connect_error() from None

    def _wait(self, future: concurrent.futures.Future[Any], timeout_s: float, doing: str) -> Any:
        try:
            return future.result(timeout_s + _GRACE_S)
        except concurrent.futures.TimeoutError:
            raise self._unreachable(doing) from None
        except KafkaException as error:
            kafka_error = error.args[0]
            raise _ClientError(kafka_error, self._error(kafka_error, doing)) from None

    def _error(self, error: KafkaError, doing: str) -> ConnectError:
        return self._unreachable(doing) if is_unreachable(error) else connect_error(error, doing)

    def _unreachable(self, doing: str) -> ConnectError:
        self._client.poll(0)  # tells what happened to the connections
        return unreachable_error(self._servers, self._last_error, doing)


class _ClientError(Exception):
    """One answer of the cluster was an error."""

    def __init__(self, kafka_error: KafkaError, error: ConnectError) -> None:
        super().__init__(str(error))
        self.kafka_error = kafka_error
        self._error = error

    def as_connect_error(self) -> ConnectError:
        return self._error
