# SPDX-License-Identifier: Apache-2.0
"""Writes the dead letters of one task to their topic, and knows which are not durable yet.

Dead letters are written in the background. Offsets are committed only when the dead letters of
their partitions are acknowledged: a record is always in the sink, in the queue, or read again.

Source:
    KIP-298; Apache Kafka ``connect/runtime`` ``errors/DeadLetterQueueReporter``.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
import time
from collections.abc import Callable, Iterator, Set
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Final, TypeAlias

from barnabas.api import TopicPartition
from barnabas.errors import ConnectError
from barnabas.kafka.consumer import Message
from barnabas.kafka.errors import KafkaError, KafkaException, connect_error, is_purged
from barnabas.kafka.producer import OpenProducer
from barnabas.runtime.pipeline import (
    DeadLetter,
    DeadLetterForm,
    ErrorCounts,
    Failure,
    StopWaitingError,
)
from barnabas.runtime.pipeline.error_settings import DEAD_LETTER_TOPIC

__all__ = ["DeadLetterQueue"]

_UNHEARD_S: Final = 0.25
"""So long the main thread may hear of no letter before the other one does: several batches."""
_JOIN_S: Final = 5.0
_SLICE_S: Final = 0.1
_LONGEST_WAIT_FOR_ROOM_S: Final = 120.0

_ENDED: Final = "The task ended before the dead letter was acknowledged"

_Hear: TypeAlias = Callable[[KafkaError | None, Message], None]

_logger = logging.getLogger(__name__)


class DeadLetterQueue:
    """Writes dead letters; opens its producer for the first one.

    Implements :class:`~barnabas.runtime.pipeline.FailureReporter`. Letters come from any thread;
    :meth:`settle`, :meth:`check` and :meth:`close` are for the main thread, which hears of
    acknowledgements whenever it checks. A thread of its own hears of them when somebody waits for
    one, or the main thread has not checked for a while.

    Args:
        topic: Name of the topic.
        form: Makes the letters.
        counts: Where they are counted.
        open_producer: Opens the producer.
        ensure_lease: Called before each letter;
            see :meth:`~barnabas.runtime.tasks.link.TaskLink.ensure_lease`.
        is_stopping: Whether the task is to stop, which ends the wait for room in the producer.

    Differs:
        A dead letter that cannot be written fails the task; Java logs it and the record is lost. A
        letter whose partition is lost is waited for no more, but whoever holds its future still
        hears of it; Java cancels that.
    """

    def __init__(
        self,
        topic: str,
        form: DeadLetterForm,
        counts: ErrorCounts,
        open_producer: Callable[[], OpenProducer],
        *,
        ensure_lease: Callable[[], None] = lambda: None,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._topic = topic
        self._form = form
        self._counts = counts
        self._open_producer = open_producer
        self._ensure_lease = ensure_lease
        self._is_stopping = is_stopping
        self._opened: OpenProducer | None = None
        self._thread: threading.Thread | None = None
        self._is_closing = False
        self._lock = threading.RLock()
        self._unanswered: dict[TopicPartition | None, _Unanswered] = {}
        """By the partition the letters' records were read from."""
        self._error: ConnectError | None = None
        self._checked_at = 0.0
        self._waiters = 0
        self._hurry = threading.Event()

    def report(self, failure: Failure, *, is_awaited: bool = False) -> Future[None] | None:
        """Write the dead letter of a failure.

        Args:
            failure: What failed.
            is_awaited: Whether somebody may wait for the letter. Most are only waited for together,
                by :meth:`settle`: what each would have of its own costs a batch with bad records
                more than all else that is done for these.

        Returns:
            A future that is done when the letter is acknowledged; None when nobody waits for it.

        Raises:
            ConnectError: It cannot be written.
            StopWaitingError: The task is to stop while the producer has no room for it.
        """
        self._ensure_lease()
        self._counts.dead_letters += 1
        letter = self._form.make(failure)
        with self._lock:
            letters = self._unanswered.get(letter.source)
            if letters is None:
                letters = self._unanswered[letter.source] = _Unanswered(self)
            letters.count += 1
        written, hear = None, letters.hear
        if is_awaited:
            written = _Written(self._waited_for)
            written.set_running_or_notify_cancel()  # from now on nobody can cancel it
            hear = functools.partial(self.answered, letters, written)
        try:
            self._send(letter, hear)
        except ConnectError as error:
            self._answered(letters, written, error)
            raise
        except StopWaitingError:
            self._answered(letters, written, ConnectError(_ENDED))
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
            self._raise_failure()
            with self._lock:
                if not self._has_waiting(partitions):
                    return True
            left_s = deadline - time.monotonic()
            if left_s <= 0 or self._opened is None:
                return False
            self._flush(self._opened, min(left_s, _SLICE_S))  # sends at once what lingers

    def check(self) -> None:
        """Hear of letters and return, unless one could not be written. Cheap; once per batch.

        Raises:
            ConnectError: It could not.
        """
        if self._opened is not None:
            self._hear(self._opened, 0)
            self._checked_at = time.monotonic()
        self._raise_failure()

    def forget(self, partitions: Set[TopicPartition]) -> None:
        """Wait no more for the letters of partitions that somebody else reads now."""
        with self._lock:
            for where in partitions:
                self._unanswered.pop(where, None)

    def close(self, timeout_s: float) -> None:
        """Wait for letters under way, then let the producer go."""
        self._is_closing = True
        if self._opened is None or self._thread is None:
            return
        self._hurry.set()
        with contextlib.suppress(ConnectError):  # it is what the task failed with, or would have
            self._flush(self._opened, timeout_s)
        if len(self._opened.producer):
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

    def _raise_failure(self) -> None:
        if self._error is not None:
            raise self._error

    def _hear(self, opened: OpenProducer, timeout_s: float) -> None:
        """Hear of letters; waits for one, for so long at most."""
        try:
            opened.producer.poll(timeout_s)
        except KafkaException as error:
            self._error = self._error or self._unwritable(error.args[0])
            time.sleep(timeout_s)  # whoever calls this in a loop does not spin

    def _flush(self, opened: OpenProducer, timeout_s: float) -> None:
        try:
            opened.producer.flush(timeout_s)
        except KafkaException as error:  # the producer may not, or can no more, write anything
            self._error = self._error or self._unwritable(error.args[0])
            raise self._error from None

    def _send(self, letter: DeadLetter, hear: _Hear) -> None:
        opened = self._ready()
        deadline = time.monotonic() + _LONGEST_WAIT_FOR_ROOM_S
        while True:
            try:
                opened.producer.produce(
                    self._topic,
                    letter.value,
                    letter.key,
                    -1,
                    hear,
                    None,
                    letter.timestamp,
                    letter.headers,
                )
            except BufferError:
                self._raise_failure()
                if self._is_stopping():
                    raise StopWaitingError from None
                if time.monotonic() > deadline:
                    text = f"No room for a dead letter to topic {self._topic} for two minutes"
                    raise ConnectError(text) from None
                self._hear(opened, _SLICE_S)
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
        # Each letter heard of here takes the interpreter from the main thread, which costs that one
        # more than all it does for the letter itself.
        while not self._is_closing or len(opened.producer):
            if self._hurry.wait(_UNHEARD_S):
                self._hear(opened, _SLICE_S)
            elif time.monotonic() - self._checked_at > _UNHEARD_S:
                self._hear(opened, 0)

    @contextlib.contextmanager
    def _waited_for(self) -> Iterator[None]:
        """Have letters heard of at once, while somebody waits for one."""
        with self._lock:
            self._waiters += 1
            self._hurry.set()
        try:
            yield
        finally:
            with self._lock:
                self._waiters -= 1
                if not self._waiters:
                    self._hurry.clear()

    def answered(
        self,
        letters: _Unanswered,
        written: Future[None] | None,
        error: KafkaError | None,
        _message: Message,
    ) -> None:
        """Hear what became of one of some letters; called on the thread that polls."""
        reason = None if error is None else self._unwritable(error)
        if error is not None and is_purged(error):
            reason = ConnectError(_ENDED)
        self._answered(letters, written, reason)

    def _answered(
        self, letters: _Unanswered, written: Future[None] | None, error: ConnectError | None
    ) -> None:
        with self._lock:
            letters.count -= 1
            if error is not None:
                self._counts.dead_letter_failures += 1
                self._error = self._error or error
        if written is None:
            return
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)

    def _has_waiting(self, partitions: Set[TopicPartition] | None) -> bool:
        chosen = self._unanswered.keys() if partitions is None else partitions
        found = map(self._unanswered.get, chosen)
        return any(letters is not None and letters.count for letters in found)

    def _unwritable(self, error: KafkaError) -> ConnectError:
        doing = f"Writing a dead letter to topic {self._topic} ({DEAD_LETTER_TOPIC})"
        reason = connect_error(error, doing).message
        return ConnectError(f"{reason}. The record is not lost: its offset is not committed")


class _Written(Future[None]):
    """Done when a letter is acknowledged; whoever waits for it does not wait for a batch to end."""

    def __init__(self, waited_for: Callable[[], AbstractContextManager[None]]) -> None:
        super().__init__()
        self._waited_for = waited_for

    def result(self, timeout: float | None = None) -> None:
        """Wait for the letter."""
        with self._waited_for():
            super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Wait for the letter; return why it could not be written."""
        with self._waited_for():
            return super().exception(timeout)


class _Unanswered:
    """Letters of one partition that have no answer yet."""

    __slots__ = ("count", "hear")

    def __init__(self, queue: DeadLetterQueue) -> None:
        self.count = 0
        """So many; changed under the queue's lock. Also when the partition is forgotten."""
        self.hear: _Hear = functools.partial(queue.answered, self, None)
        """The producer's callback for a letter nobody waits for."""
