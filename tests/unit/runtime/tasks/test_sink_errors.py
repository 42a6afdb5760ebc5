# SPDX-License-Identifier: Apache-2.0
"""Records a sink gives up, and what its loop waits for."""

from __future__ import annotations

from collections.abc import Callable, Set
from contextlib import nullcontext
from typing import Any

import pytest

from barnabas.api import SinkRecord, SinkTask, TopicPartition
from barnabas.errors import ConnectError, DataError, RetriableError
from barnabas.runtime.pipeline import (
    Chain,
    ErrorHandling,
    ErrorSettings,
    FailFast,
    Failure,
    SinkPipeline,
    Stage,
    StopWaitingError,
)
from barnabas.runtime.pipeline.origin import TracedRecord
from barnabas.runtime.tasks.sink import SinkTaskLoop
from barnabas.runtime.tasks.sink_errors import SinkErrors
from tests.unit.runtime.pipeline.doubles import converters, sink_record
from tests.unit.runtime.pipeline.test_error_handling import Reporter
from tests.unit.runtime.tasks.doubles import spec
from tests.unit.runtime.tasks.test_sink import A, Bench, due, messages

LOGS = ErrorSettings(tolerates_all=True, logs=True)


class Queue:
    def __init__(self) -> None:
        self.calls: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *given: self.calls.append((name, *given)) or name == "settle"


def test_a_task_has_a_reporter_only_where_something_is_told() -> None:
    assert SinkErrors().reporter is None
    assert SinkErrors(LOGS).reporter is not None


def test_a_record_is_reported_with_the_message_it_was() -> None:
    reporter = Reporter()
    errors = SinkErrors(LOGS, ErrorHandling(LOGS, reporters=[reporter]), converters())
    record = TracedRecord(topic="t", kafka_partition=0, kafka_offset=7, origin="message")
    assert errors.report(record.replace(value="new"), DataError("no")).done()
    (failure,) = reporter.failures
    assert (failure.stage, failure.plugin) == (Stage.TASK_PUT, SinkTask)
    assert failure.origin == "message"
    assert failure.where == "record from topic t, partition 0, offset 7"


def test_a_record_the_task_made_is_reported_as_the_converters_write_it() -> None:
    reporter = Reporter()
    errors = SinkErrors(LOGS, ErrorHandling(LOGS, reporters=[reporter]), converters())
    errors.report(sink_record("made"), DataError("no"))
    assert reporter.failures[0].origin.value() == b"made"


def test_a_record_that_is_left_out_is_counted_so() -> None:
    errors = SinkErrors(LOGS)
    errors.leave_out(sink_record(), DataError("no"))
    assert errors.values()["total-records-skipped"] == 1


def test_a_report_that_is_not_tolerated_fails_the_task() -> None:
    errors = SinkErrors(ErrorSettings(logs=True))
    with pytest.raises(ConnectError, match="Tolerance exceeded"):
        errors.report(sink_record(), DataError("no"))
    with pytest.raises(ConnectError, match="Tolerance exceeded"):
        errors.check()


def test_the_queue_is_asked_and_told() -> None:
    queue = Queue()
    errors = SinkErrors(queue=queue)  # type: ignore[arg-type]
    where = {TopicPartition("t", 0)}
    errors.check()
    assert errors.settle(where, 5)
    errors.forget(where)
    errors.close(3)
    assert queue.calls == [("check",), ("settle", where, 5), ("forget", where), ("close", 3)]


def test_without_a_queue_all_is_settled() -> None:
    errors = SinkErrors()
    errors.check()
    errors.forget(set())
    errors.close(0)
    assert errors.settle({TopicPartition("t", 0)}, 0)


# -- the loop


ISOLATES = ErrorSettings(tolerates_all=True, logs=True, isolates_puts=True)


class ObedientQueue:
    """Settles when the test says so."""

    def __init__(self) -> None:
        self.settled = True
        self.error: ConnectError | None = None
        self.calls: list[Any] = []

    def check(self) -> None:
        if self.error is not None:
            raise self.error

    def settle(self, partitions: Set[TopicPartition], timeout_s: float) -> bool:
        self.check()
        self.calls.append((sorted(partitions), timeout_s))
        return self.settled

    def forget(self, partitions: Set[TopicPartition]) -> None:
        self.calls.append(("forget", sorted(partitions)))

    def close(self, timeout_s: float) -> None:
        self.calls.append("close")


