# SPDX-License-Identifier: Apache-2.0
"""The loop of a source task, with a producer that obeys the test."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from barnabas.api import SourceRecord
from barnabas.errors import ConnectError, RetriableError
from barnabas.kafka.errors import KafkaError, KafkaException
from barnabas.kafka.producer import OpenProducer
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.pipeline import Chain, ChainLink, FailFast, SourcePipeline
from barnabas.runtime.tasks.source import SourceTaskLoop, overrides_commit_record
from barnabas.testing import MemoryTaskLink
from tests.unit.runtime.pipeline.doubles import Split, Upper, converters
from tests.unit.runtime.tasks.doubles import Clock, LeaseLost, Producer, Source, records, spec

KEY = b'["c",{"file":"f"}]'


class LastError:
    """What the client last complained about."""

    text = "broker down"


class Bench:
    """A loop with everything around it; ``run`` ends when the task's script is played."""

    def __init__(self, task: Source, *links: ChainLink, max_block_ms: int | None = None) -> None:
        self.task = task
        self.link = MemoryTaskLink()
        self.clock = Clock()
        self.producer = Producer(reports_only_failures=not overrides_commit_record(task))
        task.at_end = self.link.stop
        self.max_block_ms = max_block_ms
        self.opened = 0
        self.small_topics: set[str] = set()
        tolerance = FailFast()
        chain = Chain[SourceRecord](links, tolerance)
        self.pipeline_converters = converters()
        self.loop = SourceTaskLoop(
            spec(),
            self.link,
            task,
            SourcePipeline(self.pipeline_converters, chain, tolerance),
            self,  # type: ignore[arg-type]
            now=self.clock,
        )

    def open(self) -> OpenProducer:
        """Play the opener of producers."""
        self.opened += 1
        return OpenProducer(self.producer, LastError(), self.max_block_ms)  # type: ignore[arg-type]

    def fits(self, topics: Iterable[str]) -> bool:
        return not self.small_topics & set(topics)

    def run(self) -> None:
        self.loop.run()

    def later(self, seconds: float) -> None:
        self.clock.time += seconds

    @property
    def stored(self) -> Any:
        return self.link.offsets.get(KEY)


def acknowledging(bench: Bench) -> Bench:
    """Let the broker acknowledge everything at once."""
    bench.producer.on_poll = bench.producer.acknowledge
    return bench


@pytest.mark.mirrors("connect/runtime WorkerSourceTaskTest#testPollsInBackground")
def test_records_are_sent_in_order_and_their_last_offset_is_stored() -> None:
    bench = acknowledging(Bench(Source(records("a", "b"), records("c", start=2))))
    bench.run()
    assert bench.producer.values == [b"a", b"b", b"c"]
    assert bench.stored == b'{"n":2}'
    assert bench.link.states == [State.RUNNING]
    assert bench.task.calls == ["start", "commit", "stop"]
    assert bench.link.topics == ["t"]
    assert bench.producer.is_closed
    assert bench.pipeline_converters.value.closed


def test_a_topic_is_reported_again_once_the_user_had_it_forgotten() -> None:
    def again() -> list[SourceRecord]:
        bench.link.topics_epoch += 1
        return records("c")

    bench = acknowledging(Bench(Source(records("a"), records("b"), again)))
    bench.run()
    assert bench.link.topics == ["t", "t"]


def test_all_a_record_says_reaches_the_producer() -> None:
    record = records("v")[0].replace(key="k", kafka_partition=3, timestamp=99)
    bench = Bench(Source([record]))
    seen: list[Any] = []

    def look() -> None:
        seen.extend(bench.producer.sent)
        bench.producer.acknowledge()
        bench.link.stop()

    bench.task.at_end = look
    bench.run()
    (sent,) = seen
    assert (sent.topic_, sent.key_, sent.partition_, sent.timestamp_, sent.headers_) == (
        "t",
        b"k",
        3,
        99,
        None,
    )


