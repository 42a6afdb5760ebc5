# SPDX-License-Identifier: Apache-2.0
"""Records the database refuses together."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.errors import DatabaseError, Trouble
from barnabas.connectors.jdbc.sink.fields import Fields
from barnabas.connectors.jdbc.sink.isolation import (
    concerns_records,
    is_worth_retrying,
    write_good_ones,
    write_singly,
)
from barnabas.connectors.jdbc.sink.record_errors import RecordError
from barnabas.connectors.jdbc.sink.structure import StructureError
from barnabas.errors import ConnectError
from tests.unit.connectors.jdbc.sink.sink_records import thing


class Table:
    """Takes all records but the bad ones."""

    def __init__(self, bad: set[int], trouble: Trouble = Trouble.DATA) -> None:
        self.bad = bad
        self.trouble = trouble
        self.rows: list[int] = []
        self.pending: list[int] = []
        self.calls = 0

    def write(self, records: Sequence[SinkRecord]) -> None:
        self.write_plainly(records)
        self.commit()

    def write_plainly(self, records: Sequence[SinkRecord]) -> None:
        self.calls += 1
        for record in records:
            if record.kafka_offset in self.bad:
                raise DatabaseError("value too long", trouble=self.trouble)
            self.pending.append(record.kafka_offset)

    def commit(self) -> None:
        self.rows += self.pending
        self.pending = []

    def rollback(self) -> None:
        self.pending = []

    def fields_for(self, record: SinkRecord) -> Fields | None:
        return None


@given(st.integers(1, 40), st.sets(st.integers(0, 39)))
def test_good_records_are_written_and_bad_ones_reported_in_order(count: int, bad: set[int]) -> None:
    table, reported = Table(bad), []
    records = [thing(n) for n in range(count)]
    write_good_ones(table, records, lambda record, _error: reported.append(record.kafka_offset))
    assert table.rows == [n for n in range(count) if n not in bad]
    assert reported == [n for n in range(count) if n in bad]


def test_one_bad_record_among_many_costs_few_attempts() -> None:
    table = Table({777})
    write_good_ones(table, [thing(n) for n in range(1024)], lambda _record, _error: None)
    assert table.calls == 21


def test_a_lost_connection_is_no_reason_to_report() -> None:
    with pytest.raises(DatabaseError):
        write_good_ones(
            Table({0}, Trouble.CONNECTION),
            [thing(0)],
            lambda _record, _error: pytest.fail("reported"),
        )


def test_the_bad_record_is_named_and_nothing_is_written() -> None:
    table = Table({1})
    with pytest.raises(RecordError, match=r"Cannot write the record at .*offset=1.*value too long"):
        write_singly(table, [thing(0), thing(1), thing(2)])
    assert (table.rows, table.pending) == ([], [])


def test_records_that_can_be_written_singly_are_written() -> None:
    table = Table(set())
    write_singly(table, [thing(0), thing(1)])
    assert table.rows == [0, 1]


def test_another_trouble_while_looking_for_the_record_comes_through() -> None:
    with pytest.raises(DatabaseError, match=r"^value too long$"):
        write_singly(Table({1}, Trouble.DEADLOCK), [thing(0), thing(1)])


@pytest.mark.parametrize(
    ("trouble", "retried", "singly"),
    [
        (Trouble.CONNECTION, True, False),
        (Trouble.DEADLOCK, True, False),
        (Trouble.SERIALIZATION, True, False),
        (Trouble.LOCK, True, False),
        (Trouble.MISSING, True, True),
        (Trouble.OTHER, True, True),
        (Trouble.DATA, False, True),
        (Trouble.CONSTRAINT, False, True),
        (Trouble.LOGIN, False, False),
        (Trouble.PERMISSION, False, False),
    ],
)
def test_what_may_pass_is_retried_and_what_is_a_records_fault_is_looked_for(
    trouble: Trouble, retried: bool, singly: bool
) -> None:
    error = DatabaseError("no", trouble=trouble)
    assert is_worth_retrying(error) is retried
    assert concerns_records(error) is singly


@pytest.mark.parametrize("error", [StructureError("no"), ConnectError("no"), OverflowError()])
def test_errors_of_tables_and_values_are_not_retried(error: Exception) -> None:
    assert not is_worth_retrying(error)
    assert concerns_records(error)
