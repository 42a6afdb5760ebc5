# SPDX-License-Identifier: Apache-2.0
"""The databases of the tests do what the tests will ask of them."""

from __future__ import annotations

import contextlib
import os
import threading
import time

import psutil
import psycopg
import pymysql
import pytest

from tests.services.database_server import DatabaseServer, ServerDatabase

KINDS = ["postgresql", "mariadb"]


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest) -> ServerDatabase:
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture(params=KINDS)
def spare(request: pytest.FixtureRequest) -> DatabaseServer:
    return request.getfixturevalue(f"spare_{request.param}")


def test_rows_come_back(database: ServerDatabase) -> None:
    database.execute("CREATE TABLE t (a INT, b TEXT)", "INSERT INTO t VALUES (1, 'Käfer 🪲')")

    assert database.query("SELECT * FROM t") == [(1, "Käfer 🪲")]


def test_two_databases_do_not_know_each_other(database: ServerDatabase) -> None:
    database.execute("CREATE TABLE t (a INT)")

    with database.server.new_database() as other:
        other.execute("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)")

    assert database.query("SELECT * FROM t") == []


def test_a_database_is_dropped_with_what_is_open_in_it(database: ServerDatabase) -> None:
    with database.server.new_database() as passing:
        passing.execute("CREATE TABLE t (a INT)")
        forgotten = passing.connect(autocommit=False)
        forgotten.cursor().execute("SELECT * FROM t")

    with pytest.raises((psycopg.OperationalError, pymysql.err.OperationalError)):
        passing.connect()
    with contextlib.suppress(psycopg.Error, pymysql.err.Error):
        forgotten.close()


def test_a_wrong_password_is_refused(database: ServerDatabase) -> None:
    server = type(database.server)
    right = database.server.password
    try:
        server.password = "wrong"
        with pytest.raises((psycopg.OperationalError, pymysql.err.OperationalError)):
            database.connect()
    finally:
        server.password = right


def test_the_server_is_not_run_by_root(database: ServerDatabase) -> None:
    assert os.stat(database.server.data).st_uid != 0


def test_what_was_committed_survives_kill(spare: DatabaseServer) -> None:
    with spare.new_database() as database:
        database.execute("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (7)")

        spare.kill()
        assert not spare.is_running
        spare.start()

        assert database.query("SELECT * FROM t") == [(7,)]


def test_a_restart_ends_sessions_and_keeps_the_port(spare: DatabaseServer) -> None:
    with spare.new_database() as database:
        connection = database.connect()

        spare.restart()

        with pytest.raises((psycopg.OperationalError, pymysql.err.Error)):
            connection.cursor().execute("SELECT 1")
        assert database.query("SELECT 1") == [(1,)]


def test_a_server_ends_with_the_thread_that_started_it(spare: DatabaseServer) -> None:
    other = type(spare)()
    starter = threading.Thread(target=other.start)
    starter.start()
    starter.join()
    try:
        deadline = time.monotonic() + 10
        while other.is_running and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not other.is_running
    finally:
        other.remove()


def test_nothing_is_left_of_a_server(spare: DatabaseServer) -> None:
    with type(spare)() as other:
        process = psutil.Process(other.pid)

    assert not other.folder.exists()
    assert not process.is_running()
