# SPDX-License-Identifier: Apache-2.0
"""SQL of SQLite."""

from __future__ import annotations

import datetime
import sqlite3
from decimal import Decimal

import pytest

from barnabas import data
from barnabas.connectors.jdbc.dialects.sqlite import SqliteDialect
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.data import Schema
from tests.unit.connectors.jdbc.dialects.cases import (
    FIELDS,
    MIDNIGHT,
    NEW,
    TABLE,
    WIDE,
    listed_type,
    types_of,
)

DIALECT = SqliteDialect()


def test_every_connect_type_has_a_column_type() -> None:
    expected = (
        "INTEGER INTEGER INTEGER INTEGER REAL REAL INTEGER TEXT BLOB NUMERIC NUMERIC NUMERIC"
        " NUMERIC"
    )
    assert types_of(DIALECT) == expected.split()
    assert listed_type(DIALECT, 6) == "NUMERIC"


def test_create_table_has_backticks() -> None:
    assert DIALECT.create_table(TABLE, FIELDS) == (
        "CREATE TABLE `myTable` (\n`c1` INTEGER NOT NULL,\n`c2` INTEGER NOT NULL,\n"
        "`c3` TEXT NOT NULL,\n`c4` TEXT NULL,\n`c5` NUMERIC DEFAULT '2001-03-15',\n"
        "`c6` NUMERIC DEFAULT '00:00:00.000',\n"
        "`c7` NUMERIC DEFAULT '2001-03-15 00:00:00.000',\n`c8` NUMERIC NULL,\nPRIMARY KEY(`c1`))"
    )


def test_columns_are_added_one_by_one() -> None:
    assert DIALECT.alter_table(TABLE, NEW) == [
        "ALTER TABLE `myTable` ADD `newcol1` INTEGER NULL",
        "ALTER TABLE `myTable` ADD `newcol2` INTEGER DEFAULT 42",
    ]


def test_upsert_replaces_the_row() -> None:
    assert DIALECT.upsert(WIDE) == (
        "INSERT OR REPLACE INTO `myTable`(`id1`,`id2`,`columnA`,`columnB`) VALUES(?,?,?,?)"
    )


def test_sqlite_understands_all_of_it() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE `myTable` (`id1`, `id2`, `columnA`, `columnB`)")
    for statement in (*DIALECT.alter_table(TABLE, NEW), DIALECT.check_query, DIALECT.clock_query):
        connection.execute(statement)
    for statement in (DIALECT.insert(WIDE), DIALECT.upsert(WIDE), DIALECT.update(WIDE)):
        connection.execute(statement, (1, 2, 3, 4))
    connection.execute(DIALECT.delete(WIDE), (1, 2))
    connection.execute(DIALECT.drop_table(TABLE, if_exists=True))
    connection.execute(DIALECT.create_table(TABLE, FIELDS))
    connection.close()


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (data.DATE, datetime.date(1970, 1, 3), 172_800_000),
        (data.TIME, datetime.time(0, 0, 1), 1000),
        (data.TIMESTAMP, MIDNIGHT, 984_614_400_000),
        (data.decimal_schema(2), Decimal("1E+2"), "100"),
    ],
)
def test_times_are_numbers_and_decimals_texts(
    schema: Schema, value: object, expected: object
) -> None:
    bind = DIALECT.binder(schema)
    assert bind is not None
    assert bind(value) == expected


def test_its_own_tables_are_skipped() -> None:
    assert DIALECT.skips(TableId(None, None, "sqlite_sequence"))
    assert not DIALECT.skips(TableId(None, None, "orders"))
