# SPDX-License-Identifier: Apache-2.0
"""Settings of a source that contradict each other are told, each with its own sentence."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.source.config import JdbcSourceConfig
from barnabas.connectors.jdbc.source.settings_rules import contradictions

BULK = {"connection.url": "jdbc:postgresql://db/shop", "mode": "bulk"}
QUERY = {**BULK, "query": "SELECT 1"}


def told(**settings: str) -> dict[str, str]:
    base = QUERY if "query" in settings else BULK
    given = {name.replace("_", "."): value for name, value in settings.items()}
    return dict(contradictions(JdbcSourceConfig({**base, **given})))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"table_whitelist": "a", "table_blacklist": "b"},
        {"table_include_list": "a", "table_exclude_list": "b"},
        {"mode": "incrementing"},
        {"query": "select *\nfrom t"},
        {"query": "WITH t AS (SELECT 1) SELECT * FROM t"},
        {"query": "SELECT 1", "mode": "incrementing", "incrementing_column_name": "id"},
    ],
    ids=str,
)
def test_sound_settings_are_left_in_peace(settings: dict[str, str]) -> None:
    assert told(**settings) == {}


@pytest.mark.parametrize(
    ("settings", "blamed"),
    [
        (
            {"table_whitelist": "a", "table_include_list": "b"},
            {"table.whitelist", "table.include.list"},
        ),
        (
            {"table_whitelist": "a", "timestamp_columns_mapping": "a:b"},
            {"table.whitelist", "timestamp.columns.mapping"},
        ),
        ({"table_exclude_list": "b"}, {"table.exclude.list"}),
        ({"query": "SELECT 1", "query_masked": "SELECT 1"}, {"query", "query.masked"}),
        ({"query": "SELECT 1", "table_whitelist": "a"}, {"table.whitelist"}),
        ({"query": "SELECT 1", "table_blacklist": "a"}, {"table.blacklist"}),
        ({"query": "DELETE FROM t"}, {"query"}),
        ({"query": "SELECTED"}, {"query"}),
        ({"query": "SELECT 1", "mode": "incrementing"}, {"incrementing.column.name"}),
        ({"query": "SELECT 1", "mode": "timestamp"}, {"timestamp.column.name"}),
        ({"query": "SELECT 1", "key_mode": "primary_key"}, {"key.mode"}),
        ({"key_mode": "columns"}, {"key.columns"}),
        ({"transaction_isolation_mode": "SQL_SERVER_SNAPSHOT"}, {"transaction.isolation.mode"}),
    ],
    ids=lambda part: str(sorted(part) if isinstance(part, set) else part),
)
def test_contradictions_are_told_by_setting(settings: dict[str, str], blamed: set[str]) -> None:
    assert set(told(**settings)) == blamed


def test_snapshots_are_for_sql_server() -> None:
    url = "jdbc:sqlserver://db;databaseName=shop"
    settings = {"connection.url": url, "transaction.isolation.mode": "SQL_SERVER_SNAPSHOT"}

    assert list(contradictions(JdbcSourceConfig({**BULK, **settings}))) == []
