# SPDX-License-Identifier: Apache-2.0
"""Types of SQLite's columns by declaration and by value."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.connectors.jdbc.columns import JdbcType
from barnabas.connectors.jdbc.drivers.sqlite_types import jdbc_type_of


@pytest.mark.parametrize(
    ("declared", "value", "expected"),
    [
        ("INTEGER", 1, JdbcType.INTEGER),
        ("INT", 1, JdbcType.INTEGER),
        ("BIGINT", 1, JdbcType.BIGINT),
        ("INT8", 1, JdbcType.BIGINT),
        ("INT2", 1, JdbcType.SMALLINT),
        ("TINYINT", 1, JdbcType.TINYINT),
        ("BOOLEAN", 1, JdbcType.BOOLEAN),
        ("DATE", 1, JdbcType.DATE),
        ("DATETIME", 1, JdbcType.DATE),
        ("TIMESTAMP", 1, JdbcType.TIMESTAMP),
        ("NUMERIC", 1, JdbcType.INTEGER),
        ("REAL", 1.5, JdbcType.REAL),
        ("DECIMAL", 1.5, JdbcType.DECIMAL),
        ("NUMERIC", 1.5, JdbcType.NUMERIC),
        ("INTEGER", 1.5, JdbcType.FLOAT),
        ("VARCHAR", "x", JdbcType.VARCHAR),
        ("CHAR", "x", JdbcType.CHAR),
        ("CLOB", "x", JdbcType.CLOB),
        ("DATETIME", "x", JdbcType.DATE),
        ("TIMESTAMP", "x", JdbcType.VARCHAR),
        ("INTEGER", "x", JdbcType.VARCHAR),
        ("BINARY", b"x", JdbcType.BINARY),
        ("TEXT", b"x", JdbcType.BLOB),
    ],
)
def test_the_value_and_the_declaration_tell_the_type(
    declared: str, value: Any, expected: JdbcType
) -> None:
    assert jdbc_type_of(declared, value) is expected


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("INTEGER", JdbcType.INTEGER),
        ("TIMESTAMP", JdbcType.TIMESTAMP),
        ("DATE", JdbcType.DATE),
        ("FLOAT", JdbcType.FLOAT),
        ("TEXT", JdbcType.VARCHAR),
        ("NVARCHAR", JdbcType.VARCHAR),
        ("BLOB", JdbcType.BLOB),
        ("GEOGRAPHY", JdbcType.NUMERIC),
    ],
)
def test_without_a_value_the_declaration_decides(declared: str, expected: JdbcType) -> None:
    assert jdbc_type_of(declared, None) is expected
