# SPDX-License-Identifier: Apache-2.0
"""Settings of the JDBC source."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.source.config import JdbcSourceConfig, JdbcSourceTaskConfig
from barnabas.connectors.jdbc.source.schemas import (
    CalendarSystem,
    Granularity,
    NumericMapping,
    UnsupportedColumns,
)
from barnabas.errors import ConfigError


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


def test_a_task_has_tables() -> None:
    made = JdbcSourceTaskConfig({"tables": '"public"."users","public"."orders"'})
    assert made.tables == ['"public"."users"', '"public"."orders"']
    assert not made.tables_fetched
    with pytest.raises(ConfigError, match="tables"):
        JdbcSourceTaskConfig({})