class Reporting(Bench):
    """A bench whose loop reports."""

    def __init__(self, settings: ErrorSettings, *puts: Any) -> None:
        super().__init__(*puts)
        self.queue, self.reporter, tolerance = ObedientQueue(), Reporter(), FailFast()
        errors = SinkErrors(
            settings,
            ErrorHandling(settings, reporters=[self.reporter]),
            converters(),
            self.queue,  # type: ignore[arg-type]
        )
        self.loop = SinkTaskLoop(
            spec(is_sink=True, topics="t"),
            self.link,
            self.task,
            SinkPipeline(converters(), Chain[SinkRecord]([], tolerance), tolerance),
            self.consumption,  # type: ignore[arg-type]
            now=self.clock,
            errors=errors,
        )

    @property
    def reported(self) -> list[Any]:
        return [failure.origin.value() for failure in self.reporter.failures]


def raising(error: Exception) -> Callable[[], None]:
    def step() -> None:
        raise error

    return step


def test_offsets_are_committed_when_reports_are_durable() -> None:
    bench = Reporting(ISOLATES)
    bench.run(bench.assign(a=0), messages("x"), due(bench), None)
    assert ([A], 0.5) in bench.queue.calls
    assert ("commit", {0: 1}) in bench.consumption.calls


def test_nothing_is_committed_while_reports_are_under_way(caplog: Any) -> None:
    bench = Reporting(ISOLATES)
    bench.queue.settled = False
    bench.run(bench.assign(a=0), messages("x"), due(bench), None)
    assert bench.consumption.calls == ["close"]
    assert [call for call in bench.task.calls if call[0] == "pre_commit"] == []
    assert ("close", [0]) in bench.task.calls
    assert "dead letters were not acknowledged" in caplog.text


def report_while(bench: Reporting, doing: str, then: Callable[[], None]) -> None:
    """Have the task report a record in one of its calls."""
    call = getattr(bench.task, doing)

    def reporting(given: Any) -> Any:
        then()
        return call(given)

    setattr(bench.task, doing, reporting)


@pytest.mark.parametrize("is_due", [True, False])
def test_what_pre_commit_reports_is_waited_for_too(caplog: Any, is_due: bool) -> None:
    bench = Reporting(ISOLATES)
    report_while(bench, "pre_commit", lambda: setattr(bench.queue, "settled", False))
    last = due(bench) if is_due else None
    bench.run(bench.assign(a=0), messages("x"), last, None)
    assert bench.consumption.calls == ["close"]
    assert "dead letters were not acknowledged" in caplog.text


def test_what_close_reports_is_waited_for_too() -> None:
    bench = Reporting(ISOLATES)
    report_while(bench, "close", lambda: setattr(bench.queue, "settled", False))
    bench.run(bench.assign(a=0), messages("x"), None)
    assert bench.consumption.calls == ["close"]


@pytest.mark.parametrize("is_due", [True, False])
def test_no_offset_is_committed_after_a_report_that_is_not_tolerated(is_due: bool) -> None:
    bench = Reporting(ErrorSettings(logs=True))

    def report() -> None:
        record = SinkRecord(topic="t", kafka_partition=0, kafka_offset=0, value="x")
        with pytest.raises(ConnectError):
            bench.context.errant_record_reporter.report(record, DataError("bad"))

    report_while(bench, "pre_commit", report)
    steps = [due(bench), None] if is_due else []
    with pytest.raises(ConnectError, match="Tolerance exceeded") if is_due else nullcontext():
        bench.run(bench.assign(a=0), messages("x"), *steps)
    assert bench.consumption.calls == ["close"]


def test_a_report_that_failed_fails_the_task_and_nothing_is_committed() -> None:
    bench = Reporting(ISOLATES)

    def fail() -> None:
        bench.queue.error = ConnectError("queue is full")

    bench.task.script = [lambda: None, fail]
    with pytest.raises(ConnectError, match="queue is full"):
        bench.run(bench.assign(a=0), messages("x"))
    assert bench.consumption.calls == ["close"]
    assert ("close", [0]) in bench.task.calls


def test_a_stop_that_cuts_a_report_short_commits_nothing_of_its_batch() -> None:
    bench = Reporting(ISOLATES)

    def cut_short() -> None:
        bench.link.stop()
        raise StopWaitingError

    bench.task.script = [lambda: None, None, cut_short]
    with pytest.raises(StopWaitingError):
        bench.run(bench.assign(a=0), messages("x"), messages("y", start=1))
    assert bench.consumption.calls == [("commit_now", {0: 1}), "close"]
    assert ("close", [0]) in bench.task.calls


