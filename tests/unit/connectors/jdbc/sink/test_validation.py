# SPDX-License-Identifier: Apache-2.0
"""Validation of a sink looks at its tables and says what it found; SQLite plays the database."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest

from barnabas.config import ConfigValue
from barnabas.connectors.jdbc.sink.config import JdbcSinkConfig
from barnabas.connectors.jdbc.sink.validation import check_sink

TABLES = "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT); CREATE TABLE loose (id INTEGER);"


@pytest.fixture
def url(tmp_path: Path) -> str:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as database:
        database.executescript(TABLES)
    database.close()
    return f"jdbc:sqlite:{path}"


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(record.getMessage() for record in caplog.records)


def check(url: str, **settings: str) -> dict[str, list[str]]:
    given = {name.replace("_", "."): value for name, value in settings.items()}
    props = {"connection.url": url, **given}
    values: list[ConfigValue] = JdbcSinkConfig.definition().validate(props)
    check_sink(values, props)
    return {value.name: value.errors for value in values if value.errors}


def test_a_sound_sink_is_told_its_tables(url: str, caplog: pytest.LogCaptureFixture) -> None:
    assert check(url, topics="orders, later", auto_create="true") == {}

    assert "Table orders (table): id INTEGER" in logged(caplog)
    assert "Table later will be created" in logged(caplog)


def test_a_missing_table_that_nobody_makes_is_told(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert check(url, topics="later") == {}

    assert "Table later is missing and auto-creation is disabled" in logged(caplog)


@pytest.mark.parametrize(
    ("settings", "blamed", "message"),
    [
        ({"delete_enabled": "true"}, "delete.enabled", "Primary key mode must be 'record_key'"),
        ({"insert_mode": "upsert"}, "pk.mode", "needs to know the keys"),
        ({"pk_mode": "kafka", "pk_fields": "a,b"}, "pk.fields", "three names"),
        (
            {"insert_mode": "upsert", "pk_mode": "record_value", "pk_fields": "nr"},
            "pk.fields",
            "Table orders has no column nr",
        ),
        ({"table_name_format": "a.b.c.d"}, "table.name.format", "no name of a table"),
        (
            {"topics_to_tables_mapping": "other:table"},
            "topics.to.tables.mapping",
            "couldn't be found in the topics to tables mapping",
        ),
        ({"insert_mode": "merge"}, "insert.mode", "Invalid enumerator"),
    ],
    ids=str,
)
def test_what_cannot_work_is_an_error_of_its_setting(
    url: str, settings: dict[str, str], blamed: str, message: str
) -> None:
    errors = check(url, topics="orders", **settings)

    assert list(errors) == [blamed]
    assert message in errors[blamed][0]


def test_an_upsert_without_a_key_of_the_table_is_warned_of(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = {"insert_mode": "upsert", "pk_mode": "record_value", "pk_fields": "ID"}

    assert check(url, topics="orders,loose", **settings) == {}

    assert "Table loose has no primary key or unique index on exactly ID" in logged(caplog)
    assert "Table orders has no primary key" not in logged(caplog)


def test_topics_by_pattern_are_not_known_yet(url: str, caplog: pytest.LogCaptureFixture) -> None:
    assert check(url, topics_regex="o.*") == {}

    assert "The database answers" in logged(caplog)


def test_a_database_that_is_not_there_is_an_error_of_its_address(tmp_path: Path) -> None:
    (error,) = check(f"jdbc:sqlite:{tmp_path}/no/folder", topics="t")["connection.url"]

    assert error.startswith("Could not connect to database.")
