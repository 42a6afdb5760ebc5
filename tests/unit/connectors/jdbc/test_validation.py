# SPDX-License-Identifier: Apache-2.0
"""A look at a database ends in time, and says of each setting what is wrong with it."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from barnabas.config import ConfigValue
from barnabas.connectors.jdbc.connection import Connection, Database, DatabaseSettings
from barnabas.connectors.jdbc.errors import DatabaseError, Trouble
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.validation import (
    Report,
    clock_difference_s,
    index_begins_with,
    is_readable,
    look_into,
    unique_keys,
)
from barnabas.errors import ConfigError


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"jdbc:sqlite:{tmp_path / 'shop.db'}"


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    connection = Database(DatabaseSettings(url=url)).connect()
    yield connection
    connection.close()


@pytest.fixture
def answer() -> ConfigValue:
    return ConfigValue("connection.url")


def run(connection: Connection, *statements: str) -> None:
    for statement in statements:
        connection.execute(statement)
    connection.commit()


def test_the_function_gets_a_connection_that_is_closed_afterwards(
    url: str, answer: ConfigValue
) -> None:
    seen: list[Any] = []

    look_into(
        Report([answer]),
        lambda: DatabaseSettings(url=url),
        lambda connection: seen.extend([connection, connection.execute("SELECT 7").fetchone()]),
    )

    assert answer.errors == []
    assert seen[1] == (7,)
    assert not seen[0].is_valid()


def test_a_database_that_cannot_be_reached_is_an_error_of_its_address(
    tmp_path: Path, answer: ConfigValue
) -> None:
    nowhere = f"jdbc:sqlite:{tmp_path / 'no' / 'such' / 'folder'}"

    look_into(Report([answer]), lambda: DatabaseSettings(url=nowhere), lambda _: None)

    (error,) = answer.errors
    assert error.startswith("Could not connect to database. ")


def test_a_wrong_address_is_an_error_of_its_setting(answer: ConfigValue) -> None:
    look_into(Report([answer]), lambda: DatabaseSettings(url="shop"), lambda _: None)

    (error,) = answer.errors
    assert "Not a valid" in error


def test_settings_that_make_no_sense_are_an_error(answer: ConfigValue) -> None:
    def settings() -> DatabaseSettings:
        message = "no, not so"
        raise ConfigError(message)

    look_into(Report([answer]), settings, lambda _: None)

    assert answer.errors == ["no, not so"]


def test_a_look_that_takes_too_long_is_given_up(url: str, answer: ConfigValue) -> None:
    never = threading.Event()
    try:
        look_into(
            Report([answer]),
            lambda: DatabaseSettings(url=url),
            lambda _: cast("None", never.wait(30)),
            deadline_s=0.05,
        )
    finally:
        never.set()

    (error,) = answer.errors
    assert "did not answer within 0 s" in error


def test_what_is_wrong_with_the_code_is_not_hidden(url: str, answer: ConfigValue) -> None:
    def look(_: Connection) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        look_into(Report([answer]), lambda: DatabaseSettings(url=url), look)


@pytest.mark.parametrize(
    ("trouble", "hint"),
    [
        (Trouble.LOGIN, "connection.password"),
        (Trouble.CONNECTION, "Check host"),
        (Trouble.DATA, ""),
    ],
)
def test_a_refusal_says_what_to_check(
    url: str, answer: ConfigValue, trouble: Trouble, hint: str
) -> None:
    def look(_: Connection) -> None:
        raise DatabaseError("Cannot connect", trouble=trouble)

    look_into(Report([answer]), lambda: DatabaseSettings(url=url), look)

    (error,) = answer.errors
    assert error.startswith("Could not connect to database. Cannot connect")
    assert hint in error


def test_values_are_offered_once() -> None:
    value = ConfigValue("table.whitelist")

    Report([value]).recommend("table.whitelist", ["a", "b", "a"])

    assert value.recommended_values == ["a", "b"]


def test_clocks_are_compared_in_the_middle_of_the_question() -> None:
    ahead = datetime.timedelta(seconds=90)
    fast = SimpleNamespace(now=lambda: datetime.datetime.now(datetime.UTC) + ahead)

    assert clock_difference_s(cast("Connection", fast)) == pytest.approx(90, abs=1)


def test_the_clock_of_this_machine_does_not_differ(connection: Connection) -> None:
    assert abs(clock_difference_s(connection)) < 5


def test_a_table_that_may_be_read_is_told(connection: Connection) -> None:
    run(connection, "CREATE TABLE t (a INTEGER)")

    assert is_readable(connection, TableId(None, None, "t"))


def test_only_permission_makes_a_table_unreadable(connection: Connection) -> None:
    with pytest.raises(DatabaseError):
        is_readable(connection, TableId(None, None, "absent"))


def look_up(connection: Connection, name: str) -> Any:
    found = connection.definition(TableId(None, None, name))
    assert found is not None
    return found


def test_an_index_helps_by_its_first_column(connection: Connection) -> None:
    run(
        connection,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, at TIMESTAMP, who TEXT, size INTEGER)",
        "CREATE INDEX by_time ON t (at, who)",
        "CREATE INDEX by_sum ON t (size + 1, who)",
    )
    table = look_up(connection, "t")

    helps = {name: index_begins_with(connection, table, [name]) for name in ("id", "AT", "who")}

    assert helps == {"id": True, "AT": True, "who": False}
    assert index_begins_with(connection, table, ["size", "id"]) is False


def test_of_a_view_no_index_is_known(connection: Connection) -> None:
    run(connection, "CREATE TABLE t (a INTEGER)", "CREATE VIEW v AS SELECT * FROM t")

    view = look_up(connection, "v")

    assert index_begins_with(connection, view, ["a"]) is None
    assert unique_keys(connection, view) is None


def test_columns_are_unique_by_key_constraint_or_index(connection: Connection) -> None:
    run(
        connection,
        "CREATE TABLE t (a INT, b INT, c INT, d INT, PRIMARY KEY (a, B), UNIQUE (c))",
        "CREATE UNIQUE INDEX d_is ON t (d)",
        "CREATE UNIQUE INDEX some ON t (a, c) WHERE d > 0",
        "CREATE INDEX plain ON t (b)",
    )

    keys = unique_keys(connection, look_up(connection, "t"))

    assert keys == {frozenset("ab"), frozenset("c"), frozenset("d")}
