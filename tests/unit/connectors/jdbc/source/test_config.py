# SPDX-License-Identifier: Apache-2.0
"""Settings of the JDBC source."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source.choices import KeyMode, Mode
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig, JdbcSourceTaskConfig
from barnabas.connectors.jdbc.source.schemas import (
    CalendarSystem,
    Granularity,
    NumericMapping,
    UnsupportedColumns,
)
from barnabas.errors import ConfigError

USERS = TableId(None, "public", "users")


def settings(**props: str) -> JdbcSourceConfig:
    return JdbcSourceConfig({name.replace("__", "."): value for name, value in props.items()})


def test_defaults_are_javas() -> None:
    defaults = {key.name: key.default_text for key in JdbcSourceConfig.definition()}
    expected = {
        "connection.url": "",
        "connection.user": None,
        "connection.attempts": "3",
        "connection.backoff.ms": "10000",
        "table.whitelist": "",
        "catalog.pattern": None,
        "schema.pattern": None,
        "numeric.precision.mapping": "false",
        "numeric.mapping": None,
        "mode": "",
        "incrementing.column.name": "",
        "timestamp.column.name": "",
        "timestamp.initial": None,
        "validate.non.null": "true",
        "query": "",
        "quote.sql.identifiers": "ALWAYS",
        "query.suffix": "",
        "transaction.isolation.mode": "DEFAULT",
        "query.retry.attempts": "-1",
        "table.types": "TABLE",
        "poll.interval.ms": "5000",
        "batch.max.rows": "1000",
        "table.poll.interval.ms": "60000",
        "topic.prefix": "",
        "timestamp.delay.interval.ms": "0",
        "db.timezone": "UTC",
        "timestamp.granularity": "connect_logical",
        "date.calendar.system": "LEGACY",
    }
    assert {name: defaults[name] for name in expected} == expected


def test_settings_stand_in_javas_groups() -> None:
    groups = ["Database", "Mode", "Connector", "Extensions"]
    assert JdbcSourceConfig.definition().groups == groups


def test_a_mode_must_be_given_to_start() -> None:
    assert settings(mode="bulk").mode is Mode.BULK
    with pytest.raises(ConfigError, match="Query mode must be specified"):
        _ = settings().mode


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ConfigError, match="mode"):
        settings(mode="fast")


def test_quotes_are_left_out_by_either_spelling() -> None:
    assert settings().is_quoting
    assert not settings(quote__sql__identifiers="never").is_quoting
    assert not settings(sql__quote__identifiers="false").is_quoting


@pytest.mark.parametrize(
    ("props", "initial_ms", "begins_now"),
    [
        ({}, None, False),
        ({"timestamp__initial": "5"}, 5, False),
        ({"timestamp__initial": "-1"}, -1, True),
        ({"timestamp__initial__ms": "-1"}, -1, False),
    ],
)
def test_the_first_timestamp_has_two_spellings(
    props: dict[str, str], initial_ms: int | None, begins_now: bool
) -> None:
    made = settings(**props)
    assert (made.initial_ms, made.begins_now) == (initial_ms, begins_now)


def test_the_masked_query_is_a_query_too() -> None:
    assert settings(query__masked=" SELECT 1 ").query_text == "SELECT 1"
    assert "SELECT 1" not in repr(settings(query__masked="SELECT 1"))


@pytest.mark.parametrize(
    "props",
    [
        {"query": "SELECT 1", "query__masked": "SELECT 2"},
        {"query": "SELECT 1", "table__whitelist": "a"},
        {"query": "SELECT 1", "table__include__list": "a"},
    ],
)
def test_a_query_stands_alone(props: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="query"):
        settings(**props).check_query()


def test_a_query_by_itself_passes() -> None:
    settings(query="SELECT 1").check_query()


def test_what_decides_values_is_collected() -> None:
    made = settings(
        numeric__mapping="BEST_FIT",
        timestamp__granularity="micros_long",
        date__calendar__system="proleptic_gregorian",
        db__timezone="Europe/Berlin",
        unsupported__columns="string",
    ).mapping_settings("PostgreSql")
    assert made.dialect == "PostgreSql"
    assert made.numeric_mapping is NumericMapping.BEST_FIT
    assert made.granularity is Granularity.MICROS_LONG
    assert made.calendar is CalendarSystem.PROLEPTIC_GREGORIAN
    assert made.zone.name == "Europe/Berlin"
    assert made.unsupported is UnsupportedColumns.STRING


def test_the_old_precision_mapping_counts_while_the_new_is_unset() -> None:
    old = settings(numeric__precision__mapping="true").mapping_settings("")
    assert old.numeric_mapping is NumericMapping.PRECISION_ONLY
    both = settings(numeric__precision__mapping="true", numeric__mapping="none")
    assert both.mapping_settings("").numeric_mapping is NumericMapping.NONE


def test_timestamp_columns_are_those_of_the_table() -> None:
    made = settings(mode="timestamp", timestamp__columns__mapping=".*users:[a|b],.*orders:[c]")
    assert made.timestamp_columns_of(USERS) == ("a", "b")
    assert settings(mode="incrementing").timestamp_columns_of(USERS) == ()
    named = settings(mode="timestamp", timestamp__column__name="x,y")
    assert named.timestamp_columns_of(None) == ("x", "y")


def test_a_mode_with_timestamps_needs_a_column() -> None:
    with pytest.raises(ConfigError, match=r"public\.users has none"):
        settings(mode="timestamp").timestamp_columns_of(USERS)
    with pytest.raises(ConfigError, match="the query has none"):
        settings(mode="timestamp").timestamp_columns_of(None)


def test_the_incrementing_column_may_be_looked_for() -> None:
    assert settings(mode="incrementing").incrementing_column_of(USERS) == ""
    assert settings(mode="bulk").incrementing_column_of(USERS) is None
    mapped = settings(mode="incrementing", incrementing__column__mapping=".*users:id")
    assert mapped.incrementing_column_of(USERS) == "id"
    named = settings(mode="incrementing", incrementing__column__name="n")
    assert named.incrementing_column_of(None) == "n"


def test_keys_are_null_unless_wanted() -> None:
    assert settings().key_mode is KeyMode.NONE
    assert settings(key__mode="PRIMARY_KEY").key_mode is KeyMode.PRIMARY_KEY


def test_filters_are_read() -> None:
    assert settings().table_filter.is_empty
    assert settings(table__whitelist="a, b").table_filter.whitelist == ("a", "b")


def test_the_topic_prefix_is_trimmed() -> None:
    assert settings(topic__prefix=" db- ").topic_prefix == "db-"


def test_a_task_has_tables() -> None:
    made = JdbcSourceTaskConfig({"tables": '"public"."users","public"."orders"'})
    assert made.tables == ['"public"."users"', '"public"."orders"']
    assert not made.tables_fetched
    with pytest.raises(ConfigError, match="tables"):
        JdbcSourceTaskConfig({})
