# SPDX-License-Identifier: Apache-2.0
"""Guards, with a database that says what the test wants."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Hashable, Mapping
from typing import Any

import pytest

from barnabas.connectors.jdbc.errors import DatabaseError, Trouble
from barnabas.connectors.jdbc.source.open_transactions import (
    Guard,
    OpenTransactions,
    TransactionGuard,
)
from barnabas.connectors.jdbc.source.settlement import SETTLE_NS

S = 1_000_000_000


class Told(OpenTransactions):
    """Answers as it is told."""

    def __init__(self) -> None:
        self.open: dict[Hashable, int | None] = {}
        self.error: DatabaseError | None = None
        self.marked = 0

    def begin(self, connection: Any) -> None:
        self.marked += 1

    def beginnings(self, connection: Any, now_ns: int) -> Mapping[Hashable, int | None]:
        if self.error is not None:
            raise self.error
        return self.open

    def writers(self, connection: Any) -> frozenset[Hashable]:
        return frozenset(self.beginnings(connection, 0))


class Connection:
    """Has a clock."""

    def __init__(self) -> None:
        self.seconds = 1000

    def now(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self.seconds, datetime.UTC)

    def rollback(self) -> None:
        pass


@pytest.fixture
def told() -> Told:
    return Told()


def guard(told: Told, longest_wait_ms: int = -1) -> TransactionGuard:
    return TransactionGuard("public.orders", told, longest_wait_ms)


def number_limit(made: TransactionGuard, connection: Connection, highest: int) -> int | None:
    return made.number_limit(connection, 0, lambda: highest)  # type: ignore[arg-type]  # a double


def time_limit(made: TransactionGuard, now_s: int) -> int | None:
    return made.time_limit(Connection(), now_s * S)  # type: ignore[arg-type]  # a double


def test_without_a_guard_everything_may_be_read() -> None:
    assert Guard().time_limit(Connection(), 5) == 5  # type: ignore[arg-type]  # a double
    assert not Guard().limits_numbers


def test_reading_is_marked(told: Told) -> None:
    guard(told).begin(Connection())  # type: ignore[arg-type]  # a double
    assert told.marked == 1


def test_times_end_below_the_oldest_transaction(told: Told) -> None:
    told.open = {"a": 900 * S}
    assert time_limit(guard(told), 1000) == 900 * S


def test_numbers_wait_for_writers(told: Told) -> None:
    made, connection = guard(told), Connection()
    told.open = {"a": None}
    assert number_limit(made, connection, 5) is None
    told.open = {}
    assert number_limit(made, connection, 5) == 5


def test_an_old_transaction_is_told_of_once_a_minute(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    made = guard(told)
    told.open = {"process 7": 900 * S}
    with caplog.at_level(logging.WARNING):
        for now_s in (950, 961, 970, 1022):
            time_limit(made, now_s)
    assert [record.getMessage() for record in caplog.records] == [
        f"Reading public.orders waits for an open transaction, process 7, since {age} s at least;"
        " end it, or set transaction.guard.limit.ms"
        for age in (61, 122)
    ]


def test_patience_may_end(told: Told) -> None:
    made = guard(told, longest_wait_ms=10_000)
    told.open = {"old": 900 * S, "new": 995 * S}
    assert time_limit(made, 1000) == 995 * S


def test_patience_with_writers_ends_too(told: Told) -> None:
    made, connection = guard(told, longest_wait_ms=10_000), Connection()
    told.open = {"a": None}
    assert number_limit(made, connection, 5) is None
    connection.seconds += 11
    assert number_limit(made, connection, 5) is None
    assert number_limit(made, connection, 5) == 5


def test_without_the_right_to_look_it_goes_on_and_says_so(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    made = guard(told)
    told.error = DatabaseError("permission denied", trouble=Trouble.PERMISSION)
    assert time_limit(made, 1000) == 1000 * S
    assert "may be missed in public.orders" in caplog.text
    assert not made.limits_numbers
    told.error = None
    told.open = {"a": 1}
    assert time_limit(made, 1000) == 1000 * S


def test_numbers_go_on_without_the_right_too(told: Told) -> None:
    made = guard(told)
    told.error = DatabaseError("permission denied", trouble=Trouble.PERMISSION)
    assert number_limit(made, Connection(), 5) == 5


def test_what_may_pass_is_not_taken_for_a_missing_right(told: Told) -> None:
    made = guard(told)
    told.error = DatabaseError("gone", trouble=Trouble.CONNECTION)
    with pytest.raises(DatabaseError, match="gone"):
        time_limit(made, 1000)
    told.error = None
    assert time_limit(made, 1000) == 1000 * S - SETTLE_NS


def test_numbers_are_not_settled_by_a_question_that_failed(told: Told) -> None:
    made, connection = guard(told), Connection()
    told.error = DatabaseError("gone", trouble=Trouble.CONNECTION)
    with pytest.raises(DatabaseError, match="gone"):
        number_limit(made, connection, 5)
    told.error, told.open = None, {"a": None}
    assert number_limit(made, connection, 5) is None


def test_a_table_that_is_gone_does_not_switch_the_guard_off(told: Told) -> None:
    made = guard(told)

    def highest() -> int:
        raise DatabaseError("no table", trouble=Trouble.MISSING)

    with pytest.raises(DatabaseError, match="no table"):
        made.number_limit(Connection(), 0, highest)  # type: ignore[arg-type]  # a double
    assert made.limits_numbers
