# SPDX-License-Identifier: Apache-2.0
"""SQL of PostgreSQL."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest

from barnabas import data
from barnabas.connectors.jdbc.columns import Column, JdbcType, TableDefinition
from barnabas.connectors.jdbc.dialects import SinkField, Statement
from barnabas.connectors.jdbc.dialects.postgresql import PostgreSqlDialect
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.data import Schema, Type
from barnabas.errors import ConnectError
from tests.unit.connectors.jdbc.dialects.cases import (
    FIELDS,
    NARROW,
    NEW,
    STRUCT,
    TABLE,
    WIDE,
    listed_type,
    types_of,
)

DIALECT = PostgreSqlDialect()
CAST = TableDefinition(
    TableId(None, None, "t"),
    (
        Column("pk", "pk", JdbcType.INTEGER, "int4"),
        Column("u", "u", JdbcType.OTHER, "uuid"),
        Column("j", "j", JdbcType.OTHER, "json"),
        Column("b", "b", JdbcType.OTHER, "jsonb"),
    ),
)
TO_CAST = Statement(CAST.table, ("pk",), ("u", "j", "b"), CAST)


def test_every_connect_type_has_a_column_type() -> None:
    expected = (
        "SMALLINT SMALLINT INT BIGINT REAL DOUBLE_PRECISION BOOLEAN TEXT BYTEA DECIMAL DATE TIME"
        " TIMESTAMP"
    )
    assert types_of(DIALECT) == [name.replace("_", " ") for name in expected.split()]
    assert listed_type(DIALECT, 9) == "TIMESTAMP"


def test_an_array_is_one_of_its_elements_type() -> None:
    array = Schema(Type.ARRAY, value_schema=data.INT8)
    nested = Schema(Type.ARRAY, value_schema=array)
    assert DIALECT.column_type(SinkField("a", array)) == "SMALLINT[]"
    assert DIALECT.column_type(SinkField("a", nested)) == "SMALLINT[][]"


def test_a_map_has_no_column_type() -> None:
    with pytest.raises(ConnectError, match=r"null \(MAP\) type doesn't have a mapping.*field 'm'"):
        DIALECT.column_type(SinkField("m", STRUCT))


def test_create_table_lists_columns_then_the_key() -> None:
    assert DIALECT.create_table(TABLE, FIELDS) == (
        'CREATE TABLE "myTable" (\n"c1" INT NOT NULL,\n"c2" BIGINT NOT NULL,\n"c3" TEXT NOT NULL,\n'
        '"c4" TEXT NULL,\n"c5" DATE DEFAULT \'2001-03-15\',\n"c6" TIME DEFAULT \'00:00:00.000\',\n'
        '"c7" TIMESTAMP DEFAULT \'2001-03-15 00:00:00.000\',\n"c8" DECIMAL NULL,\n'
        'PRIMARY KEY("c1"))'
    )


def test_names_are_bare_when_nothing_is_quoted() -> None:
    bare = PostgreSqlDialect(quoting=False)
    assert bare.create_table(TABLE, FIELDS[:1]) == (
        "CREATE TABLE myTable (\nc1 INT NOT NULL,\nPRIMARY KEY(c1))"
    )
    assert bare.delete(NARROW) == "DELETE FROM myTable WHERE id1 = ?"
    assert (bare.fold("Orders"), DIALECT.fold("Orders")) == ("orders", "Orders")


def test_names_are_those_the_server_keeps() -> None:
    long = "é" * 40
    assert DIALECT.parse_table(f"S.{long}") == TableId(None, "S", "é" * 31)
    assert PostgreSqlDialect(quoting=False).parse_table("S.T") == TableId(None, "s", "t")


def test_alter_table_adds_all_columns_at_once() -> None:
    assert DIALECT.alter_table(TABLE, NEW[:1]) == ['ALTER TABLE "myTable" ADD "newcol1" INT NULL']
    assert DIALECT.alter_table(TABLE, NEW) == [
        'ALTER TABLE "myTable" \nADD "newcol1" INT NULL,\nADD "newcol2" INT DEFAULT 42'
    ]


def test_insert_casts_what_has_no_class_in_jdbc() -> None:
    assert DIALECT.insert(TO_CAST) == (
        'INSERT INTO "t" ("pk","u","j","b") VALUES (?,?::uuid,?::json,?::jsonb)'
    )


def test_upsert_updates_on_conflict() -> None:
    assert DIALECT.upsert(WIDE) == (
        'INSERT INTO "myTable" ("id1","id2","columnA","columnB") VALUES (?,?,?,?) ON CONFLICT'
        ' ("id1","id2") DO UPDATE SET "columnA"=EXCLUDED."columnA","columnB"=EXCLUDED."columnB"'
    )
    assert DIALECT.upsert(TO_CAST).startswith(DIALECT.insert(TO_CAST) + ' ON CONFLICT ("pk") DO')


def test_upsert_of_keys_alone_does_nothing_on_conflict() -> None:
    assert DIALECT.upsert(NARROW) == (
        'INSERT INTO "myTable" ("id1") VALUES (?) ON CONFLICT ("id1") DO NOTHING'
    )


def test_update_and_delete_cast_too() -> None:
    assert DIALECT.update(TO_CAST) == (
        'UPDATE "t" SET "u" = ?::uuid, "j" = ?::json, "b" = ?::jsonb WHERE "pk" = ?'
    )
    by_uuid = Statement(CAST.table, ("u",), (), CAST)
    assert DIALECT.delete(by_uuid) == 'DELETE FROM "t" WHERE "u" = ?::uuid'


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (data.BOOLEAN, True, "TRUE"),
        (data.BYTES, b"\x01\xff", "'\\x01ff'"),
        (Schema(Type.ARRAY, value_schema=data.INT32), [1, 2], "ARRAY[1,2]"),
        (Schema(Type.ARRAY, value_schema=data.STRING), ["a'b"], "ARRAY['a''b']"),
    ],
)
def test_literals_are_postgresqls(schema: Schema, value: object, expected: str) -> None:
    assert DIALECT.literal(schema, value) == expected


def test_a_timestamp_keeps_its_zone_for_a_column_of_instants_only() -> None:
    moment = datetime.datetime(2020, 7, 1, 9, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
    local = DIALECT.binder(data.TIMESTAMP, Column("t", "t", JdbcType.TIMESTAMP, "timestamp"))
    assert local is not None
    assert local(moment) == datetime.datetime(2020, 7, 1, 9)  # noqa: DTZ001 - it has none
    instant = Column("t", "t", JdbcType.TIMESTAMP, "timestamptz")
    assert DIALECT.binder(data.TIMESTAMP, instant) is None
    assert DIALECT.binder(data.INT32) is None
