# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError, ConnectError, NotFoundError, RetriableError
from barnabas.kafka.errors import (
    KafkaError,
    connect_error,
    is_purged,
    is_retriable,
    is_summary,
    is_unreachable,
)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (KafkaError.NOT_LEADER_FOR_PARTITION, RetriableError),
        (KafkaError._TIMED_OUT, RetriableError),
        (KafkaError._DESTROY_BROKER, RetriableError),
        (KafkaError._NODE_UPDATE, RetriableError),
        (KafkaError.MSG_SIZE_TOO_LARGE, ConnectError),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, ConnectError),
        (KafkaError._INVALID_ARG, ConfigError),
        (KafkaError.GROUP_ID_NOT_FOUND, NotFoundError),
    ],
)
def test_each_code_has_its_error(code: int, kind: type[ConnectError]) -> None:
    error = connect_error(KafkaError(code, "because"), "Sending to orders")
    assert type(error) is kind
    assert error.message.startswith("Sending to orders failed: because (")


def test_an_error_says_how_to_mend_it() -> None:
    error = connect_error(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE), "Sending")
    assert "producer.override.max.request.size" in error.message


def test_a_partition_that_is_not_there_can_be_added() -> None:
    error = connect_error(KafkaError(KafkaError._UNKNOWN_PARTITION), "Sending")
    assert "add partitions to the topic" in error.message


def test_a_fatal_error_is_never_retriable() -> None:
    assert is_retriable(KafkaError(KafkaError._TIMED_OUT))
    assert not is_retriable(KafkaError(KafkaError._TIMED_OUT, "x", fatal=True))


def test_broken_connections_are_told_from_other_errors() -> None:
    assert is_unreachable(KafkaError(KafkaError._TRANSPORT))
    assert not is_unreachable(KafkaError(KafkaError.NOT_CONTROLLER))
    assert is_summary(KafkaError(KafkaError._ALL_BROKERS_DOWN))
    assert not is_summary(KafkaError(KafkaError._TRANSPORT))


def test_records_that_were_purged_are_told_from_those_that_failed() -> None:
    assert is_purged(KafkaError(KafkaError._PURGE_QUEUE))
    assert is_purged(KafkaError(KafkaError._PURGE_INFLIGHT))
    assert not is_purged(KafkaError(KafkaError._MSG_TIMED_OUT))
