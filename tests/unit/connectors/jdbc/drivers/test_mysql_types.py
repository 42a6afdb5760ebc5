# SPDX-License-Identifier: Apache-2.0
"""Types of MySQL by the packet the server sends."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pymysql.constants import FIELD_TYPE as T
from pymysql.constants import FLAG

from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.drivers.mysql_types import column
from barnabas.connectors.jdbc.identifiers import TableId


def field(type_code: int, length: int = 0, flags: int = 0, **rest: Any) -> Any:
    values = {
        "name": "c",
        "org_name": "c",
        "org_table": "",
        "db": b"",
        "charsetnr": 45,
        "scale": 0,
        **rest,
    }
    return SimpleNamespace(
        type_code=type_code,
        length=length,
        flags=flags,
        **values,
    )


@pytest.mark.parametrize(
    ("packet", "name", "jdbc_type", "precision"),
    [
        (field(T.TINY, 1), "BIT", JdbcType.BIT, 1),
        (field(T.TINY, 4), "TINYINT", JdbcType.TINYINT, 3),
        (field(T.TINY, 1, FLAG.UNSIGNED), "TINYINT UNSIGNED", JdbcType.TINYINT, 3),
        (field(T.SHORT, 6), "SMALLINT", JdbcType.SMALLINT, 5),
        (field(T.INT24, 9), "MEDIUMINT", JdbcType.INTEGER, 7),
        (field(T.LONG, 11), "INT", JdbcType.INTEGER, 10),
        (field(T.LONGLONG, 20, FLAG.UNSIGNED), "BIGINT UNSIGNED", JdbcType.BIGINT, 19),
        (field(T.NEWDECIMAL, 12, scale=2), "DECIMAL", JdbcType.DECIMAL, 10),
        (field(T.NEWDECIMAL, 11), "DECIMAL", JdbcType.DECIMAL, 10),
        (field(T.NEWDECIMAL, 11, FLAG.UNSIGNED, scale=2), "DECIMAL", JdbcType.DECIMAL, 10),
        (field(T.FLOAT, 12), "FLOAT", JdbcType.REAL, 12),
        (field(T.DOUBLE, 22), "DOUBLE", JdbcType.DOUBLE, 22),
        (field(T.DATE, 10), "DATE", JdbcType.DATE, 10),
        (field(T.YEAR, 4), "YEAR", JdbcType.DATE, 4),
        (field(T.TIME, 10), "TIME", JdbcType.TIME, 10),
        (field(T.DATETIME, 26, scale=6), "DATETIME", JdbcType.TIMESTAMP, 26),
        (field(T.TIMESTAMP, 19), "TIMESTAMP", JdbcType.TIMESTAMP, 19),
        (field(T.BIT, 8), "BIT", JdbcType.BIT, 8),
        (field(T.JSON), "JSON", JdbcType.LONGVARCHAR, 0),
        (field(T.STRING, 20), "CHAR", JdbcType.CHAR, 5),
        (field(T.STRING, 5, charsetnr=63), "BINARY", JdbcType.BINARY, 5),
        (field(T.STRING, 5, FLAG.ENUM), "ENUM", JdbcType.CHAR, 5),
        (field(T.STRING, 5, FLAG.SET), "SET", JdbcType.CHAR, 5),
        (field(T.VAR_STRING, 15, charsetnr=33), "VARCHAR", JdbcType.VARCHAR, 5),
        (field(T.VAR_STRING, 5, charsetnr=63), "VARBINARY", JdbcType.VARBINARY, 5),
        (field(T.BLOB, 65532, charsetnr=2304), "TEXT", JdbcType.LONGVARCHAR, 16383),
        (field(T.LONG_BLOB, 9, charsetnr=63), "BLOB", JdbcType.LONGVARBINARY, 9),
        (field(T.GEOMETRY), "GEOMETRY", JdbcType.BINARY, 0),
        (field(T.NULL), "NULL", JdbcType.NULL, 0),
        (field(200), "UNKNOWN", JdbcType.OTHER, 0),
    ],
)
def test_types_are_those_of_jdbc(
    packet: Any, name: str, jdbc_type: JdbcType, precision: int
) -> None:
    found = column(packet)
    assert (found.type_name, found.jdbc_type, found.precision) == (name, jdbc_type, precision)


def test_flags_tell_the_rest() -> None:
    flags = FLAG.NOT_NULL | FLAG.AUTO_INCREMENT | FLAG.PRI_KEY | FLAG.UNSIGNED
    packet = field(T.LONG, 10, flags, name="n", org_name="id", org_table="t", db=b"shop")
    assert column(packet) == Column(
        "id",
        "n",
        JdbcType.INTEGER,
        "INT UNSIGNED",
        10,
        signed=False,
        nullable=False,
        auto_increment=True,
        table=TableId("shop", None, "t"),
        primary_key=True,
    )


def test_an_expression_has_no_table_and_may_be_null() -> None:
    found = column(field(T.DOUBLE, 22, org_name="", scale=31))
    assert (found.name, found.table, found.nullable, found.scale) == ("c", None, True, 0)