def test_nothing_is_stored_that_was_not_acknowledged() -> None:
    bench = Bench(Source(records("a")))
    bench.producer.flush = lambda _timeout: bench.later(1)  # type: ignore[method-assign]
    bench.run()
    assert bench.link.offsets == {}
    assert bench.link.topics == []


def test_acknowledged_prefix_of_chunks_is_stored() -> None:
    bench = Bench(Source(records(*"x" * 250)))
    bench.producer.on_poll = lambda: None
    bench.task.script.append(lambda: bench.producer.acknowledge(220))
    bench.producer.flush = lambda _timeout: bench.later(1)  # type: ignore[method-assign]
    bench.run()
    assert bench.stored == b'{"n":199}'


@pytest.mark.mirrors("connect/runtime WorkerSourceTaskTest#testCommit")
def test_offsets_are_stored_while_the_task_runs() -> None:
    seen: list[Any] = []
    task = Source(
        records("a"),
        lambda: bench.later(1.5),
        lambda: None,
        lambda: seen.append((bench.stored, task.calls.count("commit"))),
    )
    bench = acknowledging(Bench(task))
    bench.run()
    assert seen == [(b'{"n":0}', 1)]


@pytest.mark.mirrors("connect/runtime WorkerSourceTaskTest#testRetriableExceptionInPoll")
def test_retriable_error_of_poll_is_no_records() -> None:
    bench = acknowledging(Bench(Source(RetriableError("later"), None, [], records("a"))))
    bench.run()
    assert bench.producer.values == [b"a"]


@pytest.mark.mirrors("connect/runtime WorkerSourceTaskTest#testFailureInPoll")
def test_other_error_of_poll_fails_the_task_after_a_last_commit() -> None:
    bench = acknowledging(Bench(Source(records("a"), ValueError("boom"))))
    with pytest.raises(ValueError, match="boom"):
        bench.run()
    assert bench.stored == b'{"n":0}'
    assert bench.task.calls == ["start", "commit", "stop"]


@pytest.mark.mirrors("connect/runtime WorkerSourceTaskTest#testStartPaused")
def test_task_that_cannot_start_is_stopped() -> None:
    bench = Bench(Source())
    bench.task.start = lambda _props: 1 / 0  # type: ignore[method-assign,assignment]
    with pytest.raises(ZeroDivisionError):
        bench.run()
    assert bench.task.calls == ["stop"]
    assert bench.link.states == []
    assert bench.producer.is_closed


@pytest.mark.mirrors(
    "connect/runtime AbstractWorkerSourceTaskTest#testSendRecordsProducerCallbackFail"
)
def test_record_the_broker_refuses_fails_the_task() -> None:
    task = Source(records("big"), None)
    bench = Bench(task)
    task.script.insert(1, bench.producer.fail)
    with pytest.raises(ConnectError) as raised:
        bench.run()
    text = raised.value.message
    assert text.startswith("Unrecoverable exception from producer send callback: Sending a record")
    assert "of 3 bytes to topic t failed" in text
    assert "max.request.size" in text
    assert bench.link.offsets == {}


def test_a_producer_that_fails_for_good_fails_the_task_with_a_sentence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(Source(records("a"), records("b")))

    def refuse() -> None:
        raise KafkaException(KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED))

    bench.producer.on_poll = refuse
    with pytest.raises(ConnectError, match="IDEMPOTENT_WRITE on the cluster"):
        bench.run()
    assert bench.producer.is_closed
    assert "Traceback" not in caplog.text
    assert len(caplog.records) == 1


def test_record_the_client_refuses_fails_the_task_and_keeps_those_before_it() -> None:
    task = Source(records("a", "b"), lambda: records("c", "too big", "d", start=2))
    bench = acknowledging(Bench(task))
    bench.producer.refused = b"too big"
    with pytest.raises(ConnectError, match=r"trying to send: .* 7 bytes to topic t failed"):
        bench.run()
    assert bench.producer.values == [b"a", b"b", b"c"]
    assert bench.stored == b'{"n":2}'


