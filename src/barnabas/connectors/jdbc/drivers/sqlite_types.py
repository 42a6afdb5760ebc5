# SPDX-License-Identifier: Apache-2.0
"""Types of SQLite's columns as its JDBC driver tells them.

Source: reference page ``jdbc``, section 4.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from barnabas.connectors.jdbc.columns import JdbcType

__all__ = ["jdbc_type_of"]

_INTEGERS: Final[Mapping[str, JdbcType]] = {
    "BOOLEAN": JdbcType.BOOLEAN,
    "TINYINT": JdbcType.TINYINT,
    "SMALLINT": JdbcType.SMALLINT,
    "INT2": JdbcType.SMALLINT,
    "BIGINT": JdbcType.BIGINT,
    "INT8": JdbcType.BIGINT,
    "UNSIGNED BIG INT": JdbcType.BIGINT,
    "DATE": JdbcType.DATE,
    "DATETIME": JdbcType.DATE,
    "TIMESTAMP": JdbcType.TIMESTAMP,
}
_REALS: Final[Mapping[str, JdbcType]] = {
    "DECIMAL": JdbcType.DECIMAL,
    "DOUBLE": JdbcType.DOUBLE,
    "DOUBLE PRECISION": JdbcType.DOUBLE,
    "NUMERIC": JdbcType.NUMERIC,
    "REAL": JdbcType.REAL,
}
_TEXTS: Final[Mapping[str, JdbcType]] = {
    "CHARACTER": JdbcType.CHAR,
    "NCHAR": JdbcType.CHAR,
    "NATIVE CHARACTER": JdbcType.CHAR,
    "CHAR": JdbcType.CHAR,
    "CLOB": JdbcType.CLOB,
    "DATE": JdbcType.DATE,
    "DATETIME": JdbcType.DATE,
}
_BLOBS: Final[Mapping[str, JdbcType]] = {"BINARY": JdbcType.BINARY}
_BY_STORAGE: Final[Mapping[type, tuple[Mapping[str, JdbcType], JdbcType]]] = {
    int: (_INTEGERS, JdbcType.INTEGER),
    float: (_REALS, JdbcType.FLOAT),
    str: (_TEXTS, JdbcType.VARCHAR),
    bytes: (_BLOBS, JdbcType.BLOB),
}
_DECLARED: Final[Mapping[str, JdbcType]] = {
    **_BLOBS,
    **_TEXTS,
    **_REALS,
    **_INTEGERS,
    "INT": JdbcType.INTEGER,
    "INTEGER": JdbcType.INTEGER,
    "MEDIUMINT": JdbcType.INTEGER,
    "FLOAT": JdbcType.FLOAT,
    "VARCHAR": JdbcType.VARCHAR,
    "VARYING CHARACTER": JdbcType.VARCHAR,
    "NVARCHAR": JdbcType.VARCHAR,
    "TEXT": JdbcType.VARCHAR,
    "BLOB": JdbcType.BLOB,
}


def jdbc_type_of(declared: str, value: Any) -> JdbcType:
    """Tell the type of a column.

    Args:
        declared: What it was declared as, in upper case and without a length.
        value: Its value in the first row; None when that is null, or there is no row.
    """
    if value is None:
        return _DECLARED.get(declared, JdbcType.NUMERIC)
    names, otherwise = _BY_STORAGE[type(value)]
    return names.get(declared, otherwise)
