# SPDX-License-Identifier: Apache-2.0
"""Types of PostgreSQL by what its catalogue tells."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.drivers.postgresql_types import Attribute, PgType, column
from barnabas.connectors.jdbc.identifiers import TableId


def kind(name: str, letter: str = "b", category: str = "X") -> PgType:
    return PgType(1, name, letter, 0, -1, 0, category)


@pytest.mark.parametrize(
    ("name", "modifier", "jdbc_type", "precision", "scale"),
    [
        ("int2", -1, JdbcType.SMALLINT, 5, 0),
        ("int4", -1, JdbcType.INTEGER, 10, 0),
        ("int8", -1, JdbcType.BIGINT, 19, 0),
        ("oid", -1, JdbcType.BIGINT, 10, 0),
        ("money", -1, JdbcType.DOUBLE, 0, 0),
        ("numeric", (10 << 16) + 2 + 4, JdbcType.NUMERIC, 10, 2),
        ("numeric", -1, JdbcType.NUMERIC, 0, 0),
        ("float4", -1, JdbcType.REAL, 8, 0),
        ("float8", -1, JdbcType.DOUBLE, 17, 0),
        ("bool", -1, JdbcType.BIT, 1, 0),
        ("bit", 9, JdbcType.BIT, 9, 0),
        ("varbit", 9, JdbcType.OTHER, 0, 0),
        ("varchar", 24, JdbcType.VARCHAR, 20, 0),
        ("bpchar", 7, JdbcType.CHAR, 3, 0),
        ("text", -1, JdbcType.VARCHAR, 0, 0),
        ("bytea", -1, JdbcType.BINARY, 0, 0),
        ("date", -1, JdbcType.DATE, 0, 0),
        ("timetz", -1, JdbcType.TIME, 0, 6),
        ("timestamp", 3, JdbcType.TIMESTAMP, 0, 3),
        ("timestamptz", -1, JdbcType.TIMESTAMP, 0, 6),
        ("xml", -1, JdbcType.SQLXML, 0, 0),
        ("jsonb", -1, JdbcType.OTHER, 0, 0),
        ("uuid", -1, JdbcType.OTHER, 0, 0),
    ],
)
def test_types_are_those_of_jdbc(
    name: str, modifier: int, jdbc_type: JdbcType, precision: int, scale: int
) -> None:
    found = column("c", kind(name), modifier, None)
    assert (found.jdbc_type, found.precision, found.scale) == (jdbc_type, precision, scale)
    assert found.type_name == name


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (kind("mood", "e", "E"), JdbcType.VARCHAR),
        (kind("_int4", "b", "A"), JdbcType.ARRAY),
        (kind("pair", "c", "C"), JdbcType.STRUCT),
        (kind("hstore", "b", "U"), JdbcType.OTHER),
    ],
)
def test_a_users_own_types_are_told_by_their_kind(found: PgType, expected: JdbcType) -> None:
    assert column("c", found, -1, None).jdbc_type is expected


def test_a_column_of_a_table_knows_more_than_an_expression() -> None:
    attribute = Attribute("id", True, True, "public", "t", 20, -1, True)
    found = column("alias", kind("int8"), -1, attribute)
    assert found == Column(
        "id",
        "alias",
        JdbcType.BIGINT,
        "int8",
        19,
        nullable=False,
        auto_increment=True,
        table=TableId(None, "public", "t"),
        primary_key=True,
    )
    expression = column("x", kind("int8"), -1, None)
    assert (expression.name, expression.nullable, expression.table) == ("x", True, None)