def test_reports_of_partitions_that_go_are_settled_then_forgotten() -> None:
    bench = Reporting(ISOLATES)
    bench.run(bench.assign(a=0), messages("x"), bench.revoke("a"), None)
    assert bench.queue.calls[:3] == [([A], 0.5), ([A], 0.5), ("forget", [A])]
    assert bench.queue.calls[-1] == "close"


def test_a_report_that_is_not_tolerated_fails_the_task_although_put_swallowed_it() -> None:
    bench = Reporting(ErrorSettings(logs=True))

    def report() -> None:
        record = SinkRecord(topic="t", kafka_partition=0, kafka_offset=0, value="x")
        with pytest.raises(ConnectError):
            bench.context.errant_record_reporter.report(record, DataError("bad"))

    bench.task.script = [lambda: None, report]
    with pytest.raises(ConnectError, match="Tolerance exceeded in error handler: TASK_PUT"):
        bench.run(bench.assign(a=0), messages("x"))
    assert bench.consumption.calls == ["close"]


def test_records_that_put_refuses_are_reported_and_the_others_put() -> None:
    bad = raising(ValueError("bad"))
    bench = Reporting(ISOLATES, lambda: None, bad, bad, bad, None, None)
    bench.run(bench.assign(a=0), messages("x", "y", "z", "w"))
    assert bench.task.puts[1:6] == [["x", "y", "z", "w"], ["x", "y"], ["x"], ["y"], ["z", "w"]]
    assert bench.reported == [b"x"]
    assert bench.consumption.calls[-2:] == [("commit_now", {0: 4}), "close"]


def test_a_busy_sink_is_offered_the_rest_of_a_divided_batch_later() -> None:
    bad, busy = raising(ValueError("bad")), raising(RetriableError("busy"))
    bench = Reporting(ISOLATES, lambda: None, bad, None, busy, None)
    bench.run(bench.assign(a=0), messages("x", "y"), None)
    assert bench.task.puts[1:5] == [["x", "y"], ["x"], ["y"], ["y"]]
    assert bench.reported == []


def test_too_many_bad_records_fail_the_task_and_none_is_left_out() -> None:
    settings = ErrorSettings(tolerates_all=True, logs=True, isolates_puts=True, most_puts=2)
    bad = raising(ValueError("bad"))
    bench = Reporting(settings, lambda: None, bad, bad, bad, bad)
    with pytest.raises(ConnectError, match="after 2 calls with parts of its 4 records"):
        bench.run(bench.assign(a=0), messages("x", "y", "z", "w"))
    assert bench.reported == []
    assert bench.consumption.calls == ["close"]


def test_without_the_setting_the_first_refusal_fails_the_task() -> None:
    bench = Reporting(ErrorSettings(tolerates_all=True, logs=True), lambda: None, ValueError("bad"))
    with pytest.raises(ConnectError, match="Exiting WorkerSinkTask due to unrecoverable"):
        bench.run(bench.assign(a=0), messages("x", "y"))


def test_numbers_of_failures_go_with_the_others() -> None:
    bench = Reporting(ISOLATES, lambda: None, raising(ValueError("bad")), raising(ValueError("b")))
    bench.run(bench.assign(a=0), messages("x", "y"))
    assert bench.link.metrics["total-records-skipped"] == 1
    assert bench.link.metrics["total-record-failures"] == 1


def test_the_failure_says_which_record_it_was() -> None:
    bench = Reporting(ISOLATES, lambda: None, raising(ValueError("bad")))
    bench.run(bench.assign(a=0), messages("x"))
    (failure,) = bench.reporter.failures
    assert isinstance(failure, Failure)
    assert failure.where == "record from topic t, partition 0, offset 0"


def test_a_report_that_is_not_tolerated_fails_the_task_although_put_asks_for_a_retry() -> None:
    def report() -> None:
        record = SinkRecord(topic="t", kafka_partition=0, kafka_offset=0, value="x")
        with pytest.raises(ConnectError):
            bench.context.errant_record_reporter.report(record, DataError("bad"))
        raise RetriableError("busy")

    bench = Reporting(ErrorSettings(logs=True))
    bench.task.script = [lambda: None, report]
    with pytest.raises(ConnectError, match="Tolerance exceeded"):
        bench.run(bench.assign(a=0), messages("x"))
    assert bench.task.puts == [[], ["x"]]
