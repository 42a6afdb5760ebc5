# SPDX-License-Identifier: Apache-2.0
"""What PostgreSQL tells of open transactions."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from barnabas.config import Password
from barnabas.connectors.jdbc.connection import Connection, Database, DatabaseSettings
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source.postgresql_transactions import PostgreSqlTransactions
from barnabas.connectors.jdbc.time_zones import nanos_of
from tests.services.database_server import ServerDatabase

T = TableId(None, "public", "t")
S = 1_000_000_000
Connect = Callable[..., Connection]


@pytest.fixture
def connect(request: pytest.FixtureRequest) -> Connect:
    def connected(database: ServerDatabase, user: str = "", password: str = "") -> Connection:
        server = database.server
        secret = Password(password or server.password)
        settings = DatabaseSettings(
            url=database.jdbc_url, user=user or server.user, password=secret
        )
        connection = Database(settings).connect()
        request.addfinalizer(connection.close)
        return connection

    return connected


@pytest.fixture
def database(postgresql_database: ServerDatabase) -> ServerDatabase:
    postgresql_database.execute(
        "CREATE TABLE t (id BIGSERIAL PRIMARY KEY)",
        "CREATE TABLE other (id BIGSERIAL PRIMARY KEY)",
        "CREATE TABLE parts (id BIGINT) PARTITION BY RANGE (id)",
        "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100)",
    )
    return postgresql_database


@pytest.fixture
def writer(database: ServerDatabase) -> Iterator[Any]:
    with contextlib.closing(database.connect(autocommit=False)) as connection:
        yield connection


def test_only_writers_of_the_table_count(
    connect: Connect, database: ServerDatabase, writer: Any
) -> None:
    transactions, connection = PostgreSqlTransactions(T), connect(database)
    writer.execute("INSERT INTO other DEFAULT VALUES")
    writer.execute("SELECT * FROM t")
    assert transactions.writers(connection) == frozenset()
    writer.execute("INSERT INTO t DEFAULT VALUES")
    assert len(transactions.writers(connection)) == 1
    writer.commit()
    assert transactions.writers(connection) == frozenset()


def test_for_a_query_writers_of_any_table_count(
    connect: Connect, database: ServerDatabase, writer: Any
) -> None:
    transactions, connection = PostgreSqlTransactions(None), connect(database)
    assert transactions.writers(connection) == frozenset()
    writer.execute("INSERT INTO other DEFAULT VALUES")
    assert len(transactions.writers(connection)) == 1


def test_writers_of_a_partition_count(
    connect: Connect, database: ServerDatabase, writer: Any
) -> None:
    transactions = PostgreSqlTransactions(TableId(None, "public", "parts"))
    writer.execute("INSERT INTO parts_1 VALUES (1)")
    assert len(transactions.writers(connect(database))) == 1


def test_all_transactions_have_a_beginning(
    connect: Connect, database: ServerDatabase, writer: Any
) -> None:
    transactions, connection = PostgreSqlTransactions(T), connect(database)
    assert transactions.beginnings(connection, 0) == {}
    (begun,) = writer.execute("SELECT now()").fetchone()
    assert list(transactions.beginnings(connection, 0).values()) == [nanos_of(begun)]
    writer.rollback()
    assert transactions.beginnings(connection, 0) == {}


def test_sources_do_not_wait_for_each_other(connect: Connect, database: ServerDatabase) -> None:
    transactions, connection, other = (
        PostgreSqlTransactions(T),
        connect(database),
        connect(database),
    )
    transactions.begin(other)
    assert transactions.beginnings(connection, 0) == {}
    other.rollback()
    other.execute("SELECT 1")
    assert len(transactions.beginnings(connection, 0)) == 1


def test_transactions_of_other_databases_do_not_count(
    connect: Connect, database: ServerDatabase, writer: Any
) -> None:
    writer.execute("INSERT INTO t DEFAULT VALUES")
    with database.server.new_database() as elsewhere:
        connection = connect(elsewhere)
        assert PostgreSqlTransactions(None).beginnings(connection, 0) == {}
        assert PostgreSqlTransactions(None).writers(connection) == frozenset()
        connection.close()


def test_a_beginning_may_be_hidden_but_not_the_transaction(
    connect: Connect, database: ServerDatabase, writer: Any
) -> None:
    name = f"reader_{database.name}"
    database.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'", f"GRANT SELECT ON t TO {name}")
    try:
        connection = connect(database, name, "x")
        writer.execute("INSERT INTO t DEFAULT VALUES")
        assert list(PostgreSqlTransactions(T).beginnings(connection, 0).values()) == [None]
        assert len(PostgreSqlTransactions(T).writers(connection)) == 1
        connection.close()
    finally:
        database.execute(f"DROP OWNED BY {name}", f"DROP ROLE {name}")
