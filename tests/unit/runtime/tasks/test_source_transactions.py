# SPDX-License-Identifier: Apache-2.0
"""Records and their offsets in one transaction, with a producer that obeys the test."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future

import pytest

from barnabas.api import SourceRecord
from barnabas.errors import ConnectError
from barnabas.kafka.client_settings import ClientKind
from barnabas.kafka.errors import KafkaError, KafkaException
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.producer import OpenProducer
from barnabas.runtime.pipeline import Chain, ChainLink, FailFast, SourcePipeline
from barnabas.runtime.tasks import source_transactions
from barnabas.runtime.tasks.link import ExactlyOnce
from barnabas.runtime.tasks.source_transactions import SourceTransactions
from barnabas.testing import MemoryTaskLink
from tests.unit.runtime.pipeline.doubles import Split, converters
from tests.unit.runtime.tasks.doubles import Clock, LeaseLost, TransactionalProducer, records

PROPERTIES = ClientProperties(
    ClientKind.PRODUCER, {"transactional.id": "g-c-0", "transaction.timeout.ms": "50000"}, {}
)
LATE = KafkaError(KafkaError._TIMED_OUT)


class LastError:
    text = "broker down"
    is_refusal = False


class Bench:
    def __init__(self, *, copies: bool = False, tells: bool = False) -> None:
        self.link = MemoryTaskLink()
        self.producers: list[TransactionalProducer] = []
        self.tells = tells
        self.gives_up = False
        self.waited_s = 0.0
        """How much time goes by whenever it is asked whether to give up."""
        self.clock = Clock()
        self.next = TransactionalProducer(reports_only_failures=not tells)
        tolerance = FailFast()
        self.pipeline = SourcePipeline(converters(), Chain[SourceRecord]((), tolerance), tolerance)
        self.transactions = SourceTransactions(
            "c",
            ExactlyOnce("g-c-0", "offsets", copies),
            self.link,
            self,
            PROPERTIES,
            tells_records=tells,
            gives_up=self.ask,
            now=self.clock,
        )
        self.transactions.open(lambda: True)

    def open(self) -> OpenProducer:
        self.producers.append(self.next)
        self.next = TransactionalProducer(reports_only_failures=not self.tells)
        return OpenProducer(self.producers[-1], LastError(), None)

    def fits(self, topics: Iterable[str]) -> bool:
        return "small" not in topics

    @property
    def producer(self) -> TransactionalProducer:
        return self.producers[-1]

    def ask(self) -> bool:
        self.clock.time += self.waited_s
        return self.gives_up

    def add(self, *values: str, start: int = 0) -> None:
        self.add_records(records(*values, start=start))

    def add_records(self, polled: list[SourceRecord]) -> None:
        self.transactions.add(self.transactions.prepare(self.pipeline.convert(polled)))


def test_a_transaction_holds_the_records_and_their_last_offset() -> None:
    bench = Bench()
    bench.add("a", "b")
    bench.add("c", start=2)
    ended = bench.transactions.commit()
    assert bench.producer.transactions == [
        [("t", b"a"), ("t", b"b"), ("t", b"c"), ("offsets", b'{"n":2}')]
    ]
    assert (ended.size, ended.records) == (3, [])
    assert bench.link.topics == ["t"]


def test_a_transaction_begins_with_the_first_record() -> None:
    bench = Bench()
    assert bench.transactions.open_since is None
    bench.add()
    assert bench.transactions.open_since is None
    bench.add("a")
    assert bench.transactions.open_since is not None


def test_without_records_and_offsets_nothing_is_written() -> None:
    bench = Bench()
    assert bench.transactions.commit().size == 0
    assert bench.producer.transactions == []


@pytest.mark.mirrors("connect/runtime ExactlyOnceWorkerSourceTaskTest#testConnectorAbortsBatch")
def test_after_an_abort_only_the_offsets_count() -> None:
    bench = Bench()
    bench.add("a", "b")
    bench.transactions.abort()
    assert bench.producer.aborted == [[("t", b"a"), ("t", b"b")]]
    assert bench.producer.transactions == [[("offsets", b'{"n":1}')]]
    assert bench.link.topics == []


def test_what_waits_to_be_written_keeps_no_records_that_nobody_hears_of() -> None:
    silent, telling = Bench(), Bench(tells=True)
    batch = silent.pipeline.convert(records("a", "b"))
    prepared = silent.transactions.prepare(batch)
    assert (prepared.batch.records, prepared.batch.values) == ((), [b"a", b"b"])
    assert list(prepared.offsets.values()) == [{"n": 1}]
    assert telling.transactions.prepare(batch).batch.records == batch.records


@pytest.mark.parametrize(("tries", "succeeds"), [(4, True), (6, False)])
def test_an_abort_has_the_time_of_a_transaction(*, tries: int, succeeds: bool) -> None:
    bench = Bench()
    bench.waited_s = 10.0
    bench.add("a")
    bench.producer.errors["abort"] = [LATE] * tries
    if not succeeds:
        with pytest.raises(ConnectError, match="Aborting a transaction within 50 s"):
            bench.transactions.abort()
        return
    bench.transactions.abort()
    assert bench.producer.transactions == [[("offsets", b'{"n":0}')]]


def test_an_abort_is_given_up_when_the_task_is_to_stop() -> None:
    bench = Bench()
    bench.add("a")
    bench.gives_up = True
    bench.producer.errors["abort"] = [LATE]
    with pytest.raises(ConnectError, match="nothing of the transaction counts"):
        bench.transactions.abort()
    assert bench.producer.transactions == []


def test_a_task_hears_where_its_records_are() -> None:
    bench = Bench(tells=True)
    bench.add("a")
    [(record, metadata)] = bench.transactions.commit().records
    assert record.value == "a"
    assert (metadata.topic, metadata.offset) == ("t", 5)


def test_a_task_hears_once_of_a_record_several_were_made_of() -> None:
    bench = Bench(tells=True)
    chain = Chain[SourceRecord]([ChainLink("s", Split())], FailFast())
    bench.pipeline = SourcePipeline(converters(), chain, FailFast())
    bench.add("a b", "c")
    bench.add("d e", start=2)
    ended = bench.transactions.commit()
    assert [record.value for record, _ in ended.records] == ["a b", "c", "d e"]
    assert ended.size == 5


def test_a_task_hears_of_aborted_records_without_a_place() -> None:
    bench = Bench(tells=True)
    bench.add("a")
    assert [metadata for _, metadata in bench.transactions.abort().records] == [None]


def test_offsets_are_written_under_the_key_that_is_stored() -> None:
    bench = Bench()
    asked = []
    bench.link.stored_keys = lambda keys: asked.append(keys) or [b"stored"]
    seen = []
    produce = bench.producer.produce
    bench.producer.produce = lambda *row: (seen.append(row[2]), produce(*row))
    bench.add("a")
    bench.transactions.commit()
    bench.add("b", start=1)
    bench.transactions.commit()
    assert [key for key in seen if key] == [b"stored", b"stored"]
    assert len(asked) == 1, "keys are remembered"


def test_only_so_many_keys_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_transactions, "_KEYS_REMEMBERED", 2)
    bench = Bench()
    for number in range(5):
        changed = [one.replace(source_partition={"file": number}) for one in records("a")]
        bench.add_records(changed)
        bench.transactions.commit()
    assert len(bench.transactions._stored_keys) <= 3
    assert len(bench.producer.transactions) == 5


def test_an_idle_producer_is_served() -> None:
    bench = Bench()
    polls = []
    bench.producer.poll = polls.append
    bench.transactions.serve()
    assert polls == [0]


def test_offsets_are_copied_to_the_workers_topic_after_the_commit() -> None:
    bench = Bench(copies=True)
    bench.add("a")
    bench.transactions.commit()
    assert bench.link.offsets == {b'["c",{"file":"f"}]': b'{"n":0}'}


def test_what_is_removed_is_removed_from_the_workers_topic_first() -> None:
    bench = Bench(copies=True)
    gone = [record.replace(source_offset=None) for record in records("a")]
    bench.link.write_error = ConnectError("refused")
    bench.add_records(gone)
    with pytest.raises(ConnectError, match="refused"):
        bench.transactions.commit()
    assert bench.producer.transactions == []


def test_a_removal_that_takes_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_transactions, "_COPY_S", 0)
    bench = Bench(copies=True)
    bench.link.write_offsets = lambda _offsets: Future()
    removed = [one.replace(source_offset=None) for one in records("a")]
    bench.add_records(removed)
    with pytest.raises(ConnectError, match=r"Removing 1 offsets .*offset\.storage\.topic"):
        bench.transactions.commit()
    assert bench.producer.transactions == []


def test_a_failed_copy_fails_nothing(caplog) -> None:
    bench = Bench(copies=True)
    bench.link.write_error = ConnectError("refused")
    bench.add("a")
    bench.transactions.commit()
    assert "refused" in caplog.text
    assert len(bench.producer.transactions) == 1


def test_the_record_that_was_refused_is_what_the_commit_fails_with() -> None:
    bench = Bench()
    bench.add("a")
    bench.producer.fail()
    bench.producer.errors["commit"] = [KafkaError(KafkaError._STATE, "x", False, False, True)]
    with pytest.raises(ConnectError, match=r"from producer send callback.*topic t"):
        bench.transactions.commit()


def test_a_record_that_an_ended_producer_does_not_take_fails_with_what_ended_it() -> None:
    bench = Bench()

    def produce(*_row: object) -> None:
        raise KafkaException(KafkaError(KafkaError._FATAL))

    def poll(_timeout_s: float) -> None:
        raise KafkaException(KafkaError(KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED))

    bench.producer.produce = produce
    bench.producer.poll = poll
    with pytest.raises(ConnectError, match=r"g-c-0.*WRITE on the transactional id"):
        bench.add("a")


def test_what_ends_the_producer_hides_no_record_that_was_refused_before() -> None:
    bench = Bench()
    bench.add("a")
    bench.producer.fail()
    poll = bench.producer.poll

    def poll_and_raise(timeout_s: float) -> None:
        poll(timeout_s)
        raise KafkaException(KafkaError(KafkaError._FENCED))

    bench.producer.poll = poll_and_raise
    bench.producer.errors["commit"] = [KafkaError(KafkaError._STATE, "x", False, False, True)]
    with pytest.raises(ConnectError, match=r"from producer send callback.*topic t"):
        bench.transactions.commit()


def test_a_record_refused_for_an_old_epoch_is_told_as_fencing() -> None:
    bench = Bench()
    bench.add("a")
    bench.producer.fail(KafkaError.INVALID_PRODUCER_EPOCH)
    bench.producer.errors["commit"] = [KafkaError(KafkaError._FENCED)]
    with pytest.raises(ConnectError, match=r"topic t failed: .* g-c-0 was fenced"):
        bench.transactions.commit()


def test_a_record_the_producer_does_not_take_fails_at_once() -> None:
    bench = Bench()
    bench.producer.refused = b"b"
    with pytest.raises(ConnectError, match="Unrecoverable exception trying to send"):
        bench.add("a", "b")


def test_a_full_queue_is_waited_for() -> None:
    bench = Bench()
    bench.producer.room = 1
    bench.producer.on_poll = bench.producer.acknowledge
    bench.add("a", "b")
    assert bench.producer.values == [b"a", b"b"]


def test_waiting_for_room_ends_when_the_task_is_to_stop() -> None:
    bench = Bench()
    bench.producer.room = 0
    bench.gives_up = True
    with pytest.raises(ConnectError, match="given up"):
        bench.add("a")


def test_a_commit_that_is_given_up_is_not_taken_for_done() -> None:
    bench = Bench()
    bench.add("a")
    bench.gives_up = True
    bench.producer.errors["commit"] = [KafkaError(KafkaError._TIMED_OUT)]
    with pytest.raises(ConnectError, match="counts wholly or not at all"):
        bench.transactions.commit()


@pytest.mark.parametrize("step", ["add", "commit"])
def test_nothing_is_sent_without_a_lease(step: str) -> None:
    bench = Bench()
    if step == "commit":
        bench.add("a")
    bench.link.lease_error = LeaseLost()
    with pytest.raises(LeaseLost):
        bench.add("b") if step == "add" else bench.transactions.commit()
    assert b"b" not in bench.producer.values
    assert bench.producer.transactions == []


def test_closing_aborts_what_is_open() -> None:
    bench = Bench()
    bench.add("a")
    bench.transactions.close()
    assert bench.producer.aborted == [[("t", b"a")]]
    assert bench.producer.is_closed


def test_a_producer_is_opened_anew_between_transactions() -> None:
    bench = Bench()
    assert not bench.transactions.fits(["small"])
    bench.transactions.reopen()
    assert [producer.is_closed for producer in bench.producers] == [True, False]
    assert bench.producer.claims == 1
    bench.add("a")
    bench.transactions.commit()
    assert len(bench.producer.transactions) == 1


def test_a_topic_is_reported_again_once_the_user_had_it_forgotten() -> None:
    bench = Bench()
    for _ in range(2):
        bench.add("a")
        bench.transactions.commit()
    bench.link.topics_epoch += 1
    bench.add("a")
    bench.transactions.commit()
    assert bench.link.topics == ["t", "t"]
