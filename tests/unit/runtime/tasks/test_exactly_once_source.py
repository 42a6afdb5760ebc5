# SPDX-License-Identifier: Apache-2.0
"""The loop of an exactly-once source task, with a producer that obeys the test."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from barnabas.api import SourceRecord
from barnabas.errors import ConfigError, ConnectError, IllegalStateError, RetriableError
from barnabas.kafka.client_settings import ClientKind
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.producer import OpenProducer
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.pipeline import Chain, FailFast, SourcePipeline, StopWaitingError
from barnabas.runtime.tasks.exactly_once_source import Boundary, ExactlyOnceSourceLoop, GivingUp
from barnabas.runtime.tasks.link import ExactlyOnce
from barnabas.runtime.tasks.loop_settings import LoopSettings
from barnabas.runtime.tasks.source_transactions import SourceTransactions
from barnabas.runtime.tasks.transaction_requests import TransactionRequests
from barnabas.testing import MemoryTaskLink
from tests.unit.runtime.pipeline.doubles import converters
from tests.unit.runtime.tasks.doubles import Clock, Source, TransactionalProducer, records, spec

SETTINGS = LoopSettings(60.0, 5.0)


class LastError:
    text = "broker down"
    is_refusal = False


class Bench:
    """A loop with everything around it; ``run`` ends when the task's script is played."""

    def __init__(self, task: Source, **config: str) -> None:
        self.task = task
        self.link = MemoryTaskLink()
        self.clock = Clock()
        self.producer = TransactionalProducer()
        task.at_end = self.link.stop
        tolerance = FailFast()
        self.requests = TransactionRequests()
        how = ExactlyOnce("g-c-0", "offsets", copies_offsets=False)
        transactions = SourceTransactions(
            "c",
            how,
            self.link,
            self,
            ClientProperties(ClientKind.PRODUCER, {"transactional.id": "g-c-0"}, {}),
            tells_records=False,
            gives_up=lambda: False,
            now=self.clock,
        )
        settings = {name.replace("_", "."): value for name, value in config.items()}
        self.loop = ExactlyOnceSourceLoop(
            msgspec.structs.replace(spec(**settings), exactly_once=how),
            self.link,
            task,
            SourcePipeline(converters(), Chain[SourceRecord]((), tolerance), tolerance),
            transactions,
            self.requests,
            self.clock,
        )

    def open(self) -> OpenProducer:
        self.link.asked.append("claim")
        return OpenProducer(self.producer, LastError(), None)

    def fits(self, topics: Iterable[str]) -> bool:
        return True

    def run(self) -> None:
        self.loop.run()

    @property
    def values(self) -> list[list[bytes | None]]:
        """Values of the records of each transaction that counts, without the offsets."""
        return [
            [value for topic, value in held if topic != "offsets"]
            for held in self.producer.transactions
        ]

    @property
    def stored(self) -> Any:
        return self.producer.transactions[-1][-1]


def test_nobody_else_can_write_before_the_task_starts() -> None:
    task = Source()
    bench = Bench(task)
    task.start = lambda _props: bench.link.asked.append("start")
    bench.run()
    assert bench.link.asked == ["fence", "claim", "confirm", "start"]


@pytest.mark.parametrize("step", ["fence", "confirm"])
def test_a_task_that_may_not_write_is_not_started(step: str) -> None:
    bench = Bench(Source(records("a")))
    setattr(bench.link, f"{step}_error", ConnectError("no"))
    with pytest.raises(ConnectError, match="no"):
        bench.run()
    assert bench.task.calls == []
    assert bench.link.states == []


def test_a_task_that_is_to_stop_meanwhile_is_not_started() -> None:
    bench = Bench(Source(records("a")))
    bench.link.stop()
    bench.run()
    assert bench.task.calls == []


def test_records_count_together_with_their_offsets() -> None:
    bench = Bench(Source(records("a", "b"), records("c", start=2)))
    bench.run()
    assert [value for held in bench.values for value in held] == [b"a", b"b", b"c"]
    assert bench.stored == ("offsets", b'{"n":2}')
    assert bench.link.states == [State.RUNNING]
    assert bench.task.calls[0] == "start"
    assert bench.task.calls[-1] == "stop"
    assert "commit" in bench.task.calls
    assert bench.producer.is_closed


