# SPDX-License-Identifier: Apache-2.0
"""The loop of a sink task, with a consumer that obeys the test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

import pytest

from barnabas.api import OffsetAndMetadata, SinkRecord, TopicPartition
from barnabas.errors import ConnectError, RetriableError
from barnabas.runtime.model import State
from barnabas.runtime.pipeline import Chain, FailFast, SinkPipeline
from barnabas.runtime.tasks.consumption import ConsumptionListener
from barnabas.runtime.tasks.sink import SinkTaskLoop
from barnabas.testing import MemoryTaskLink
from tests.unit.runtime.pipeline.doubles import converters
from tests.unit.runtime.pipeline.test_sink import Message
from tests.unit.runtime.tasks.doubles import Clock, LeaseLost, Sink, spec

A, B = TopicPartition("t", 0), TopicPartition("t", 1)


class Consumption:
    """Polls what the script says; remembers what the loop wants of it."""

    def __init__(self, clock: Clock) -> None:
        self.script: list[Any] = []
        self.calls: list[Any] = []
        self.timeouts: list[float] = []
        self.paused: set[TopicPartition] = set()
        self.touched: list[set[TopicPartition]] = []
        self.commit_error: ConnectError | None = None
        self.answers = True
        self.can_seek = True
        self.on_serve: Callable[[], None] = lambda: None
        self.listener: ConsumptionListener
        self._clock = clock

    def subscribe(self, listener: ConsumptionListener) -> None:
        self.listener = listener

    def poll(self, timeout_s: float) -> list[Any]:
        self.timeouts.append(timeout_s)
        self._clock.time += 0.1
        step = self.script.pop(0) if self.script else None
        if isinstance(step, Exception):
            raise step
        return (step() if callable(step) else step) or []

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        self.paused |= set(partitions)
        self.touched.append(set(partitions))

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        self.paused -= set(partitions)
        self.touched.append(set(partitions))

    def seek(self, where: TopicPartition, offset: int) -> bool:
        self.calls.append(("seek", where.partition, offset))
        return self.can_seek

    def commit(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        self.calls.append(("commit", {w.partition: o.offset for w, o in offsets.items()}))
        if self.answers:
            self.listener.commit_answered(self.commit_error, offsets)

    def commit_now(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        self.calls.append(("commit_now", {w.partition: o.offset for w, o in offsets.items()}))
        if self.commit_error is not None:
            raise self.commit_error

    def serve(self, timeout_s: float) -> None:
        self._clock.time += timeout_s
        self.calls.append("serve")
        self.on_serve()

    def end_of(self, where: TopicPartition) -> int | None:
        return None

    def close(self, timeout_s: float) -> None:
        self.left_within_s = timeout_s
        self.calls.append("close")


class Bench:
    """A loop with everything around it; ends when the scripts are played."""

    def __init__(self, *puts: Any) -> None:
        self.task = Sink(*puts)
        self.link = MemoryTaskLink()
        self.clock = Clock()
        self.task.at_end = self.stop_when_read
        self.consumption = Consumption(self.clock)
        tolerance = FailFast()
        chain = Chain[SinkRecord]([], tolerance)
        self.loop = SinkTaskLoop(
            spec(is_sink=True, topics="t"),
            self.link,
            self.task,
            SinkPipeline(converters(), chain, tolerance),
            self.consumption,  # type: ignore[arg-type]
            now=self.clock,
        )

    def stop_when_read(self) -> None:
        if not self.consumption.script:
            self.link.stop()

    def run(self, *polls: Any) -> None:
        self.consumption.script += polls
        self.loop.run()

    def assign(self, **offsets: int | None) -> Any:
        """A poll in which partitions come; ``a=5`` is partition 0 at offset 5."""

        def poll() -> None:
            listener = self.consumption.listener
            self.starts = listener.assigned({named(name): at for name, at in offsets.items()})
            listener.started()

        return poll

    def revoke(self, *names: str) -> Any:
        return lambda: self.consumption.listener.revoked({named(name) for name in names})

    def lose(self, *names: str) -> Any:
        return lambda: self.consumption.listener.lost({named(name) for name in names})

    def later(self, seconds: float) -> None:
        self.clock.time += seconds

    @property
    def context(self) -> Any:
        return self.task.context


def due(bench: Bench) -> Any:
    """A poll after which a commit is due."""
    return lambda: bench.later(1.5)


def named(name: str) -> TopicPartition:
    return {"a": A, "b": B}[name]


def messages(*values: str, partition: int = 0, start: int = 0) -> list[Message]:
    return [
        Message(value.encode(), start + i, partition_=partition) for i, value in enumerate(values)
    ]


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testStandardLifecycle")
def test_records_are_put_and_committed_when_the_task_ends() -> None:
    bench = Bench()
    bench.run(bench.assign(a=0), messages("x", "y"))
    assert bench.task.puts == [[], ["x", "y"]]
    assert bench.task.calls == [
        "start",
        ("open", [0]),
        ("pre_commit", {0: 2}),
        ("close", [0]),
        "stop",
    ]
    assert bench.consumption.calls == [("commit_now", {0: 2}), "close"]
    assert bench.link.states == [State.RUNNING]
    assert bench.link.topics == ["t"]


def test_a_topic_is_reported_again_once_the_user_had_it_forgotten() -> None:
    bench = Bench()

    def forget() -> None:
        bench.link.topics_epoch += 1

    polls = messages("x"), messages("y", start=1), forget, messages("z", start=2)
    bench.run(bench.assign(a=0), *polls)
    assert bench.link.topics == ["t", "t"]


def test_put_is_called_without_records_too() -> None:
    bench = Bench()
    bench.run(None, None, None)
    assert bench.task.puts == [[], [], []]


def test_poll_waits_a_second_at_most_and_no_longer_than_to_the_commit_or_the_wish() -> None:
    bench = Bench(lambda: bench.context.timeout(30), lambda: None, lambda: bench.later(0.5))
    bench.run(None, None, None, None)
    assert bench.consumption.timeouts == pytest.approx([1, 0.03, 0.8, 0.2])


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testPollRedelivery")
def test_records_are_offered_again_after_a_retriable_error() -> None:
    paused: list[Any] = []
    bench = Bench(lambda: None, RetriableError("busy"), RetriableError("busy"))

    def look() -> None:
        paused.append(set(bench.consumption.paused))

    bench.run(bench.assign(a=0, b=0), messages("x"), look, look)
    assert bench.task.puts == [[], ["x"], ["x"], ["x"]]
    assert paused == [{A, B}, {A, B}]
    assert bench.consumption.paused == set()
    assert bench.consumption.calls[0] == ("commit_now", {0: 1, 1: 0})


def test_records_that_come_while_retrying_are_kept_behind() -> None:
    bench = Bench(lambda: None, RetriableError("busy"))
    bench.run(bench.assign(a=0), messages("x"), messages("y", start=1))
    assert bench.task.puts[-1] == ["x", "y"]


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testPollRedeliveryWithConsumerRebalance")
def test_records_of_a_revoked_partition_are_not_offered_again() -> None:
    bench = Bench(lambda: None, RetriableError("busy"))
    both = [*messages("x"), *messages("y", partition=1)]
    bench.run(bench.assign(a=0, b=0), both, bench.revoke("a"))
    assert bench.task.puts[-1] == ["y"]
    assert ("commit_now", {0: 1}) not in bench.consumption.calls


def test_records_of_a_lost_partition_are_not_offered_again() -> None:
    bench = Bench(lambda: None, RetriableError("busy"))
    bench.run(bench.assign(a=0), messages("x"), bench.lose("a"))
    assert bench.task.puts[-1] == []


def test_records_of_a_revoked_partition_are_known_by_where_they_were_read() -> None:
    def rename_and_go() -> None:
        bench.loop._batch = [each.replace(topic="other") for each in bench.loop._batch]
        bench.revoke("a")()

    bench = Bench(lambda: None, RetriableError("busy"))
    bench.run(bench.assign(a=0), messages("x"), rename_and_go)
    assert bench.task.puts[-1] == []


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testErrorInPut")
@pytest.mark.parametrize("error", [ValueError("boom"), ConnectError("boom")])
def test_other_error_of_put_fails_the_task_after_closing(error: Exception) -> None:
    bench = Bench(lambda: None, lambda: None, error)
    text = r"Exiting WorkerSinkTask due to unrecoverable exception\. .*Error: boom"
    with pytest.raises(ConnectError, match=text):
        bench.run(bench.assign(a=0), messages("x"), messages("y", start=1))
    assert bench.consumption.calls == [("commit_now", {0: 1}), "close"]
    assert bench.task.calls[-2:] == [("close", [0]), "stop"]


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testSuppressCloseErrors")
def test_error_in_closing_does_not_hide_why_the_task_failed() -> None:
    bench = Bench(lambda: None, ValueError("boom"))
    bench.task.close = lambda _partitions: 1 / 0  # type: ignore[method-assign,assignment]
    with pytest.raises(ConnectError, match="boom"):
        bench.run(bench.assign(a=0), messages("x"))


def test_what_a_stop_took_is_not_left_to_leave_the_group() -> None:
    bench = Bench()
    bench.task.close = lambda _partitions: bench.later(1.5)  # type: ignore[method-assign,assignment]
    bench.run(bench.assign(a=0), messages("x"))
    assert bench.consumption.left_within_s == pytest.approx(4.0 - 1.5)


def test_a_task_that_cannot_start_has_time_to_leave_the_group() -> None:
    bench = Bench()
    bench.task.start = lambda _props: 1 / 0  # type: ignore[method-assign,assignment]
    with pytest.raises(ZeroDivisionError):
        bench.run()
    assert bench.consumption.left_within_s == 4.0


def test_error_in_closing_fails_the_task() -> None:
    bench = Bench()
    bench.task.close = lambda _partitions: 1 / 0  # type: ignore[method-assign,assignment]
    with pytest.raises(ZeroDivisionError):
        bench.run(bench.assign(a=0))
    assert bench.task.calls[-1] == "stop"


# -- partitions come and go ------------------------------------------------------------------------


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testPartialRevocationAndAssignment")
def test_only_revoked_partitions_are_committed_and_closed() -> None:
    bench = Bench()
    both = [*messages("x"), *messages("y", partition=1)]
    bench.run(bench.assign(a=0, b=0), both, bench.revoke("b"), messages("z", start=1))
    assert bench.task.calls[1:] == [
        ("open", [0, 1]),
        ("pre_commit", {1: 1}),
        ("close", [1]),
        ("pre_commit", {0: 2}),
        ("close", [0]),
        "stop",
    ]
    assert bench.consumption.calls[:2] == [("commit_now", {1: 1}), ("commit_now", {0: 2})]


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testRebalanceLost")
def test_lost_partitions_are_closed_without_a_commit() -> None:
    bench = Bench()
    bench.run(bench.assign(a=0), messages("x"), bench.lose("a"))
    assert bench.task.calls == ["start", ("open", [0]), ("close", [0]), "stop"]
    assert bench.consumption.calls == ["close"]


def test_partitions_that_could_not_be_opened_are_closed() -> None:
    bench = Bench()
    bench.task.open = lambda _partitions: 1 / 0  # type: ignore[method-assign,assignment]
    with pytest.raises(ZeroDivisionError):
        bench.run(bench.assign(a=0))
    assert bench.task.calls[-2:] == [("close", [0]), "stop"]


def test_failed_pre_commit_in_closing_commits_nothing_but_closes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    bench.task.wanted = ValueError("not durable")
    bench.run(bench.assign(a=0), messages("x"), bench.revoke("a"))
    assert bench.task.calls[2:4] == [("pre_commit", {0: 1}), ("close", [0])]
    assert bench.consumption.calls == ["close"]
    assert "pre_commit failed" in caplog.text
    assert "Committing offsets failed" not in caplog.text


def test_error_of_the_consumer_fails_the_task_after_closing() -> None:
    bench = Bench()
    with pytest.raises(ConnectError, match="not allowed"):
        bench.run(bench.assign(a=0), messages("x"), ConnectError("not allowed"))
    assert bench.consumption.calls == [("commit_now", {0: 1}), "close"]


def test_task_that_cannot_start_is_stopped() -> None:
    bench = Bench()
    bench.task.start = lambda _props: 1 / 0  # type: ignore[method-assign,assignment]
    with pytest.raises(ZeroDivisionError):
        bench.run()
    assert bench.task.calls == ["stop"]
    assert bench.consumption.calls == ["close"]
    assert bench.link.states == []


def assigned_set(partitions: Set[TopicPartition]) -> list[int]:
    return sorted(where.partition for where in partitions)


def test_assignment_is_shown_to_the_task() -> None:
    seen: list[Any] = []
    bench = Bench(lambda: seen.append(assigned_set(bench.context.assignment)))
    bench.run(bench.assign(a=0, b=0), bench.revoke("a"), None)
    assert seen == [[0, 1]]


def test_nothing_is_put_or_committed_without_a_lease() -> None:
    def lose() -> list[Message]:
        bench.link.lease_error = LeaseLost()
        return messages("b", start=1)

    bench = Bench()
    with pytest.raises(LeaseLost):
        bench.run(bench.assign(a=0), messages("a"), lose)
    assert [values for values in bench.task.puts if values] == [["a"]]
    assert bench.consumption.calls == ["close"]


def test_a_commit_is_not_sent_when_pre_commit_outlasted_the_lease() -> None:
    def lose(offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> Any:
        bench.link.lease_error = LeaseLost()
        return offsets

    bench = Bench()
    bench.task.pre_commit = lose  # type: ignore[method-assign, assignment]
    with pytest.raises(LeaseLost):
        bench.run(bench.assign(a=0), messages("a"))
    assert bench.consumption.calls == ["close"]
