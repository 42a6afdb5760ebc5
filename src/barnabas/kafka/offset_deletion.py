# SPDX-License-Identifier: Apache-2.0
"""Deleting single offsets of a consumer group, which librdkafka's Python client has no call for.

The request goes to the group's coordinator over a connection of its own, which is closed after it.
Blocks its thread; an event loop runs inside for the time of the call.

Source:
    KIP-496 (OffsetDelete); Kafka protocol guide.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from typing import Any, Final

from kafka.protocol.consumer import OffsetDeleteRequest

from barnabas.api.records import TopicPartition
from barnabas.errors import ConnectError, GroupBusyError, RetriableError
from barnabas.kafka.broker_connection import Doorman, UnreachableError, error_word
from barnabas.kafka.connection_security import connection_security
from barnabas.kafka.group_coordinator import CoordinatorSettings, GroupCoordinator
from barnabas.kafka.group_errors import CoordinatorLostError
from barnabas.kafka.layering import ClientProperties

__all__ = ["delete_group_offsets"]

_NO_SUCH_GROUP: Final = 69
_BUSY: Final = frozenset({25, 68, 86})
"""Unknown member, group not empty, group subscribed to the topic."""
_LOST: Final = frozenset({14, 15, 16})
_UNKNOWN_PARTITION: Final = 3
_PAUSE_S: Final = 0.2


def delete_group_offsets(
    properties: ClientProperties, group: str, partitions: Iterable[TopicPartition], timeout_s: float
) -> None:
    """Forget what a consumer group without members has committed for some partitions.

    Nothing happens where nothing was committed, and when there is no such group.

    Args:
        properties: Those of an admin client.
        group: The consumer group.
        partitions: Whose offsets are to be forgotten.
        timeout_s: For all of that.

    Raises:
        GroupBusyError: The group has members.
        RetriableError: No broker answered in time.
        ConnectError: A partition does not exist, or the cluster refused.
    """
    wanted = sorted(set(partitions))
    if wanted:
        asyncio.run(_within(properties, group, wanted, timeout_s))


async def _within(
    properties: ClientProperties, group: str, partitions: list[TopicPartition], timeout_s: float
) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            answer = await _ask(properties, group, partitions, timeout_s)
    except TimeoutError:
        text = (
            f"Deleting offsets of group {group} failed: no broker of "
            f"{properties.bootstrap_servers} answered within {timeout_s:g} s"
        )
        raise RetriableError(text) from None
    _check(answer, group)


async def _ask(
    properties: ClientProperties, group: str, partitions: list[TopicPartition], timeout_s: float
) -> Any:
    """Ask until a coordinator answers for the group."""
    settings = CoordinatorSettings(
        group_id=group,
        protocol_type="consumer",
        session_timeout_ms=0,
        rebalance_timeout_ms=0,
        heartbeat_timeout_ms=0,
        client=properties,
        client_id=properties.client_id,
    )
    doorman = Doorman(connection_security(properties), properties.client_id)
    while True:
        coordinator = GroupCoordinator(settings)
        try:
            await coordinator.find()
            assert coordinator.address is not None
            connection = await doorman.open(coordinator.address, timeout_s)
            try:
                answer = await connection.ask(_request(group, partitions), timeout_s)
            finally:
                connection.close()
        except (CoordinatorLostError, UnreachableError):
            answer = None
        finally:
            coordinator.close()
        if answer is not None and answer.error_code not in _LOST:
            return answer
        await asyncio.sleep(_PAUSE_S)


def _request(group: str, partitions: list[TopicPartition]) -> OffsetDeleteRequest:
    topic_of = OffsetDeleteRequest.OffsetDeleteRequestTopic
    part_of = topic_of.OffsetDeleteRequestPartition
    topics = [
        topic_of(name=topic, partitions=[part_of(partition_index=one.partition) for one in items])
        for topic, items in itertools.groupby(partitions, lambda one: one.topic)
    ]
    return OffsetDeleteRequest(group_id=group, topics=topics)


def _check(answer: Any, group: str) -> None:
    if answer.error_code == _NO_SUCH_GROUP:
        return
    _raise_for(answer.error_code, f"Deleting offsets of group {group}")
    for topic in answer.topics:
        for partition in topic.partitions:
            where = f"{topic.name}-{partition.partition_index}"
            _raise_for(partition.error_code, f"Deleting the offset of group {group} for {where}")


def _raise_for(code: int, doing: str) -> None:
    if code == 0:
        return
    text = f"{doing} failed: {error_word(code)}"
    if code in _BUSY:
        raise GroupBusyError(text)
    if code == _UNKNOWN_PARTITION:
        text += "; there is no such topic or partition"
    raise ConnectError(text)
