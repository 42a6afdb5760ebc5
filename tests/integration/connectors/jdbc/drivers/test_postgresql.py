# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL through psycopg."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest

from barnabas.config import Password
from barnabas.connectors.jdbc.connection import Connection, Database, DatabaseSettings
from barnabas.connectors.jdbc.errors import DatabaseError, DatabaseRetriableError, Trouble
from barnabas.connectors.jdbc.identifiers import TableId
from tests.services.database_server import ServerDatabase

ORDERS = TableId(None, "public", "orders")


def settings_of(database: ServerDatabase, **rest: object) -> DatabaseSettings:
    return DatabaseSettings(
        url=database.jdbc_url,
        user=database.server.user,
        password=Password(database.server.password),
        **rest,  # type: ignore[arg-type]  # a test's own words
    )


@pytest.fixture
def connection(postgresql_database: ServerDatabase) -> Iterator[Connection]:
    postgresql_database.execute(
        "CREATE TYPE mood AS ENUM ('good', 'bad')",
        "CREATE DOMAIN price AS numeric(10, 2) NOT NULL",
        "CREATE TABLE orders (id bigserial PRIMARY KEY, name text, p price, m mood, j jsonb,"
        " a int[], at timestamptz, gen int GENERATED ALWAYS AS IDENTITY)",
        "CREATE VIEW seen AS SELECT id FROM orders",
        "INSERT INTO orders (name, p, m, j, a, at) SELECT 'n' || n, n, 'good', '{\"a\": 1}',"
        " '{1}', '2020-01-01 00:00:00+00' FROM generate_series(1, 10) n",
    )
    connection = Database(settings_of(postgresql_database)).connect()
    yield connection
    connection.close()


def test_a_stream_gives_rows_of_a_cursor_of_the_server(connection: Connection) -> None:
    stream = connection.stream('SELECT "id", name FROM orders WHERE id > ? ORDER BY id', [7], 2)
    assert connection.execute("SELECT count(*) FROM pg_cursors").fetchone() == (1,)
    assert stream.fetch(2) == [(8, "n8"), (9, "n9")]
    assert stream.fetch(2) == [(10, "n10")]
    assert stream.fetch(2) == []
    stream.close()
    stream.close()
    assert connection.execute("SELECT count(*) FROM pg_cursors").fetchone() == (0,)


@pytest.mark.parametrize("sizes", [(2, 2, 2, 2), (1, 4, 2, 9), (4, 1, 1, 3), (7, 1), (9,)])
def test_sizes_may_change_while_rows_are_under_way(
    connection: Connection, sizes: tuple[int, ...]
) -> None:
    stream = connection.stream("SELECT n FROM generate_series(1, 7) n", None, 2)
    batches = [stream.fetch(size) for size in sizes]
    stream.close()
    assert all(len(batch) <= size for batch, size in zip(batches, sizes, strict=True))
    assert [row for batch in batches for row in batch] == [(n,) for n in range(1, 8)]
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_rows_that_are_under_way_are_thrown_away_at_the_end(connection: Connection) -> None:
    stream = connection.stream("SELECT n FROM generate_series(1, 1000000) n", None, 10)
    stream.fetch(1000)
    stream.close()
    assert connection.execute("SELECT count(*) FROM pg_cursors").fetchone() == (0,)


def test_an_error_amid_the_rows_is_told(connection: Connection) -> None:
    stream = connection.stream("SELECT 1 / (5 - n) FROM generate_series(1, 9) n", None, 2)
    stream.fetch(2)
    with pytest.raises(DatabaseError, match="division by zero"), connection.told("read"):
        _ = [stream.fetch(2) for _ in range(3)]
    stream.close()
    connection.rollback()
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_other_statements_may_be_run_in_the_midst_of_a_stream(connection: Connection) -> None:
    stream = connection.stream("SELECT id FROM orders ORDER BY id")
    assert stream.fetch(4) == [(1,), (2,), (3,), (4,)]
    assert connection.is_valid()
    assert connection.tables() == [ORDERS]
    assert connection.execute("SELECT 1").fetchone() == (1,)
    assert stream.fetch(2) == [(5,), (6,)]
    connection.now()
    assert [stream.fetch(9), stream.fetch(9)] == [[(7,), (8,), (9,), (10,)], []]


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_the_end_of_a_transaction_ends_the_stream(connection: Connection, end: str) -> None:
    stream = connection.stream("SELECT id FROM orders ORDER BY id")
    stream.fetch(2)
    getattr(connection, end)()
    stream.close()
    assert connection.raw.info.transaction_status.name == "IDLE"
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_two_streams_do_not_meet(connection: Connection) -> None:
    first = connection.stream("SELECT 1")
    first.close()
    assert connection.stream("SELECT 2").fetch(1) == [(2,)]


