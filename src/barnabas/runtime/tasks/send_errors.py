# SPDX-License-Identifier: Apache-2.0
"""What a source task fails with when records cannot be sent."""

from __future__ import annotations

from typing import Final

from barnabas.errors import ConnectError
from barnabas.kafka.consumer import Message
from barnabas.kafka.errors import KafkaError, KafkaException, connect_error
from barnabas.kafka.producer import Producer

__all__ = ["flush", "serve", "undelivered", "unsendable"]

_BATCHES_COUNT: Final = (
    "; the limit of the topic counts whole batches, so if this record is small, set "
    "producer.override.batch.size below that limit instead"
)


def serve(producer: Producer, timeout_s: float) -> None:
    """Let a producer call back; waits for something to tell, for so long at most.

    Raises:
        ConnectError: It failed for good, such as for want of rights.
    """
    try:
        producer.poll(timeout_s)
    except KafkaException as error:
        raise _for_good(error) from None


def flush(producer: Producer, timeout_s: float) -> None:
    """Wait until all records are acknowledged or have failed, for so long at most.

    Raises:
        ConnectError: The producer failed for good, such as for want of rights.
    """
    try:
        producer.flush(timeout_s)
    except KafkaException as error:
        raise _for_good(error) from None


def _for_good(error: KafkaException) -> ConnectError:
    reason = connect_error(error.args[0], "Sending records").message
    return ConnectError(f"Unrecoverable exception from producer: {reason}")


def unsendable(error: KafkaError, topic: str, value: bytes | None) -> ConnectError:
    """Make the error for a record the producer does not take."""
    size = len(value) if value is not None else 0
    reason = connect_error(error, f"Sending a record of {size:,} bytes to topic {topic}").message
    return ConnectError(f"Unrecoverable exception trying to send: {reason}")


def undelivered(error: KafkaError, message: Message) -> ConnectError:
    """Make the error for a record the broker does not take."""
    doing = f"Sending a record of {len(message):,} bytes to topic {message.topic()}"
    reason = connect_error(error, doing).message
    if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
        reason += _BATCHES_COUNT
    return ConnectError(f"Unrecoverable exception from producer send callback: {reason}")
