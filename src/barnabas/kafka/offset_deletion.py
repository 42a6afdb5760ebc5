# SPDX-License-Identifier: Apache-2.0
"""Deleting single offsets of a consumer group, which librdkafka's Python client has no call for.

Source:
    KIP-496 (OffsetDelete); Kafka protocol guide.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, Final

from kafka.protocol.consumer import OffsetDeleteRequest

from barnabas.api.records import TopicPartition
from barnabas.errors import ConnectError, GroupBusyError
from barnabas.kafka.broker_connection import error_word
from barnabas.kafka.coordinator_request import ask_coordinator
from barnabas.kafka.layering import ClientProperties

__all__ = ["delete_group_offsets"]

_NO_SUCH_GROUP: Final = 69
_BUSY: Final = frozenset({25, 68, 86})
"""Unknown member, group not empty, group subscribed to the topic."""
_UNKNOWN_PARTITION: Final = 3


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
        doing = f"Deleting offsets of group {group}"
        request = _request(group, wanted)
        _check(ask_coordinator(properties, group, request, timeout_s, doing), group)


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
