# SPDX-License-Identifier: Apache-2.0
"""What a connector's settings make of records that fail: try again, report, leave out or fail.

Source:
    KIP-298, KIP-610; Apache Kafka ``connect/runtime`` ``errors/RetryWithToleranceOperator``;
    reference page *runtime semantics*, section 4.
"""

from __future__ import annotations

import dataclasses
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from barnabas.errors import ConnectError, RetriableError
from barnabas.runtime.pipeline.error_counts import ErrorCounts
from barnabas.runtime.pipeline.error_settings import ErrorSettings
from barnabas.runtime.pipeline.failure import Failure, Tolerance, exceeded
from barnabas.runtime.pipeline.retrying import RetryPolicy

__all__ = ["Clock", "ErrorHandling", "FailureReporter", "StopWaitingError"]

_Answer = TypeVar("_Answer")


class StopWaitingError(BaseException):
    """The task is to stop while a record waits for its next attempt.

    No Exception, so that nobody takes it for the failure of that record.
    """


@dataclasses.dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, which tests replace."""

    now: Callable[[], float] = time.monotonic
    """Seconds of a clock that only goes forward."""
    epoch_ms: Callable[[], float] = lambda: time.time_ns() // 1_000_000
    """Milliseconds since the epoch."""
    chance: Callable[[], float] = random.random
    """A random number, at least 0 and below 1."""


class FailureReporter(Protocol):
    """Tells of failures somewhere."""

    def report(self, failure: Failure, *, is_awaited: bool = False) -> Future[None] | None:
        """Tell of a failure.

        Args:
            failure: What failed.
            is_awaited: Whether somebody may wait until that is durable.

        Returns:
            A future that is then done; None when nobody waits or there is nothing to wait for.
        """


class ErrorHandling(Tolerance):
    """Handles the failures of one task.

    The pipeline calls it on the main thread; a task may report records from any thread.

    Args:
        settings: The connector's.
        reporters: Told of each failure, in this order.
        counts: Counts them.
        wait: Sleeps for so many seconds; raises :class:`StopWaitingError` when the task is to stop.
        clock: Time and chance.

    Differs:
        A RetriableError whose time is over fails the task when ``errors.tolerance`` is ``none``,
        like any other. A record that waits for its next attempt when the task is to stop is neither
        reported nor left out: it comes again.
    """

    def __init__(
        self,
        settings: ErrorSettings,
        *,
        reporters: Sequence[FailureReporter] = (),
        counts: ErrorCounts | None = None,
        wait: Callable[[float], object] = time.sleep,
        clock: Clock | None = None,
    ) -> None:
        self.counts = counts or ErrorCounts()
        """Numbers so far."""
        self._settings = settings
        self._policy = RetryPolicy(settings.retry_timeout_ms, settings.retry_delay_max_ms)
        self._reporters = tuple(reporters)
        self._wait = wait
        self._clock = clock or Clock()
        self._lock = threading.RLock()
        self._exceeded: ConnectError | None = None

    def attempt(self, operation: Callable[..., _Answer], *arguments: Any) -> _Answer:
        """Call an operation, and again for as long as it raises RetriableError and there is time.

        Raises:
            StopWaitingError: The task is to stop.
            Exception: What the last attempt failed with.
        """
        try:
            return operation(*arguments)
        except RetriableError as error:
            failed = error
        began_at, attempt = self._clock.now(), 1
        while True:
            self._count(failures=1)
            spent_ms = (self._clock.now() - began_at) * 1000
            delay_ms = self._policy.next_delay_ms(attempt, spent_ms, self._clock.chance())
            if delay_ms is None:
                raise failed
            self._wait(delay_ms / 1000)
            self._count(retries=1)
            attempt += 1
            try:
                return operation(*arguments)
            except RetriableError as error:
                failed = error

    def handle(self, failure: Failure) -> None:
        """Report a failure; return to have the record left out.

        Raises:
            ConnectError: Failures are not tolerated, or it could not be reported.
        """
        with self._lock:
            if not isinstance(failure.error, RetriableError):  # else each attempt was counted
                self._count(failures=1)
            self._tell(failure)
            if self._settings.tolerates_all:
                self._count(skipped=1)
                return
        raise exceeded(failure) from failure.error

    def report(self, failure: Failure) -> Future[None]:
        """Report a record that the task itself gave up. Any thread.

        Returns:
            A future that is done when that is durable.

        Raises:
            ConnectError: Failures are not tolerated; :meth:`check` raises it again.
        """
        with self._lock:
            self._count(failures=1)
            durable = self._tell(failure, is_awaited=True)
            if self._settings.tolerates_all:
                return durable or _done()
            error = exceeded(failure)
            error.__cause__ = failure.error
            self._exceeded = self._exceeded or error
        raise error

    def check(self) -> None:
        """Return unless a reported record was not tolerated, which the task may have swallowed.

        Raises:
            ConnectError: It was.
        """
        if self._exceeded is not None:
            raise self._exceeded

    def _tell(self, failure: Failure, *, is_awaited: bool = False) -> Future[None] | None:
        self._count(errors=1)
        self.counts.last_error_ms = self._clock.epoch_ms()
        durable: Future[None] | None = None
        for reporter in self._reporters:
            durable = reporter.report(failure, is_awaited=is_awaited) or durable
        return durable

    def _count(
        self, *, failures: int = 0, errors: int = 0, skipped: int = 0, retries: int = 0
    ) -> None:
        counts = self.counts
        with self._lock:
            counts.failures += failures
            counts.errors += errors
            counts.skipped += skipped
            counts.retries += retries


def _done() -> Future[None]:
    done: Future[None] = Future()
    done.set_result(None)
    return done
