# SPDX-License-Identifier: Apache-2.0
"""Acknowledgements by the references the producer lets go of."""

from __future__ import annotations

from typing import Any

from barnabas.api import RecordMetadata
from barnabas.kafka.errors import KafkaError
from barnabas.runtime.tasks.delivery import Delivery, RecordDelivery
from barnabas.runtime.tasks.submitted import Chunk, ChunkState
from tests.unit.runtime.tasks.doubles import Sent, records


def report(value: bytes = b"v") -> Sent:
    return Sent("t", value, None, 3, None, 0, None)


def test_chunk_is_acknowledged_when_the_last_reference_is_gone() -> None:
    chunk = Chunk[str, int]({"p": 1}, 2)
    held = [Delivery(chunk, lambda _error, _message: None)] * 2
    held.pop()
    assert chunk.state is ChunkState.IN_FLIGHT
    held.pop()
    assert chunk.state is ChunkState.ACKNOWLEDGED


def test_one_failure_fails_the_chunk() -> None:
    chunk = Chunk[str, int]({"p": 1}, 2)
    failures: list[Any] = []
    delivery = Delivery(chunk, lambda error, message: failures.append((error, message.topic())))
    error = KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)
    delivery(None, report())
    delivery(error, report())
    del delivery
    assert chunk.state is ChunkState.FAILED
    assert failures == [(error, "t")]


def test_record_is_told_where_it_is() -> None:
    told: list[Any] = []
    chunk = Chunk[str, int]({"p": 1}, 1)
    (record,) = records("v")
    delivery = RecordDelivery(chunk, lambda *_: None, record, lambda *args: told.append(args))
    delivery(None, report())
    del delivery
    assert told == [(record, RecordMetadata("t", 3, 5, 77))]
    assert chunk.state is ChunkState.ACKNOWLEDGED


def test_failed_record_is_not_told_as_delivered() -> None:
    told: list[Any] = []
    chunk = Chunk[str, int]({"p": 1}, 1)
    (record,) = records("v")
    delivery = RecordDelivery(chunk, lambda *_: None, record, lambda *args: told.append(args))
    delivery(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE), report())
    assert told == []
    assert chunk.state is ChunkState.FAILED


def test_a_record_several_were_made_of_is_told_once_all_are_there() -> None:
    told: list[Any] = []
    chunk = Chunk[str, int]({"p": 1}, 2)
    (record,) = records("v")
    delivery = RecordDelivery(chunk, lambda *_: None, record, lambda *args: told.append(args))
    delivery(None, report())
    assert (told, chunk.state) == ([], ChunkState.IN_FLIGHT)
    delivery(None, report())
    assert (len(told), chunk.state) == (1, ChunkState.ACKNOWLEDGED)


def test_a_record_is_not_told_when_one_made_of_it_failed() -> None:
    told: list[Any] = []
    chunk = Chunk[str, int]({"p": 1}, 2)
    (record,) = records("v")
    delivery = RecordDelivery(chunk, lambda *_: None, record, lambda *args: told.append(args))
    delivery(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE), report())
    delivery(None, report())
    assert (told, chunk.state) == ([], ChunkState.FAILED)
