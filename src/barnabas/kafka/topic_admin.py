# SPDX-License-Identifier: Apache-2.0
"""Making, checking and measuring topics from an event loop.

The calls need no thread: the client answers futures. Each waits for a bounded time and can be
cancelled; several may be under way.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Iterable, Sequence
from typing import Any

from confluent_kafka import TopicCollection
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # stubs lack ConfigResource
    AdminClient,
    ConfigResource,
    OffsetSpec,
)
from confluent_kafka.cimpl import NewTopic as ClientTopic

from barnabas.errors import ConfigError, ConnectError, RetriableError
from barnabas.kafka.admin import NewTopic, TopicDescription
from barnabas.kafka.client_log import LastError, open_client, unreachable_error
from barnabas.kafka.errors import KafkaError, KafkaException, connect_error, is_unreachable
from barnabas.kafka.layering import ClientProperties

__all__ = ["NEEDED_RIGHTS", "AccessDeniedError", "TooFewBrokersError", "TopicAdmin"]

_GRACE_S = 0.5
_LOOK_S = 2.0
_NEEDED = ("READ", "WRITE")
_EARLIEST: OffsetSpec = OffsetSpec.earliest()  # type: ignore[no-untyped-call]  # client untyped
_LATEST: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # client untyped
_DENIED = frozenset(
    {
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
    }
)
_WRONG = frozenset(
    {
        KafkaError.INVALID_CONFIG,
        KafkaError.INVALID_PARTITIONS,
        KafkaError.INVALID_REQUEST,
        KafkaError.POLICY_VIOLATION,
        KafkaError.TOPIC_EXCEPTION,
    }
)


NEEDED_RIGHTS = "this worker's principal needs READ, WRITE and DESCRIBE on the topic"
"""What every worker must be allowed to do with an internal topic."""


class AccessDeniedError(ConnectError):
    """The cluster does not give this principal the right to do that."""


class TooFewBrokersError(RetriableError):
    """The cluster has too few brokers for the replication factor, for now perhaps."""


class TopicAdmin:
    """An admin client for single topics; used on one event loop, shared by several owners there.

    Broken connections are told by the errors only. Every method raises:
        RetriableError: No broker answered within ``timeout_s``; says which addresses were tried.
        AccessDeniedError: The principal may not do it.
        ConnectError: The login or certificate is not accepted, or the cluster refused; says why.
    """

    def __init__(self, properties: ClientProperties) -> None:
        """Make the client, without a connection.

        Raises:
            ConfigError: A setting is wrong or contradicts another.
        """
        self.servers = properties.bootstrap_servers
        """The addresses it begins with, for messages."""
        self._last_error = LastError(properties.client_id, level=logging.DEBUG)
        self._client, _ = open_client(AdminClient, properties, {"error_cb": self._last_error})

    async def describe(self, topic: str, timeout_s: float) -> TopicDescription | None:
        """Describe a topic, None when it does not exist; never creates it."""
        futures = self._client.describe_topics(
            TopicCollection([topic]), request_timeout=timeout_s, include_authorized_operations=True
        )
        try:
            (found,) = await self._all(futures.values(), timeout_s, f"Looking for topic {topic}")
        except _CodedError as error:
            if error.code == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return None
            raise error.meaning from None
        replicas = min((len(partition.replicas) for partition in found.partitions), default=0)
        allowed = {operation.name for operation in found.authorized_operations or ()}
        missing = tuple(name for name in _NEEDED if allowed and name not in allowed)
        return TopicDescription(topic, len(found.partitions), replicas, missing)

    async def create(self, topic: NewTopic, timeout_s: float) -> bool:
        """Create a topic; says whether it did not exist before.

        Raises:
            TooFewBrokersError: There are fewer brokers than replicas wanted.
            ConfigError: The cluster does not accept its settings.
        """
        wanted = ClientTopic(
            topic.name, topic.partitions, topic.replication_factor, config=dict(topic.config)
        )
        futures = self._client.create_topics([wanted], request_timeout=timeout_s)
        try:
            await self._all(futures.values(), timeout_s, f"Creating topic {topic.name}")
        except _CodedError as error:
            if error.code == KafkaError.TOPIC_ALREADY_EXISTS:
                return False
            if error.code == KafkaError.INVALID_REPLICATION_FACTOR:
                raise TooFewBrokersError(error.meaning.message) from None
            if error.code in _WRONG:
                raise ConfigError(error.meaning.message) from None
            raise error.meaning from None
        return True

    async def settings(self, topic: str, timeout_s: float) -> dict[str, str | None]:
        """Read the settings of a topic, defaults included."""
        resources = [ConfigResource("topic", topic)]
        futures = self._client.describe_configs(resources, request_timeout=timeout_s)
        try:
            (found,) = await self._all(futures.values(), timeout_s, f"Describing topic {topic}")
        except _CodedError as error:
            raise error.meaning from None
        return {name: entry.value for name, entry in found.items()}

    async def first_offsets(
        self, topic: str, partitions: Sequence[int], timeout_s: float
    ) -> dict[int, int]:
        """Ask where each partition begins."""
        return await self._offsets(topic, partitions, _EARLIEST, timeout_s)

    async def end_offsets(
        self, topic: str, partitions: Sequence[int], timeout_s: float
    ) -> dict[int, int]:
        """Ask where each partition ends, open transactions included."""
        return await self._offsets(topic, partitions, _LATEST, timeout_s)

    async def _offsets(
        self, topic: str, partitions: Sequence[int], spec: OffsetSpec, timeout_s: float
    ) -> dict[int, int]:
        request = {ClientPartition(topic, partition): spec for partition in partitions}
        futures = self._client.list_offsets(request, request_timeout=timeout_s)
        doing = f"Asking for the offsets of topic {topic}"
        try:
            found = await self._all(futures.values(), timeout_s, doing)
        except _CodedError as error:
            if isinstance(error.meaning, AccessDeniedError):
                raise error.meaning from None
            # Many errors, some of the client itself, tell that leaders are just changing; and the
            # client may go on with what it knew for ever (FENCED_LEADER_EPOCH).
            if not await self._look_around():
                raise self._unreachable(doing) from None
            raise RetriableError(error.meaning.message) from None
        return {
            where.partition: answer.offset
            for where, answer in zip(futures.keys(), found, strict=True)
        }

    async def _look_around(self) -> bool:
        """Have the client learn anew who leads which partition; says whether a broker answered."""
        try:
            await asyncio.to_thread(self._client.list_topics, timeout=_LOOK_S)
        except KafkaException:
            return False
        return True

    async def _all(
        self, futures: Iterable[concurrent.futures.Future[Any]], timeout_s: float, doing: str
    ) -> list[Any]:
        try:
            async with asyncio.timeout(timeout_s + _GRACE_S):
                return await asyncio.gather(*map(asyncio.wrap_future, futures))
        except TimeoutError:
            raise self._unreachable(doing) from None
        except KafkaException as error:
            told = error.args[0]
            if is_unreachable(told):
                raise self._unreachable(doing) from None
            meaning = connect_error(told, doing)
            if told.code() in _DENIED:
                meaning = AccessDeniedError(f"{doing} failed: {told.str()} ({told.name()})")
            raise _CodedError(told.code(), meaning) from None

    def _unreachable(self, doing: str) -> ConnectError:
        self._client.poll(0)  # tells what happened to the connections
        return unreachable_error(self.servers, self._last_error, doing)


class _CodedError(Exception):
    """The cluster's answer was an error; callers choose by its code."""

    def __init__(self, code: int, meaning: ConnectError) -> None:
        super().__init__(str(meaning))
        self.code = code
        self.meaning = meaning
