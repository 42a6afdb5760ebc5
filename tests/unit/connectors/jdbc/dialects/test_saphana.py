# SPDX-License-Identifier: Apache-2.0
"""SQL of SAP HANA."""

from __future__ import annotations

from barnabas.connectors.jdbc.dialects.saphana import SapHanaDialect
from tests.unit.connectors.jdbc.dialects.cases import FIELDS, NEW, TABLE, WIDE, types_of

DIALECT = SapHanaDialect()


def test_every_connect_type_has_a_column_type() -> None:
    expected = (
        "TINYINT SMALLINT INTEGER BIGINT REAL DOUBLE BOOLEAN VARCHAR(1000) BLOB DECIMAL DATE DATE"
        " TIMESTAMP"
    )
    assert types_of(DIALECT) == expected.split()


def test_tables_are_kept_by_column() -> None:
    assert DIALECT.create_table(TABLE, FIELDS[:2]) == (
        'CREATE COLUMN TABLE "myTable" (\n"c1" INTEGER NOT NULL,\n"c2" BIGINT NOT NULL,\n'
        'PRIMARY KEY("c1"))'
    )


def test_alter_table_adds_all_columns_in_parentheses() -> None:
    assert DIALECT.alter_table(TABLE, NEW) == [
        'ALTER TABLE "myTable" ADD(\n"newcol1" INTEGER NULL,\n"newcol2" INTEGER DEFAULT 42)'
    ]


def test_upsert_is_a_statement_of_its_own() -> None:
    assert DIALECT.upsert(WIDE) == (
        'UPSERT "myTable"("id1","id2","columnA","columnB") VALUES(?,?,?,?) WITH PRIMARY KEY'
    )
