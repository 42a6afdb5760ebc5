# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from unittest import mock

import pytest

from barnabas.errors import ConnectError
from barnabas.kafka.errors import KafkaError, KafkaException
from barnabas.runtime.tasks.send_errors import flush, serve, undelivered, unsendable
from tests.unit.runtime.tasks.doubles import Sent

TOO_LARGE = KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)


def test_a_record_the_producer_refuses_is_told_with_size_and_topic() -> None:
    message = unsendable(TOO_LARGE, "t", b"x" * 2000).message
    assert message.startswith("Unrecoverable exception trying to send: Sending a record of 2,000")
    assert "topic t" in message


def test_a_record_the_broker_refuses_may_have_travelled_in_too_large_a_batch() -> None:
    message = undelivered(TOO_LARGE, Sent("t", b"x", None, 0, None, 0, None)).message
    assert "from producer send callback: Sending a record of 1 bytes to topic t" in message
    assert "producer.override.batch.size" in message


def test_a_refusal_for_another_reason_says_nothing_of_batches() -> None:
    error = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)
    message = undelivered(error, Sent("t", None, None, 0, None, 0, None)).message
    assert "batch.size" not in message


@pytest.mark.parametrize("call", [serve, flush])
def test_a_producer_that_failed_for_good_says_how_to_mend_it(call) -> None:
    error = KafkaException(KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED))
    producer = mock.Mock(**{"poll.side_effect": error, "flush.side_effect": error})
    with pytest.raises(ConnectError, match=r"from producer: Sending records .*IDEMPOTENT_WRITE"):
        call(producer, 0.1)