def test_a_poll_is_never_divided() -> None:
    polls = [records("a", "b"), records("c", "d", start=2), records("e", start=4)]
    bench = Bench(Source(*polls))
    bench.run()
    ends = [held[-1] for held in bench.values]
    assert set(ends) <= {b"b", b"d", b"e"}
    assert ends[-1] == b"e"


@pytest.mark.mirrors("connect/runtime ExactlyOnceWorkerSourceTaskTest#testIntervalBasedCommit")
def test_an_interval_holds_many_polls_and_ends_with_the_task() -> None:
    bench = Bench(Source(records("a"), records("b")), transaction_boundary="interval")
    bench.run()
    assert bench.values == [[b"a", b"b"]]


def test_the_task_says_where_transactions_end() -> None:
    first, second = records("a", "b", "c"), records("d", start=3)

    def poll() -> list[SourceRecord]:
        bench.requests.commit_transaction(first[0])
        bench.requests.abort_transaction(first[1])
        return first

    bench = Bench(Source(poll, second), transaction_boundary="connector")
    bench.run()
    assert bench.values == [[b"a"], []], "b was aborted, nobody asked to commit c and d"
    assert bench.stored == ("offsets", b'{"n":1}')
    assert bench.producer.aborted[0] == [("t", b"b")]
    assert bench.producer.aborted[1] == [("t", b"c"), ("t", b"d")]


def test_a_wish_to_commit_counts_also_when_the_poll_returns_nothing() -> None:
    def nothing() -> list[SourceRecord]:
        bench.requests.commit_transaction()
        return []

    bench = Bench(Source(records("a"), nothing), transaction_boundary="connector")
    bench.run()
    assert bench.values == [[b"a"]]


def test_both_ends_at_once_fail_the_task() -> None:
    def poll() -> list[SourceRecord]:
        bench.requests.commit_transaction()
        bench.requests.abort_transaction()
        return records("a")

    bench = Bench(Source(poll), transaction_boundary="connector")
    with pytest.raises(IllegalStateError, match="both commit and abort"):
        bench.run()
    assert bench.values == []


def test_after_a_failure_whole_polls_count() -> None:
    bench = Bench(Source(records("a"), ValueError("oh")))
    with pytest.raises(ValueError, match="oh"):
        bench.run()
    assert bench.values == [[b"a"]]


def test_after_a_failure_an_open_interval_does_not_count() -> None:
    bench = Bench(Source(records("a"), ValueError("oh")), transaction_boundary="interval")
    with pytest.raises(ValueError, match="oh"):
        bench.run()
    assert bench.values == []
    assert bench.producer.aborted == [[("t", b"a")]]


@pytest.mark.parametrize("boundary", ["poll", "interval"])
def test_a_pause_commits_first(boundary: str) -> None:
    committed_at_pause: list[int] = []

    def pause() -> None:
        bench.link.set_target_state(TargetState.PAUSED)

    bench = Bench(Source(records("a"), pause), transaction_boundary=boundary)
    report = bench.link.report_state

    def reported(state: State, *rest: Any, **more: Any) -> None:
        if state is State.PAUSED:
            committed_at_pause.append(len(bench.values))
            bench.link.set_target_state(TargetState.STARTED)
        report(state, *rest, **more)

    bench.link.report_state = reported
    bench.run()
    assert committed_at_pause == [1]
    assert bench.link.states == [State.RUNNING, State.PAUSED, State.RUNNING]


@pytest.mark.parametrize("asks", [True, False])
def test_a_pause_commits_what_the_task_asked_for_and_tells_what_stays_open(
    asks: bool, caplog: pytest.LogCaptureFixture
) -> None:
    committed_at_pause: list[int] = []

    def pause() -> None:
        if asks:
            bench.requests.commit_transaction()
        bench.link.set_target_state(TargetState.PAUSED)

    def end() -> list[SourceRecord]:
        bench.requests.commit_transaction()
        return records("b", start=1)

    bench = Bench(Source(records("a"), pause, end), transaction_boundary="connector")
    report = bench.link.report_state

    def reported(state: State, *rest: Any, **more: Any) -> None:
        if state is State.PAUSED:
            committed_at_pause.append(len(bench.values))
            bench.link.set_target_state(TargetState.STARTED)
        report(state, *rest, **more)

    bench.link.report_state = reported
    bench.run()
    assert committed_at_pause == [1 if asks else 0]
    assert bench.values == ([[b"a"], [b"b"]] if asks else [[b"a", b"b"]])
    assert ("paused within a transaction" in caplog.text) is not asks


