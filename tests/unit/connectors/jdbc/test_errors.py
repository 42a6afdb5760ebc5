# SPDX-License-Identifier: Apache-2.0
"""Errors of drivers, told as ours."""

from __future__ import annotations

import pickle
import sqlite3

import psycopg
import pymysql
import pytest

from barnabas.connectors.jdbc.errors import DatabaseError, DatabaseRetriableError, Trouble, wrap
from barnabas.errors import ConnectError, RetriableError

MYSQL = "MySqlDatabaseDialect"
SQLITE = "SqliteDatabaseDialect"


class OracleError(Exception):
    """What python-oracledb puts into the arguments of its errors."""

    code = 1
    message = "ORA-00001: unique constraint (S.PK) violated"

    def __str__(self) -> str:
        return self.message


def sqlite_error(sql: str) -> sqlite3.Error:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL)")
    try:
        connection.execute(sql)
    except sqlite3.Error as error:
        return error
    finally:
        connection.close()
    raise AssertionError(sql)


@pytest.mark.parametrize(
    ("error", "dialect", "trouble"),
    [
        (pymysql.err.OperationalError(1213, "Deadlock found"), MYSQL, Trouble.DEADLOCK),
        (pymysql.err.OperationalError(2013, "Lost connection"), MYSQL, Trouble.CONNECTION),
        (pymysql.err.InterfaceError(0, ""), MYSQL, Trouble.CONNECTION),
        (pymysql.err.DataError(9999, "?"), MYSQL, Trouble.DATA),
        (pymysql.err.OperationalError(1193, "Unknown system variable"), MYSQL, Trouble.OTHER),
        (sqlite_error("INSERT INTO t VALUES (1)"), SQLITE, Trouble.OTHER),
        (psycopg.errors.DeadlockDetected("deadlock"), "", Trouble.DEADLOCK),
        (psycopg.errors.AdminShutdown("terminating"), "", Trouble.CONNECTION),
        (psycopg.errors.UniqueViolation("dup"), "", Trouble.CONSTRAINT),
        (psycopg.OperationalError("the connection is lost"), "", Trouble.CONNECTION),
        (
            psycopg.OperationalError('FATAL: password authentication failed for user "a"'),
            "",
            Trouble.LOGIN,
        ),
        (psycopg.OperationalError('FATAL: database "x" does not exist'), "", Trouble.MISSING),
        (sqlite_error("SELECT * FROM nix"), SQLITE, Trouble.MISSING),
        (sqlite_error("INSERT INTO t VALUES (1, NULL)"), SQLITE, Trouble.CONSTRAINT),
        (sqlite_error("SELEKT"), SQLITE, Trouble.STATEMENT),
        (sqlite3.ProgrammingError("Error binding parameter 1"), SQLITE, Trouble.DATA),
        (OverflowError("Python int too large to convert to SQLite INTEGER"), "", Trouble.DATA),
        (ConnectionResetError(104, "Connection reset by peer"), "", Trouble.CONNECTION),
        (Exception(OracleError()), "OracleDatabaseDialect", Trouble.CONSTRAINT),
        (Exception("ORA-03113: end of file"), "OracleDatabaseDialect", Trouble.CONNECTION),
        (Exception("SQL0911N rolled back. SQLSTATE=40001"), "Db2", Trouble.SERIALIZATION),
    ],
)
def test_the_kind_of_an_error_is_known(error: Exception, dialect: str, trouble: Trouble) -> None:
    wrapped = wrap(error, "do it", dialect)
    assert wrapped.trouble is trouble
    assert isinstance(wrapped, RetriableError) is trouble.is_transient
    assert wrapped.is_transient is trouble.is_transient


def test_the_message_says_what_was_done_and_how_the_database_calls_it() -> None:
    wrapped = wrap(
        pymysql.err.OperationalError(1205, "Lock wait timeout exceeded"), "read t", MYSQL
    )
    assert str(wrapped) == (
        "Cannot read t: Lock wait timeout exceeded (code 1205, lock not available)"
    )
    assert (wrapped.code, wrapped.sqlstate) == (1205, None)


def test_a_state_is_told_too() -> None:
    wrapped = wrap(psycopg.errors.SerializationFailure("could not serialize"), "write", "")
    assert wrapped.sqlstate == "40001"
    assert str(wrapped).endswith("(SQLState 40001, serialization failure)")


def test_passwords_never_stand_in_a_message() -> None:
    error = psycopg.OperationalError('cannot parse "user=a password=hunter22"')
    assert "hunter22" not in str(wrap(error, "connect", "", ["hunter22"]))


def test_only_errors_about_values_are_worth_another_row() -> None:
    data = wrap(psycopg.errors.NumericValueOutOfRange("x"), "write", "")
    lost = wrap(psycopg.errors.AdminShutdown("x"), "write", "")
    assert (data.is_about_values, lost.is_about_values) == (True, False)


@pytest.mark.parametrize("kind", [DatabaseError, DatabaseRetriableError])
def test_errors_survive_pickling(kind: type[DatabaseError]) -> None:
    error = kind("no", trouble=Trouble.LOCK, sqlstate="55P03", code=7)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy)) == (kind, "no")
    assert (copy.trouble, copy.sqlstate, copy.code) == (Trouble.LOCK, "55P03", 7)
    assert isinstance(copy, ConnectError)
