# SPDX-License-Identifier: Apache-2.0
"""SQL of Oracle."""

from __future__ import annotations

import datetime

from barnabas import data
from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.dialects.oracle import OracleDialect
from barnabas.connectors.jdbc.identifiers import TableId
from tests.unit.connectors.jdbc.dialects.cases import (
    FIELDS,
    MIDNIGHT,
    NARROW,
    NEW,
    TABLE,
    WIDE,
    listed_type,
    types_of,
)

DIALECT = OracleDialect()


def test_every_connect_type_has_a_column_type() -> None:
    expected = (
        "NUMBER(3,0) NUMBER(5,0) NUMBER(10,0) NUMBER(19,0) BINARY_FLOAT BINARY_DOUBLE NUMBER(1,0)"
        " VARCHAR2(4000) BLOB NUMBER(*,2) DATE DATE TIMESTAMP"
    )
    assert types_of(DIALECT) == expected.split()
    assert [listed_type(DIALECT, digits) for digits in (6, 9)] == ["TIMESTAMP(6)", "TIMESTAMP(9)"]


def test_create_table_lists_columns_then_the_key() -> None:
    assert DIALECT.create_table(TABLE, FIELDS) == (
        'CREATE TABLE "myTable" (\n"c1" NUMBER(10,0) NOT NULL,\n"c2" NUMBER(19,0) NOT NULL,\n'
        '"c3" VARCHAR2(4000) NOT NULL,\n"c4" VARCHAR2(4000) NULL,\n'
        "\"c5\" DATE DEFAULT '2001-03-15',\n\"c6\" DATE DEFAULT '00:00:00.000',\n"
        '"c7" TIMESTAMP DEFAULT \'2001-03-15 00:00:00.000\',\n"c8" NUMBER(*,4) NULL,\n'
        'PRIMARY KEY("c1"))'
    )


def test_alter_table_adds_all_columns_in_parentheses() -> None:
    assert DIALECT.alter_table(TABLE, NEW) == [
        'ALTER TABLE "myTable" ADD(\n"newcol1" NUMBER(10,0) NULL,\n'
        '"newcol2" NUMBER(10,0) DEFAULT 42)'
    ]


def test_upsert_merges_from_dual() -> None:
    assert DIALECT.upsert(WIDE) == (
        'merge into "myTable" using (select ? "id1", ? "id2", ? "columnA", ? "columnB" FROM dual)'
        ' incoming on("myTable"."id1"=incoming."id1" and "myTable"."id2"=incoming."id2") when'
        ' matched then update set "myTable"."columnA"=incoming."columnA","myTable"."columnB"='
        'incoming."columnB" when not matched then insert("myTable"."columnA","myTable"."columnB",'
        '"myTable"."id1","myTable"."id2") values(incoming."columnA",incoming."columnB",'
        'incoming."id1",incoming."id2")'
    )
    assert " when matched " not in DIALECT.upsert(NARROW)


def test_names_are_upper_case_when_nothing_is_quoted() -> None:
    assert OracleDialect(quoting=False).fold("Orders") == "ORDERS"
    assert OracleDialect(quoting=False).parse_table("s.t") == TableId(None, "S", "T")
    assert DIALECT.parse_table("s.t") == TableId(None, "s", "t")


def test_bytes_are_raw() -> None:
    assert DIALECT.literal(data.BYTES, b"\x01\xff") == "HEXTORAW('01FF')"


def test_values_become_what_oracle_has() -> None:
    binders = {
        name: DIALECT.binder(schema)
        for name, schema in {"b": data.BOOLEAN, "t": data.TIME, "ts": data.TIMESTAMP}.items()
    }
    boolean, time, timestamp = binders["b"], binders["t"], binders["ts"]
    assert boolean is not None
    assert time is not None
    assert timestamp is not None
    assert (boolean(True), boolean(False)) == (1, 0)
    assert time(datetime.time(1, 2)) == datetime.datetime(1970, 1, 1, 1, 2)  # noqa: DTZ001
    assert timestamp(MIDNIGHT).tzinfo is None
    zoned = Column("t", "t", JdbcType.TIMESTAMP, "TIMESTAMP(6) WITH TIME ZONE")
    assert DIALECT.binder(data.TIMESTAMP, zoned) is None
