# SPDX-License-Identifier: Apache-2.0
"""Statements of dialects, understood by real databases."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal

import pytest

from barnabas import data
from barnabas.config import Password
from barnabas.connectors.jdbc.connection import Connection, Database, DatabaseSettings
from barnabas.connectors.jdbc.dialects import SinkField, Statement
from barnabas.connectors.jdbc.identifiers import TableId
from tests.services.database_server import ServerDatabase

MOMENT = datetime.datetime(2001, 3, 15, 1, 2, 3, 4000, tzinfo=datetime.UTC)
TABLE = TableId(None, None, 'odd "name`')
FIELDS = (
    SinkField("k", data.STRING, is_key=True),
    SinkField("i8", data.INT8),
    SinkField("i64", data.INT64.with_attributes(default=-(2**63))),
    SinkField("f32", data.FLOAT32.with_attributes(default=1.5)),
    SinkField("f64", data.OPTIONAL_FLOAT64),
    SinkField("b", data.BOOLEAN.with_attributes(default=True)),
    SinkField("s", data.STRING.with_attributes(default="it's \\ 100%")),
    SinkField("x", data.BYTES.with_attributes(default=b"\x00\xff")),
    SinkField("d", data.decimal_schema(2).with_attributes(default=Decimal("12.50"))),
    SinkField("day", data.DATE.with_attributes(default=datetime.date(2001, 3, 15))),
    SinkField("t", data.TIME.with_attributes(default=datetime.time(1, 2, 3))),
    SinkField("at", data.TIMESTAMP.with_attributes(default=MOMENT)),
    SinkField("listed", data.OPTIONAL_INT64, timestamp_digits=9),
)
NEW = (SinkField("n1", data.OPTIONAL_INT32), SinkField("n2", data.INT32.with_attributes(default=7)))


@pytest.fixture(params=["postgresql_database", "mariadb_database", "sqlite"])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    if request.param == "sqlite":
        settings = DatabaseSettings(url="jdbc:sqlite::memory:")
    else:
        database: ServerDatabase = request.getfixturevalue(request.param)
        settings = DatabaseSettings(
            url=database.jdbc_url,
            user=database.server.user,
            password=Password(database.server.password),
        )
    connection = Database(settings).connect()
    yield connection
    connection.close()


def write(connection: Connection, sql: str, *params: object) -> None:
    bound = []
    for field, value in zip(FIELDS, params, strict=False):
        bind = connection.dialect.binder(field.schema)
        bound.append(bind(value) if bind is not None else value)
    connection.execute(sql, [*bound, *params[len(bound) :]])


def test_a_table_is_made_filled_changed_and_dropped(connection: Connection) -> None:
    dialect = connection.dialect
    connection.execute(dialect.create_table(TABLE, FIELDS))
    for statement in dialect.alter_table(TABLE, NEW):
        connection.execute(statement)
    connection.commit()
    found = connection.definition(TABLE)
    assert found is not None
    assert found.primary_key == ("k",)
    assert [column.name for column in found.columns[-2:]] == ["n1", "n2"]
    to = Statement(TABLE, ("k",), ("i8", "i64"), found)
    connection.execute(dialect.insert(Statement(TABLE, ("k",), ("i8",), found)), ["a", 1])
    connection.execute(dialect.upsert(to), ["b", 2, 2])
    connection.execute(dialect.upsert(to), ["b", 3, 3])
    connection.execute(dialect.update(to), [9, 9, "a"])
    rules = dialect.rules
    query = f"SELECT k, i8, i64 FROM {rules.quoted(TABLE)} ORDER BY k"
    assert list(connection.execute(query).fetchall()) == [("a", 9, 9), ("b", 3, 3)]
    connection.execute(dialect.delete(to), ["a"])
    assert list(connection.execute(query).fetchall()) == [("b", 3, 3)]
    connection.commit()
    connection.execute(dialect.drop_table(TABLE))
    assert connection.definition(TABLE) is None
    connection.execute(dialect.drop_table(TABLE, if_exists=True))
    connection.commit()


def test_defaults_are_those_of_the_schema(connection: Connection) -> None:
    dialect = connection.dialect
    connection.execute(dialect.create_table(TABLE, FIELDS))
    connection.commit()
    found = connection.definition(TABLE)
    connection.execute(dialect.insert(Statement(TABLE, ("k",), ("i8",), found)), ["a", 1])
    names = ", ".join(dialect.rules.quote(name) for name in ("i64", "f32", "s", "x", "d"))
    row = connection.execute(f"SELECT {names} FROM {dialect.rules.quoted(TABLE)}").fetchone()
    assert row[:2] == (-(2**63), 1.5)
    assert (row[2], bytes(row[3])) == ("it's \\ 100%", b"\x00\xff")
    assert Decimal(str(row[4])) == Decimal("12.5")


def test_values_are_bound_as_the_columns_want_them(connection: Connection) -> None:
    dialect = connection.dialect
    connection.execute(dialect.create_table(TABLE, FIELDS[:-1]))
    connection.commit()
    names = tuple(field.name for field in FIELDS[1:-1])
    to = Statement(TABLE, ("k",), names, connection.definition(TABLE))
    values = ("a", 1, 2, 0.5, 1e300, True, "x", b"y", Decimal("1.25"))
    moments = (datetime.date(2020, 2, 29), datetime.time(23, 59, 58), MOMENT)
    write(connection, dialect.insert(to), *values, *moments)
    quoted = ", ".join(dialect.rules.quote(name) for name in ("f64", "x", "d", "day", "at"))
    row = connection.execute(f"SELECT {quoted} FROM {dialect.rules.quoted(TABLE)}").fetchone()
    assert (row[0], bytes(row[1])) == (1e300, b"y")
    assert Decimal(str(row[2])) == Decimal("1.25")
    if dialect.name == "SqliteDatabaseDialect":
        assert row[3:] == (1_582_934_400_000, 984_618_123_004)
    else:
        assert row[3:] == (moments[0], MOMENT.replace(tzinfo=None))
