# SPDX-License-Identifier: Apache-2.0
"""What is written to a dead letter queue for a record that failed. Pure.

A consumed record is written as it was: the bytes of its key and value, its headers, its time. A
source record never was bytes; it is written as a JSON object that tells all of it.

Source:
    KIP-298; Apache Kafka ``connect/runtime`` ``errors/DeadLetterQueueReporter``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

import msgspec

from barnabas.api import SourceRecord, TopicPartition
from barnabas.runtime.pipeline.failure import Failure
from barnabas.runtime.pipeline.java_names import JavaNames, error_name, stack_trace

__all__ = ["DeadLetter", "DeadLetterForm"]

_PREFIX: Final = "__connect.errors."
_Headers: TypeAlias = list[tuple[str, str | bytes | None]]


class DeadLetter(NamedTuple):
    """A record for the dead letter queue."""

    key: bytes | None
    value: bytes | None
    headers: _Headers
    timestamp: int
    """Milliseconds since the epoch, 0 for the time of writing."""
    source: TopicPartition | None
    """Where it was consumed; None for source records."""


class DeadLetterForm:
    """Makes the dead letters of one task.

    Args:
        connector: Name of the connector.
        task: Number of the task.
        names: Names of its plugins.
        has_context_headers: Whether headers tell what went wrong.

    Differs:
        The stack trace is Python's, in Java's form. Names are Java's where the plugin or the error
        has one there, else Python's.
    """

    def __init__(
        self, connector: str, task: int, names: JavaNames, *, has_context_headers: bool
    ) -> None:
        self._connector = connector
        self._task = task
        self._names = names
        self._has_context_headers = has_context_headers

    def make(self, failure: Failure) -> DeadLetter:
        """Make the dead letter of a failure, whose origin must be known."""
        if isinstance(failure.origin, SourceRecord):
            return self._of_source_record(failure, failure.origin)
        message = failure.origin
        kind, time = message.timestamp()
        where = TopicPartition(message.topic(), message.partition())
        headers = list(message.headers() or ())
        if self._has_context_headers:
            place = (where.topic, str(where.partition), str(message.offset()))
            headers += self._context(failure, place)
        timestamp = time if kind and time > 0 else 0
        return DeadLetter(message.key(), message.value(), headers, timestamp, where)

    def _of_source_record(self, failure: Failure, record: SourceRecord) -> DeadLetter:
        partition, offset = _json(record.source_partition), _json(record.source_offset)
        headers: _Headers = []
        if self._has_context_headers:
            place = (record.topic, partition.decode(), offset.decode())
            headers = self._context(failure, place)
        return DeadLetter(partition, _source_value(record), headers, 0, None)

    def _context(self, failure: Failure, place: tuple[str, str, str]) -> _Headers:
        error = failure.error
        texts = {
            "topic": place[0],
            "partition": place[1],
            "offset": place[2],
            "connector.name": self._connector,
            "task.id": str(self._task),
            "stage": failure.stage.value,
            "class.name": self._names.of(failure.plugin),
            "exception.class.name": error_name(error),
            "exception.message": str(error) or None,
            "exception.stacktrace": stack_trace(error),
        }
        return [
            (_PREFIX + name, None if text is None else text.encode("utf-8", "replace"))
            for name, text in texts.items()
        ]


def _source_value(record: SourceRecord) -> bytes:
    headers = [
        {"key": header.key, "value": _plain(header.value)} for header in record.headers or ()
    ]
    return _json(
        {
            "topic": record.topic,
            "kafkaPartition": record.kafka_partition,
            "timestamp": record.timestamp,
            "sourcePartition": _plain(record.source_partition),
            "sourceOffset": _plain(record.source_offset),
            "key": _plain(record.key),
            "value": _plain(record.value),
            "headers": headers,
        }
    )


def _json(value: object) -> bytes:
    return msgspec.json.encode(_plain(value), enc_hook=repr)


def _plain(value: object) -> object:
    """Make what JSON can hold of anything: keys are texts, what has no other form is its repr."""
    if isinstance(value, Mapping):
        return {
            key if isinstance(key, str) else repr(key): _plain(each) for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    try:
        msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError):
        return repr(value)
    return value
