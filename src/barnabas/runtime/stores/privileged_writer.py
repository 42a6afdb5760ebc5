# SPDX-License-Identifier: Apache-2.0
"""Writes of the leader that an earlier leader cannot disturb (KIP-618).

The producer is transactional, its id one for the whole group: whoever makes the newest one fences
the others. One transaction is one operation, so readers of committed records see all or nothing.

Source:
    KIP-618; Apache Kafka ``KafkaConfigBackingStore.claimWritePrivileges``; reference page
    *internal topics*, 3.3.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Final

from barnabas.errors import ConnectError, PrivilegedWriteError
from barnabas.kafka.consumer import Message
from barnabas.kafka.errors import KafkaError, KafkaException, connect_error
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.producer import Producer, open_producer
from barnabas.runtime.stores.log_writer import Item

__all__ = ["PrivilegedWriter"]

_CLOSE_S: Final = 1.0

_log = logging.getLogger(__name__)


class PrivilegedWriter:
    """The one who may write to a topic; used on one event loop.

    Args:
        topic: Name of the topic.
        properties: Of a transactional producer.
    """

    def __init__(self, topic: str, properties: ClientProperties) -> None:
        self._topic = topic
        self._properties = properties
        self._producer: Producer | None = None
        self._turn = asyncio.Lock()

    async def claim(self, timeout_s: float) -> None:
        """Fence whoever wrote before; may be called again.

        Raises:
            ConnectError: That could not be done in time; try again.
        """
        async with self._turn:
            await self._drop()
            producer = open_producer(self._properties, quiet=True).producer
            try:
                await asyncio.to_thread(producer.init_transactions, timeout_s)
            except KafkaException as error:
                await asyncio.to_thread(_close, producer)
                raise connect_error(error.args[0], self._claiming) from None
            self._producer = producer

    @property
    def _claiming(self) -> str:
        transactional_id = self._properties.values.get("transactional.id")
        return (
            f"Claiming the right to write to topic {self._topic} with the transactional id "
            f"{transactional_id}"
        )

    async def write(self, items: Sequence[Item], timeout_s: float) -> dict[int, int]:
        """Write records in one transaction; returns where by partition they end.

        Raises:
            PrivilegedWriteError: They were not written, or it is not known whether they were. The
                right is lost and must be claimed again.
        """
        async with self._turn:
            producer = self._producer
            if producer is None:
                text = f"The right to write to topic {self._topic} was not claimed or is lost"
                raise PrivilegedWriteError(text)
            try:
                return await asyncio.to_thread(_write, producer, self._topic, items, timeout_s)
            except (KafkaException, BufferError) as error:
                await self._drop()
                raise PrivilegedWriteError(_reason(error, self._topic)) from None
            except asyncio.CancelledError:
                self._producer = None  # its transaction may be open: a new claim ends it
                raise

    async def stop(self) -> None:
        """Let the producer go."""
        async with self._turn:
            await self._drop()

    async def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await asyncio.to_thread(_close, producer)


def _write(
    producer: Producer, topic: str, items: Sequence[Item], timeout_s: float
) -> dict[int, int]:
    ends: dict[int, int] = {}

    def delivered(error: KafkaError | None, message: Message) -> None:
        partition, offset = message.partition(), message.offset()
        if error is None and partition is not None and offset is not None:
            ends[partition] = max(offset + 1, ends.get(partition, 0))

    producer.begin_transaction()
    for key, value in items:
        producer.produce(topic, value, key, on_delivery=delivered)
    producer.commit_transaction(timeout_s)
    producer.poll(0)
    return ends


def _close(producer: Producer) -> None:
    producer.purge()
    with contextlib.suppress(KafkaException):  # a producer that failed for good only says so again
        producer.flush(_CLOSE_S)


def _reason(error: Exception, topic: str) -> str:
    told = error.args[0] if error.args else None
    doing = f"Writing to topic {topic} as leader"
    if isinstance(told, KafkaError):
        meaning: ConnectError = connect_error(told, doing)
        return meaning.message
    return f"{doing} failed: {error}"
