# SPDX-License-Identifier: Apache-2.0
"""Which driver module serves an address."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.address import Address
from barnabas.connectors.jdbc.drivers import choose_driver


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("jdbc:postgresql://h/db", "PostgreSqlDriver"),
        ("postgresql://h/db", "PostgreSqlDriver"),
        ("jdbc:mariadb://h/db", "MySqlDriver"),
        ("sqlite:///x", "SqliteDriver"),
        ("jdbc:oracle:thin:@h:1521/x", "OracleDriver"),
        ("jdbc:sqlserver://h;databaseName=d", "SqlServerDriver"),
    ],
)
def test_each_database_has_its_driver(url: str, expected: str) -> None:
    assert type(choose_driver(Address.parse(url))).__name__ == expected
