# SPDX-License-Identifier: Apache-2.0
"""What a database says, without the values of rows."""

from __future__ import annotations

import pymysql
import pytest

from barnabas.connectors.jdbc.redaction import redacted
from barnabas.connectors.jdbc.trouble import Trouble, trouble_of_code

MYSQL = "MySqlDatabaseDialect"
SQLSERVER = "SqlServerDatabaseDialect"
ORACLE = "OracleDatabaseDialect"


class Diagnosis:
    """What psycopg knows of an error of the server."""

    def __init__(self, primary: str, **names: str) -> None:
        self.message_primary = primary
        self.table_name = names.get("table")
        self.column_name = names.get("column")
        self.constraint_name = names.get("constraint")
        self.datatype_name = names.get("type")


class PostgresError(Exception):
    """An error of psycopg with what it was told by the server."""

    def __init__(self, diagnosis: Diagnosis, text: str = "") -> None:
        super().__init__(text or diagnosis.message_primary)
        self.diag = diagnosis


def told(dialect: str, code: int, text: str) -> str:
    trouble = trouble_of_code(dialect, code) or Trouble.OTHER
    return redacted(Exception(text), dialect, trouble, None, code)


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (
            1062,
            "Duplicate entry 'secret's-x' for key 'PRIMARY'",
            "Duplicate entry **** for key 'PRIMARY'",
        ),
        (
            1366,
            "Incorrect integer value: 'secret' for column `s`.`t`.`c` at row 1",
            "Incorrect integer value: **** for column `s`.`t`.`c` at row 1",
        ),
        (
            1292,
            "Truncated incorrect DOUBLE value: 'secret'",
            "Truncated incorrect DOUBLE value: ****",
        ),
        (
            1064,
            "You have an error near 'secret' at line 1",
            "You have an error near **** at line 1",
        ),
        (1406, "Data too long for column 'c' at row 1", "Data too long for column 'c' at row 1"),
        (
            1690,
            "BIGINT value is out of range in '(1 + secret)'",
            "BIGINT value is out of range in ****",
        ),
        (1146, "Table 's.t' doesn't exist", "Table 's.t' doesn't exist"),
        (1054, "Unknown column 'c' in 'SET'", "Unknown column 'c' in 'SET'"),
    ],
)
def test_mysql_shows_names_only(code: int, text: str, expected: str) -> None:
    error = pymysql.err.MySQLError(code, text)
    trouble = trouble_of_code(MYSQL, code) or Trouble.OTHER
    assert redacted(error, MYSQL, trouble, None, code) == expected


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (2627, "Cannot insert duplicate key in 'dbo.t'. The duplicate key value is (secret, 1)."),
        (245, "Conversion failed when converting the varchar value 'secret' to data type int."),
        (2628, "String would be truncated in table 'd.t', column 'c'. Truncated value: 'secret'."),
    ],
)
def test_sql_server_shows_no_values(code: int, text: str) -> None:
    found = told(SQLSERVER, code, text)
    assert "secret" not in found
    assert "****" in found


def test_sql_server_names_what_a_row_broke() -> None:
    found = told(SQLSERVER, 2627, "Violation of PRIMARY KEY constraint 'PK_t'. Object 'dbo.t'.")
    assert "'PK_t'" in found


def test_oracle_shows_no_values() -> None:
    text = "ORA-00001: unique constraint (S.PK) violated on table S.T; row with values (K:secret)"
    assert told(ORACLE, 1, text).endswith("row with values ****")
    text = "ORA-01722: unable to convert string value containing 'secret' to a number"
    assert "secret" not in told(ORACLE, 1722, text)
    long = 'ORA-12899: value too large for column "S"."T"."C" (actual: 30, maximum: 10)'
    assert told(ORACLE, 12899, long) == long


def test_postgresql_tells_its_first_line_and_names_without_the_row() -> None:
    diagnosis = Diagnosis("duplicate key value violates constraint", table="t", constraint="t_pk")
    error = PostgresError(diagnosis, "duplicate key …\nDETAIL:  Key (id)=(secret) already exists.")
    found = redacted(error, "PostgreSqlDatabaseDialect", Trouble.CONSTRAINT, "23505", None)
    assert found == "duplicate key value violates constraint [table t, constraint t_pk]"


@pytest.mark.parametrize(
    "text",
    [
        'invalid input syntax for type integer: "secret"',
        "Syntaxe en entrée invalide pour le type integer : « secret »",
        "ungültige Eingabesyntax für Typ integer: „secret“",
    ],
)
def test_postgresql_shows_no_value_that_does_not_fit_in_any_language(text: str) -> None:
    error = PostgresError(Diagnosis(text))
    found = redacted(error, "PostgreSqlDatabaseDialect", Trouble.DATA, "22P02", None)
    assert "secret" not in found


@pytest.mark.parametrize(
    ("dialect", "state", "code"),
    [
        ("PostgreSqlDatabaseDialect", "P0001", None),
        (MYSQL, None, 1644),
        (ORACLE, None, 20001),
        ("SqliteDatabaseDialect", None, 1811),
    ],
)
def test_what_a_trigger_says_is_withheld(dialect: str, state: str | None, code: int | None) -> None:
    found = redacted(Exception("secret"), dialect, Trouble.CONSTRAINT, state, code)
    assert "secret" not in found
    assert "trigger" in found


def test_an_unknown_database_shows_nothing_quoted() -> None:
    found = redacted(Exception("bad value 'secret' in x"), "", Trouble.OTHER, None, None)
    assert found == "bad value **** in x"


def test_sentences_are_one_line_and_not_endless() -> None:
    found = redacted(Exception("a\n b" + "c" * 1000), "", Trouble.OTHER, None, None)
    assert found.startswith("a bccc")
    assert len(found) == 501


def test_an_error_of_the_network_says_what_the_system_says() -> None:
    error = ConnectionRefusedError(111, "Connection refused")
    assert redacted(error, "", Trouble.CONNECTION, None, None) == "Connection refused"
