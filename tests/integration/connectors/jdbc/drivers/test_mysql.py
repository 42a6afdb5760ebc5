# SPDX-License-Identifier: Apache-2.0
"""MariaDB through PyMySQL."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest

from barnabas.config import Password
from barnabas.connectors.jdbc.columns import JdbcType
from barnabas.connectors.jdbc.connection import Connection, Database, DatabaseSettings
from barnabas.connectors.jdbc.errors import DatabaseError, DatabaseRetriableError, Trouble
from barnabas.connectors.jdbc.identifiers import TableId
from tests.services.database_server import ServerDatabase
from tests.services.mariadb import MariaDB


def settings_of(database: ServerDatabase, **rest: object) -> DatabaseSettings:
    return DatabaseSettings(
        url=database.jdbc_url,
        user=database.server.user,
        password=Password(database.server.password),
        **rest,  # type: ignore[arg-type]  # a test's own words
    )


@pytest.fixture
def connection(mariadb_database: ServerDatabase) -> Iterator[Connection]:
    mariadb_database.execute(
        "CREATE TABLE orders (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20)"
        " UNIQUE, n SMALLINT NOT NULL, p DECIMAL(10, 2), b TINYINT(1), e ENUM('x', 'y'), t TEXT,"
        " x BLOB, at DATETIME(6), j JSON)",
        "CREATE VIEW seen AS SELECT id FROM orders",
        "INSERT INTO orders (name, n) VALUES ('n1', 1), ('n2', 2), ('n3', 3)",
    )
    connection = Database(settings_of(mariadb_database)).connect()
    yield connection
    connection.close()


def test_a_stream_gives_rows_as_they_come(connection: Connection) -> None:
    stream = connection.stream("SELECT id, name FROM orders WHERE id > ? ORDER BY id", [1], 2)
    assert [stream.fetch(1), stream.fetch(2), stream.fetch(2)] == [[(2, "n2")], [(3, "n3")], []]
    stream.close()
    stream.close()
    assert connection.is_valid()
    connection.commit()


def test_a_stream_with_rows_left_ends_with_its_connection(connection: Connection) -> None:
    stream = connection.stream("SELECT seq FROM seq_1_to_1000000")
    assert len(stream.fetch(10)) == 10
    started = time.monotonic()
    stream.close()
    assert time.monotonic() - started < 1
    assert not connection.is_valid()
    connection.rollback()


def test_a_query_without_parameters_is_sent_as_it_is(connection: Connection) -> None:
    assert connection.stream("SELECT '?%s'").fetch(2) == [("?%s",)]


def test_a_query_is_described_and_not_run(connection: Connection) -> None:
    described = connection.describe(
        "SELECT id, name AS label, p + 1 AS x, sleep(5) AS s FROM orders WHERE id > ? LIMIT 5"
    )
    found = {column.label: column for column in described}
    assert found["id"].auto_increment
    assert found["id"].type_name == "BIGINT UNSIGNED"
    assert (found["label"].name, found["label"].nullable) == ("name", True)
    assert found["x"].table is None
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_columns_have_the_types_of_jdbc(
    connection: Connection, mariadb_database: ServerDatabase
) -> None:
    definition = connection.definition(TableId(None, None, "orders"))
    assert definition is not None
    assert definition.table == TableId(mariadb_database.name, None, "orders")
    assert definition.primary_key == ("id",)
    found = {column.name: (column.jdbc_type, column.precision) for column in definition.columns}
    assert found == {
        "id": (JdbcType.BIGINT, 19),
        "name": (JdbcType.VARCHAR, 20),
        "n": (JdbcType.SMALLINT, 5),
        "p": (JdbcType.DECIMAL, 10),
        "b": (JdbcType.BIT, 1),
        "e": (JdbcType.CHAR, 4),
        "t": (JdbcType.LONGVARCHAR, 65535),
        "x": (JdbcType.LONGVARBINARY, 65535),
        "at": (JdbcType.TIMESTAMP, 26),
        "j": (JdbcType.LONGVARCHAR, 1073741823),
    }
    assert definition.columns == tuple(connection.stream("SELECT * FROM orders").columns)


def test_tables_are_those_of_the_database(
    connection: Connection, mariadb_database: ServerDatabase
) -> None:
    name = mariadb_database.name
    assert connection.current() == (name, None)
    assert connection.tables() == [TableId(name, None, "orders")]
    assert connection.tables(types=["view"]) == [TableId(name, None, "seen")]
    assert connection.tables("nix") == []
    assert connection.definition(TableId("nix", None, "orders")) is None
    view = connection.definition(TableId(None, None, "seen"))
    assert view is not None
    assert view.kind == "VIEW"
    assert connection.inspector.get_pk_constraint("orders")["constrained_columns"] == ["id"]


def test_a_batch_is_written_in_one_go(connection: Connection) -> None:
    rows = [(f"m{n}%", n) for n in range(100)]
    assert connection.execute_many("INSERT INTO orders (name, n) VALUES (?, ?)", rows) == 100
    connection.commit()
    found = connection.execute("SELECT count(*) FROM orders WHERE name LIKE ?", ["m%"]).fetchone()
    assert found == (100,)


@pytest.mark.parametrize(
    ("statement", "trouble", "shown"),
    [
        ("SELECT * FROM nix", Trouble.MISSING, "nix'"),
        ("SELECT nix FROM orders", Trouble.MISSING, "'nix'"),
        ("SELEKT 'hidden'", Trouble.STATEMENT, "syntax"),
        ("INSERT INTO orders (name, n) VALUES ('n1', 'hidden')", Trouble.DATA, "`n`"),
        ("INSERT INTO orders (name) VALUES ('hidden')", Trouble.CONSTRAINT, "'n'"),
        ("INSERT INTO orders (n) VALUES (70000)", Trouble.DATA, "'n'"),
        ("INSERT INTO orders (n, name) VALUES (1, repeat('hidden', 9))", Trouble.DATA, "'name'"),
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
    assert caught.value.code is not None


def test_a_duplicate_is_named_by_its_key_alone(connection: Connection) -> None:
    with pytest.raises(DatabaseError, match=r"Duplicate entry \*\*\*\* for key 'name'") as caught:
        connection.execute("INSERT INTO orders (name, n) VALUES (?, 1)", ["n1"])
    assert caught.value.is_about_values


def test_a_lock_that_is_not_given_is_worth_another_try(
    connection: Connection, mariadb_database: ServerDatabase
) -> None:
    connection.execute("UPDATE orders SET n = 9 WHERE id = 1")
    other = Database(settings_of(mariadb_database)).connect()
    other.execute("SET innodb_lock_wait_timeout = 1")
    with pytest.raises(DatabaseRetriableError, match="lock not available"):
        other.execute("UPDATE orders SET n = 8 WHERE id = 1")
    other.close()


def test_a_cut_connection_is_noticed(
    connection: Connection, mariadb_database: ServerDatabase
) -> None:
    (thread,) = connection.execute("SELECT connection_id()").fetchone()
    assert connection.is_valid()
    mariadb_database.execute(f"KILL {thread}")
    with pytest.raises(DatabaseRetriableError) as caught:
        connection.execute("SELECT 1")
    assert caught.value.trouble is Trouble.CONNECTION
    assert not connection.is_valid()
    connection.rollback()
    connection.close()


def test_a_server_that_does_not_answer_is_not_valid_after_the_time(
    spare_mariadb: MariaDB,
) -> None:
    with spare_mariadb.new_database() as database:
        connection = Database(settings_of(database)).connect()
        spare_mariadb.pause()
        try:
            # the first ones may come through: the server's threads stop one after the other
            answers = (connection.is_valid(0.3) for _ in range(20))
            started = time.monotonic()
            assert not all(answers)
            assert time.monotonic() - started < 10
        finally:
            spare_mariadb.resume()
        connection.close()


@pytest.mark.parametrize(
    ("name", "value", "trouble"),
    [("password", Password("wrong"), Trouble.LOGIN), ("database", "nix", Trouble.MISSING)],
)
def test_a_refused_login_says_why(
    mariadb_database: ServerDatabase, name: str, value: object, trouble: Trouble
) -> None:
    password = value if name == "password" else Password(mariadb_database.server.password)
    url = mariadb_database.jdbc_url
    settings = DatabaseSettings(
        url=url if name == "password" else url.rpartition("/")[0] + "/nix",
        user=mariadb_database.server.user,
        password=password,  # type: ignore[arg-type]  # it is one
    )
    with pytest.raises(DatabaseError) as caught:
        Database(settings).connect(lambda _: False)
    assert caught.value.trouble is trouble
    assert not isinstance(caught.value, DatabaseRetriableError)


def test_settings_of_the_session_reach_the_server(mariadb_database: ServerDatabase) -> None:
    properties = {"sessionVariables": "max_statement_time=7,@x=1"}
    settings = settings_of(mariadb_database, properties=properties, isolation="READ_COMMITTED")
    with contextlib.closing(Database(settings).connect()) as connection:
        query = "SELECT @@max_statement_time, @x, @@tx_isolation, @@net_write_timeout"
        assert connection.execute(query).fetchone() == (7.0, 1, "READ-COMMITTED", 3600)


def test_the_clock_shows_what_the_session_shows(connection: Connection) -> None:
    connection.execute("SET time_zone = '+09:00'")
    shown = connection.execute("SELECT now()").fetchone()[0]
    assert abs((connection.now().replace(tzinfo=None) - shown).total_seconds()) < 5


def test_a_stream_reads_what_pymysql_reads(
    connection: Connection, mariadb_database: ServerDatabase
) -> None:
    connection.execute(
        "CREATE TABLE odd (a TINYINT, b BIGINT UNSIGNED, c FLOAT, d DOUBLE, e DECIMAL(30, 10),"
        " f DATE, g TIME(6), h DATETIME(6), i TIMESTAMP NULL, j YEAR, k BIT(9), l VARCHAR(9),"
        " m LONGTEXT, n LONGBLOB, o ENUM('x', 'ü'), p SET('x', 'y'), q JSON, r CHAR(3) CHARACTER"
        " SET latin1)"
    )
    connection.execute("SET sql_mode = ''")
    connection.execute("INSERT INTO odd VALUES ()")
    connection.execute(
        "INSERT INTO odd VALUES (-1, 18446744073709551615, 0.1, 1e300, 12345678901234567890.5,"
        " '2024-02-29', '-838:59:58.5', '2024-02-29 23:59:59.123456', '2024-01-01', 2024,"
        " b'100000001', 'ü', repeat('ü', 70000), repeat(x'ff00', 200), 'ü', 'x,y', '{\"a\": 1}',"
        " 'üé')"
    )
    connection.execute("INSERT INTO odd (f, h) VALUES ('0000-00-00', '0000-00-00 00:00:00')")
    connection.commit()
    query = "SELECT *, NULL, 1 + 1, 'x', now(6) > '2020-01-01' FROM odd"
    stream = connection.stream(query)
    rows = stream.fetch(10)
    assert len(rows) == 3
    assert len(stream.columns) == len(rows[0])
    assert rows == list(mariadb_database.query(query))


def test_a_query_that_breaks_off_is_told(connection: Connection) -> None:
    connection.execute("SET max_statement_time = 0.2")
    with pytest.raises(DatabaseRetriableError) as caught, connection.told("read"):  # noqa: PT012
        stream = connection.stream("SELECT seq, sleep(0.1) FROM seq_1_to_100")
        while stream.fetch(1):
            pass
    assert caught.value.trouble is Trouble.CANCELLED
    assert connection.is_valid()


def test_a_url_without_a_database_is_about_all_of_them(
    connection: Connection, mariadb_database: ServerDatabase
) -> None:
    server, name = mariadb_database.server, mariadb_database.name
    settings = DatabaseSettings(
        url=mariadb_database.jdbc_url.rpartition("/")[0],
        user=server.user,
        password=Password(server.password),
    )
    with contextlib.closing(Database(settings).connect()) as other:
        assert other.current() == (None, None)
        found = other.tables()
    assert TableId(name, None, "orders") in found
    assert not {table.catalog for table in found} & {"mysql", "sys", "information_schema"}
    assert connection.tables(name) == [TableId(name, None, "orders")]
