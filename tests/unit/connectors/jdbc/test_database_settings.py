# SPDX-License-Identifier: Apache-2.0
"""What settings say of the database."""

from __future__ import annotations

import pytest

from barnabas.config import Config
from barnabas.connectors.jdbc.database_settings import database_settings
from barnabas.connectors.jdbc.sink.config import JdbcSinkConfig
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig, JdbcSourceTaskConfig

PROPS = {
    "connection.url": "jdbc:postgresql://host/shop",
    "connection.user": "me",
    "connection.password": "hush",
    "connection.attempts": "5",
    "connection.backoff.ms": "7",
    "connection.sslmode": "require",
    "connection.urls": "x",
    "db.timezone": "Europe/Berlin",
    "dialect.name": " PostgreSqlDatabaseDialect ",
    "tables": "a",
}
BOTH = pytest.mark.parametrize("kind", [JdbcSourceConfig, JdbcSourceTaskConfig, JdbcSinkConfig])


@BOTH
def test_settings_are_passed_on(kind: type[Config]) -> None:
    found = database_settings(kind(PROPS))
    assert found.url == "jdbc:postgresql://host/shop"
    assert (found.user, found.password and found.password.value) == ("me", "hush")
    assert (found.attempts, found.backoff_ms) == (5, 7)
    assert str(found.zone) == "Europe/Berlin"
    assert found.dialect_name == "PostgreSqlDatabaseDialect"
    assert found.originals == PROPS


@BOTH
def test_unknown_connection_settings_are_the_drivers(kind: type[Config]) -> None:
    assert database_settings(kind(PROPS)).properties == {"sslmode": "require", "urls": "x"}


@BOTH
def test_what_one_side_alone_has_may_be_left_out(kind: type[Config]) -> None:
    found = database_settings(kind(PROPS))
    assert (found.isolation, found.merge_holdlock) == ("DEFAULT", True)


def test_what_one_side_alone_has_is_passed_on() -> None:
    source = JdbcSourceConfig({"transaction.isolation.mode": "read_committed"})
    assert database_settings(source).isolation == "READ_COMMITTED"
    sink = JdbcSinkConfig(PROPS | {"mssql.use.merge.holdlock": "false"})
    assert not database_settings(sink).merge_holdlock


@BOTH
@pytest.mark.parametrize(
    ("given", "quoting"),
    [
        ({}, True),
        ({"quote.sql.identifiers": "always"}, True),
        ({"quote.sql.identifiers": "never"}, False),
        ({"quote.sql.identifiers": "NEVER"}, False),
        ({"sql.quote.identifiers": "false"}, False),
        ({"quote.sql.identifiers": "always", "sql.quote.identifiers": "false"}, False),
    ],
)
def test_quotes_are_left_out_by_either_spelling(
    kind: type[Config], given: dict[str, str], quoting: bool
) -> None:
    assert database_settings(kind(PROPS | given)).quoting is quoting


@BOTH
def test_the_password_does_not_show(kind: type[Config]) -> None:
    assert "hush" not in repr(database_settings(kind(PROPS)))
