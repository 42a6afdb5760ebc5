# SPDX-License-Identifier: Apache-2.0
"""Writes the dead letters of one task to their topic, and knows which are not durable yet.

Dead letters are written in the background. Offsets are committed only when the dead letters of
their partitions are acknowledged: a record is always in the sink, in the queue, or read again.

Source:
    KIP-298; Apache Kafka ``connect/runtime`` ``errors/DeadLetterQueueReporter``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Set
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final

from barnabas.api import TopicPartition
from barnabas.errors import ConnectError
from barnabas.kafka.consumer import Message
from barnabas.kafka.errors import KafkaError, KafkaException, connect_error, is_purged
from barnabas.kafka.producer import OpenProducer
from barnabas.runtime.pipeline import DeadLetter, DeadLetterForm, ErrorCounts, Failure
from barnabas.runtime.pipeline.error_settings import DEAD_LETTER_TOPIC, REPLICATION_FACTOR

if TYPE_CHECKING:
    from barnabas.kafka.admin import Admin

__all__ = ["DeadLetterQueue", "ensure_topic"]

_ADMIN_TIMEOUT_S: Final = 30.0
_PAUSE_S: Final = 0.05
_JOIN_S: Final = 5.0
_SLICE_S: Final = 0.1
_LONGEST_WAIT_FOR_ROOM_S: Final = 120.0

_logger = logging.getLogger(__name__)


class DeadLetterQueue:
    """Writes dead letters; opens its producer for the first one.

    Implements :class:`~barnabas.runtime.pipeline.FailureReporter`. Letters come from any thread;
    :meth:`settle`, :meth:`check` and :meth:`close` are for the main thread. A thread of its own
    hears of acknowledgements, so that a task may wait for one.

    Args:
        topic: Name of the topic.
        form: Makes the letters.
        counts: Where they are counted.
        open_producer: Opens the producer.
        ensure_lease: Called before each letter;
            see :meth:`~barnabas.runtime.tasks.link.TaskLink.ensure_lease`.

    Differs:
        A dead letter that cannot be written fails the task; Java logs it and the record is lost.
    """

    def __init__(
        self,
        topic: str,
        form: DeadLetterForm,
        counts: ErrorCounts,
        open_producer: Callable[[], OpenProducer],
        *,
        ensure_lease: Callable[[], None] = lambda: None,
    ) -> None:
        self._topic = topic
        self._form = form
        self._counts = counts
        self._open_producer = open_producer
        self._ensure_lease = ensure_lease
        self._opened: OpenProducer | None = None
        self._thread: threading.Thread | None = None
        self._is_closing = False
        self._lock = threading.RLock()
        self._waiting: dict[TopicPartition | None, set[Future[None]]] = {}
        """Letters without an answer, by the partition their records were read from."""
        self._error: ConnectError | None = None

    def report(self, failure: Failure) -> Future[None]:
        """Write the dead letter of a failure; the future is done when it is acknowledged.

        Raises:
            ConnectError: It cannot be written.
        """
        self._ensure_lease()
        self._counts.dead_letters += 1
        written: Future[None] = Future()
        written.set_running_or_notify_cancel()  # from now on nobody can cancel it
        letter = self._form.make(failure)
        with self._lock:
            self._waiting.setdefault(letter.source, set()).add(written)
        try:
            self._send(letter, _Delivery(self, letter.source, written))
        except ConnectError as error:
            self._answered(letter.source, written, error)
            raise
        return written

    def settle(self, partitions: Set[TopicPartition] | None, timeout_s: float) -> bool:
        """Wait until the letters of some partitions, or all, are acknowledged.

        Returns:
            Whether they are; False when time was up.

        Raises:
            ConnectError: A dead letter could not be written.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            self.check()
            with self._lock:
                if not self._has_waiting(partitions):
                    return True
            left_s = deadline - time.monotonic()
            if left_s <= 0 or self._opened is None:
                return False
            self._opened.producer.flush(min(left_s, _SLICE_S))  # sends at once what lingers

    def check(self) -> None:
        """Return unless a dead letter could not be written.

        Raises:
            ConnectError: It could not.
        """
        if self._error is not None:
            raise self._error

    def forget(self, partitions: Set[TopicPartition]) -> None:
        """Wait no more for the letters of partitions that somebody else reads now."""
        with self._lock:
            for where in partitions:
                self._waiting.pop(where, None)

    def close(self, timeout_s: float) -> None:
        """Wait for letters under way, then let the producer go."""
        self._is_closing = True
        if self._opened is None or self._thread is None:
            return
        if self._opened.producer.flush(timeout_s):
            _logger.warning(
                "Dead letters for topic %s were not acknowledged in time; their records come "
                "again. Last heard from the client: %s",
                self._topic,
                self._opened.last_error.text or "nothing",
            )
        self._opened.producer.purge()
        self._thread.join(_JOIN_S)
        self._opened.producer.close()

    # -- inside ------------------------------------------------------------------------------------

    def _send(self, letter: DeadLetter, delivery: _Delivery) -> None:
        producer = self._ready().producer
        deadline = time.monotonic() + _LONGEST_WAIT_FOR_ROOM_S
        while True:
            try:
                producer.produce(
                    self._topic,
                    letter.value,
                    letter.key,
                    -1,
                    delivery,
                    None,
                    letter.timestamp,
                    letter.headers,
                )
            except BufferError:
                self.check()
                if time.monotonic() > deadline:
                    text = f"No room for a dead letter to topic {self._topic} for two minutes"
                    raise ConnectError(text) from None
                producer.poll(_SLICE_S)
            except KafkaException as error:
                raise self._unwritable(error.args[0]) from None
            else:
                return

    def _ready(self) -> OpenProducer:
        with self._lock:
            if self._opened is None:
                self._opened = self._open_producer()
                self._thread = threading.Thread(
                    target=self._serve, args=(self._opened,), name="dead-letters", daemon=True
                )
                self._thread.start()
            return self._opened

    def _serve(self, opened: OpenProducer) -> None:
        # Not woken by each acknowledgement: a thread that wants the interpreter slows the other.
        while not self._is_closing or len(opened.producer):
            time.sleep(_PAUSE_S)
            opened.producer.poll(0)

    def answered(
        self, source: TopicPartition | None, written: Future[None], error: KafkaError | None
    ) -> None:
        """Hear what became of a letter; called on the thread that polls."""
        reason = None if error is None else self._unwritable(error)
        if error is not None and is_purged(error):
            reason = ConnectError("The task ended before the dead letter was acknowledged")
        self._answered(source, written, reason)

    def _answered(
        self, source: TopicPartition | None, written: Future[None], error: ConnectError | None
    ) -> None:
        with self._lock:
            letters = self._waiting.get(source, set())
            letters.discard(written)  # not there if its partition was forgotten meanwhile
            if not letters:
                self._waiting.pop(source, None)
            if error is not None:
                self._counts.dead_letter_failures += 1
                self._error = self._error or error
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)

    def _has_waiting(self, partitions: Set[TopicPartition] | None) -> bool:
        if partitions is None:
            return bool(self._waiting)
        return any(where in self._waiting for where in partitions)

    def _unwritable(self, error: KafkaError) -> ConnectError:
        doing = f"Writing a dead letter to topic {self._topic} ({DEAD_LETTER_TOPIC})"
        reason = connect_error(error, doing).message
        return ConnectError(f"{reason}. The record is not lost: its offset is not committed")


