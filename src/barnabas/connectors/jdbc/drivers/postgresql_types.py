# SPDX-License-Identifier: Apache-2.0
"""Types of PostgreSQL as its JDBC driver tells them, and as psycopg reads them.

Source: reference page ``jdbc``, section 4.3.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import psycopg
from psycopg.adapt import Loader

from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.identifiers import TableId

__all__ = ["Attribute", "PgType", "column", "register"]


@dataclasses.dataclass(frozen=True, slots=True)
class PgType:
    """A row of ``pg_type``."""

    oid: int
    name: str
    kind: str
    """``typtype``: b base, c composite, d domain, e enum, p pseudo, r range, m multirange."""
    base: int
    """Type a domain is made of; 0 otherwise."""
    modifier: int
    element: int
    category: str


@dataclasses.dataclass(frozen=True, slots=True)
class Attribute:
    """What the catalogue knows of a column."""

    name: str
    not_null: bool
    auto_increment: bool
    schema: str
    table: str
    type_oid: int
    modifier: int
    primary_key: bool


_JDBC: Final = {
    "int2": JdbcType.SMALLINT,
    "int4": JdbcType.INTEGER,
    "int8": JdbcType.BIGINT,
    "oid": JdbcType.BIGINT,
    "money": JdbcType.DOUBLE,
    "numeric": JdbcType.NUMERIC,
    "float4": JdbcType.REAL,
    "float8": JdbcType.DOUBLE,
    "char": JdbcType.CHAR,
    "bpchar": JdbcType.CHAR,
    "varchar": JdbcType.VARCHAR,
    "text": JdbcType.VARCHAR,
    "name": JdbcType.VARCHAR,
    "bool": JdbcType.BIT,
    "bit": JdbcType.BIT,
    "bytea": JdbcType.BINARY,
    "date": JdbcType.DATE,
    "time": JdbcType.TIME,
    "timetz": JdbcType.TIME,
    "timestamp": JdbcType.TIMESTAMP,
    "timestamptz": JdbcType.TIMESTAMP,
    "xml": JdbcType.SQLXML,
    "refcursor": JdbcType.REF_CURSOR,
}
_DIGITS: Final = {"int2": 5, "int4": 10, "int8": 19, "oid": 10, "float4": 8, "float8": 17}


def column(label: str, found: PgType, modifier: int, attribute: Attribute | None) -> Column:
    """Describe a column of a result or a table.

    Args:
        label: What the result calls it.
        found: Its type; no domain.
        modifier: ``typmod``; -1 for none.
        attribute: The column of a table it comes from, if any.
    """
    precision, scale = _size(found.name, modifier)
    known = attribute is not None
    return Column(
        attribute.name if attribute else label,
        label,
        _jdbc_type(found),
        found.name,
        precision,
        scale,
        signed=found.name != "oid",
        nullable=not attribute.not_null if attribute else True,
        auto_increment=known and attribute is not None and attribute.auto_increment,
        table=TableId(None, attribute.schema, attribute.table) if attribute else None,
        primary_key=attribute is not None and attribute.primary_key,
    )


def _jdbc_type(found: PgType) -> JdbcType:
    if found.kind == "e":
        return JdbcType.VARCHAR
    if found.kind == "c":
        return JdbcType.STRUCT
    if found.category == "A":
        return JdbcType.ARRAY
    return _JDBC.get(found.name, JdbcType.OTHER)


def _size(name: str, modifier: int) -> tuple[int, int]:
    if name == "numeric" and modifier >= 4:
        return ((modifier - 4) >> 16) & 0xFFFF, (modifier - 4) & 0xFFFF
    if name in {"varchar", "bpchar"}:
        return max(0, modifier - 4), 0
    if name in {"bit", "bool"}:
        return max(1, modifier), 0
    if name in {"timestamp", "timestamptz", "time", "timetz"}:
        return 0, 6 if modifier < 0 else modifier
    return _DIGITS.get(name, 0), 0


class _Text(Loader):
    """Reads a value as it is written."""

    def load(self, data: Any) -> str:
        """Return the text."""
        return bytes(data).decode()


def register(raw: psycopg.Connection[Any]) -> None:
    """Have JSON, UUIDs and the like read as text wherever a cursor does not say otherwise."""
    for name in ("json", "jsonb", "uuid", "money", "interval", "inet", "cidr"):
        raw.adapters.register_loader(name, _Text)
