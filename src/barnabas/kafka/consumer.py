# SPDX-License-Identifier: Apache-2.0
"""Opening consumers.

The object is confluent-kafka's :class:`Consumer` as it is, so that a hot loop pays for no wrapper:
``consume(n, timeout_s)`` returns messages, of which some may carry an ``error()``.
"""

from __future__ import annotations

import dataclasses
import logging
import re
import time
from collections.abc import Callable, Sequence

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    OFFSET_INVALID,
    OFFSET_STORED,
    TIMESTAMP_CREATE_TIME,
    TIMESTAMP_LOG_APPEND_TIME,
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    Message,
    TopicPartition,
)

from barnabas.kafka.client_log import LastError, open_client
from barnabas.kafka.client_statistics import ClientStatistics
from barnabas.kafka.errors import KafkaError, KafkaException, connect_error
from barnabas.kafka.layering import ClientProperties

__all__ = [
    "INTERNAL_TOPICS",
    "OFFSET_BEGINNING",
    "OFFSET_END",
    "OFFSET_INVALID",
    "OFFSET_STORED",
    "TIMESTAMP_CREATE_TIME",
    "TIMESTAMP_LOG_APPEND_TIME",
    "TIMESTAMP_NOT_AVAILABLE",
    "Consumer",
    "Message",
    "OpenConsumer",
    "TopicPartition",
    "keep_membership",
    "leave_group",
    "matching_topics",
    "open_consumer",
    "partition_count",
    "topic_exists",
]

_MOST_SINGLE_QUESTIONS = 20
_SERVE_S = 0.05
_logger = logging.getLogger(__name__)
INTERNAL_TOPICS = frozenset({"__consumer_offsets", "__share_group_state", "__transaction_state"})
"""Kafka's own topics, which a pattern does not mean."""


@dataclasses.dataclass(frozen=True, slots=True)
class OpenConsumer:
    """A consumer with what its settings say to the loop that uses it."""

    consumer: Consumer
    last_error: LastError
    """What last went wrong with a broker, told while polling."""
    max_poll_records: int | None
    """Most records one batch may have; None when the user did not say."""
    exclude_internal_topics: bool
    """Whether a pattern never means Kafka's own topics."""
    statistics: ClientStatistics | None = None
    """What the client measures, if it was asked to."""


def open_consumer(
    properties: ClientProperties,
    *,
    on_commit: Callable[[KafkaError | None, list[TopicPartition]], None] | None = None,
    tells_ends: bool = False,
    quiet: bool = False,
    statistics_ms: int = 0,
) -> OpenConsumer:
    """Open a consumer; returns at once, whether a broker answers or not.

    Called in runner processes. End it with ``close()``, which leaves the group.

    Args:
        properties: Its properties.
        on_commit: Told of the answer to each asynchronous commit, while the consumer is polled.
        tells_ends: Whether it tells, by messages whose error is ``_PARTITION_EOF``, that a
            partition is read to its end; their offset is that end.
        quiet: Whether its owner tells of broken connections, so that it does not.
        statistics_ms: Time in ms from one measurement of itself to the next; 0 for none.

    Raises:
        ConfigError: A setting is wrong or contradicts another.
    """
    last_error = LastError(properties.client_id, level=logging.DEBUG if quiet else logging.WARNING)
    callbacks: dict[str, object] = {"error_cb": last_error}
    if tells_ends:
        callbacks["enable.partition.eof"] = True
    if on_commit is not None:
        callbacks["on_commit"] = on_commit
    statistics = ClientStatistics() if statistics_ms else None
    callbacks |= {} if statistics is None else statistics.settings(statistics_ms)
    consumer, translation = open_client(Consumer, properties, callbacks)
    return OpenConsumer(
        consumer,
        last_error,
        translation.max_poll_records,
        translation.exclude_internal_topics,
        statistics,
    )


def keep_membership(consumer: Consumer) -> None:
    """Count as a poll towards ``max.poll.interval.ms``; any thread, while the consumer is open.

    Asked for no messages, librdkafka takes none off its queue and calls nothing back, but notes
    that it was asked. An integration test shows that this is still so.
    """
    consumer.consume(0, 0)


def leave_group(consumer: Consumer, timeout_s: float) -> None:
    """Leave a group that shares partitions cooperatively; to be called before ``close``.

    librdkafka 2.16 closes such a member without leaving when it has no partitions, and then the
    next rebalance lasts until the broker misses it: ``session.timeout.ms``. It does leave when the
    subscription ends, which waits for the end of a rebalance, and then forgets its member id. Not
    for the protocol of KIP-848, where members keep their ids and leave when they are closed. An
    integration test shows what is said here.

    What the consumer tells of partitions is told to its callbacks, on this thread.

    Args:
        consumer: The consumer, which must be open.
        timeout_s: Seconds to wait for the end of a rebalance.
    """
    deadline = time.monotonic() + timeout_s
    try:
        consumer.unsubscribe()
        while consumer.memberid() and time.monotonic() < deadline:
            consumer.consume(1, _SERVE_S)
    except KafkaException as error:
        _logger.debug("Leaving the group: %s", error)


def topic_exists(opened: OpenConsumer, topic: str, timeout_s: float) -> bool:
    """Ask the broker for a topic; the consumer takes notice of one that is new.

    A subscription to a topic that does not exist is otherwise looked at again only after
    ``metadata.max.age.ms``.

    Args:
        opened: The consumer that asks.
        topic: Name of the topic.
        timeout_s: Seconds to wait for a broker.

    Raises:
        RetriableError: No broker answered in time.
    """
    try:
        found = opened.consumer.list_topics(topic, timeout=timeout_s).topics.get(topic)
    except KafkaException as error:
        raise connect_error(error.args[0], f"Looking for topic {topic}") from None
    return found is not None and found.error is None


def partition_count(opened: OpenConsumer, topics: Sequence[str], timeout_s: float) -> int:
    """Count the partitions of topics; those that do not exist have none.

    Args:
        opened: The consumer that asks.
        topics: Names of the topics.
        timeout_s: Seconds to wait for a broker.

    Raises:
        ConnectError: No broker answered in time, or it refused to.
    """
    try:
        if len(topics) > _MOST_SINGLE_QUESTIONS:
            known = opened.consumer.list_topics(timeout=timeout_s).topics
        else:
            known = {}
            for topic in topics:
                known |= opened.consumer.list_topics(topic, timeout=timeout_s).topics
    except KafkaException as error:
        raise connect_error(error.args[0], "Counting partitions") from None
    return sum(len(known[topic].partitions) for topic in topics if topic in known)


def matching_topics(opened: OpenConsumer, pattern: str, timeout_s: float) -> list[str]:
    """List the topics a pattern means, in order of name; for ``topics.regex``.

    librdkafka's own patterns follow other rules than Java's and match Kafka's internal topics, so
    a sink task subscribes to this list and looks again from time to time.

    Args:
        opened: The consumer that asks.
        pattern: A regular expression that must match a whole name.
        timeout_s: Seconds to wait for a broker.

    Raises:
        RetriableError: No broker answered in time.
    """
    try:
        names = opened.consumer.list_topics(timeout=timeout_s).topics
    except KafkaException as error:
        raise connect_error(error.args[0], "Listing topics") from None
    hidden = INTERNAL_TOPICS if opened.exclude_internal_topics else frozenset()
    compiled = re.compile(pattern)
    return sorted(name for name in names if name not in hidden and compiled.fullmatch(name))
