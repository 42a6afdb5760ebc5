# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConnectError, IllegalStateError
from barnabas.runtime.tasks.transaction_requests import TransactionEnd, TransactionRequests
from tests.unit.runtime.tasks.doubles import records

NONE, COMMIT, ABORT = TransactionEnd.NONE, TransactionEnd.COMMIT, TransactionEnd.ABORT


@pytest.fixture
def requests() -> TransactionRequests:
    return TransactionRequests()


def test_without_wishes_a_batch_is_one_piece_that_ends_nothing(requests) -> None:
    batch = records("a", "b")
    assert list(requests.split(batch)) == [(batch, NONE)]


def test_no_records_and_no_wish_are_no_piece(requests) -> None:
    assert list(requests.split([])) == []


def test_a_wish_for_the_batch_ends_its_last_piece_once(requests) -> None:
    requests.commit_transaction()
    batch = records("a")
    assert list(requests.split(batch)) == [(batch, COMMIT)]
    assert list(requests.split(batch)) == [(batch, NONE)]


def test_a_wish_without_records_is_an_empty_piece(requests) -> None:
    requests.abort_transaction()
    assert list(requests.split([])) == [([], ABORT)]


def test_a_batch_is_cut_after_each_record_that_was_named(requests) -> None:
    a, b, c, d = batch = records("a", "b", "c", "d")
    requests.commit_transaction(b)
    requests.abort_transaction(c)
    assert list(requests.split(batch)) == [([a, b], COMMIT), ([c], ABORT), ([d], NONE)]


def test_a_record_may_come_in_a_later_batch(requests) -> None:
    early, late = records("early"), records("late")
    requests.commit_transaction(late[0])
    assert list(requests.split(early)) == [(early, NONE)]
    assert list(requests.split(late)) == [(late, COMMIT)]


def test_records_are_told_apart_although_they_are_equal(requests) -> None:
    first, second = records("x")[0], records("x")[0]
    requests.commit_transaction(second)
    assert list(requests.split([first, second])) == [([first, second], COMMIT)]


@pytest.mark.mirrors("connect/runtime WorkerTransactionContextTest#testRequestBothCommitAndAbort")
def test_both_ends_for_one_batch_fail_the_task(requests) -> None:
    requests.commit_transaction()
    requests.abort_transaction()
    with pytest.raises(IllegalStateError, match="both commit and abort of current transaction"):
        list(requests.split(records("a")))


def test_both_ends_for_one_record_fail_the_task(requests) -> None:
    (record,) = batch = records("a")
    requests.abort_transaction(record)
    requests.commit_transaction(record)
    with pytest.raises(IllegalStateError, match="both commit and abort of same record"):
        list(requests.split(batch))


def test_transactions_end_after_records_only(requests) -> None:
    with pytest.raises(ConnectError, match="after source records, not after dict"):
        requests.commit_transaction({})
