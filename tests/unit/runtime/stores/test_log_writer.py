# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import queue

import pytest

from barnabas.errors import ConnectError, RetriableError
from barnabas.kafka.client_settings import ClientKind
from barnabas.kafka.errors import KafkaError
from barnabas.kafka.layering import ClientProperties
from barnabas.runtime.stores import log_writer
from barnabas.runtime.stores.log_writer import LogWriter
from tests.unit.runtime.stores.client_doubles import Producer


@pytest.fixture
def producer(monkeypatch):
    producer = Producer()
    monkeypatch.setattr(log_writer, "open_producer", lambda properties, quiet: producer.opened())
    return producer


@pytest.fixture
def writer(producer):
    writer = LogWriter("t", ClientProperties(ClientKind.PRODUCER, {}, {}))
    writer.open()
    yield writer
    writer.close(0.0)


@pytest.fixture
def outcomes():
    return queue.SimpleQueue()


def post(writer, outcomes, *items):
    writer.post(items, lambda error, ends: outcomes.put((error, ends)))


def test_a_batch_is_told_once_when_all_of_it_is_stored(writer, producer, outcomes):
    post(writer, outcomes, (b"a", b"1"), (b"b", None))
    assert [given[:3] for given in producer.given] == [("t", b"a", b"1"), ("t", b"b", None)]
    producer.answer(offset=7)
    producer.answer(offset=8)
    assert outcomes.get(timeout=10) == (None, {0: 9})
    assert outcomes.empty()


def test_the_last_offset_of_each_partition_is_told(writer, producer, outcomes):
    post(writer, outcomes, *[(b"k", b"v")] * 3)
    for partition, offset in ((0, 7), (4, 2), (0, 6)):
        producer.answer(partition=partition, offset=offset)
    assert outcomes.get(timeout=10) == (None, {0: 8, 4: 3})


def test_batches_follow_each_other(writer, producer, outcomes):
    for number in range(3):
        post(writer, outcomes, (b"k", b"v"))
        producer.answer(offset=number)
        assert outcomes.get(timeout=10) == (None, {0: number + 1})


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (KafkaError._MSG_TIMED_OUT, RetriableError),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, ConnectError),
    ],
)
def test_a_record_that_was_not_stored_fails_its_batch(writer, producer, outcomes, code, kind):
    post(writer, outcomes, (b"a", b"1"), (b"b", b"2"))
    producer.answer(KafkaError(code))
    producer.answer(offset=3)
    error, ends = outcomes.get(timeout=10)
    assert type(error) is kind
    assert error.message.startswith("Writing to topic t failed")
    assert ends == {0: 4}


def test_a_full_queue_fails_what_finds_no_room(writer, producer, outcomes):
    producer.full_after = 1
    post(writer, outcomes, (b"a", b"1"), (b"b", b"2"))
    producer.answer()
    error, _ = outcomes.get(timeout=10)
    assert error.message == "Too much waits to be written to topic t"


def test_a_record_the_client_refuses_fails_at_once(writer, producer, outcomes):
    producer.refuses = KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)
    post(writer, outcomes, (b"a", b"1"))
    error, _ = outcomes.get_nowait()
    assert "MSG_SIZE_TOO_LARGE" in error.message


def test_what_is_left_at_the_end_fails(writer, producer, outcomes):
    post(writer, outcomes, (b"a", b"1"))
    writer.close(0.0)
    error, _ = outcomes.get(timeout=10)
    assert isinstance(error, ConnectError)
    assert producer.flushed[0] == 0.0


def test_nothing_is_written_before_the_start_nor_after_the_end(producer, outcomes):
    writer = LogWriter("t", ClientProperties(ClientKind.PRODUCER, {}, {}))
    post(writer, outcomes, (b"a", b"1"))
    writer.open()
    writer.close(0.0)
    post(writer, outcomes, (b"a", b"1"))
    assert [outcomes.get_nowait()[0].message for _ in range(2)] == [
        "Topic t is not open for writing"
    ] * 2
    assert producer.given == []


def test_the_last_trouble_is_known(writer, producer, monkeypatch):
    assert writer.trouble == ""
    assert LogWriter("t", ClientProperties(ClientKind.PRODUCER, {}, {})).trouble == ""


def test_what_was_let_go_fails_as_what_may_be_tried_again(writer, producer, outcomes):
    post(writer, outcomes, (b"a", b"1"))
    writer.let_go()
    error, ends = outcomes.get(timeout=10)
    assert type(error) is RetriableError
    assert error.message == "Topic t did not take a record while this worker might write"
    assert ends == {}
    post(writer, outcomes, (b"a", b"2"))
    producer.answer(offset=3)
    assert outcomes.get(timeout=10) == (None, {0: 4})
