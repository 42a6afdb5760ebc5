# SPDX-License-Identifier: Apache-2.0
"""The thread that reads a topic as it grows.

It reads all partitions without a group, from given offsets on, for as long as it lives; the client
reconnects by itself. What it finds goes to a callback on this thread, in batches. The end of a
partition may lie behind what is no record (the mark of a transaction), so the client also tells of
ends.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

from barnabas.errors import ConnectError
from barnabas.kafka.consumer import Consumer, Message, OpenConsumer, TopicPartition, open_consumer
from barnabas.kafka.errors import KafkaError, KafkaException
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.topic_admin import NEEDED_RIGHTS, AccessDeniedError

__all__ = ["Deliver", "LogReader", "LogRecord"]

_BATCH: Final = 1000
_POLL_S: Final = 0.5
_METADATA_TIMEOUT_S: Final = 5.0
_PAUSE_S: Final = 1.0


class LogRecord(NamedTuple):
    """One record of a topic."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


Deliver: TypeAlias = Callable[[list[LogRecord], dict[int, int]], None]
"""Takes records, in order within their partition, and the offsets reached after them."""


class LogReader:
    """Reads one topic.

    Args:
        topic: Name of the topic.
        properties: Of the consumer.
        deliver: Takes what was read; called on the reader's thread.
        on_trouble: Told why nothing can be read at the moment (AccessDeniedError: until somebody
            gives the right to); called on the reader's thread.
    """

    def __init__(
        self,
        topic: str,
        properties: ClientProperties,
        deliver: Deliver,
        on_trouble: Callable[[ConnectError], None],
    ) -> None:
        self._topic = topic
        self._properties = properties
        self._deliver = deliver
        self._on_trouble = on_trouble
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, offsets: Mapping[int, int]) -> None:
        """Open the consumer and begin to read.

        Args:
            offsets: Where to begin, by partition.

        Raises:
            ConfigError: A setting of the consumer is wrong or contradicts another.
        """
        opened = open_consumer(self._properties, tells_ends=True, quiet=True)
        self._thread = threading.Thread(
            target=self._run, args=(opened, offsets), name=f"reader of {self._topic}", daemon=True
        )
        self._thread.start()

    def ask_to_stop(self) -> None:
        """End soon; :meth:`join` waits for it. May be called twice."""
        self._stopping.set()

    def join(self, timeout_s: float) -> None:
        """Wait until the thread has ended, for a bounded time; blocks."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self, opened: OpenConsumer, offsets: Mapping[int, int]) -> None:
        consumer, outages = opened.consumer, 0
        with contextlib.suppress(KafkaException):  # without it, the first records come later
            consumer.list_topics(self._topic, timeout=_METADATA_TIMEOUT_S)
        consumer.assign([TopicPartition(self._topic, *where) for where in offsets.items()])
        while not self._stopping.is_set():
            try:
                self._read(consumer)
            except KafkaException as error:
                self._on_trouble(ConnectError(str(error.args[0])))
                self._stopping.wait(_PAUSE_S)
            if opened.last_error.outages != outages:
                outages = opened.last_error.outages
                self._on_trouble(ConnectError(opened.last_error.text))
        consumer.close()

    def _read(self, consumer: Consumer) -> None:
        first = consumer.poll(_POLL_S)
        if first is None:
            return
        records: list[LogRecord] = []
        reached: dict[int, int] = {}
        for message in (first, *consumer.consume(_BATCH, 0)):
            self._sort(message, records, reached)
        if reached:
            self._deliver(records, reached)

    def _sort(self, message: Message, records: list[LogRecord], reached: dict[int, int]) -> None:
        partition, offset, error = message.partition(), message.offset(), message.error()
        if error is None and partition is not None and offset is not None:
            records.append(LogRecord(partition, offset, message.key(), message.value()))
            reached[partition] = offset + 1
        elif error is None or partition is None or offset is None:
            self._on_trouble(ConnectError(str(error)))
        elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - librdkafka's own codes
            reached[partition] = offset
        elif error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            text = f"Reading topic {self._topic} failed: {error.str()}; {NEEDED_RIGHTS}"
            self._on_trouble(AccessDeniedError(text))
        else:
            self._on_trouble(ConnectError(error.str()))
