# SPDX-License-Identifier: Apache-2.0
"""Databases of which SQLAlchemy knows more than we do."""

from __future__ import annotations

import pytest
from sqlalchemy.dialects import mysql, oracle

from barnabas import data
from barnabas.connectors.jdbc.dialects import SinkField
from barnabas.connectors.jdbc.dialects.generic import GenericDialect
from barnabas.errors import ConnectError
from tests.unit.connectors.jdbc.dialects.cases import (
    FIELDS,
    STRUCT,
    TABLE,
    key_type,
    listed_type,
    types_of,
)


def test_quotes_are_sqlalchemys() -> None:
    adapted = GenericDialect().adapted(mysql.dialect())
    assert adapted.rules.quote("a") == "`a`"
    assert GenericDialect(quoting=False).adapted(mysql.dialect()).rules.quote("a") == "a"


def test_types_are_sqlalchemys() -> None:
    adapted = GenericDialect().adapted(oracle.dialect())
    expected = [
        "SMALLINT", "SMALLINT", "INTEGER", "NUMBER(19)", "REAL", "DOUBLE PRECISION",
        "BOOLEAN", "CLOB", "BLOB", "NUMERIC(38, 2)", "DATE", "TIME", "TIMESTAMP",
    ]  # fmt: skip
    assert types_of(adapted) == expected
    assert key_type(adapted) == "VARCHAR(256 CHAR)"
    assert listed_type(adapted, 6) == "TIMESTAMP"


def test_create_table_puts_both_together() -> None:
    adapted = GenericDialect().adapted(mysql.dialect())
    assert adapted.create_table(TABLE, FIELDS[:2]) == (
        "CREATE TABLE `myTable` (\n`c1` INTEGER NOT NULL,\n`c2` BIGINT NOT NULL,\n"
        "PRIMARY KEY(`c1`))"
    )


def test_a_map_has_no_column_type() -> None:
    with pytest.raises(ConnectError, match=r"\(MAP\) type doesn't have a mapping"):
        GenericDialect().adapted(mysql.dialect()).column_type(SinkField("m", STRUCT))


def test_without_sqlalchemy_there_are_no_types() -> None:
    with pytest.raises(ConnectError):
        GenericDialect().column_type(SinkField("a", data.INT32))
