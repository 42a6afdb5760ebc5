# SPDX-License-Identifier: Apache-2.0
"""SQL of Vertica."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.dialects.vertica import VerticaDialect
from barnabas.errors import UnsupportedError
from tests.unit.connectors.jdbc.dialects.cases import NEW, TABLE, WIDE, types_of

DIALECT = VerticaDialect()


def test_every_connect_type_has_a_column_type() -> None:
    expected = (
        "INT INT INT INT FLOAT FLOAT BOOLEAN VARCHAR(1024) VARBINARY(1024) DECIMAL(18,2) DATE TIME"
        " TIMESTAMP"
    )
    assert types_of(DIALECT) == expected.split()


def test_columns_are_added_one_by_one() -> None:
    assert DIALECT.alter_table(TABLE, NEW) == [
        'ALTER TABLE "myTable" ADD "newcol1" INT NULL',
        'ALTER TABLE "myTable" ADD "newcol2" INT DEFAULT 42',
    ]


def test_it_cannot_upsert() -> None:
    expected = (
        "Write to table 'myTable' in UPSERT mode is not supported with the VerticaDatabaseDialect"
    )
    with pytest.raises(UnsupportedError, match=expected):
        DIALECT.upsert(WIDE)
