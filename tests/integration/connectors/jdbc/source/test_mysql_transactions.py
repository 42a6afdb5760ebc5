# SPDX-License-Identifier: Apache-2.0
"""What MariaDB tells of open transactions."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from barnabas.config import Password
from barnabas.connectors.jdbc.connection import Connection, Database, DatabaseSettings
from barnabas.connectors.jdbc.errors import DatabaseError
from barnabas.connectors.jdbc.source.mysql_transactions import MySqlTransactions
from tests.services.database_server import ServerDatabase

S = 1_000_000_000
Connect = Callable[..., Connection]
NOW = 1_700_000_000 * S


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


def sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


@pytest.fixture
def database(mariadb_database: ServerDatabase) -> ServerDatabase:
    mariadb_database.execute("CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY)")
    return mariadb_database


@pytest.fixture
def writer(database: ServerDatabase) -> Iterator[Any]:
    with contextlib.closing(database.connect(autocommit=False)) as connection:
        yield connection


def named(writer: Any, found: Any) -> list[str]:
    start = f"of connection {writer.thread_id()},"
    return [name for name in found if name.startswith(start)]


def test_open_transactions_are_seen_at_once(
    connect: Connect, database: ServerDatabase, writer: Any
) -> None:
    transactions, connection = MySqlTransactions(sleep), connect(database)
    for _ in range(5):
        writer.cursor().execute("INSERT INTO t VALUES ()")
        assert len(named(writer, transactions.writers(connection))) == 1
        writer.commit()
        assert named(writer, transactions.writers(connection)) == []


def test_they_are_seen_while_others_ask_all_the_time(
    connect: Connect, database: ServerDatabase, writer: Any
) -> None:
    is_done = threading.Event()

    def ask() -> None:
        with contextlib.closing(database.connect()) as connection:
            while not is_done.wait(0.02):
                connection.cursor().execute("SELECT * FROM information_schema.innodb_trx")

    asker = threading.Thread(target=ask, daemon=True)
    asker.start()
    try:
        transactions, connection = MySqlTransactions(sleep), connect(database)
        writer.cursor().execute("INSERT INTO t VALUES ()")
        with contextlib.suppress(DatabaseError):
            assert len(named(writer, transactions.writers(connection))) == 1
    finally:
        is_done.set()
        asker.join()


def test_a_beginning_is_told_by_the_clock_that_is_given(
    connect: Connect, database: ServerDatabase, writer: Any
) -> None:
    transactions, connection = MySqlTransactions(sleep), connect(database)
    writer.cursor().execute("INSERT INTO t VALUES ()")
    found = transactions.beginnings(connection, NOW)
    (name,) = named(writer, found)
    begun = found[name]
    assert begun is not None
    assert -10 * S < begun - NOW < 0


def test_transactions_that_only_read_do_not_count(
    connect: Connect, database: ServerDatabase
) -> None:
    transactions, connection, other = MySqlTransactions(sleep), connect(database), connect(database)
    transactions.begin(other)
    other.execute("SELECT * FROM t").fetchall()
    thread = other.raw
    assert named(thread, transactions.writers(connection)) == []


def test_a_statement_that_waits_to_begin_counts(
    connect: Connect, database: ServerDatabase, writer: Any
) -> None:
    transactions, connection = MySqlTransactions(sleep), connect(database)
    cursor = writer.cursor()
    cursor.execute("LOCK TABLES t WRITE")
    other = database.connect(autocommit=False)
    waiting = threading.Thread(
        target=lambda: other.cursor().execute("INSERT INTO t VALUES ()"), daemon=True
    )
    waiting.start()
    time.sleep(0.5)
    found = transactions.beginnings(connection, NOW)
    name = f"about to begin on connection {other.thread_id()}"
    cursor.execute("UNLOCK TABLES")
    waiting.join(10)
    other.close()
    assert found[name] is not None


def test_without_the_right_it_cannot_be_asked(connect: Connect, database: ServerDatabase) -> None:
    user = "u" + database.name[-10:]
    database.execute(
        f"CREATE USER '{user}'@'%' IDENTIFIED BY 'x'",
        f"GRANT SELECT ON {database.name}.* TO '{user}'@'%'",
    )
    try:
        connection = connect(database, user, "x")
        with pytest.raises(DatabaseError) as caught:
            MySqlTransactions(sleep).writers(connection)
        assert not caught.value.is_transient
        connection.close()
    finally:
        database.execute(f"DROP USER '{user}'@'%'")
