# SPDX-License-Identifier: Apache-2.0
"""Connections, tried on SQLite."""

from __future__ import annotations

import datetime
import sqlite3
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from barnabas.config import Password
from barnabas.connectors.jdbc.connection import Connection, Database, DatabaseSettings
from barnabas.connectors.jdbc.errors import DatabaseError, DatabaseRetriableError, Trouble
from barnabas.connectors.jdbc.identifiers import TableId

TABLE = TableId(None, None, "t")


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(DatabaseSettings(url=f"jdbc:sqlite:{tmp_path / 'db'}"))


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    connection = database.connect()
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL)")
    connection.commit()
    yield connection
    connection.close()


def refusing(database: Database, times: int, error: Exception) -> list[int]:
    """Have the driver refuse so many connections; return where attempts are noted."""
    attempts: list[int] = []
    connect = database.driver.connect

    def attempt(user: str | None, password: str | None) -> Any:
        attempts.append(len(attempts))
        if len(attempts) <= times:
            raise error
        return connect(user, password)

    database.driver.connect = attempt  # type: ignore[method-assign]  # it is a double
    return attempts


def test_what_is_committed_stays_and_what_is_rolled_back_goes(connection: Connection) -> None:
    connection.execute("INSERT INTO t VALUES (?, ?)", [1, "a"])
    connection.commit()
    assert connection.execute_many("INSERT INTO t VALUES (?, ?)", [(2, "b"), (3, "c")]) == 2
    connection.rollback()
    assert connection.stream("SELECT * FROM t").fetch(10) == [(1, "a")]


def test_a_stream_gives_rows_bit_by_bit(connection: Connection) -> None:
    connection.execute_many("INSERT INTO t VALUES (?, ?)", [(n, "x") for n in range(5)])
    stream = connection.stream("SELECT id FROM t WHERE id > ? ORDER BY id", [0], 2)
    assert [column.label for column in stream.columns] == ["id"]
    assert [stream.fetch(2), stream.fetch(2), stream.fetch(2)] == [[(1,), (2,)], [(3,), (4,)], []]
    stream.close()


def test_the_end_of_a_transaction_ends_the_stream(connection: Connection) -> None:
    connection.execute_many("INSERT INTO t VALUES (?, ?)", [(n, "x") for n in range(5)])
    for end in (connection.commit, connection.rollback, connection.close):
        stream = connection.stream("SELECT 1 UNION SELECT 2")
        assert stream.fetch(1) == [(1,)]
        end()
        with pytest.raises(sqlite3.ProgrammingError):
            stream.fetch(1)


def test_a_query_is_described_without_rows(connection: Connection) -> None:
    found = connection.describe("SELECT a, id + 1 AS b FROM t WHERE id > ?")
    assert [(column.label, column.nullable) for column in found] == [("a", False), ("b", None)]


def test_the_catalogue_is_known(connection: Connection) -> None:
    assert connection.tables() == [TABLE]
    assert connection.table_types() == ["TABLE", "VIEW"]
    definition = connection.definition(TABLE)
    assert definition is not None
    assert definition.primary_key == ("id",)
    assert connection.definition(TableId(None, None, "nix")) is None
    assert connection.current() == (None, "main")
    assert connection.inspector.get_table_names() == ["t"]


def test_tables_of_the_database_itself_are_left_out(connection: Connection) -> None:
    connection.execute("CREATE TABLE u (id INTEGER PRIMARY KEY AUTOINCREMENT)")
    assert connection.tables() == [TABLE, TableId(None, None, "u")]


def test_a_clock_without_zone_is_one_of_the_settings_zone(tmp_path: Path) -> None:
    zone = zoneinfo.ZoneInfo("Asia/Tokyo")
    database = Database(DatabaseSettings(url=f"jdbc:sqlite:{tmp_path / 'db'}", zone=zone))
    connection = database.connect()
    now = connection.now()
    connection.close()
    shown = now.replace(tzinfo=datetime.UTC)
    assert now.tzinfo is zone
    assert abs(shown - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(seconds=5)


def test_an_error_of_the_driver_is_told_as_ours(connection: Connection) -> None:
    with pytest.raises(DatabaseError, match="Cannot read the stock: no such table: nix") as caught:
        connection.execute("SELECT * FROM nix", doing="read the stock")
    assert caught.value.trouble is Trouble.MISSING
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_an_error_of_ours_is_left_alone(connection: Connection) -> None:
    with pytest.raises(KeyError), connection.told("do it"):
        raise KeyError


def test_a_value_the_database_cannot_hold_is_told_as_ours(connection: Connection) -> None:
    with pytest.raises(DatabaseError) as caught:
        connection.execute("INSERT INTO t VALUES (?, ?)", [2**80, "a"])
    assert caught.value.trouble is Trouble.DATA


def test_a_closed_connection_is_not_valid(connection: Connection) -> None:
    assert connection.is_valid()
    connection.close()
    connection.close()
    assert not connection.is_valid()
    connection.rollback()


def test_a_refused_connection_is_tried_again_as_often_as_told(tmp_path: Path) -> None:
    url = f"jdbc:sqlite:{tmp_path / 'db'}"
    database = Database(DatabaseSettings(url=url, attempts=3, backoff_ms=1500))
    attempts = refusing(database, 2, ConnectionRefusedError("no"))
    pauses: list[float] = []
    database.connect(lambda pause: bool(pauses.append(pause))).close()
    assert (len(attempts), pauses) == (3, [1.5, 1.5])


def test_after_the_last_attempt_the_error_is_told(database: Database) -> None:
    attempts = refusing(database, 99, ConnectionRefusedError("no"))
    with pytest.raises(DatabaseRetriableError, match="Cannot connect to jdbc:sqlite:"):
        database.connect(lambda _: False)
    assert len(attempts) == 3


def test_a_wrong_login_is_not_tried_again(database: Database) -> None:
    error = sqlite3.OperationalError("password authentication failed")
    attempts = refusing(database, 99, error)
    with pytest.raises(DatabaseError, match="login refused"):
        database.connect(lambda _: False)
    assert len(attempts) == 1


def test_a_stop_ends_the_waiting(database: Database) -> None:
    attempts = refusing(database, 99, ConnectionRefusedError("no"))
    with pytest.raises(DatabaseRetriableError, match="Stopped while waiting"):
        database.connect(lambda _: True)
    assert len(attempts) == 1


def test_a_provider_says_with_whose_name_to_log_in(tmp_path: Path) -> None:
    originals = {
        "jdbc.credentials.provider.class": "tests.unit.connectors.jdbc.test_credentials.Tokens",
        "jdbc.credentials.provider.token": "t1",
    }
    settings = DatabaseSettings(
        url=f"jdbc:sqlite:{tmp_path / 'db'}", password=Password("old"), originals=originals
    )
    database = Database(settings)
    seen: list[tuple[str | None, str | None]] = []

    def connect(user: str | None, password: str | None) -> Any:
        seen.append((user, password))
        return sqlite3.connect(":memory:")

    database.driver.connect = connect  # type: ignore[method-assign]  # it is a double
    database.connect().close()
    assert seen == [("me", "t1")]


@pytest.mark.parametrize(
    ("level", "warnings"), [("SERIALIZABLE", 0), ("READ_UNCOMMITTED", 0), ("REPEATABLE_READ", 1)]
)
def test_an_isolation_the_database_lacks_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, level: str, warnings: int
) -> None:
    settings = DatabaseSettings(url=f"jdbc:sqlite:{tmp_path / 'db'}", isolation=level)
    Database(settings).connect().close()
    assert len([r for r in caplog.records if "isolation level" in r.message]) == warnings
