# SPDX-License-Identifier: Apache-2.0
"""SQL of MySQL and MariaDB."""

from __future__ import annotations

import datetime

from barnabas import data
from barnabas.connectors.jdbc.dialects import SinkField
from barnabas.connectors.jdbc.dialects.mysql import MySqlDialect
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

DIALECT = MySqlDialect()


def test_every_connect_type_has_a_column_type() -> None:
    expected = (
        "TINYINT SMALLINT INT BIGINT FLOAT DOUBLE TINYINT TEXT VARBINARY(1024) DECIMAL(65,2) DATE"
        " TIME(3) DATETIME(3)"
    )
    assert types_of(DIALECT) == expected.split()
    assert listed_type(DIALECT, 9) == "DATETIME(6)"


def test_a_text_in_the_key_has_a_length() -> None:
    assert key_type(DIALECT) == "VARCHAR(256)"


def test_create_table_has_backticks() -> None:
    assert DIALECT.create_table(TABLE, FIELDS) == (
        "CREATE TABLE `myTable` (\n`c1` INT NOT NULL,\n`c2` BIGINT NOT NULL,\n`c3` TEXT NOT NULL,\n"
        "`c4` TEXT NULL,\n`c5` DATE DEFAULT '2001-03-15',\n`c6` TIME(3) DEFAULT '00:00:00.000',\n"
        "`c7` DATETIME(3) DEFAULT '2001-03-15 00:00:00.000',\n`c8` DECIMAL(65,4) NULL,\n"
        "PRIMARY KEY(`c1`))"
    )


def test_the_default_of_a_text_is_an_expression() -> None:
    field = SinkField("a", data.STRING.with_attributes(default="x"))
    assert DIALECT.column_spec(field) == "`a` TEXT DEFAULT ('x')"


def test_alter_table_adds_all_columns_at_once() -> None:
    assert DIALECT.alter_table(TABLE, NEW) == [
        "ALTER TABLE `myTable` \nADD `newcol1` INT NULL,\nADD `newcol2` INT DEFAULT 42"
    ]


def test_insert_update_and_delete_are_the_generic_ones() -> None:
    assert DIALECT.insert(WIDE) == (
        "INSERT INTO `myTable`(`id1`,`id2`,`columnA`,`columnB`) VALUES(?,?,?,?)"
    )
    assert DIALECT.update(WIDE) == (
        "UPDATE `myTable` SET `columnA` = ?, `columnB` = ? WHERE `id1` = ? AND `id2` = ?"
    )
    assert DIALECT.delete(WIDE) == "DELETE FROM `myTable` WHERE `id1` = ? AND `id2` = ?"


def test_upsert_updates_on_a_duplicate_key() -> None:
    assert DIALECT.upsert(WIDE) == (
        "insert into `myTable`(`id1`,`id2`,`columnA`,`columnB`) values(?,?,?,?) on duplicate key"
        " update `columnA`=values(`columnA`),`columnB`=values(`columnB`)"
    )


def test_upsert_of_keys_alone_sets_the_keys_again() -> None:
    assert DIALECT.upsert(NARROW) == (
        "insert into `myTable`(`id1`) values(?) on duplicate key update `id1`=values(`id1`)"
    )


def test_the_first_of_two_parts_is_the_database() -> None:
    assert DIALECT.parse_table("shop.orders") == TableId("shop", None, "orders")
    assert DIALECT.parse_table("`shop`.`or.ders`") == TableId("shop", None, "or.ders")
    assert DIALECT.parse_table("orders") == TableId(None, None, "orders")


def test_a_timestamp_is_written_without_its_zone() -> None:
    bind = DIALECT.binder(data.TIMESTAMP)
    assert bind is not None
    assert bind(MIDNIGHT) == datetime.datetime(2001, 3, 15)  # noqa: DTZ001 - it has none
    assert DIALECT.binder(data.DATE) is None


def test_a_backslash_in_a_text_is_doubled() -> None:
    assert DIALECT.literal(data.STRING, "a\\b'c") == "'a\\\\b''c'"
    assert DIALECT.literal(data.INT32, 5) == "5"
