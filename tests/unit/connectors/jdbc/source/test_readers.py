# SPDX-License-Identifier: Apache-2.0
"""Putting the readers of a task together."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import pytest

from barnabas.connectors.jdbc.connection import Connection, Database
from barnabas.connectors.jdbc.database_settings import database_settings
from barnabas.connectors.jdbc.source import readers
from barnabas.connectors.jdbc.source.config import JdbcSourceTaskConfig
from barnabas.connectors.jdbc.source.offsets import Position
from barnabas.connectors.jdbc.source.open_transactions import Guard, TransactionGuard
from barnabas.connectors.jdbc.source.reader import TableReader
from barnabas.connectors.jdbc.source.readers import make_readers, parse_split
from barnabas.connectors.jdbc.source.task_split import KeyRange
from barnabas.errors import ConnectError
from tests.unit.connectors.jdbc.source.source_context import MemoryContext, Shop

V1 = {"protocol": "1", "table": "orders"}


def made(shop: Shop, *stored: Any, **props: str) -> list[TableReader]:
    given = {name.replace("_", "."): value for name, value in props.items()}
    settings = JdbcSourceTaskConfig({**shop.settings, "mode": "incrementing", **given})
    connection = Database(database_settings(settings)).connect()
    return make_readers(settings, connection, MemoryContext(stored))


def positions(found: Sequence[TableReader]) -> list[Position]:
    return [reader.position for reader in found]


def test_each_table_has_a_reader_that_begins_where_it_stood(shop: Shop) -> None:
    shop.execute("CREATE TABLE items (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL)")
    found = made(shop, (V1, {"incrementing": 7}), tables="`orders`,`items`")
    assert [reader.origin.name for reader in found] == ["orders", "items"]
    assert positions(found) == [Position(incrementing=7), Position()]


def test_bulk_looks_up_no_offset(shop: Shop) -> None:
    assert positions(made(shop, (V1, {"incrementing": 7}), mode="bulk")) == [Position()]


@pytest.mark.parametrize(
    ("props", "expected"),
    [
        ({"incrementing_initial": "5"}, Position(incrementing=5)),
        (
            {"mode": "timestamp", "timestamp_column_name": "changed", "timestamp_initial": "2"},
            Position(timestamp_ns=2_000_000),
        ),
        (
            {"mode": "timestamp", "timestamp_column_name": "changed", "timestamp.initial.ms": "-1"},
            Position(timestamp_ns=-1_000_000),
        ),
    ],
)
def test_a_table_without_offset_begins_where_it_is_set(
    shop: Shop, props: dict[str, str], expected: Position
) -> None:
    assert positions(made(shop, **props)) == [expected]


def test_a_column_that_is_not_found_is_told_of(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.execute("CREATE TABLE plain (a INTEGER)")
    with caplog.at_level(logging.WARNING):
        made(shop, tables="`plain`")
    assert "No column of plain numbers its rows by itself" in caplog.text
    assert "all rows are read each time" in caplog.text


def test_a_range_is_read_from_its_text() -> None:
    assert parse_split("1/0:5:9") == KeyRange(1, (0, 5, 9))
    with pytest.raises(ConnectError):
        parse_split("1/x")


def guard_of(shop: Shop, monkeypatch: pytest.MonkeyPatch, dialect: str, **props: str) -> Guard:
    known = type(Database(database_settings(JdbcSourceTaskConfig(shop.settings))).dialect)
    monkeypatch.setattr(known, "name", dialect)
    (reader,) = made(shop, **props)
    return reader._guard


@pytest.mark.parametrize("dialect", ["PostgreSqlDatabaseDialect", "MySqlDatabaseDialect"])
def test_databases_that_tell_open_transactions_are_guarded(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    monkeypatch.setattr(Connection, "current", lambda _self: (None, None))
    assert isinstance(guard_of(shop, monkeypatch, dialect), TransactionGuard)
    assert type(guard_of(shop, monkeypatch, dialect, mode="bulk")) is Guard
    off = guard_of(shop, monkeypatch, dialect, transaction_guard_enabled="false")
    assert type(off) is Guard


def test_others_are_not(shop: Shop) -> None:
    (reader,) = made(shop)
    assert type(reader._guard) is Guard
    assert set(readers._TRANSACTIONS) == {"PostgreSqlDatabaseDialect", "MySqlDatabaseDialect"}
