# SPDX-License-Identifier: Apache-2.0
"""Columns by what PEP 249 tells of a result."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import oracledb
import pymssql
import pytest

from barnabas.connectors.jdbc.columns import JdbcType
from barnabas.connectors.jdbc.drivers.results import columns


def only(module: Any, code: Any, *rest: Any) -> Any:
    size, precision, scale, nullable = (*rest, None, None, None, None)[:4]
    (found,) = columns(module, [("c", code, None, size, precision, scale, nullable)])
    return found


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (oracledb.DB_TYPE_NUMBER, JdbcType.NUMERIC),
        (oracledb.DB_TYPE_BINARY_DOUBLE, JdbcType.DOUBLE),
        (oracledb.DB_TYPE_VARCHAR, JdbcType.VARCHAR),
        (oracledb.DB_TYPE_CLOB, JdbcType.CLOB),
        (oracledb.DB_TYPE_DATE, JdbcType.TIMESTAMP),
        (oracledb.DB_TYPE_TIMESTAMP_TZ, JdbcType.TIMESTAMP),
        (oracledb.DB_TYPE_RAW, JdbcType.VARBINARY),
        (oracledb.DB_TYPE_OBJECT, JdbcType.OTHER),
    ],
)
def test_oracle_tells_its_types(code: Any, expected: JdbcType) -> None:
    assert only(oracledb, code).jdbc_type is expected


def test_an_oracle_number_without_scale_says_so() -> None:
    bare = only(oracledb, oracledb.DB_TYPE_NUMBER, 127, None, None, True)
    assert (bare.precision, bare.scale, bare.type_name) == (0, -127, "NUMBER")
    sized = only(oracledb, oracledb.DB_TYPE_NUMBER, 127, 10, 2, False)
    assert (sized.precision, sized.scale, sized.nullable) == (10, 2, False)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (pymssql.STRING, JdbcType.VARCHAR),
        (pymssql.BINARY, JdbcType.VARBINARY),
        (pymssql.NUMBER, JdbcType.NUMERIC),
        (pymssql.DATETIME, JdbcType.TIMESTAMP),
        (pymssql.DECIMAL, JdbcType.DECIMAL),
    ],
)
def test_sql_server_tells_kinds_of_types(code: Any, expected: JdbcType) -> None:
    assert only(pymssql, code).jdbc_type is expected


def test_a_class_of_python_is_a_type_too() -> None:
    nothing = SimpleNamespace()
    assert only(nothing, int).jdbc_type is JdbcType.BIGINT
    assert only(nothing, str).jdbc_type is JdbcType.VARCHAR
    assert only(nothing, object).jdbc_type is JdbcType.OTHER
    assert only(nothing, None).jdbc_type is JdbcType.OTHER
