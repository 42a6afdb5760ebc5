# SPDX-License-Identifier: Apache-2.0
"""SQL of Microsoft SQL Server and of Sybase."""

from __future__ import annotations

import datetime

import pytest

from barnabas import data
from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.dialects import SinkField
from barnabas.connectors.jdbc.dialects.sqlserver import SqlServerDialect, SybaseDialect
from barnabas.connectors.jdbc.identifiers import TableId
from tests.unit.connectors.jdbc.dialects.cases import (
    FIELDS,
    MIDNIGHT,
    NARROW,
    NEW,
    TABLE,
    WIDE,
    key_type,
    listed_type,
    types_of,
)

DIALECT = SqlServerDialect()
SYBASE = SybaseDialect()


def test_every_connect_type_has_a_column_type() -> None:
    expected = (
        "tinyint smallint int bigint real float bit varchar(max) varbinary(max) decimal(38,2) date"
        " time datetime2"
    )
    assert types_of(DIALECT) == expected.split()
    assert listed_type(DIALECT, 6) == "datetime2"
    assert key_type(DIALECT) == "varchar(900)"


def test_every_connect_type_has_a_column_type_in_sybase() -> None:
    expected = (
        "smallint smallint int bigint real float bit text image decimal(38,2) date time datetime"
    )
    assert types_of(SYBASE) == expected.split()
    assert key_type(SYBASE) == "varchar(512)"
    assert SYBASE.column_type(SinkField("b", data.OPTIONAL_BOOLEAN)) == "tinyint"
    assert DIALECT.column_type(SinkField("b", data.OPTIONAL_BOOLEAN)) == "bit"


def test_create_table_has_brackets() -> None:
    assert DIALECT.create_table(TABLE, FIELDS) == (
        "CREATE TABLE [myTable] (\n[c1] int NOT NULL,\n[c2] bigint NOT NULL,\n"
        "[c3] varchar(max) NOT NULL,\n[c4] varchar(max) NULL,\n[c5] date DEFAULT '2001-03-15',\n"
        "[c6] time DEFAULT '00:00:00.000',\n[c7] datetime2 DEFAULT '2001-03-15 00:00:00.000',\n"
        "[c8] decimal(38,4) NULL,\nPRIMARY KEY([c1]))"
    )


def test_alter_table_adds_all_columns_behind_one_add() -> None:
    assert DIALECT.alter_table(TABLE, NEW) == [
        "ALTER TABLE [myTable] ADD\n[newcol1] int NULL,\n[newcol2] int DEFAULT 42"
    ]
    assert SYBASE.alter_table(TABLE, NEW[:1]) == ['ALTER TABLE "myTable" ADD\n"newcol1" int NULL']


def test_upsert_merges_with_a_lock() -> None:
    assert DIALECT.upsert(WIDE) == (
        "merge into [myTable] with (HOLDLOCK) AS target using (select ? AS [id1], ? AS [id2],"
        " ? AS [columnA], ? AS [columnB]) AS incoming on (target.[id1]=incoming.[id1] and"
        " target.[id2]=incoming.[id2]) when matched then update set [columnA]=incoming.[columnA],"
        "[columnB]=incoming.[columnB] when not matched then insert ([columnA], [columnB], [id1],"
        " [id2]) values (incoming.[columnA],incoming.[columnB],incoming.[id1],incoming.[id2]);"
    )


def test_the_lock_can_be_left_out() -> None:
    found = SqlServerDialect(merge_holdlock=False).upsert(NARROW)
    assert found == (
        "merge into [myTable] AS target using (select ? AS [id1]) AS incoming on"
        " (target.[id1]=incoming.[id1]) when not matched then insert ([id1]) values"
        " (incoming.[id1]);"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders", TableId(None, "dbo", "orders")),
        ("shop.orders", TableId("shop", "dbo", "orders")),
        ("shop.sales.orders", TableId("shop", "sales", "orders")),
        ("[a.b].[c]]d]", TableId("a.b", "dbo", "c]d")),
    ],
)
def test_the_first_of_two_parts_is_the_database(text: str, expected: TableId) -> None:
    assert DIALECT.parse_table(text) == expected


def test_sybase_looks_for_the_table_before_it_drops_it() -> None:
    assert SYBASE.drop_table(TABLE) == 'DROP TABLE "myTable"'
    assert SYBASE.drop_table(TABLE, if_exists=True) == (
        "IF EXISTS (SELECT 1 FROM sysobjects WHERE name='myTable' AND type='U')"
        ' DROP TABLE "myTable"'
    )
    assert SYBASE.drop_table(TableId("dbName", "dbo", "myTable"), if_exists=True) == (
        "IF EXISTS (SELECT 1 FROM sysobjects INNER JOIN sysusers ON sysobjects.uid=sysusers.uid"
        " WHERE sysusers.name='dbo' AND sysobjects.name='myTable' AND type='U')"
        ' DROP TABLE "dbName"."dbo"."myTable"'
    )
    assert DIALECT.drop_table(TABLE, if_exists=True) == "DROP TABLE IF EXISTS [myTable]"


def test_bytes_are_a_number_in_base_16() -> None:
    assert DIALECT.literal(data.BYTES, b"\x01\xff") == "0x01FF"


def test_a_timestamp_keeps_its_zone_for_datetimeoffset_only() -> None:
    bind = DIALECT.binder(data.TIMESTAMP)
    assert bind is not None
    assert bind(MIDNIGHT) == datetime.datetime(2001, 3, 15)  # noqa: DTZ001 - it has none
    offset = Column("t", "t", JdbcType.DATETIMEOFFSET, "datetimeoffset")
    assert DIALECT.binder(data.TIMESTAMP, offset) is None
