# SPDX-License-Identifier: Apache-2.0
"""Settings of the JDBC sink."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.sink.config import (
    DateZone,
    InsertMode,
    JdbcSinkConfig,
    PrimaryKeyMode,
)
from barnabas.errors import ConfigError

URL = {"connection.url": "jdbc:sqlite:shop.db"}


def test_defaults_are_those_of_java() -> None:
    settings = JdbcSinkConfig(URL)
    assert settings.insert_mode is InsertMode.INSERT
    assert settings.pk_mode is PrimaryKeyMode.NONE
    assert settings.date_zone is DateZone.DB_TIMEZONE
    assert (settings.batch_size, settings.max_retries, settings.retry_backoff_ms) == (
        3000,
        10,
        3000,
    )
    assert settings.table_name_format == "${topic}"
    assert (settings.pk_fields, settings.fields_whitelist, settings.table_types) == (
        [],
        [],
        ["TABLE"],
    )
    assert settings.zone.is_utc
    assert (settings.quote_identifiers_text, settings.sql_quote_identifiers) == ("ALWAYS", True)
    assert settings.replace_null_with_default
    assert not settings.auto_create
    assert not settings.auto_evolve


def test_groups_are_those_of_java() -> None:
    groups = ["Connection", "Writes", "Data Mapping", "DDL Support", "DML Support", "Retries"]
    assert JdbcSinkConfig.definition().groups == groups


def test_the_url_is_required() -> None:
    with pytest.raises(ConfigError, match="Missing required configuration"):
        JdbcSinkConfig({})


@pytest.mark.parametrize("text", ["upsert", "UPSERT"])
def test_enumerators_are_taken_in_lower_and_in_upper_case(text: str) -> None:
    assert JdbcSinkConfig(URL | {"insert.mode": text}).insert_mode is InsertMode.UPSERT


@pytest.mark.parametrize("key", ["insert.mode", "pk.mode", "date.timezone"])
def test_other_enumerators_are_refused(key: str) -> None:
    with pytest.raises(ConfigError, match=f"Invalid value Upsert for configuration {key}: Inv"):
        JdbcSinkConfig(URL | {key: "Upsert"})


@pytest.mark.parametrize("mode", ["none", "kafka", "record_value"])
def test_deletes_need_the_key_of_the_record(mode: str) -> None:
    with pytest.raises(ConfigError, match="Primary key mode must be 'record_key' when delete"):
        JdbcSinkConfig(URL | {"delete.enabled": "true", "pk.mode": mode})


def test_deletes_go_with_the_key_of_the_record() -> None:
    assert JdbcSinkConfig(URL | {"delete.enabled": "true", "pk.mode": "record_key"}).delete_enabled


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ConfigError, match="Invalid value Mars for configuration"):
        JdbcSinkConfig(URL | {"db.timezone": "Mars"})


def test_precision_of_timestamp_fields_has_6_or_9_digits() -> None:
    assert JdbcSinkConfig(URL).timestamp_digits == 6
    nanoseconds = URL | {"timestamp.precision.mode": "nanoseconds"}
    assert JdbcSinkConfig(nanoseconds).timestamp_digits == 9
