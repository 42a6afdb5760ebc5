# SPDX-License-Identifier: Apache-2.0
"""Reading what a consumer group has committed, without librdkafka.

Its admin client ends the whole process, with a segmentation fault, when the broker it asks is not
the group's coordinator (librdkafka issue 5040, still so in 2.16). Waiting for the coordinator
before (`coordinator_wait`) leaves the moment in which it moves; asking ourselves does not.

Source:
    KIP-88, KIP-709 (OffsetFetch); Kafka protocol guide.
"""

from __future__ import annotations

from typing import Any, Final

from kafka.protocol.consumer import OffsetFetchRequest

from barnabas.api.records import TopicPartition
from barnabas.errors import ConnectError
from barnabas.kafka.broker_connection import error_word
from barnabas.kafka.coordinator_request import ask_coordinator
from barnabas.kafka.layering import ClientProperties

__all__ = ["read_group_offsets"]

_NO_SUCH_GROUP: Final = 69


def read_group_offsets(
    properties: ClientProperties, group: str, timeout_s: float
) -> dict[TopicPartition, int]:
    """Read what a consumer group has committed; empty for a group that does not exist.

    Args:
        properties: Those of an admin client.
        group: The consumer group.
        timeout_s: For all of that.

    Raises:
        RetriableError: No broker answered in time.
        ConnectError: The cluster refused.
    """
    doing = f"Reading offsets of group {group}"
    answer = ask_coordinator(properties, group, _request(group), timeout_s, doing)
    told = answer.groups[0] if answer.groups else answer  # one group each, since version 8
    if told.error_code == _NO_SUCH_GROUP:
        return {}
    _check(told.error_code, doing)
    offsets = {}
    for topic in told.topics or ():
        for item in topic.partitions:
            _check(item.error_code, f"{doing} for {topic.name}-{item.partition_index}")
            if item.committed_offset >= 0:
                offsets[TopicPartition(topic.name, item.partition_index)] = item.committed_offset
    return offsets


def _request(group: str) -> OffsetFetchRequest:
    """Ask for all partitions, in the words of old versions and of new ones."""
    one = OffsetFetchRequest.OffsetFetchRequestGroup(group_id=group, topics=None)
    return OffsetFetchRequest(group_id=group, topics=None, groups=[one], require_stable=False)


def _check(code: Any, doing: str) -> None:
    if code:
        text = f"{doing} failed: {error_word(code)}"
        raise ConnectError(text)
