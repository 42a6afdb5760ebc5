# SPDX-License-Identifier: Apache-2.0
"""The writer of dead letters, with a producer that obeys the test."""

from __future__ import annotations

import threading
from concurrent.futures import wait
from types import SimpleNamespace
from typing import Any

import pytest

from barnabas.api import TopicPartition
from barnabas.errors import ConnectError, DataError
from barnabas.kafka.errors import KafkaError, KafkaException
from barnabas.runtime.pipeline import (
    DeadLetterForm,
    ErrorCounts,
    Failure,
    JavaNames,
    Stage,
    StopWaitingError,
)
from barnabas.runtime.tasks import dead_letter_queue
from barnabas.runtime.tasks.dead_letter_queue import DeadLetterQueue
from tests.unit.runtime.pipeline.doubles import TextConverter
from tests.unit.runtime.pipeline.test_sink import Message

A, B = TopicPartition("t", 0), TopicPartition("t", 1)


class Producer:
    """Acknowledges what the test lets it."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.is_closed = False
        self.refusal: Exception | None = None
        self.room = 100
        self.error: KafkaError | None = None
        self.heard_on: set[str] = set()
        self.fatal: KafkaError | None = None
        self._may_answer = threading.Event()
        self._answered = 0

    def answer(self, error: KafkaError | None = None) -> None:
        self.error = error
        self._may_answer.set()

    def acknowledge_one(self) -> None:
        self._answered += 1
        self.sent[self._answered - 1][4](None, None)

    def produce(self, *row: Any) -> None:
        if self.refusal is not None:
            raise self.refusal
        if len(self) >= self.room:
            self._may_answer.set()
            raise BufferError
        self.sent.append(row)

    def poll(self, timeout: float) -> None:
        if self.fatal is not None:
            fatal, self.fatal = self.fatal, None
            raise KafkaException(fatal)
        if not self._may_answer.wait(min(timeout, 0.01)):
            return
        while self._answered < len(self.sent):
            self.heard_on.add(threading.current_thread().name)
            self._answered += 1
            self.sent[self._answered - 1][4](self.error, None)

    def flush(self, timeout: float) -> int:
        self.poll(timeout)
        return len(self)

    def purge(self) -> None:
        self.answer(KafkaError(KafkaError._PURGE_QUEUE))

    def close(self) -> None:
        self.is_closed = True

    def __len__(self) -> int:
        return len(self.sent) - self._answered


class Bench:
    def __init__(self) -> None:
        self.producer = Producer()
        self.opened = 0
        self.leases = 0
        self.is_stopping = False
        self.counts = ErrorCounts()
        form = DeadLetterForm("orders", 0, JavaNames(), has_context_headers=False)
        self.queue = DeadLetterQueue(
            "dead",
            form,
            self.counts,
            self._open,
            ensure_lease=self._ensure_lease,
            is_stopping=lambda: self.is_stopping,
        )

    def _open(self) -> Any:
        self.opened += 1
        return SimpleNamespace(producer=self.producer, last_error=SimpleNamespace(text=""))

    def _ensure_lease(self) -> None:
        self.leases += 1

    def report(self, partition: int = 0, value: bytes = b"v", *, is_awaited: bool = True) -> Any:
        message = Message(value, 7, "t", partition, b"k", (1, 99), [("h", b"1")])
        failure = Failure(Stage.KEY_CONVERTER, TextConverter, "record", DataError("no"), message)
        return self.queue.report(failure, is_awaited=is_awaited)


@pytest.fixture
def bench() -> Any:
    made = Bench()
    yield made
    made.producer.answer()
    made.queue.close(1)


def test_a_record_is_written_as_it_was_under_the_lease(bench: Bench) -> None:
    bench.report()
    topic, value, key, partition, _, _, timestamp, headers = bench.producer.sent[0]
    assert (topic, value, key, partition, timestamp) == ("dead", b"v", b"k", -1, 99)
    assert headers == [("h", b"1")]
    assert bench.leases == 1
    assert bench.counts.dead_letters == 1


def test_there_is_a_producer_only_once_there_is_a_letter(bench: Bench) -> None:
    assert bench.queue.settle({A}, 0)
    assert bench.opened == 0
    bench.report()
    bench.report()
    assert bench.opened == 1


def test_letters_settle_when_they_are_acknowledged(bench: Bench) -> None:
    written = bench.report()
    assert not bench.queue.settle({A}, 0)
    assert not bench.queue.settle(None, 0)
    assert bench.queue.settle({B}, 0)
    bench.producer.answer()
    assert bench.queue.settle({A}, 5)
    assert written.result(5) is None


def test_letters_nobody_waits_for_have_no_future_and_settle_all_the_same(bench: Bench) -> None:
    assert bench.report(is_awaited=False) is None
    assert bench.report(is_awaited=False) is None
    assert not bench.queue.settle({A}, 0)
    bench.producer.acknowledge_one()
    assert not bench.queue.settle({A}, 0)
    bench.producer.acknowledge_one()
    assert bench.queue.settle({A}, 0)


def test_a_letter_nobody_waits_for_fails_the_task_when_it_is_refused(bench: Bench) -> None:
    bench.report(is_awaited=False)
    bench.producer.answer(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))
    with pytest.raises(ConnectError, match="not lost"):
        bench.queue.settle({A}, 5)


def test_partitions_somebody_else_reads_are_not_waited_for(bench: Bench) -> None:
    bench.report()
    bench.queue.forget({A})
    assert bench.queue.settle({A}, 0)


def test_letters_of_a_partition_that_went_do_not_count_for_it_when_it_is_back(
    bench: Bench,
) -> None:
    before = bench.report()
    bench.queue.forget({A})
    bench.report()
    bench.producer.acknowledge_one()
    before.result(5)
    assert not bench.queue.settle({A}, 0)


def test_a_task_cannot_cancel_a_letter_and_with_it_the_hearing_of_others(bench: Bench) -> None:
    first, second = bench.report(), bench.report()
    assert not first.cancel()
    bench.producer.answer()
    second.result(5)
    assert bench.queue.settle({A}, 5)


def test_a_letter_that_is_refused_fails_the_task_and_its_future(bench: Bench) -> None:
    written = bench.report()
    bench.producer.answer(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))
    with pytest.raises(ConnectError, match=r"Writing a dead letter to topic dead .*not lost"):
        bench.queue.settle({A}, 5)
    with pytest.raises(ConnectError, match="dead letter"):
        bench.queue.check()
    assert isinstance(written.exception(5), ConnectError)
    assert bench.counts.dead_letter_failures == 1


def test_a_letter_the_client_refuses_fails_at_once(bench: Bench) -> None:
    bench.producer.refusal = KafkaException(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))
    with pytest.raises(ConnectError, match=r"max\.request\.size"):
        bench.report()
    assert not bench.queue._has_waiting(None)
    assert bench.counts.dead_letter_failures == 1


def test_a_producer_that_may_write_nothing_says_what_is_to_be_done(bench: Bench) -> None:
    bench.report()
    bench.producer.fatal = KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED)
    with pytest.raises(ConnectError, match=r"IDEMPOTENT_WRITE on the cluster.*not committed"):
        bench.queue.settle({A}, 5)
    with pytest.raises(ConnectError, match="IDEMPOTENT_WRITE"):
        bench.queue.check()
    bench.queue.close(0)
    assert bench.producer.is_closed


def test_a_producer_that_failed_for_good_is_told_while_it_is_served(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letter_queue, "_UNHEARD_S", 0.01)
    bench.report()
    bench.producer.fatal = KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED)
    with pytest.raises(ConnectError, match=r"IDEMPOTENT_WRITE"):
        bench.queue.check()
    thread = bench.queue._thread
    assert thread is not None
    thread.join(0.05)
    assert thread.is_alive()


def test_a_full_queue_is_waited_for(bench: Bench) -> None:
    bench.producer.room = 1
    bench.report(value=b"1")
    bench.report(value=b"2")
    assert [row[1] for row in bench.producer.sent] == [b"1", b"2"]


def test_a_stop_ends_the_wait_for_room_and_commits_nothing(bench: Bench) -> None:
    bench.producer.room, bench.is_stopping = 0, True
    with pytest.raises(StopWaitingError):
        bench.report()
    with pytest.raises(ConnectError, match="The task ended before"):
        bench.queue.settle({A}, 5)


def test_the_main_thread_hears_of_letters_when_it_checks(bench: Bench) -> None:
    bench.report()
    bench.producer.answer()
    bench.queue.check()
    assert bench.producer.heard_on == {threading.current_thread().name}


def test_whoever_waits_for_a_letter_does_not_wait_for_the_main_thread(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letter_queue, "_UNHEARD_S", 60.0)
    written = bench.report()
    bench.producer.answer()
    assert written.exception(5) is None
    assert written.result(5) is None
    assert bench.producer.heard_on == {"dead-letters"}


def test_letters_are_heard_of_when_the_main_thread_is_busy_for_long(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letter_queue, "_UNHEARD_S", 0.01)
    written = bench.report()
    bench.producer.answer()
    assert wait([written], 5).done == {written}


def test_at_the_end_letters_are_waited_for_only_so_long(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    written = bench.report()
    bench.queue.close(0)
    assert "were not acknowledged in time; their records come again" in caplog.text
    assert bench.producer.is_closed
    with pytest.raises(ConnectError, match="The task ended before"):
        written.result(5)
