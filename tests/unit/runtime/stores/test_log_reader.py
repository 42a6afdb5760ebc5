# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import queue

import pytest

from barnabas.kafka.client_log import LastError
from barnabas.kafka.client_settings import ClientKind
from barnabas.kafka.consumer import OpenConsumer
from barnabas.kafka.errors import KafkaError, KafkaException
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.topic_admin import AccessDeniedError
from barnabas.runtime.stores import log_reader
from barnabas.runtime.stores.log_reader import LogReader, LogRecord
from tests.unit.runtime.stores.client_doubles import Answer

WAIT_S = 10


class Consumer:
    """Gives the batches the test puts in."""

    def __init__(self):
        self.batches = queue.SimpleQueue()
        self.assigned = None
        self.is_closed = False
        self.has_metadata = True
        self._rest = []

    def list_topics(self, topic, timeout):
        if not self.has_metadata:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    def assign(self, partitions):
        self.assigned = {item.partition: item.offset for item in partitions}

    def poll(self, timeout):
        try:
            batch = self.batches.get(timeout=0.01)
        except queue.Empty:
            return None
        if isinstance(batch, Exception):
            raise batch
        first, *self._rest = batch
        return first

    def consume(self, number, timeout):
        return self._rest

    def close(self):
        self.is_closed = True


@pytest.fixture
def consumer():
    return Consumer()


@pytest.fixture
def last_error():
    return LastError("c")


@pytest.fixture
def delivered():
    return queue.SimpleQueue()


@pytest.fixture
def troubles():
    return queue.SimpleQueue()


@pytest.fixture
def reader(monkeypatch, consumer, last_error, delivered, troubles):
    opened = OpenConsumer(consumer, last_error, None, True)
    monkeypatch.setattr(log_reader, "open_consumer", lambda *_args, **_kwargs: opened)
    monkeypatch.setattr(log_reader, "_PAUSE_S", 0.0)
    reader = LogReader(
        "t",
        ClientProperties(ClientKind.CONSUMER, {}, {}),
        lambda records, reached: delivered.put((records, reached)),
        troubles.put,
    )
    yield reader
    reader.ask_to_stop()
    reader.join(WAIT_S)


def test_records_come_in_batches_with_the_offsets_reached(reader, consumer, delivered):
    reader.start({0: 5, 1: 0})
    consumer.batches.put([Answer(0, 5, key=b"k", value=b"v"), Answer(1, 3), Answer(0, 7)])
    assert delivered.get(timeout=WAIT_S) == (
        [LogRecord(0, 5, b"k", b"v"), LogRecord(1, 3, None, None), LogRecord(0, 7, None, None)],
        {0: 8, 1: 4},
    )
    assert consumer.assigned == {0: 5, 1: 0}


def test_the_end_of_a_partition_is_reached_without_a_record(reader, consumer, delivered):
    reader.start({0: 0})
    end = KafkaError(KafkaError._PARTITION_EOF)
    consumer.batches.put([Answer(0, 4), Answer(0, 6, error=end)])
    assert delivered.get(timeout=WAIT_S) == ([LogRecord(0, 4, None, None)], {0: 6})
    consumer.batches.put([Answer(0, 9, error=end)])
    assert delivered.get(timeout=WAIT_S) == ([], {0: 9})


def test_other_errors_are_troubles_and_reading_goes_on(reader, consumer, delivered, troubles):
    reader.start({0: 0})
    moved = KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION, "moved")
    consumer.batches.put([Answer(0, -1001, error=moved)])
    consumer.batches.put(KafkaException(KafkaError(KafkaError._STATE, "odd")))
    consumer.batches.put([Answer(0, 0)])
    assert delivered.get(timeout=WAIT_S)[1] == {0: 1}
    assert troubles.get_nowait().message == "moved"
    assert "odd" in troubles.get_nowait().message


def test_a_reader_that_may_not_read_says_which_right_it_needs(reader, consumer, troubles):
    reader.start({0: 0})
    denied = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, "denied")
    consumer.batches.put([Answer(0, -1001, error=denied)])
    trouble = troubles.get(timeout=WAIT_S)
    assert isinstance(trouble, AccessDeniedError)
    assert trouble.message.startswith("Reading topic t failed: denied; this worker's principal")


def test_the_loss_of_all_brokers_is_a_trouble(reader, last_error, troubles):
    reader.start({0: 0})
    last_error(KafkaError(KafkaError._TRANSPORT, "refused"))
    last_error(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))
    assert troubles.get(timeout=WAIT_S).message == "refused"


def test_it_begins_without_metadata_too(reader, consumer, delivered):
    consumer.has_metadata = False
    reader.start({0: 0})
    consumer.batches.put([Answer(0, 0)])
    assert delivered.get(timeout=WAIT_S)[1] == {0: 1}


def test_the_consumer_is_closed_at_the_end(reader, consumer):
    reader.start({0: 0})
    reader.ask_to_stop()
    reader.join(WAIT_S)
    assert consumer.is_closed


def test_a_reader_that_never_began_ends_at_once(reader):
    reader.ask_to_stop()
    reader.join(WAIT_S)
