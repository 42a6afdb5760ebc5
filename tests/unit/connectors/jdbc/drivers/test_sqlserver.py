# SPDX-License-Identifier: Apache-2.0
"""SQL Server, as far as it goes without a server."""

from __future__ import annotations

from typing import Any

import pymssql
import pytest

from barnabas.connectors.jdbc.address import Address
from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.drivers.sqlserver import SqlServerDriver, column_of
from barnabas.connectors.jdbc.identifiers import TableId


def described(name: str, kind: str, **rest: Any) -> dict[str, Any]:
    """A row as ``sp_describe_first_result_set`` documents it."""
    values: dict[str, Any] = {
        "is_hidden": False,
        "name": name,
        "is_nullable": True,
        "system_type_name": kind,
        "max_length": 0,
        "precision": 0,
        "scale": 0,
        "is_identity_column": False,
        "source_database": None,
        "source_schema": None,
        "source_table": None,
        "source_column": None,
    }
    return values | rest


class Cursor:
    """Answers of a server, in the order they are asked for."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.rows: list[Any] = []
        self.description: list[tuple[Any, ...]] = []

    def execute(self, sql: str, params: Any = None) -> None:
        self.server.asked.append((sql, params))
        answer = self.server.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if answer and isinstance(answer[0], dict):
            self.description = [(name,) for name in answer[0]]
            answer = [tuple(row.values()) for row in answer]
        elif answer:
            self.description = [(f"c{n}", 1, None, None, None, None, None) for n in answer[0]]
        self.rows = answer

    def fetchall(self) -> list[Any]:
        return self.rows

    def fetchone(self) -> Any:
        return self.rows[0] if self.rows else None

    def fetchmany(self, count: int) -> list[Any]:
        taken, self.rows = self.rows[:count], self.rows[count:]
        return taken


class Server:
    """A connection that gives answers made up beforehand."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, Any]] = []

    def cursor(self) -> Cursor:
        return Cursor(self)


@pytest.fixture
def driver() -> SqlServerDriver:
    return SqlServerDriver(Address.parse("jdbc:sqlserver://h;databaseName=shop"))


@pytest.mark.parametrize(
    ("kind", "expected", "signed"),
    [
        ("bigint", JdbcType.BIGINT, True),
        ("tinyint", JdbcType.TINYINT, False),
        ("numeric(10,2)", JdbcType.NUMERIC, True),
        ("decimal(10,2)", JdbcType.DECIMAL, True),
        ("nvarchar(max)", JdbcType.NVARCHAR, True),
        ("datetime2(7)", JdbcType.TIMESTAMP, True),
        ("datetimeoffset(7)", JdbcType.DATETIMEOFFSET, True),
        ("timestamp", JdbcType.BINARY, True),
        ("sql_variant", JdbcType.OTHER, True),
    ],
)
def test_types_are_those_of_microsofts_driver(kind: str, expected: JdbcType, signed: bool) -> None:
    found = column_of(described("c", kind))
    assert (found.jdbc_type, found.signed) == (expected, signed)
    assert found.type_name == kind.partition("(")[0]


def test_a_column_knows_its_table() -> None:
    source = {"source_database": "shop", "source_schema": "dbo", "source_table": "t"}
    row = described(
        "n", "int", precision=10, is_nullable=False, is_identity_column=True, source_column="id"
    )
    assert column_of(row | source) == Column(
        "id",
        "n",
        JdbcType.INTEGER,
        "int",
        10,
        nullable=False,
        auto_increment=True,
        table=TableId("shop", "dbo", "t"),
    )


def test_the_server_describes_a_query_without_its_parameters(driver: SqlServerDriver) -> None:
    hidden = described("key", "int", is_hidden=True)
    server = Server([described("a", "int"), hidden], [(1,), (2,)])
    stream = driver.open_stream(server, "SELECT a FROM t WHERE a > %s AND b LIKE 'x%%'", [5], 10)
    assert server.asked[0][1] == ("SELECT a FROM t WHERE a > NULL AND b LIKE 'x%'",)
    assert [column.label for column in stream.columns] == ["a"]
    assert stream.fetch(5) == [(1,), (2,)]


def test_what_cannot_be_described_is_run_all_the_same(driver: SqlServerDriver) -> None:
    server = Server(pymssql.OperationalError("no metadata"), [("x",)])
    stream = driver.open_stream(server, "SELECT * FROM #t", None, 10)
    assert [column.jdbc_type for column in stream.columns] == [JdbcType.VARCHAR]


def test_a_query_with_question_marks_is_described_too(driver: SqlServerDriver) -> None:
    server = Server([described("a", "int")])
    assert len(driver.describe(server, "SELECT [a?] FROM t WHERE a > ?")) == 1
    assert server.asked[0][1] == ("SELECT [a?] FROM t WHERE a > NULL",)


def test_tables_have_their_database_in_front(driver: SqlServerDriver) -> None:
    server = Server([("shop", "dbo", "t")])
    assert driver.tables(server, None, None, ["table"]) == [TableId("shop", "dbo", "t")]
    assert driver.tables(Server([("shop", "dbo")]), "other", None, ["TABLE"]) == []


def test_a_table_is_described_with_its_key(driver: SqlServerDriver) -> None:
    server = Server([("shop", "dbo", "t", "BASE TABLE")], [("id",)], [described("id", "int")])
    definition = driver.definition(server, TableId(None, None, "t"))
    assert definition is not None
    assert definition.primary_key == ("id",)
    assert definition.table == TableId("shop", "dbo", "t")
    assert server.asked[2][1] == ("SELECT * FROM [shop].[dbo].[t]",)
    assert driver.definition(Server([]), TableId(None, None, "nix")) is None
