# SPDX-License-Identifier: Apache-2.0
"""SQL as far as databases agree."""

from __future__ import annotations

import pytest

from barnabas import data
from barnabas.connectors.jdbc.columns import Column, JdbcType, TableDefinition
from barnabas.connectors.jdbc.dialects import Dialect, SinkField, Statement
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.errors import ConnectError, UnsupportedError
from tests.unit.connectors.jdbc.dialects.cases import NARROW, TABLE, WIDE

DIALECT = Dialect()


def test_a_key_is_never_null() -> None:
    assert not SinkField("k", data.OPTIONAL_INT32, is_key=True).is_optional
    assert SinkField("v", data.OPTIONAL_INT32).is_optional


def test_columns_of_a_statement_are_keys_then_values() -> None:
    assert WIDE.columns == ("id1", "id2", "columnA", "columnB")


def test_a_statement_finds_the_column_of_the_database() -> None:
    column = Column("ID", "ID", JdbcType.INTEGER)
    to = Statement(TABLE, ("id",), (), TableDefinition(TABLE, (column,)))
    assert to.target("id") is column
    assert NARROW.target("id1") is None


def test_insert_update_and_delete() -> None:
    table = TableId("c", "s", "t")
    to = Statement(table, ("k",), ("a", "b"))
    assert DIALECT.insert(to) == 'INSERT INTO "c"."s"."t"("k","a","b") VALUES(?,?,?)'
    assert DIALECT.update(to) == 'UPDATE "c"."s"."t" SET "a" = ?, "b" = ? WHERE "k" = ?'
    assert DIALECT.delete(to) == 'DELETE FROM "c"."s"."t" WHERE "k" = ?'


def test_update_without_a_key_is_of_every_row() -> None:
    assert DIALECT.update(Statement(TABLE, (), ("a",))) == 'UPDATE "myTable" SET "a" = ?'


def test_upsert_needs_a_key() -> None:
    with pytest.raises(ConnectError, match="requires key field names to be known"):
        DIALECT.upsert(Statement(TABLE, (), ("a",)))


def test_upsert_is_not_of_every_database() -> None:
    with pytest.raises(UnsupportedError, match="not supported with the GenericDatabaseDialect"):
        DIALECT.upsert(WIDE)


def test_a_table_needs_a_column() -> None:
    with pytest.raises(ConnectError, match="Cannot create table myTable"):
        DIALECT.create_table(TABLE, [])


def test_a_type_without_mapping_names_the_field() -> None:
    expected = r"null \(INT32\) type doesn't have a mapping to the SQL database column type.*'n'"
    with pytest.raises(ConnectError, match=expected):
        DIALECT.column_type(SinkField("n", data.INT32))


def test_drop_table() -> None:
    assert DIALECT.drop_table(TABLE) == 'DROP TABLE "myTable"'
    assert DIALECT.drop_table(TABLE, if_exists=True) == 'DROP TABLE IF EXISTS "myTable"'


def test_booleans_are_numbers_and_bytes_are_in_base_16() -> None:
    assert DIALECT.literal(data.BOOLEAN, False) == "0"
    assert DIALECT.literal(data.BYTES, b"\x0a") == "x'0A'"