def test_a_stream_may_be_closed_after_its_transaction(connection: Connection) -> None:
    stream = connection.stream("SELECT id FROM orders")
    connection.commit()
    stream.close()
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_columns_are_described_with_what_the_catalogue_knows(connection: Connection) -> None:
    described = connection.describe("SELECT id, p, m, name || 'x' AS y FROM orders WHERE id > ?")
    found = {column.label: column for column in described}
    assert found["id"].auto_increment
    assert found["id"].primary_key
    assert found["id"].table == ORDERS
    assert (found["p"].type_name, found["p"].precision, found["p"].scale) == ("numeric", 10, 2)
    assert found["p"].nullable is False
    assert found["m"].jdbc_type.name == "VARCHAR"
    assert (found["y"].nullable, found["y"].table) == (True, None)


def test_a_table_is_described_like_the_rows_read_from_it(connection: Connection) -> None:
    definition = connection.definition(TableId(None, None, "orders"))
    assert definition is not None
    assert definition.table == ORDERS
    assert list(definition.columns) == connection.stream("SELECT * FROM orders").columns
    assert definition.primary_key == ("id",)
    assert [column.name for column in definition.columns if column.auto_increment] == ["id", "gen"]
    assert connection.definition(TableId(None, "nix", "orders")) is None


def test_tables_are_listed_by_kind_and_schema(
    connection: Connection, postgresql_database: ServerDatabase
) -> None:
    postgresql_database.execute(
        "CREATE SCHEMA other",
        "CREATE TABLE other.z (id int)",
        "CREATE TABLE parts (id int) PARTITION BY RANGE (id)",
        "CREATE MATERIALIZED VIEW mat AS SELECT 1",
    )
    assert connection.tables() == [TableId(None, "other", "z"), ORDERS]
    assert connection.tables(None, "oth%") == [TableId(None, "other", "z")]
    assert connection.tables(postgresql_database.name, "public") == [ORDERS]
    assert connection.tables("another_database") == []
    kinds = ["view", "PARTITIONED TABLE", "MATERIALIZED VIEW"]
    names = [table.table for table in connection.tables(types=kinds)]
    assert names == ["mat", "parts", "seen"]
    assert connection.current() == (None, "public")
    assert connection.inspector.get_pk_constraint("orders")["constrained_columns"] == ["id"]


def test_a_batch_is_written_in_one_go(connection: Connection) -> None:
    rows = [(f"m{n}", n) for n in range(100)]
    assert connection.execute_many("INSERT INTO orders (name, p) VALUES (?, ?)", rows) == 100
    connection.commit()
    found = connection.execute("SELECT count(*) FROM orders WHERE name LIKE ?", ["m%"]).fetchone()
    assert found == (100,)


@pytest.mark.parametrize(
    ("statement", "trouble", "shown"),
    [
        ("SELECT * FROM nix", Trouble.MISSING, '"nix"'),
        ("SELECT nix FROM orders", Trouble.MISSING, '"nix"'),
        ("SELEKT 1", Trouble.STATEMENT, "SELEKT"),
        ("INSERT INTO orders (id, p) VALUES (1, 1)", Trouble.CONSTRAINT, "orders_pkey"),
        ("INSERT INTO orders (name) VALUES ('hidden')", Trouble.CONSTRAINT, "price"),
        ("INSERT INTO orders (p, m) VALUES (1, 'hidden')", Trouble.DATA, "mood"),
        ("INSERT INTO orders (p) VALUES (123456789012)", Trouble.DATA, "numeric field overflow"),
        ("SELECT 'hidden'::text::int", Trouble.DATA, "type integer"),
    ],
)
def test_what_the_database_refuses_is_told_without_values(
    connection: Connection, statement: str, trouble: Trouble, shown: str
) -> None:
    with pytest.raises(DatabaseError) as caught:
        connection.execute(statement)
    assert caught.value.trouble is trouble
    assert shown in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert caught.value.sqlstate is not None