class _Delivery:
    """The producer's callback for one letter."""

    __slots__ = ("_queue", "_source", "_written")

    def __init__(
        self, queue: DeadLetterQueue, source: TopicPartition | None, written: Future[None]
    ) -> None:
        self._queue = queue
        self._source = source
        self._written = written

    def __call__(self, error: KafkaError | None, _message: Message) -> None:
        """Hear of the letter."""
        self._queue.answered(self._source, self._written, error)


def ensure_topic(open_admin: Callable[[], Admin], topic: str, replication_factor: int) -> None:
    """Create the topic of the dead letters, with one partition, unless it is there.

    Raises:
        ConnectError: That is not possible; says why.
    """
    from barnabas.kafka.admin import NewTopic

    try:
        with open_admin() as admin:
            if topic not in admin.topic_names(_ADMIN_TIMEOUT_S):
                wanted = NewTopic(topic, 1, replication_factor)
                admin.create_topics([wanted], _ADMIN_TIMEOUT_S)
                _logger.info("Created topic %s for dead letters", topic)
    except ConnectError as error:
        text = (
            f"Could not initialize dead letter queue with topic={topic}: {error.message}. Create "
            f"the topic yourself, or change {REPLICATION_FACTOR} ({replication_factor}) or "
            f"{DEAD_LETTER_TOPIC}"
        )
        raise ConnectError(text) from None
