# SPDX-License-Identifier: Apache-2.0
"""What a source's settings say of its database."""

from __future__ import annotations

from barnabas.connectors.jdbc.source.config import JdbcSourceConfig
from barnabas.connectors.jdbc.source.database_settings import database_settings


def test_settings_of_connections_are_collected() -> None:
    props = {
        "connection.url": "jdbc:postgresql://host/shop",
        "connection.user": "me",
        "connection.password": "secret",
        "connection.attempts": "5",
        "connection.backoff.ms": "7",
        "connection.ssl": "true",
        "dialect.name": "PostgreSqlDatabaseDialect",
        "transaction.isolation.mode": "read_committed",
        "quote.sql.identifiers": "never",
        "db.timezone": "Europe/Berlin",
    }
    made = database_settings(JdbcSourceConfig(props))
    assert (made.url, made.user) == ("jdbc:postgresql://host/shop", "me")
    assert made.password is not None
    assert made.password.value == "secret"
    assert (made.attempts, made.backoff_ms) == (5, 7)
    assert made.properties == {"ssl": "true"}
    assert made.dialect_name == "PostgreSqlDatabaseDialect"
    assert made.isolation == "READ_COMMITTED"
    assert not made.quoting
    assert str(made.zone) == "Europe/Berlin"
    assert made.originals == props
    assert "secret" not in repr(made)
