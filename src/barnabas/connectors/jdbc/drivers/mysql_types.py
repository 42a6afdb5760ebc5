# SPDX-License-Identifier: Apache-2.0
"""Types of MySQL and MariaDB as their JDBC driver tells them.

Source: reference page ``jdbc``, section 4.3.
"""

from __future__ import annotations

from typing import Any, Final

from pymysql.charset import charset_by_id
from pymysql.constants import FIELD_TYPE as T
from pymysql.constants import FLAG

from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.identifiers import TableId

__all__ = ["column"]

_BINARY_CHARSET: Final = 63
_INTEGERS: Final = {
    T.TINY: ("TINYINT", JdbcType.TINYINT, 3),
    T.SHORT: ("SMALLINT", JdbcType.SMALLINT, 5),
    T.INT24: ("MEDIUMINT", JdbcType.INTEGER, 7),
    T.LONG: ("INT", JdbcType.INTEGER, 10),
    T.LONGLONG: ("BIGINT", JdbcType.BIGINT, 19),
}
_OTHERS: Final = {
    T.DECIMAL: ("DECIMAL", JdbcType.DECIMAL),
    T.NEWDECIMAL: ("DECIMAL", JdbcType.DECIMAL),
    T.FLOAT: ("FLOAT", JdbcType.REAL),
    T.DOUBLE: ("DOUBLE", JdbcType.DOUBLE),
    T.NULL: ("NULL", JdbcType.NULL),
    T.TIMESTAMP: ("TIMESTAMP", JdbcType.TIMESTAMP),
    T.DATETIME: ("DATETIME", JdbcType.TIMESTAMP),
    T.DATE: ("DATE", JdbcType.DATE),
    T.NEWDATE: ("DATE", JdbcType.DATE),
    T.YEAR: ("YEAR", JdbcType.DATE),
    T.TIME: ("TIME", JdbcType.TIME),
    T.BIT: ("BIT", JdbcType.BIT),
    T.JSON: ("JSON", JdbcType.LONGVARCHAR),
    T.ENUM: ("ENUM", JdbcType.CHAR),
    T.SET: ("SET", JdbcType.CHAR),
    T.GEOMETRY: ("GEOMETRY", JdbcType.BINARY),
}
_TEXTS: Final = {
    T.VARCHAR: (("VARCHAR", JdbcType.VARCHAR), ("VARBINARY", JdbcType.VARBINARY)),
    T.VAR_STRING: (("VARCHAR", JdbcType.VARCHAR), ("VARBINARY", JdbcType.VARBINARY)),
    T.STRING: (("CHAR", JdbcType.CHAR), ("BINARY", JdbcType.BINARY)),
}
_WIDTHS: Final = {"utf8mb4": 4, "utf8mb3": 3, "utf8": 3, "utf32": 4, "utf16": 4, "ucs2": 2}
"""Most bytes a character takes: the server tells lengths in bytes."""
_LARGE: Final = frozenset({T.TINY_BLOB, T.MEDIUM_BLOB, T.LONG_BLOB, T.BLOB})


def column(field: Any) -> Column:
    """Describe a column by the packet the server sent for it."""
    flags = field.flags
    kind, jdbc_type, precision = _kind(field)
    table = None
    if field.org_table:
        catalog = field.db.decode() if isinstance(field.db, bytes) else field.db
        table = TableId(catalog or None, None, field.org_table)
    return Column(
        field.org_name or field.name,
        field.name,
        jdbc_type,
        kind,
        precision,
        field.scale if field.scale < 31 else 0,
        signed=not flags & FLAG.UNSIGNED,
        nullable=not flags & FLAG.NOT_NULL,
        auto_increment=bool(flags & FLAG.AUTO_INCREMENT),
        table=table,
        primary_key=bool(flags & FLAG.PRI_KEY),
    )


def _kind(field: Any) -> tuple[str, JdbcType, int]:
    unsigned = field.flags & FLAG.UNSIGNED
    if field.type_code in _INTEGERS:
        return _integer(field, unsigned=bool(unsigned))
    if field.flags & (FLAG.ENUM | FLAG.SET):
        return "ENUM" if field.flags & FLAG.ENUM else "SET", JdbcType.CHAR, field.length
    if field.type_code in _TEXTS or field.type_code in _LARGE:
        return _text(field)
    name, jdbc_type = _OTHERS.get(field.type_code, ("UNKNOWN", JdbcType.OTHER))
    if jdbc_type is JdbcType.DECIMAL:
        return name, jdbc_type, field.length - (field.scale > 0) - (not unsigned)
    return name, jdbc_type, field.length


def _charset(number: int) -> str:
    try:
        charset: Any = charset_by_id(number)
    except KeyError:
        return "utf8mb4"  # a collation PyMySQL does not know: they are all of this one
    return str(charset.name)


def _integer(field: Any, *, unsigned: bool) -> tuple[str, JdbcType, int]:
    if field.type_code == T.TINY and field.length == 1 and not unsigned:
        return "BIT", JdbcType.BIT, 1
    name, jdbc_type, digits = _INTEGERS[field.type_code]
    return name + (" UNSIGNED" if unsigned else ""), jdbc_type, digits


def _text(field: Any) -> tuple[str, JdbcType, int]:
    binary = field.charsetnr == _BINARY_CHARSET
    length = field.length // _WIDTHS.get(_charset(field.charsetnr), 1)
    if field.type_code in _TEXTS:
        name, jdbc_type = _TEXTS[field.type_code][binary]
        return name, jdbc_type, length
    if binary:
        return "BLOB", JdbcType.LONGVARBINARY, length
    return "TEXT", JdbcType.LONGVARCHAR, length
