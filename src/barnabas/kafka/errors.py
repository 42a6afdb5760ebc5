# SPDX-License-Identifier: Apache-2.0
"""What the Kafka client reports, as errors of Barnabas with a sentence on what to do.

:class:`KafkaError` (codes such as ``KafkaError.MSG_SIZE_TOO_LARGE``) and :class:`KafkaException`
are confluent-kafka's own, so that hot loops can look at them without importing the client.
"""

# ruff: noqa: SLF001 - the codes of errors found by librdkafka itself begin with an underscore

from __future__ import annotations

from confluent_kafka import KafkaError, KafkaException

from barnabas.errors import ConfigError, ConnectError, NotFoundError, RetriableError

__all__ = [
    "KafkaError",
    "KafkaException",
    "connect_error",
    "is_purged",
    "is_refusal",
    "is_retriable",
    "is_summary",
    "is_unreachable",
]

_UNREACHABLE = frozenset(
    {
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._RESOLVE,
        KafkaError._TIMED_OUT,
        KafkaError._TRANSPORT,
    }
)
_RETRIABLE = frozenset(
    {
        *_UNREACHABLE,
        KafkaError._DESTROY_BROKER,  # the client let go of a broker while it asked it
        KafkaError._MSG_TIMED_OUT,
        KafkaError._NODE_UPDATE,
        KafkaError._QUEUE_FULL,
        KafkaError._RETRY,
        KafkaError._TIMED_OUT_QUEUE,
        KafkaError._WAIT_CACHE,
        KafkaError._WAIT_COORD,
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.NOT_CONTROLLER,
        KafkaError.NOT_COORDINATOR,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.THROTTLING_QUOTA_EXCEEDED,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.UNSTABLE_OFFSET_COMMIT,
    }
)
_MENDS = {
    KafkaError._AUTHENTICATION: "check sasl.mechanism, sasl.jaas.config and security.protocol",
    KafkaError._SSL: "check the ssl.* settings and that the broker's listener speaks TLS",
    KafkaError._UNKNOWN_PARTITION: (
        "the record is for a partition that the topic does not have; add partitions to the topic, "
        "or let the connector not choose them"
    ),
    KafkaError._UNKNOWN_TOPIC: "create the topic, or allow topic.creation.* or the broker to",
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: (
        "give the principal IDEMPOTENT_WRITE on the cluster, or set "
        "producer.override.enable.idempotence=false"
    ),
    KafkaError.GROUP_AUTHORIZATION_FAILED: "give the principal READ on the consumer group",
    KafkaError.INVALID_REPLICATION_FACTOR: "the cluster has fewer brokers; lower the factor",
    KafkaError.MSG_SIZE_TOO_LARGE: (
        "raise producer.override.max.request.size, and max.message.bytes of the topic"
    ),
    KafkaError.POLICY_VIOLATION: "the cluster's own rules forbid it; ask who runs the cluster",
    KafkaError.SASL_AUTHENTICATION_FAILED: "check the user name and password of sasl.jaas.config",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "give the principal READ, WRITE or CREATE on the topic",
    KafkaError.TOPIC_EXCEPTION: (
        "a topic's name has at most 249 letters, digits and characters '.', '_' and '-', all ASCII"
    ),
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED: (
        "give the principal WRITE on the transactional id"
    ),
    KafkaError.UNKNOWN_TOPIC_OR_PART: (
        "create the topic, or allow topic.creation.* or the broker to"
    ),
}


def is_refusal(error: KafkaError) -> bool:
    """Say whether broker and client do not accept each other: login or certificate is wrong."""
    return error.code() in {
        KafkaError._AUTHENTICATION,
        KafkaError._SSL,
        KafkaError.SASL_AUTHENTICATION_FAILED,
    }


def is_summary(error: KafkaError) -> bool:
    """Say whether this only sums up what was reported for each broker before."""
    return bool(error.code() == KafkaError._ALL_BROKERS_DOWN)


def is_unreachable(error: KafkaError) -> bool:
    """Say whether the client could not talk to any broker in time."""
    return error.code() in _UNREACHABLE


def is_purged(error: KafkaError) -> bool:
    """Say whether a record was dropped by its own producer, which was told to."""
    return error.code() in {KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT}


def is_retriable(error: KafkaError) -> bool:
    """Say whether the same call may succeed later without anybody changing anything."""
    return not error.fatal() and (error.retriable() or error.code() in _RETRIABLE)


def connect_error(error: KafkaError, doing: str) -> ConnectError:
    """Make the error to raise for one of the client's.

    Args:
        error: What the client reported.
        doing: What was tried and on what, to begin the sentence: ``Creating topic orders``.

    Returns:
        RetriableError, NotFoundError, ConfigError or ConnectError; its first line says what
        failed, why, and how to mend it where that is known.
    """
    mend = _MENDS.get(error.code())
    text = f"{doing} failed: {error.str()} ({error.name()})" + (f"; {mend}" if mend else "")
    if error.code() in {KafkaError._INVALID_ARG, KafkaError._NOT_IMPLEMENTED}:
        return ConfigError(text)
    if error.code() in {KafkaError.GROUP_ID_NOT_FOUND, KafkaError._UNKNOWN_GROUP}:
        return NotFoundError(text)
    return RetriableError(text) if is_retriable(error) else ConnectError(text)