def test_a_lock_that_is_not_given_is_worth_another_try(
    connection: Connection, postgresql_database: ServerDatabase
) -> None:
    connection.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
    other = Database(settings_of(postgresql_database)).connect()
    other.execute("SET lock_timeout TO 10")
    with pytest.raises(DatabaseRetriableError, match="lock not available"):
        other.execute("SELECT * FROM orders")
    other.close()


def test_a_cut_connection_is_noticed(
    connection: Connection, postgresql_database: ServerDatabase
) -> None:
    (backend,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert connection.is_valid()
    postgresql_database.query(f"SELECT pg_terminate_backend({backend})")
    with pytest.raises(DatabaseRetriableError) as caught:
        connection.execute("SELECT 1")
    assert caught.value.trouble is Trouble.CONNECTION
    assert not connection.is_valid()
    connection.rollback()
    connection.close()


def test_a_connection_stays_valid_while_its_transaction_is_lost(connection: Connection) -> None:
    with pytest.raises(DatabaseError):
        connection.execute("SELECT nix")
    assert connection.is_valid()
    connection.rollback()
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_does_not_answer_is_not_valid_after_the_time(
    connection: Connection,
) -> None:
    started = time.monotonic()
    assert not connection.driver.is_valid(connection.raw, "SELECT pg_sleep(20)", 0.2)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("settings", "trouble"),
    [
        ({"password": Password("wrong")}, Trouble.LOGIN),
        ({"user": "nobody_at_all"}, Trouble.LOGIN),
        ({"url": "nix"}, Trouble.MISSING),
    ],
)
def test_a_refused_login_says_why(
    postgresql_database: ServerDatabase, settings: dict[str, object], trouble: Trouble
) -> None:
    url = postgresql_database.jdbc_url
    given: dict[str, object] = {
        "url": url,
        "user": postgresql_database.server.user,
        "password": Password(postgresql_database.server.password),
        **settings,
    }
    if given["url"] == "nix":
        given["url"] = url.rpartition("/")[0] + "/nix"
    database = Database(DatabaseSettings(**given))  # type: ignore[arg-type]  # a test's own words
    with pytest.raises(DatabaseError) as caught:
        database.connect(lambda _: False)
    assert caught.value.trouble is trouble
    assert not isinstance(caught.value, DatabaseRetriableError)


def test_settings_of_the_driver_reach_the_server(postgresql_database: ServerDatabase) -> None:
    properties = {"ApplicationName": "barnabas test", "currentSchema": "pg_catalog"}
    settings = settings_of(postgresql_database, properties=properties, isolation="SERIALIZABLE")
    with contextlib.closing(Database(settings).connect()) as connection:
        show = ["application_name", "search_path", "transaction_isolation"]
        found = [connection.execute(f"SHOW {name}").fetchone()[0] for name in show]
    assert found == ["barnabas test", "pg_catalog", "serializable"]


def test_the_clock_is_an_instant(connection: Connection) -> None:
    first = connection.now()
    connection.commit()
    connection.execute("SET TimeZone TO 'Asia/Tokyo'")
    assert abs((connection.now() - first).total_seconds()) < 60


def test_a_url_of_sqlalchemy_works_too(postgresql_database: ServerDatabase) -> None:
    settings = DatabaseSettings(url=postgresql_database.sqlalchemy_url)
    with contextlib.closing(Database(settings).connect()) as connection:
        assert connection.stream("SELECT 1 WHERE 1 = ?", [1]).fetch(1) == [(1,)]


def test_a_name_longer_than_the_server_keeps_is_found_again(connection: Connection) -> None:
    table = connection.dialect.parse_table("t" * 70)
    connection.execute(f"CREATE TABLE {connection.dialect.rules.quoted(table)} (id int)")
    found = connection.definition(table)
    assert found is not None
    assert found.table.table == "t" * 63
