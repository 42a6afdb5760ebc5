# SPDX-License-Identifier: Apache-2.0
"""Validation against servers: rights, keys, indexes, clocks, and servers that do not answer."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator

import pytest

from barnabas.config import ConfigValue
from barnabas.connectors.jdbc import validation
from barnabas.connectors.jdbc.sink.connector import JdbcSinkConnector
from barnabas.connectors.jdbc.source.connector import JdbcSourceConnector
from tests.services.database_server import ServerDatabase

TABLE = """CREATE TABLE orders (
id BIGINT NOT NULL PRIMARY KEY, updated TIMESTAMP NOT NULL, note VARCHAR(20))"""
INCREMENTING = {"mode": "incrementing", "incrementing.column.name": "id"}
TIMESTAMP = {"mode": "timestamp", "timestamp.column.name": "updated"}


@pytest.fixture(params=["postgresql", "mariadb"])
def database(request: pytest.FixtureRequest) -> ServerDatabase:
    database: ServerDatabase = request.getfixturevalue(f"{request.param}_database")
    database.execute(TABLE)
    return database


@pytest.fixture
def shop(postgresql_database: ServerDatabase) -> ServerDatabase:
    postgresql_database.execute(TABLE)
    return postgresql_database


@pytest.fixture
def stranger(shop: ServerDatabase) -> Iterator[dict[str, str]]:
    """Settings of a user who may log in and nothing else."""
    user = f"stranger_{shop.name}"
    shop.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'stranger'")
    yield {**shop.settings, "connection.user": user, "connection.password": "stranger"}
    shop.execute(f"DROP OWNED BY {user}", f"DROP ROLE {user}")


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def errors(values: list[ConfigValue]) -> dict[str, list[str]]:
    return {value.name: value.errors for value in values if value.errors}


def source(settings: dict[str, str], mode: dict[str, str]) -> list[ConfigValue]:
    props = {"topic.prefix": "p-", "table.whitelist": "orders", **settings, **mode}
    return JdbcSourceConnector().validate(props)


def sink(settings: dict[str, str], **more: str) -> dict[str, list[str]]:
    given = {name.replace("_", "."): value for name, value in more.items()}
    return errors(JdbcSinkConnector().validate({"topics": "orders", **settings, **given}))


def test_what_was_found_is_told(database: ServerDatabase, caplog: pytest.LogCaptureFixture) -> None:
    values = source(database.settings, TIMESTAMP)

    assert errors(values) == {}
    offered = {value.name: value.recommended_values for value in values}
    assert offered["table.whitelist"] == ["orders"]
    assert offered["timestamp.column.name"] == ["updated"]
    assert "id INT64, updated Timestamp, note STRING, optional" in caplog.text
    assert "has no index on updated" in caplog.text
    assert "The database's clock is 0." in caplog.text


def test_an_index_or_key_is_found(
    database: ServerDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    database.execute("CREATE INDEX by_time ON orders (updated, id)")

    assert errors(source(database.settings, TIMESTAMP)) == {}
    assert errors(source(database.settings, INCREMENTING)) == {}

    assert "has no index" not in caplog.text


def test_a_wrong_password_is_told_with_the_setting(database: ServerDatabase) -> None:
    settings = {**database.settings, "connection.password": "not-so"}

    (error,) = errors(source(settings, INCREMENTING))["connection.url"]

    assert error.startswith("Could not connect to database.")
    assert "Check connection.user and connection.password" in error
    assert "not-so" not in error


def test_a_table_that_may_not_be_read_is_an_error_of_the_user(stranger: dict[str, str]) -> None:
    (error,) = errors(source(stranger, INCREMENTING))["connection.user"]

    assert "may not read table public.orders: GRANT SELECT on it" in error


def test_a_table_that_is_not_named_and_may_not_be_read_is_only_told(
    stranger: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    assert errors(source(stranger, {"mode": "bulk", "table.whitelist": ""})) == {}

    assert "may not read table public.orders" in caplog.text


def test_a_query_the_database_does_not_understand_is_an_error(database: ServerDatabase) -> None:
    mode = {"mode": "bulk", "query": "SELECT nothing FROM orders", "table.whitelist": ""}

    (error,) = errors(source(database.settings, mode))["query"]

    assert error.startswith("The database does not understand the query.")
    assert "nothing" in error


def test_clocks_that_differ_are_told(
    shop: ServerDatabase, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "barnabas.connectors.jdbc.source.validation.clock_difference_s"
    monkeypatch.setattr(name, lambda _: -90.0)

    assert errors(source(shop.settings, TIMESTAMP)) == {}

    assert "differ by 90.0 s" in caplog.text
    assert "timestamp.delay.interval.ms" in caplog.text


def test_rights_a_sink_lacks_are_errors_of_the_user(
    stranger: dict[str, str], shop: ServerDatabase
) -> None:
    lacking = sink(stranger, insert_mode="upsert", pk_mode="record_value", pk_fields="id")
    assert [error.split("GRANT")[0] for error in lacking["connection.user"]] == [
        f"The user {stranger['connection.user']} lacks the right {right} on table public.orders: "
        for right in ("INSERT", "UPDATE")
    ]

    shop.execute(f"GRANT INSERT ON orders TO {stranger['connection.user']}")

    assert sink(stranger) == {}


def test_a_sink_that_may_not_create_its_table_is_told(stranger: dict[str, str]) -> None:
    (error,) = sink(stranger, topics="later", auto_create="true")["connection.user"]

    assert "lacks the right CREATE on schema public" in error


def test_an_upsert_needs_a_key_of_the_table(
    database: ServerDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    assert sink(database.settings, **keyed("id")) == {}
    assert "by which insert.mode=upsert finds" not in caplog.text

    found = sink(database.settings, **keyed("note"))

    told = found.get("pk.fields", [caplog.text])
    assert "no primary key or unique index on exactly note" in told[0]


def keyed(field: str) -> dict[str, str]:
    return {"insert_mode": "upsert", "pk_mode": "record_value", "pk_fields": field}


def test_a_server_that_does_not_answer_is_given_up_in_time(
    shop: ServerDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation.look_into, "__defaults__", (1.0,))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = {"connection.url": f"jdbc:postgresql://127.0.0.1:{port}/shop"}
        began = time.monotonic()

        (error,) = errors(source({**shop.settings, **url}, INCREMENTING))["connection.url"]

    assert "did not answer within 1 s" in error
    assert time.monotonic() - began < 10
