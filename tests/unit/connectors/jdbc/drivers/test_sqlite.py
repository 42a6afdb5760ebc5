# SPDX-License-Identifier: Apache-2.0
"""Python's own SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from barnabas.connectors.jdbc.address import Address
from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.drivers.sqlite import SqliteDriver
from barnabas.connectors.jdbc.identifiers import TableId

TABLE = TableId(None, None, "t")


@pytest.fixture
def driver() -> SqliteDriver:
    return SqliteDriver(Address.parse("jdbc:sqlite::memory:?foreign_keys=on"))


@pytest.fixture
def raw(driver: SqliteDriver) -> Iterator[Any]:
    raw = driver.connect("nobody", "nothing")
    raw.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, d DECIMAL(10, 2) NOT NULL, x VARCHAR(20))")
    raw.execute("INSERT INTO t VALUES (1, 1.5, NULL), (2, 2.5, 'b')")
    yield raw
    raw.close()


def columns(driver: SqliteDriver, raw: Any, sql: str) -> dict[str, Column]:
    return {column.label: column for column in driver.open_stream(raw, sql, None, 10).columns}


def test_a_stream_describes_a_table_as_the_table_is(driver: SqliteDriver, raw: Any) -> None:
    found = columns(driver, raw, "SELECT * FROM `t` WHERE `t`.`id` > 0 ORDER BY `t`.`id` ASC")
    assert found["d"] == Column(
        "d", "d", JdbcType.DECIMAL, "DECIMAL", 10, 2, signed=True, nullable=False, table=TABLE
    )
    assert found["id"].primary_key
    assert not found["id"].signed
    assert (found["x"].jdbc_type, found["x"].precision) == (JdbcType.VARCHAR, 20)


def test_a_stream_has_all_rows_though_it_looked_at_the_first(
    driver: SqliteDriver, raw: Any
) -> None:
    stream = driver.open_stream(raw, "SELECT id FROM t WHERE id >= ? ORDER BY id", [1], 10)
    assert [stream.fetch(1), stream.fetch(5), stream.fetch(5)] == [[(1,)], [(2,)], []]


def test_expressions_may_be_null_and_joins_too(driver: SqliteDriver, raw: Any) -> None:
    found = columns(driver, raw, "SELECT d + 1 AS d, upper(x) AS x FROM t")
    assert (found["d"].nullable, found["d"].jdbc_type) == (None, JdbcType.NUMERIC)
    joined = columns(driver, raw, "SELECT b.d FROM t a LEFT JOIN t b ON b.id = a.id + 1")
    assert joined["d"].nullable is None


def test_a_query_with_an_alias_keeps_what_it_is(driver: SqliteDriver, raw: Any) -> None:
    found = columns(driver, raw, "SELECT id, d FROM t LIMIT 1;")
    assert (found["d"].nullable, found["id"].table) == (False, TABLE)


def test_a_wrong_query_leaves_nothing_behind(driver: SqliteDriver, raw: Any) -> None:
    with pytest.raises(sqlite3.OperationalError, match="nix"):
        driver.describe(raw, "SELECT nix FROM t")
    assert len(driver.describe(raw, "SELECT * FROM t")) == 3


def test_views_are_listed_and_described(driver: SqliteDriver, raw: Any) -> None:
    raw.execute("CREATE VIEW v AS SELECT id FROM t")
    assert driver.tables(raw, None, None, ["table", "view"]) == [TABLE, TableId(None, None, "v")]
    assert driver.tables(raw, None, None, ["SYNONYM"]) == []
    definition = driver.definition(raw, TableId(None, None, "V"))
    assert definition is not None
    assert (definition.table.table, definition.kind) == ("v", "VIEW")


def test_auto_increment_is_what_the_table_says(driver: SqliteDriver, raw: Any) -> None:
    raw.execute("CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, x TEXT)")
    definition = driver.definition(raw, TableId(None, None, "a"))
    assert definition is not None
    assert [column.auto_increment for column in definition.columns] == [True, False]


def test_what_the_url_asks_for_is_set(driver: SqliteDriver, raw: Any) -> None:
    assert driver.run(raw, "PRAGMA foreign_keys").fetchone() == (1,)


def test_a_cursor_tells_names_only(driver: SqliteDriver, raw: Any) -> None:
    found = driver.described(raw, raw.execute("SELECT id FROM t"))
    assert [(column.name, column.nullable) for column in found] == [("id", None)]
