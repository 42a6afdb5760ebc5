# SPDX-License-Identifier: Apache-2.0
"""What is known of a column: of a table, or of the rows a query returns."""

from __future__ import annotations

import dataclasses
import enum

from barnabas.connectors.jdbc.identifiers import TableId

__all__ = ["Column", "JdbcType", "TableDefinition"]


class JdbcType(enum.IntEnum):
    """The types of ``java.sql.Types``, and SQL Server's one of its own."""

    BIT = -7
    TINYINT = -6
    SMALLINT = 5
    INTEGER = 4
    BIGINT = -5
    FLOAT = 6
    REAL = 7
    DOUBLE = 8
    NUMERIC = 2
    DECIMAL = 3
    CHAR = 1
    VARCHAR = 12
    LONGVARCHAR = -1
    DATE = 91
    TIME = 92
    TIMESTAMP = 93
    BINARY = -2
    VARBINARY = -3
    LONGVARBINARY = -4
    NULL = 0
    OTHER = 1111
    JAVA_OBJECT = 2000
    DISTINCT = 2001
    STRUCT = 2002
    ARRAY = 2003
    BLOB = 2004
    CLOB = 2005
    REF = 2006
    DATALINK = 70
    BOOLEAN = 16
    ROWID = -8
    NCHAR = -15
    NVARCHAR = -9
    LONGNVARCHAR = -16
    NCLOB = 2011
    SQLXML = 2009
    REF_CURSOR = 2012
    TIME_WITH_TIMEZONE = 2013
    TIMESTAMP_WITH_TIMEZONE = 2014
    DATETIMEOFFSET = -155


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One column, as a JDBC driver would describe it.

    Source: reference page ``jdbc``, section 4.3 (facts of drivers).
    """

    name: str
    """Its name in its table; the label where it has none."""
    label: str
    """What it is called in the result: the alias, or the name."""
    jdbc_type: JdbcType
    type_name: str = ""
    """The database's own name of the type, as its JDBC driver gives it, such as ``timestamptz``.

    PostgreSQL: the name in ``pg_type`` (``int4``, ``_int4`` for an array); MySQL: upper case, with
    ``UNSIGNED`` behind (``BIGINT UNSIGNED``); SQLite: as declared, without the length.
    """
    precision: int = 0
    """Digits of a number, bits of a bit string, length of a text; 0 when unknown or unlimited."""
    scale: int = 0
    signed: bool = True
    nullable: bool | None = None
    """None when unknown, which counts as nullable."""
    auto_increment: bool = False
    table: TableId | None = None
    """The table it comes from; None for an expression, and where the driver does not tell."""
    primary_key: bool = False
    """Known for columns of tables only, not for those of a result."""

    @property
    def is_optional(self) -> bool:
        """Whether its values may be null."""
        return self.nullable is not False


@dataclasses.dataclass(frozen=True, slots=True)
class TableDefinition:
    """A table of the database with its columns in their order."""

    table: TableId
    columns: tuple[Column, ...]
    kind: str = "TABLE"
    """Its type as JDBC calls it: TABLE, VIEW, PARTITIONED TABLE, …"""

    def column(self, name: str) -> Column | None:
        """Find a column by its exact name, else by its name in another case."""
        exact = [column for column in self.columns if column.name == name]
        folded = name.casefold()
        return next(
            iter(exact or [column for column in self.columns if column.name.casefold() == folded]),
            None,
        )

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Names of the columns of the primary key, in the table's order of columns."""
        return tuple(column.name for column in self.columns if column.primary_key)