def test_records_for_the_tasks_own_offsets_topic_are_refused() -> None:
    wrong = [record.replace(topic="offsets") for record in records("a")]
    bench = Bench(Source(wrong))
    with pytest.raises(ConnectError, match="may not produce to their own offsets topics"):
        bench.run()
    assert bench.values == []


def test_a_retriable_failure_of_a_poll_is_no_failure() -> None:
    bench = Bench(Source(RetriableError("later"), records("a")))
    bench.run()
    assert bench.values == [[b"a"]]


@pytest.mark.mirrors("connect/runtime ExactlyOnceWorkerSourceTaskTest#testPollBasedCommit")
def test_a_poll_without_records_tells_the_task_of_a_commit() -> None:
    bench = Bench(Source(lambda: None))
    bench.run()
    assert "commit" in bench.task.calls
    assert bench.producer.transactions == []


def test_topics_are_created_before_their_records_are_sent() -> None:
    bench = Bench(Source(records("a"), records("b")))
    asked: list[Any] = []
    bench.loop.create_topics = lambda topics: not asked.append(list(topics))
    bench.run()
    assert asked == [["t"]]


def test_nothing_behind_records_whose_topic_could_not_be_created_is_written() -> None:
    first, second = records("a", "b"), records("c", "d", start=2)
    second = [second[0].replace(topic="new"), second[1]]

    def poll() -> list[SourceRecord]:
        for record in second:
            bench.requests.commit_transaction(record)
        bench.link.stop()
        return second

    def poll_before() -> list[SourceRecord]:
        bench.requests.commit_transaction(first[0])
        return first

    bench = Bench(Source(poll_before, poll), transaction_boundary="connector")
    bench.loop.create_topics = lambda topics: topics == ["t"]
    with pytest.raises(StopWaitingError):
        bench.run()
    assert bench.values == [[b"a"]]
    assert bench.stored == ("offsets", b'{"n":0}')
    assert bench.task.calls[-1] == "stop"


def test_a_stop_before_topics_are_created_commits_the_polls_before() -> None:
    later = [one.replace(topic="new") for one in records("b", start=1)]

    def poll() -> list[SourceRecord]:
        bench.link.stop()
        return later

    bench = Bench(Source(records("a"), poll), transaction_boundary="interval")
    bench.loop.create_topics = lambda topics: topics == ["t"]
    with pytest.raises(StopWaitingError):
        bench.run()
    assert bench.values == [[b"a"]]
    assert bench.stored == ("offsets", b'{"n":0}')


def test_sizes_of_transactions_are_measured() -> None:
    bench = Bench(Source(records("a", "b")))
    bench.run()
    assert bench.link.metrics["transaction-size-max"] == 2
    assert bench.link.metrics["transaction-size-min"] == 2
    assert bench.link.metrics["source-record-write-total"] == 2


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, Boundary("poll", None)),
        ({"transaction.boundary": "CONNECTOR"}, Boundary("connector", None)),
        ({"transaction.boundary": "interval"}, Boundary("interval", 60.0)),
        (
            {"transaction.boundary": "interval", "transaction.boundary.interval.ms": "250"},
            Boundary("interval", 0.25),
        ),
    ],
)
def test_the_boundary_is_read_from_the_configuration(config, expected) -> None:
    assert Boundary.read(config, SETTINGS) == expected


@pytest.mark.parametrize(
    "config",
    [
        {"transaction.boundary": "never"},
        {"transaction.boundary": "interval", "transaction.boundary.interval.ms": "soon"},
    ],
)
def test_a_wrong_boundary_is_told(config) -> None:
    with pytest.raises(ConfigError, match=r"transaction\.boundary"):
        Boundary.read(config, SETTINGS)


def test_waiting_is_given_up_some_time_after_the_stop() -> None:
    link, clock = MemoryTaskLink(), Clock()
    gives_up = GivingUp(link, 5.0, clock)
    assert not gives_up()
    link.stop()
    assert not gives_up()
    clock.time += 6
    assert gives_up()