@pytest.mark.mirrors("connect/runtime AbstractWorkerSourceTaskTest#testSendRecordsRetries")
def test_full_queue_is_waited_for() -> None:
    bench = Bench(Source(records("a", "b", "c")))
    bench.producer.room = 1
    bench.producer.on_poll = lambda: bench.producer.acknowledge(1)
    bench.run()
    assert bench.producer.values == [b"a", b"b", b"c"]
    assert bench.stored == b'{"n":2}'


def test_producer_is_replaced_before_a_topic_its_batches_do_not_fit() -> None:
    other = [record.replace(topic="small") for record in records("b", start=1)]
    bench = Bench(Source(records("a"), other, records("c", start=2)))
    bench.small_topics = {"small"}
    seen: list[int] = []
    bench.producer.flush = lambda _timeout: (  # type: ignore[method-assign,assignment]
        seen.append(len(bench.producer.sent)),
        bench.producer.acknowledge(),
        bench.producer.poll(0),
    )
    bench.run()
    assert bench.opened == 2
    assert seen[0] == 1
    assert bench.producer.values == [b"a", b"b", b"c"]
    assert bench.stored == b'{"n":2}'


def test_stop_ends_the_wait_for_a_producer_to_be_replaced() -> None:
    other = [record.replace(topic="small") for record in records("b", start=1)]
    bench = Bench(Source(records("a"), lambda: (bench.link.stop(), other)[1]))
    bench.small_topics = {"small"}
    bench.producer.flush = lambda _timeout: bench.later(1)  # type: ignore[method-assign]
    bench.run()
    assert bench.producer.values == [b"a"]


def test_stop_ends_the_wait_for_a_full_queue() -> None:
    bench = Bench(Source(records("a", "b", "c")))
    bench.producer.room = 2
    bench.producer.on_poll = bench.link.stop
    bench.producer.flush = lambda _timeout: bench.producer.acknowledge() or bench.producer.poll(0)  # type: ignore[method-assign,assignment]
    bench.run()
    assert bench.producer.values == [b"a", b"b"]
    assert bench.stored == b'{"n":1}'


def test_full_queue_fails_the_task_after_max_block_ms() -> None:
    bench = Bench(Source(records("a", "b")), max_block_ms=3000)
    bench.producer.room = 1
    bench.producer.on_poll = lambda: bench.later(1)
    with pytest.raises(ConnectError, match=r"max\.block\.ms \(3000 ms\).*broker down"):
        bench.run()


def test_pause_waits_between_batches_and_goes_on() -> None:
    def pause() -> list[SourceRecord]:
        bench.link.set_target_state(TargetState.PAUSED)
        return records("b", start=1)

    bench = acknowledging(Bench(Source(records("a"), pause, lambda: records("c", start=2))))
    seen: list[Any] = []
    wait = bench.link.wait

    def waiting(timeout_s: float) -> bool:
        seen.append(list(bench.producer.values))
        bench.later(1)
        bench.link.set_target_state(TargetState.STARTED)
        return wait(0)

    bench.link.wait = waiting  # type: ignore[method-assign]
    bench.run()
    assert seen == [[b"a", b"b"]]
    assert bench.link.states == [State.RUNNING, State.PAUSED, State.RUNNING]
    assert bench.producer.values == [b"a", b"b", b"c"]


def test_partitions_are_told_apart_also_by_type() -> None:
    mixed = [
        *records("a", partition={"p": 1}),
        *records("b", partition={"p": True}),
        *records("c", partition=None, start=7),
        *records("d", partition={"p": 1}, start=3),
    ]
    bench = acknowledging(Bench(Source(mixed)))
    bench.run()
    assert bench.link.offsets == {
        b'["c",{"p":1}]': b'{"n":3}',
        b'["c",{"p":true}]': b'{"n":0}',
        KEY: b'{"n":7}',
    }


def test_null_partition_is_stored_too() -> None:
    (record,) = records("a")
    bench = acknowledging(Bench(Source([record.replace(source_partition=None)])))
    bench.run()
    assert bench.link.offsets == {b'["c",null]': b'{"n":0}'}


