# SPDX-License-Identifier: Apache-2.0
"""Rounds of one reader, on a SQLite database and with guards that hold it back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from barnabas.connectors.jdbc.connection import Connection, Database
from barnabas.connectors.jdbc.database_settings import database_settings
from barnabas.connectors.jdbc.errors import DatabaseError, Trouble
from barnabas.connectors.jdbc.source.columns_of_mode import ModeColumns
from barnabas.connectors.jdbc.source.config import JdbcSourceTaskConfig
from barnabas.connectors.jdbc.source.offsets import Position
from barnabas.connectors.jdbc.source.open_transactions import Guard
from barnabas.connectors.jdbc.source.origin import table_origin
from barnabas.connectors.jdbc.source.reader import Opening, TableReader
from tests.unit.connectors.jdbc.source.source_context import Shop, values

MS = 1_000_000
BY_ID = ModeColumns("id", (), None)
BY_TIME = ModeColumns(None, ("changed",), None)


class Holding(Guard):
    """Answers as it is told."""

    def __init__(self, answer: int | None) -> None:
        self.answer = answer
        self.begun = 0

    limits_numbers = True

    def begin(self, connection: Connection) -> None:
        self.begun += 1

    def time_limit(self, connection: Connection, now_ns: int) -> int | None:
        return self.answer

    def number_limit(
        self, connection: Connection, after: int, highest: Callable[[], int | None]
    ) -> int | None:
        assert highest() == 3
        return self.answer


@pytest.fixture
def connection(shop: Shop) -> Connection:
    for number in (1, 2, 3):
        shop.add(str(number), number * 1000)
    settings = JdbcSourceTaskConfig(shop.settings)
    return Database(database_settings(settings)).connect()


def reader(
    shop: Shop, connection: Connection, columns: ModeColumns, guard: Guard, **props: str
) -> TableReader:
    mode = "incrementing" if columns.incrementing else "timestamp"
    given = {name.replace("_", "."): value for name, value in props.items()}
    settings = JdbcSourceTaskConfig({**shop.settings, "mode": mode, **given})
    table = connection.dialect.parse_table("orders")
    origin = table_origin(table, settings, connection.dialect, settings.mode)
    return TableReader(origin, columns, settings, Position(), guard)


def one_round(made: TableReader, connection: Connection) -> list[Any]:
    assert made.open(connection) is Opening.READING
    assert made.is_open
    found = made.read(connection)
    assert not made.is_open
    return values(found)


def test_numbers_are_read_up_to_the_limit(shop: Shop, connection: Connection) -> None:
    guard = Holding(2)
    made = reader(shop, connection, BY_ID, guard)
    assert one_round(made, connection) == ["1", "2"]
    assert made.position == Position(incrementing=2)
    assert guard.begun == 1
    assert made.open(connection) is Opening.NOTHING_NEW


def test_times_are_read_below_the_limit(shop: Shop, connection: Connection) -> None:
    made = reader(shop, connection, BY_TIME, Holding(3000 * MS))
    assert one_round(made, connection) == ["1", "2"]
    assert made.position == Position(timestamp_ns=2000 * MS)


def test_a_limit_is_cut_to_the_millisecond(shop: Shop, connection: Connection) -> None:
    made = reader(shop, connection, BY_TIME, Holding(2000 * MS + 999_999))
    assert one_round(made, connection) == ["1"]


def test_a_limit_below_what_was_read_leaves_nothing(shop: Shop, connection: Connection) -> None:
    assert reader(shop, connection, BY_TIME, Holding(0)).open(connection) is Opening.NOTHING_NEW


@pytest.mark.parametrize("columns", [BY_ID, BY_TIME])
def test_without_a_known_limit_reading_is_held(
    shop: Shop, connection: Connection, columns: ModeColumns
) -> None:
    made = reader(shop, connection, columns, Holding(None))
    assert made.open(connection) is Opening.HELD
    assert not made.is_open


def test_a_round_that_is_forgotten_goes_on_behind_what_was_returned(
    shop: Shop, connection: Connection
) -> None:
    made = reader(shop, connection, BY_ID, Guard(), batch_max_rows="1")
    made.open(connection)
    first = made.read(connection)
    made.reset()
    made.open(connection)
    assert values(first + made.read(connection)) == ["1", "2"]


def test_a_forgotten_round_by_time_goes_back_to_the_last_whole_timestamp(
    shop: Shop, connection: Connection
) -> None:
    shop.execute("UPDATE orders SET changed = 2000 WHERE id = 3")
    made = reader(shop, connection, BY_TIME, Guard(), batch_max_rows="2")
    made.open(connection)
    assert values(made.read(connection)) == ["1", "2"]
    made.reset()
    made.open(connection)
    assert values(made.read(connection)) == ["2", "3"]


def test_the_schema_is_kept_while_columns_stay(shop: Shop, connection: Connection) -> None:
    made = reader(shop, connection, BY_ID, Guard())
    made.open(connection)
    (before, *_) = made.read(connection)
    shop.add("4")
    made.open(connection)
    (after,) = made.read(connection)
    assert after.value_schema is before.value_schema


@pytest.mark.parametrize("columns", [BY_ID, BY_TIME])
@pytest.mark.parametrize("failing", ["commit", "close"])
def test_rows_are_read_again_when_their_round_cannot_be_ended(
    shop: Shop,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    columns: ModeColumns,
    failing: str,
) -> None:
    def fail() -> None:
        if failing == "commit":
            raise DatabaseError("gone", trouble=Trouble.CONNECTION)
        raise sqlite3.OperationalError

    made = reader(shop, connection, columns, Holding(3001 * MS))
    assert made.open(connection) is Opening.READING
    with monkeypatch.context() as patch:
        patch.setattr(connection if failing == "commit" else made._stream, failing, fail)
        with pytest.raises(DatabaseError):
            made.read(connection)
    made.reset()
    connection.rollback()

    assert one_round(made, connection) == ["1", "2", "3"]
