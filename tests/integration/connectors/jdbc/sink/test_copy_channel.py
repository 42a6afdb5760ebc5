# SPDX-License-Identifier: Apache-2.0
"""Scripts with COPY, on PostgreSQL."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
import pytest

from barnabas.connectors.jdbc.sink.copy_channel import CopyChannel
from tests.services.database_server import ServerDatabase

COPY = "COPY numbers FROM STDIN (FORMAT csv)"


@pytest.fixture
def database(postgresql_database: ServerDatabase) -> ServerDatabase:
    postgresql_database.execute("CREATE TABLE numbers (n int PRIMARY KEY)")
    return postgresql_database


@pytest.fixture
def raw(database: ServerDatabase) -> Iterator[psycopg.Connection]:
    with contextlib.closing(database.connect(autocommit=False)) as connection:
        yield connection


def numbers(database: ServerDatabase) -> list[int]:
    return [row[0] for row in database.query("SELECT n FROM numbers ORDER BY 1")]


def test_a_script_goes_on_to_its_commit(raw: psycopg.Connection, database: ServerDatabase) -> None:
    channel = CopyChannel(raw, lambda: False)
    channel.start(f"{COPY};INSERT INTO numbers VALUES (9);COMMIT", b"1\n2\n")
    assert channel.is_open
    channel.finish()
    assert not channel.is_open
    assert numbers(database) == [1, 2, 9]


def test_scripts_are_one_transaction_until_the_commit(
    raw: psycopg.Connection, database: ServerDatabase
) -> None:
    channel = CopyChannel(raw, lambda: False)
    channel.start(COPY, b"1\n")
    channel.finish()
    assert numbers(database) == []
    channel.start(f"{COPY};COMMIT", b"2\n")
    channel.finish()
    assert numbers(database) == [1, 2]


def test_more_rows_than_the_network_holds_get_through(
    raw: psycopg.Connection, database: ServerDatabase
) -> None:
    channel = CopyChannel(raw, lambda: False)
    rows = "".join(f"{n}\n" for n in range(1_500_000, 3_000_000)).encode()
    channel.start(f"{COPY};COMMIT", rows)
    channel.finish()
    assert database.query("SELECT count(*) FROM numbers") == [(1_500_000,)]


@pytest.mark.parametrize("rows", [b"1\nx\n", b"1\n1\n"])
def test_what_is_wrong_with_rows_is_told_at_the_end(
    raw: psycopg.Connection, database: ServerDatabase, rows: bytes
) -> None:
    channel = CopyChannel(raw, lambda: False)
    with pytest.raises(psycopg.Error):  # noqa: PT012 - the server may say so at once
        channel.start(f"{COPY};COMMIT", rows)
        channel.finish()
    channel.abandon()
    raw.rollback()
    assert numbers(database) == []
    assert raw.execute("SELECT 5").fetchone() == (5,)


def test_what_is_wrong_before_copy_is_told_at_once(raw: psycopg.Connection) -> None:
    channel = CopyChannel(raw, lambda: False)
    with pytest.raises(psycopg.errors.UndefinedTable):
        channel.start("COPY nothing FROM STDIN", b"1\n")
    assert not channel.is_open


def test_a_script_can_be_abandoned(raw: psycopg.Connection, database: ServerDatabase) -> None:
    channel = CopyChannel(raw, lambda: False)
    channel.start(COPY, b"1\n")
    channel.abandon()
    raw.rollback()
    assert not channel.is_open
    assert numbers(database) == []


def test_a_lost_connection_is_told(raw: psycopg.Connection, database: ServerDatabase) -> None:
    channel = CopyChannel(raw, lambda: False)
    channel.start(COPY, b"1\n")
    database.execute(f"SELECT pg_terminate_backend({raw.info.backend_pid})")
    with pytest.raises(psycopg.OperationalError):  # noqa: PT012 - the first answer was on its way
        channel.finish()
        channel.start(COPY, b"2\n")
        channel.finish()
    channel.abandon()
    assert not channel.is_open


def test_waiting_ends_when_it_has_to(raw: psycopg.Connection, database: ServerDatabase) -> None:
    with contextlib.closing(database.connect(autocommit=False)) as other:
        other.cursor().execute("LOCK TABLE numbers")
        channel = CopyChannel(raw, lambda: True)
        with pytest.raises(psycopg.OperationalError, match="stopped while the database was busy"):
            channel.start(COPY, b"1\n")