class Telling(Source):
    """Hears of every record."""

    def commit_record(self, record: SourceRecord, metadata: Any) -> None:
        self.calls.append((record.value, metadata and metadata.offset))


@pytest.mark.mirrors("connect/runtime AbstractWorkerSourceTaskTest#testSendRecordsCommitRecord")
def test_commit_record_is_called_in_order_and_for_dropped_records() -> None:
    bench = acknowledging(Bench(Telling(records("a", "drop", "b")), ChainLink("u", Upper())))
    bench.run()
    assert bench.task.calls == ["start", ("drop", None), ("a", 5), ("b", 5), "commit", "stop"]
    assert bench.stored == b'{"n":2}'


def test_commit_record_is_called_once_for_a_record_several_were_made_of() -> None:
    bench = acknowledging(Bench(Telling(records("a b", "", "c")), ChainLink("s", Split())))
    bench.run()
    assert bench.producer.values == [b"a", b"b", b"c"]
    assert bench.task.calls == ["start", ("", None), ("a b", 5), ("c", 5), "commit", "stop"]
    assert bench.stored == b'{"n":2}'


def test_no_offset_is_stored_before_all_made_of_its_record_is_acknowledged() -> None:
    several = " ".join("x" * 30)
    bench = Bench(Source(records("a", *[several] * 4)), ChainLink("s", Split()))
    rest = [110]  # the first hundred are cut in the middle of what the fourth record became

    def acknowledge() -> None:
        bench.producer.acknowledge(rest[0])
        rest[0] = 0
        bench.later(0.2)

    bench.producer.on_poll = acknowledge
    bench.run()
    assert len(bench.producer.values) == 121
    assert bench.stored is None


def test_a_record_only_a_part_of_which_was_sent_counts_as_not_sent() -> None:
    bench = acknowledging(Bench(Source(records("a", "b c d")), ChainLink("s", Split())))
    bench.producer.refused = b"d"
    with pytest.raises(ConnectError, match="Unrecoverable exception trying to send"):
        bench.run()
    assert bench.producer.values == [b"a", b"b", b"c"]
    assert bench.stored == b'{"n":0}'


def test_error_of_commit_record_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Angry(Source):
        def commit_record(self, record: SourceRecord, metadata: Any) -> None:
            raise ValueError("no")

    bench = acknowledging(Bench(Angry(records("a"))))
    bench.run()
    assert bench.stored == b'{"n":0}'
    assert "commit_record failed" in caplog.text


def test_dropped_records_advance_no_offset() -> None:
    bench = acknowledging(Bench(Source(records("a", "drop")), ChainLink("u", Upper())))
    bench.run()
    assert bench.stored == b'{"n":0}'


def test_error_of_commit_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    bench = acknowledging(Bench(Source(records("a"))))
    bench.task.commit = lambda: 1 / 0  # type: ignore[method-assign,assignment]
    bench.run()
    assert "commit failed" in caplog.text


def test_numbers_are_reported_at_the_end() -> None:
    bench = acknowledging(Bench(Source(records("a", "b"))))
    bench.run()
    assert bench.link.metrics["source-record-poll-total"] == 2
    assert bench.link.metrics["source-record-write-total"] == 2


def test_nothing_is_produced_without_a_lease() -> None:
    def lose() -> list[SourceRecord]:
        bench.link.lease_error = LeaseLost()
        return records("b")

    bench = acknowledging(Bench(Source(records("a"), lose)))
    with pytest.raises(LeaseLost):
        bench.run()
    assert bench.producer.values == [b"a"]
    assert bench.stored is None


def test_no_lease_is_waited_for_when_the_producer_is_full() -> None:
    bench = Bench(Source(records("a", "b")))
    bench.producer.room = 1

    def lose() -> None:
        bench.later(1)
        bench.link.lease_error = LeaseLost()

    bench.producer.on_poll = lose
    with pytest.raises(LeaseLost):
        bench.run()
    assert bench.producer.values == [b"a"]
