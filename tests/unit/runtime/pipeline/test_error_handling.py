# SPDX-License-Identifier: Apache-2.0
"""What becomes of records that fail."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest

from barnabas.errors import ConnectError, DataError, RetriableError
from barnabas.runtime.pipeline import ErrorHandling, ErrorSettings, Failure, Stage
from barnabas.runtime.pipeline.error_handling import Clock, StopWaitingError
from tests.unit.runtime.pipeline.doubles import TextConverter

ALL = ErrorSettings(tolerates_all=True)


def failure(error: Exception | None = None) -> Failure:
    where = "record from topic t"
    return Failure(Stage.KEY_CONVERTER, TextConverter, where, error or DataError("no JSON"))


class Reporter:
    """Remembers; answers with its future."""

    def __init__(self, answer: Future[None] | None = None) -> None:
        self.failures: list[Failure] = []
        self.awaited: list[bool] = []
        self._answer = answer

    def report(self, told: Failure, *, is_awaited: bool = False) -> Future[None] | None:
        self.awaited.append(is_awaited)
        self.failures.append(told)
        return self._answer


class Bench:
    """Error handling whose time passes by waiting only."""

    def __init__(self, settings: ErrorSettings, *reporters: Reporter) -> None:
        self.time = 0.0
        self.waits: list[float] = []
        self.handling = ErrorHandling(
            settings,
            reporters=reporters,
            wait=self._wait,
            clock=Clock(now=lambda: self.time, epoch_ms=lambda: 1234, chance=lambda: 0.5),
        )

    def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds

    def counts(self) -> dict[str, float]:
        return {name: value for name, value in self.handling.counts.values().items() if value}


def failing(times: int, error: Exception) -> Any:
    left = [error] * times

    def operation(value: str) -> str:
        if left:
            raise left.pop()
        return value

    return operation


def test_a_passing_error_is_outlasted() -> None:
    bench = Bench(ErrorSettings(retry_timeout_ms=10_000))
    assert bench.handling.attempt(failing(3, RetriableError("later")), "v") == "v"
    assert bench.waits == [0.3, 0.6, 1.2]
    assert bench.counts() == {"total-record-failures": 3, "total-retries": 3}


def test_an_error_that_stays_is_raised_when_time_is_up() -> None:
    bench = Bench(ErrorSettings(retry_timeout_ms=1000))
    with pytest.raises(RetriableError, match="later"):
        bench.handling.attempt(failing(9, RetriableError("later")), "v")
    assert sum(bench.waits) == pytest.approx(1)
    assert bench.counts() == {"total-record-failures": 4, "total-retries": 3}


@pytest.mark.parametrize("error", [DataError("bad"), ValueError("bad")], ids=["data", "value"])
def test_other_errors_are_not_tried_again(error: Exception) -> None:
    bench = Bench(ErrorSettings(retry_timeout_ms=-1))
    with pytest.raises(type(error)):
        bench.handling.attempt(failing(1, error), "v")
    assert bench.waits == []


def test_an_error_after_a_passing_one_is_raised() -> None:
    errors: list[Exception] = [RetriableError("later"), ValueError("now")]

    def operation() -> None:
        raise errors.pop(0)

    with pytest.raises(ValueError, match="now"):
        Bench(ErrorSettings(retry_timeout_ms=-1)).handling.attempt(operation)


def test_a_stop_ends_the_waiting_and_is_no_failure_of_the_record() -> None:
    def stop(_seconds: float) -> None:
        raise StopWaitingError

    handling = ErrorHandling(ErrorSettings(retry_timeout_ms=-1), wait=stop)
    with pytest.raises(StopWaitingError):
        handling.attempt(failing(1, RetriableError("later")), "v")
    assert not issubclass(StopWaitingError, Exception)


def test_a_tolerated_failure_is_told_and_counted() -> None:
    reporter = Reporter()
    bench = Bench(ALL, reporter)
    bench.handling.handle(failure())
    assert len(reporter.failures) == 1
    assert reporter.awaited == [False]
    assert bench.counts() == {
        "total-record-failures": 1,
        "total-record-errors": 1,
        "total-records-skipped": 1,
        "last-error-timestamp": 1234,
    }


def test_the_attempts_of_a_passing_error_are_not_counted_twice() -> None:
    bench = Bench(ALL)
    bench.handling.handle(failure(RetriableError("later")))
    assert "total-record-failures" not in bench.counts()


def test_a_failure_that_is_not_tolerated_is_told_first() -> None:
    reporter = Reporter()
    bench = Bench(ErrorSettings(), reporter)
    with pytest.raises(ConnectError, match="Tolerance exceeded in error handler") as raised:
        bench.handling.handle(failure())
    assert isinstance(raised.value.__cause__, DataError)
    assert len(reporter.failures) == 1
    assert "total-records-skipped" not in bench.counts()


def test_a_report_is_done_when_the_last_reporter_says_so() -> None:
    written: Future[None] = Future()
    last = Reporter(written)
    assert Bench(ALL, Reporter(), last).handling.report(failure()) is written
    assert last.awaited == [True]
    assert Bench(ALL, Reporter()).handling.report(failure()).done()


def test_a_report_is_no_skipped_record() -> None:
    bench = Bench(ALL)
    bench.handling.report(failure())
    bench.handling.check()
    assert "total-records-skipped" not in bench.counts()
    assert bench.counts()["total-record-failures"] == 1


def test_a_report_that_is_not_tolerated_fails_the_task_even_when_swallowed() -> None:
    bench = Bench(ErrorSettings())
    with pytest.raises(ConnectError, match="Tolerance exceeded"):
        bench.handling.report(failure())
    with pytest.raises(ConnectError, match="Tolerance exceeded"):
        bench.handling.check()
