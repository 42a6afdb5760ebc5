# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import logging
import warnings

import pytest
from confluent_kafka import KafkaError, KafkaException

from barnabas.errors import ConnectError, RetriableError
from barnabas.kafka.client_settings import ClientKind
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.producer import OpenProducer
from barnabas.kafka.transactions import Transactions, close_producer, transaction_error
from tests.unit.runtime.tasks.doubles import Clock, TransactionalProducer

PROPERTIES = ClientProperties(
    ClientKind.PRODUCER, {"bootstrap.servers": "b:1", "transactional.id": "g-c-0"}, {}
)
LATE = KafkaError(KafkaError._TIMED_OUT)


class LastError:
    text = "connection refused"
    is_refusal = False


class Bench:
    def __init__(self) -> None:
        self.producer = TransactionalProducer()
        self.last_error = LastError()
        self.clock = Clock()
        opened = OpenProducer(self.producer, self.last_error, None)
        self.transactions = Transactions(opened, PROPERTIES, self.clock)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_id_is_claimed_as_soon_as_a_broker_answers(bench) -> None:
    bench.producer.errors["init"] = [LATE, LATE]
    assert bench.transactions.claim(lambda: True)
    assert bench.producer.claims == 1


def test_the_claim_is_given_up_when_nobody_wants_it(bench) -> None:
    bench.producer.errors["init"] = [LATE] * 5
    answers = iter([True, True, False])
    assert not bench.transactions.claim(lambda: next(answers))


def test_a_claim_that_takes_long_is_told_once(bench, caplog) -> None:
    bench.producer.errors["init"] = [LATE] * 4

    def later() -> bool:
        bench.clock.time += 6
        return True

    with caplog.at_level(logging.WARNING):
        bench.transactions.claim(later)
    (told,) = caplog.messages
    assert "connection refused" in told


def test_a_wrong_login_is_not_tried_again(bench) -> None:
    bench.producer.errors["init"] = [LATE]
    bench.last_error.is_refusal = True
    with pytest.raises(ConnectError, match="connection refused"):
        bench.transactions.claim(lambda: True)


def test_a_claim_without_the_right_says_which_right_is_missing(bench) -> None:
    bench.producer.errors["init"] = [KafkaError(KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)]
    with pytest.raises(ConnectError, match=r"g-c-0.*WRITE on the transactional id"):
        bench.transactions.claim(lambda: True)


def test_a_commit_that_runs_out_of_time_goes_on(bench) -> None:
    bench.transactions.begin()
    bench.producer.errors["commit"] = [LATE]
    assert bench.transactions.commit(lambda: True)
    assert not bench.transactions.is_open


def test_a_commit_may_be_given_up(bench) -> None:
    bench.transactions.begin()
    bench.producer.errors["commit"] = [LATE]
    assert not bench.transactions.commit(lambda: False)
    assert bench.transactions.is_open


def test_an_abort_is_bounded(bench) -> None:
    bench.transactions.begin()
    bench.producer.errors["abort"] = [LATE, LATE]
    with pytest.raises(RetriableError, match="Aborting a transaction within 0 s"):
        bench.transactions.abort(0)


def test_an_abort_may_be_given_up(bench) -> None:
    bench.transactions.begin()
    bench.producer.errors["abort"] = [LATE]
    assert not bench.transactions.abort(60, lambda: False)
    assert bench.transactions.is_open


def test_an_abort_that_runs_out_of_time_goes_on(bench) -> None:
    bench.transactions.begin()
    bench.producer.errors["abort"] = [LATE]
    assert bench.transactions.abort(60)
    assert not bench.transactions.is_open


@pytest.mark.parametrize(
    "code",
    [KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH],
)
def test_a_fenced_producer_is_told_with_both_possible_reasons(code) -> None:
    message = transaction_error(KafkaError(code), "Committing a transaction", PROPERTIES).message
    assert "g-c-0 was fenced" in message
    assert "newer instance" in message
    assert "transaction.timeout.ms (60000 ms)" in message


def test_a_timeout_the_brokers_do_not_allow_is_told_with_both_settings() -> None:
    properties = PROPERTIES.with_values(transaction_timeout_ms="9999999")
    error = transaction_error(KafkaError(KafkaError.INVALID_TRANSACTION_TIMEOUT), "X", properties)
    assert "transaction.timeout.ms=9999999" in error.message
    assert "transaction.max.timeout.ms" in error.message


def test_what_must_be_aborted_is_not_tried_again() -> None:
    code = KafkaError.REQUEST_TIMED_OUT
    passing = transaction_error(KafkaError(code), "X", PROPERTIES)
    over = transaction_error(KafkaError(code, "x", False, False, True), "X", PROPERTIES)
    assert isinstance(passing, RetriableError)
    assert not isinstance(over, RetriableError)


def test_closing_after_fencing_warns_of_nothing(bench) -> None:
    def close() -> None:
        warnings.warn("abort_transaction failed during close", RuntimeWarning, stacklevel=1)
        bench.producer.is_closed = True

    bench.producer.close = close
    close_producer(OpenProducer(bench.producer, bench.last_error, None))
    assert bench.producer.is_closed


def test_what_ends_the_producer_is_told_wherever_it_is_served(bench) -> None:
    def poll(_timeout_s: float) -> int:
        raise KafkaException(KafkaError(KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED))

    bench.producer.poll = poll
    with pytest.raises(ConnectError, match=r"g-c-0.*WRITE on the transactional id"):
        bench.transactions.serve()


def test_a_producer_that_was_ended_by_brokers_is_closed_all_the_same(bench) -> None:
    def poll(_timeout_s: float) -> int:
        raise KafkaException(KafkaError(KafkaError._FENCED))

    bench.producer.poll = poll
    close_producer(OpenProducer(bench.producer, bench.last_error, None))
    assert bench.producer.is_closed
