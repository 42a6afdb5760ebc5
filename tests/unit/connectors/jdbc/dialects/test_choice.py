# SPDX-License-Identifier: Apache-2.0
"""Which dialect a database speaks."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.dialects import choose_dialect, dialect_names
from barnabas.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("jdbc:postgresql://h/db", "PostgreSql"),
        ("jdbc:mysql://h/db", "MySql"),
        ("jdbc:mariadb://h/db", "MySql"),
        ("jdbc:sqlite:file", "Sqlite"),
        ("jdbc:sqlserver://h", "SqlServer"),
        ("jdbc:microsoft:sqlserver://h", "SqlServer"),
        ("jdbc:jtds:sqlserver://h", "SqlServer"),
        ("jdbc:jtds:sybase://h", "Sybase"),
        ("jdbc:oracle:thin:@h:1521:x", "Oracle"),
        ("jdbc:db2://h/db", "Db2"),
        ("jdbc:ibmdb://h/db", "Db2"),
        ("jdbc:derby:db", "Derby"),
        ("jdbc:sap://h", "SapHana"),
        ("jdbc:vertica://h", "Vertica"),
        ("jdbc:snowflake://h", "Generic"),
        ("postgresql+psycopg://h/db", "PostgreSql"),
        ("cockroachdb://h/db", "PostgreSql"),
        ("mysql+pymysql://h/db", "MySql"),
        ("mssql+pymssql://h/db", "SqlServer"),
        ("sqlite:///file", "Sqlite"),
        ("duckdb:///file", "Generic"),
    ],
)
def test_the_url_tells_the_dialect(url: str, expected: str) -> None:
    assert choose_dialect(url).name == f"{expected}DatabaseDialect"


def test_a_name_wins_over_the_url_in_any_case() -> None:
    found = choose_dialect("jdbc:mysql://h/db", "postgresqldatabasedialect")
    assert found.name == "PostgreSqlDatabaseDialect"


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"'Foo' for configuration dialect.name.*OracleDatabase"):
        choose_dialect("jdbc:mysql://h/db", "Foo")


def test_there_are_eleven_dialects() -> None:
    assert len(dialect_names()) == 11
    assert dialect_names() == sorted(dialect_names())
