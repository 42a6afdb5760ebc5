# SPDX-License-Identifier: Apache-2.0
"""What the sink's settings say about its database."""

from __future__ import annotations

from barnabas.connectors.jdbc.sink.config import JdbcSinkConfig
from barnabas.connectors.jdbc.sink.database_settings import database_settings

PROPS = {
    "connection.url": "jdbc:postgresql://host/shop",
    "connection.user": "me",
    "connection.password": "hush",
    "connection.attempts": "5",
    "connection.backoff.ms": "7",
    "connection.sslmode": "require",
    "quote.sql.identifiers": "never",
    "mssql.use.merge.holdlock": "false",
    "db.timezone": "Europe/Berlin",
    "dialect.name": "PostgreSqlDatabaseDialect",
}


def test_settings_are_passed_on() -> None:
    found = database_settings(JdbcSinkConfig(PROPS))
    assert found.url == "jdbc:postgresql://host/shop"
    assert (found.user, found.password and found.password.value) == ("me", "hush")
    assert (found.attempts, found.backoff_ms) == (5, 7)
    assert not found.quoting
    assert not found.merge_holdlock
    assert str(found.zone) == "Europe/Berlin"
    assert found.dialect_name == "PostgreSqlDatabaseDialect"


def test_unknown_connection_settings_are_the_drivers() -> None:
    assert database_settings(JdbcSinkConfig(PROPS)).properties == {"sslmode": "require"}


def test_the_password_does_not_show() -> None:
    assert "hush" not in repr(database_settings(JdbcSinkConfig(PROPS)))
