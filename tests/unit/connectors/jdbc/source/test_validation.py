# SPDX-License-Identifier: Apache-2.0
"""Validation of a source looks at its database and says what it found; SQLite plays it here."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from barnabas.config import ConfigValue
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig
from barnabas.connectors.jdbc.source.validation import check_source

TABLES = """
CREATE TABLE orders (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at TIMESTAMP NOT NULL, note TEXT, price DECIMAL(10, 2));
CREATE TABLE loose (number INTEGER, changed TIMESTAMP);
"""


class Shop:
    """A database in a file, and validations against it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with sqlite3.connect(path) as database:
            database.executescript(TABLES)
        database.close()

    def check(self, **settings: str) -> dict[str, ConfigValue]:
        given = {name.replace("_", "."): value for name, value in settings.items()}
        props = {"connection.url": f"jdbc:sqlite:{self.path}", "topic.prefix": "p-", **given}
        values = JdbcSourceConfig.definition().validate(props)
        check_source(values, props)
        return {value.name: value for value in values}

    def errors(self, **settings: str) -> dict[str, list[str]]:
        return {
            name: value.errors for name, value in self.check(**settings).items() if value.errors
        }


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop.db")


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(record.getMessage() for record in caplog.records)


def test_a_sound_source_is_told_what_it_will_get(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    errors = shop.errors(
        mode="timestamp+incrementing",
        table_whitelist="orders",
        incrementing_column_name="id",
        timestamp_column_name="at",
    )

    assert errors == {}
    assert "1 of 2 tables will be copied: orders" in logged(caplog)
    assert "Table orders: id INT32, optional, at Timestamp, note STRING, optional, price" in logged(
        caplog
    )
    assert "clock" in logged(caplog)


def test_tables_and_columns_are_offered(shop: Shop) -> None:
    values = shop.check(
        mode="timestamp+incrementing",
        incrementing_column_name="id",
        timestamp_column_name="at",
        table_whitelist="orders",
    )

    assert sorted(map(str, values["table.whitelist"].recommended_values)) == ["loose", "orders"]
    assert sorted(map(str, values["table.blacklist"].recommended_values)) == ["loose", "orders"]
    assert values["incrementing.column.name"].recommended_values == ["id"]
    assert values["timestamp.column.name"].recommended_values == ["at"]


def test_a_missing_index_is_told(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.check(mode="timestamp", timestamp_column_name="at", table_whitelist="orders")

    assert "has no index on at" in logged(caplog)


def test_an_index_that_is_there_is_not_missed(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.check(mode="incrementing", incrementing_column_name="id", table_whitelist="orders")

    assert "no index" not in logged(caplog)


def test_a_table_that_is_absent_is_told(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    assert shop.errors(mode="bulk", table_whitelist="absent") == {}

    assert "There is no table absent (yet)" in logged(caplog)
    assert "None of the 2 tables there are will be copied" in logged(caplog)


@pytest.mark.parametrize(
    ("settings", "blamed", "message"),
    [
        (
            {"mode": "incrementing", "incrementing_column_name": "nr", "table_whitelist": "orders"},
            "incrementing.column.name",
            "Incrementing column: nr does not exist in table 'orders'",
        ),
        (
            {"mode": "timestamp", "timestamp_column_name": "at,on", "table_whitelist": "orders"},
            "timestamp.column.name",
            "Timestamp columns: on do not exist in table 'orders'",
        ),
        (
            {"mode": "incrementing", "incrementing_column_name": "number",
             "table_whitelist": "loose"},
            "incrementing.column.name",
            "Cannot make incremental queries using incrementing column number on loose because",
        ),
        (
            {"mode": "timestamp", "timestamp_columns_mapping": "loose:changed",
             "table_include_list": "loose"},
            "timestamp.columns.mapping",
            "Cannot make incremental queries using timestamp columns changed on loose because",
        ),
        (
            {"mode": "bulk", "table_whitelist": "loose", "key_mode": "primary_key"},
            "key.mode",
            "no primary key",
        ),
        (
            {"mode": "bulk", "table_whitelist": "loose", "key_mode": "columns", "key_columns": "x"},
            "key.columns",
            "Table loose has no column x",
        ),
        (
            {"mode": "bulk", "query": "SELECT nothing FROM orders"},
            "query",
            "The database does not understand the query",
        ),
        (
            {"mode": "timestamp", "query": "SELECT * FROM orders", "timestamp_column_name": "x"},
            "timestamp.column.name",
            "The query has no column x; it has id, at, note, price",
        ),
        ({"mode": "bulk", "query": "DROP TABLE orders"}, "query", "begins with SELECT"),
        ({"mode": "bulk", "batch_max_rows": "0"}, "batch.max.rows", "at least 1"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_work_is_an_error_of_its_setting(
    shop: Shop, settings: dict[str, str], blamed: str, message: str
) -> None:
    errors = shop.errors(**settings)

    assert list(errors) == [blamed]
    assert message in errors[blamed][0]


def test_null_may_be_allowed(shop: Shop) -> None:
    settings = {"mode": "timestamp", "timestamp_column_name": "changed", "table_whitelist": "loose"}

    assert shop.errors(**settings, validate_non_null="false") == {}


def test_a_query_is_described_without_being_run(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    assert shop.errors(mode="bulk", query="SELECT id AS nr, note FROM orders") == {}

    assert "The query: nr" in logged(caplog)


def test_nothing_is_asked_while_a_setting_is_wrong(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("barnabas.connectors.jdbc.source.validation.look_into", refuse)

    assert shop.errors(mode="bulk", query="SELECT 1", table_whitelist="a") == {
        "table.whitelist": ["A query leaves no choice of tables: remove table.whitelist, or query"]
    }
