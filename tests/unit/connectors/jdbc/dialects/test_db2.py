# SPDX-License-Identifier: Apache-2.0
"""SQL of Db2 and Derby."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.dialects import Dialect
from barnabas.connectors.jdbc.dialects.db2 import Db2Dialect, DerbyDialect
from tests.unit.connectors.jdbc.dialects.cases import FIELDS, NARROW, NEW, TABLE, WIDE, types_of


@pytest.fixture(params=[Db2Dialect, DerbyDialect])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    made: Dialect = request.param()
    return made


def test_every_connect_type_has_a_column_type(dialect: Dialect) -> None:
    expected = (
        "SMALLINT SMALLINT INTEGER BIGINT FLOAT DOUBLE SMALLINT VARCHAR(32672) BLOB(64000)"
        " DECIMAL(31,2) DATE TIME TIMESTAMP"
    )
    assert types_of(dialect) == expected.split()


def test_create_table_lists_columns_then_the_key(dialect: Dialect) -> None:
    assert dialect.create_table(TABLE, FIELDS) == (
        'CREATE TABLE "myTable" (\n"c1" INTEGER NOT NULL,\n"c2" BIGINT NOT NULL,\n'
        '"c3" VARCHAR(32672) NOT NULL,\n"c4" VARCHAR(32672) NULL,\n'
        "\"c5\" DATE DEFAULT '2001-03-15',\n\"c6\" TIME DEFAULT '00:00:00.000',\n"
        '"c7" TIMESTAMP DEFAULT \'2001-03-15 00:00:00.000\',\n"c8" DECIMAL(31,4) NULL,\n'
        'PRIMARY KEY("c1"))'
    )


def test_alter_table_is_the_generic_one(dialect: Dialect) -> None:
    assert dialect.alter_table(TABLE, NEW) == [
        'ALTER TABLE "myTable" \nADD "newcol1" INTEGER NULL,\nADD "newcol2" INTEGER DEFAULT 42'
    ]


def test_upsert_merges_values(dialect: Dialect) -> None:
    assert dialect.upsert(WIDE) == (
        'merge into "myTable" using (values(?, ?, ?, ?)) as DAT("id1", "id2", "columnA", "columnB")'
        ' on "myTable"."id1"=DAT."id1" and "myTable"."id2"=DAT."id2" when matched then update set'
        ' "myTable"."columnA"=DAT."columnA", "myTable"."columnB"=DAT."columnB" when not matched'
        ' then insert("myTable"."columnA","myTable"."columnB","myTable"."id1","myTable"."id2")'
        ' values(DAT."columnA",DAT."columnB",DAT."id1",DAT."id2")'
    )


def test_upsert_of_keys_alone_only_inserts(dialect: Dialect) -> None:
    assert dialect.upsert(NARROW) == (
        'merge into "myTable" using (values(?)) as DAT("id1") on "myTable"."id1"=DAT."id1" when not'
        ' matched then insert("myTable"."id1") values(DAT."id1")'
    )


def test_each_asks_for_the_time_in_its_own_way() -> None:
    assert Db2Dialect.clock_query == "SELECT CURRENT_TIMESTAMP(12) FROM SYSIBM.SYSDUMMY1"
    assert DerbyDialect.clock_query == "values(CURRENT_TIMESTAMP)"
