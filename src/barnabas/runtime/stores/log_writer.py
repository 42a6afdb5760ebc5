# SPDX-License-Identifier: Apache-2.0
"""Writes records to a topic in the order they are given, and says when each batch is stored.

The client sends and tries again on threads of its own; one thread here waits for its answers while
any are to come, and sleeps otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from barnabas.errors import ConnectError, RetriableError
from barnabas.kafka.consumer import Message
from barnabas.kafka.errors import KafkaError, KafkaException, connect_error, is_purged
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.producer import OpenProducer, open_producer

__all__ = ["Item", "LogWriter", "Stored"]

_POLL_S: Final = 0.25

Item: TypeAlias = tuple[bytes, bytes | None]
"""Key and value; a value of None removes."""

Stored: TypeAlias = Callable[[ConnectError | None, dict[int, int]], None]
"""Told once for a batch: why some of it was not stored or None, and where by partition it ends."""


class LogWriter:
    """Writes to one topic. :meth:`open` and :meth:`close` aside, used on one thread.

    Args:
        topic: Name of the topic.
        properties: Of the producer.
    """

    def __init__(self, topic: str, properties: ClientProperties) -> None:
        self._topic = topic
        self._properties = properties
        self._opened: OpenProducer | None = None
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._is_closing = False

    def open(self) -> None:
        """Make the producer; nothing is sent yet.

        Raises:
            ConfigError: A setting of the producer is wrong or contradicts another.
        """
        self._opened = open_producer(self._properties, quiet=True)
        self._thread = threading.Thread(
            target=self._run, args=(self._opened,), name=f"writer of {self._topic}", daemon=True
        )
        self._thread.start()

    @property
    def trouble(self) -> str:
        """What last went wrong between the producer and its brokers; empty when nothing did."""
        return self._opened.last_error.text if self._opened is not None else ""

    def post(self, items: Sequence[Item], stored: Stored) -> None:
        """Hand over records; returns at once.

        Args:
            items: At least one.
            stored: Called on another thread, or on this one when nothing could be handed over.
        """
        if self._opened is None or self._is_closing:
            stored(RetriableError(f"Topic {self._topic} is not open for writing"), {})
            return
        batch = _Batch(self._topic, len(items), stored)
        for key, value in items:
            try:
                self._opened.producer.produce(self._topic, value, key, on_delivery=batch)
            except BufferError:
                batch.fail(RetriableError(f"Too much waits to be written to topic {self._topic}"))
            except KafkaException as error:
                batch.fail(connect_error(error.args[0], f"Writing to topic {self._topic}"))
        self._wake.set()

    def let_go(self) -> None:
        """Drop what was handed over and is not known to be stored; it fails as retriable."""
        if self._opened is not None:
            self._opened.producer.purge(blocking=False)
            self._wake.set()

    def close(self, timeout_s: float) -> None:
        """Wait for what was handed over, for a bounded time, then let go; blocks."""
        self._is_closing = True
        if self._opened is not None:
            if self._opened.producer.flush(timeout_s):
                self._opened.producer.purge()
                self._opened.producer.flush(_POLL_S)
            self._wake.set()
        if self._thread is not None:
            self._thread.join(2 * _POLL_S)

    def _run(self, opened: OpenProducer) -> None:
        while not self._is_closing:
            if len(opened.producer):
                opened.producer.poll(_POLL_S)
            else:
                self._wake.wait()
                self._wake.clear()


class _Batch:
    """Counts the answers to the records of one batch; each comes on any thread."""

    def __init__(self, topic: str, count: int, stored: Stored) -> None:
        self._topic = topic
        self._count = count
        self._stored = stored
        self._error: ConnectError | None = None
        self._ends: dict[int, int] = {}
        self._lock = threading.Lock()

    def __call__(self, error: KafkaError | None, message: Message) -> None:
        """Take the answer to a record; the producer's ``on_delivery``."""
        if error is not None and is_purged(error):
            text = f"Topic {self._topic} did not take a record while this worker might write"
            self.fail(RetriableError(text))
            return
        if error is not None:
            self.fail(connect_error(error, f"Writing to topic {self._topic}"))
            return
        partition, offset = message.partition(), message.offset()
        with self._lock:
            if partition is not None and offset is not None:
                self._ends[partition] = max(offset + 1, self._ends.get(partition, 0))
        self._count_down()

    def fail(self, error: ConnectError) -> None:
        """Take that a record was not stored."""
        with self._lock:
            self._error = self._error or error
        self._count_down()

    def _count_down(self) -> None:
        with self._lock:
            self._count -= 1
            is_last = self._count == 0
        if is_last:
            self._stored(self._error, self._ends)
