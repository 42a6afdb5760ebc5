# SPDX-License-Identifier: Apache-2.0
"""Columns of a result by what PEP 249's ``description`` tells of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from barnabas.connectors.jdbc.columns import Column, JdbcType

__all__ = ["columns"]

_ORACLE: Final = {
    "DB_TYPE_NUMBER": JdbcType.NUMERIC,
    "DB_TYPE_BINARY_FLOAT": JdbcType.REAL,
    "DB_TYPE_BINARY_DOUBLE": JdbcType.DOUBLE,
    "DB_TYPE_BINARY_INTEGER": JdbcType.INTEGER,
    "DB_TYPE_BOOLEAN": JdbcType.BOOLEAN,
    "DB_TYPE_CHAR": JdbcType.CHAR,
    "DB_TYPE_NCHAR": JdbcType.NCHAR,
    "DB_TYPE_VARCHAR": JdbcType.VARCHAR,
    "DB_TYPE_NVARCHAR": JdbcType.NVARCHAR,
    "DB_TYPE_LONG": JdbcType.LONGVARCHAR,
    "DB_TYPE_CLOB": JdbcType.CLOB,
    "DB_TYPE_NCLOB": JdbcType.NCLOB,
    "DB_TYPE_XMLTYPE": JdbcType.SQLXML,
    "DB_TYPE_RAW": JdbcType.VARBINARY,
    "DB_TYPE_LONG_RAW": JdbcType.LONGVARBINARY,
    "DB_TYPE_BLOB": JdbcType.BLOB,
    "DB_TYPE_DATE": JdbcType.TIMESTAMP,
    "DB_TYPE_TIMESTAMP": JdbcType.TIMESTAMP,
    "DB_TYPE_TIMESTAMP_TZ": JdbcType.TIMESTAMP,
    "DB_TYPE_TIMESTAMP_LTZ": JdbcType.TIMESTAMP,
    "DB_TYPE_ROWID": JdbcType.ROWID,
}
"""Names of python-oracledb's types; Oracle's DATE has a time of day."""
_UNSET_SCALE: Final = -127
_STANDARD: Final = (
    ("BINARY", JdbcType.VARBINARY),
    ("DATETIME", JdbcType.TIMESTAMP),
    ("DECIMAL", JdbcType.DECIMAL),
    ("NUMBER", JdbcType.NUMERIC),
    ("STRING", JdbcType.VARCHAR),
)
"""PEP 249's type objects (DECIMAL is pymssql's own)."""
_PYTHON: Final = {
    bool: JdbcType.BOOLEAN,
    int: JdbcType.BIGINT,
    float: JdbcType.DOUBLE,
    str: JdbcType.VARCHAR,
    bytes: JdbcType.VARBINARY,
}


def columns(module: Any, description: Sequence[Sequence[Any]]) -> list[Column]:
    """Describe the columns of an executed cursor.

    Args:
        module: The driver's module, which has the type objects.
        description: The cursor's ``description``.
    """
    return [_column(module, item) for item in description]


def _column(module: Any, item: Sequence[Any]) -> Column:
    name, code, _, size, precision, scale, nullable = item[:7]
    jdbc_type = _jdbc_type(module, code)
    is_number = jdbc_type in {JdbcType.NUMERIC, JdbcType.DECIMAL}
    if is_number and str(getattr(code, "name", "")).startswith("DB_TYPE"):
        precision, scale = precision or 0, _UNSET_SCALE if scale is None else scale
    return Column(
        name,
        name,
        jdbc_type,
        str(getattr(code, "name", code)).removeprefix("DB_TYPE_"),
        precision=(precision if is_number else precision or size) or 0,
        scale=scale or 0,
        nullable=None if nullable is None else bool(nullable),
    )


def _jdbc_type(module: Any, code: Any) -> JdbcType:
    known = _ORACLE.get(str(getattr(code, "name", "")))
    if known is not None:
        return known
    if isinstance(code, type):
        return _PYTHON.get(code, JdbcType.OTHER)
    standard = (
        jdbc_type
        for name, jdbc_type in _STANDARD
        if code is not None and getattr(module, name, None) == code
    )
    return next(standard, JdbcType.OTHER)
