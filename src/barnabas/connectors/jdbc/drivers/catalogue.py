# SPDX-License-Identifier: Apache-2.0
"""Tables of any database, as SQLAlchemy's reflection tells them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from barnabas.connectors.jdbc.columns import Column, JdbcType, TableDefinition
from barnabas.connectors.jdbc.identifiers import TableId

if TYPE_CHECKING:
    import sqlalchemy

__all__ = ["definition", "like", "tables"]

_OWN_SCHEMAS = frozenset(
    {"information_schema", "pg_catalog", "sys", "v_catalog", "v_monitor"}
    | {
        "system",
        "xdb",
        "outln",
        "ctxsys",
        "mdsys",
        "wmsys",
        "dbsnmp",
        "audsys",
        "gsmadmin_internal",
    }
    | {"lbacsys", "ojvmsys", "olapsys", "ordsys", "orddata", "dvsys", "appqossys", "dbsfwuser"}
    | {"syscat", "sysibm", "sysstat", "systools", "sysproc", "sysibmadm", "_sys_bi", "_sys_bic"}
)
"""Schemas of the databases themselves, in lower case."""


def like(pattern: str, name: str) -> bool:
    """Whether a name fits a pattern of JDBC: ``%`` is any text, ``_`` one character."""
    parts = [".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern]
    return re.fullmatch("".join(parts), name, re.DOTALL) is not None


def tables(
    inspector: sqlalchemy.Inspector,
    catalog: str | None,
    schema_pattern: str | None,
    types: Sequence[str],
) -> list[TableId]:
    """List tables in the order of type, schema and name."""
    del catalog  # reflection sees the catalog of the connection only
    wanted = {kind.upper() for kind in types}
    schemas = _schemas(inspector, schema_pattern)
    found: list[TableId] = []
    for kind in ("TABLE", "VIEW"):
        names = inspector.get_table_names if kind == "TABLE" else inspector.get_view_names
        for schema in schemas if kind in wanted else ():
            found += [
                TableId(None, _real(inspector, schema), _real(inspector, name) or name)
                for name in sorted(names(schema=schema))
            ]
    return found


def _real(inspector: sqlalchemy.Inspector, name: str | None) -> str | None:
    """Write a name as the database has it: for some SQLAlchemy shows USERS as users."""
    if name is None or not inspector.dialect.requires_name_normalize:
        return name
    return inspector.dialect.denormalize_name(name)


def _shown(inspector: sqlalchemy.Inspector, name: str | None) -> str | None:
    """Write a name of the database as SQLAlchemy shows it."""
    if name is None or not inspector.dialect.requires_name_normalize:
        return name
    return inspector.dialect.normalize_name(name)


def _schemas(inspector: sqlalchemy.Inspector, pattern: str | None) -> Sequence[str | None]:
    if pattern == "":
        return [None]
    names = [name for name in inspector.get_schema_names() if name.lower() not in _OWN_SCHEMAS]
    return sorted(
        name for name in names if pattern is None or like(pattern, _real(inspector, name) or name)
    )


def definition(inspector: sqlalchemy.Inspector, table: TableId) -> TableDefinition | None:
    """Describe a table; None when there is none of that name."""
    inspector.clear_cache()
    name = _shown(inspector, table.table) or table.table
    schema = _shown(inspector, table.schema)
    has_table = inspector.has_table(name, schema=schema)
    is_view = name in inspector.get_view_names(schema=schema)
    if not has_table and not is_view:
        return None
    keys = set(inspector.get_pk_constraint(name, schema=schema)["constrained_columns"])
    columns = [
        _column(_real(inspector, item["name"]) or "", dict(item), table, item["name"] in keys)
        for item in inspector.get_columns(name, schema=schema)
    ]
    return TableDefinition(table, tuple(columns), "VIEW" if is_view else "TABLE")


def _column(name: str, item: dict[str, Any], table: TableId, is_key: bool) -> Column:
    kind = item["type"]
    length = getattr(kind, "length", None)
    return Column(
        name,
        name,
        jdbc_type_of(kind),
        str(kind.__visit_name__).upper(),
        precision=getattr(kind, "precision", None) or length or 0,
        scale=getattr(kind, "scale", None) or 0,
        nullable=bool(item.get("nullable", True)) and not is_key,
        auto_increment=item.get("autoincrement") is True or "identity" in item,
        table=table,
        primary_key=is_key,
    )


def jdbc_type_of(kind: Any) -> JdbcType:
    """Tell the JDBC type of a type of SQLAlchemy: by its name, else by its nearest ancestor's."""
    names = [getattr(ancestor, "__visit_name__", "") for ancestor in type(kind).__mro__]
    return next((_TYPES[name.lower()] for name in names if name.lower() in _TYPES), JdbcType.OTHER)


_TYPES = {
    "boolean": JdbcType.BOOLEAN,
    "bit": JdbcType.BIT,
    "tinyint": JdbcType.TINYINT,
    "smallint": JdbcType.SMALLINT,
    "small_integer": JdbcType.SMALLINT,
    "integer": JdbcType.INTEGER,
    "bigint": JdbcType.BIGINT,
    "big_integer": JdbcType.BIGINT,
    "real": JdbcType.REAL,
    "binary_float": JdbcType.REAL,
    "float": JdbcType.DOUBLE,
    "double": JdbcType.DOUBLE,
    "double_precision": JdbcType.DOUBLE,
    "binary_double": JdbcType.DOUBLE,
    "money": JdbcType.DECIMAL,
    "smallmoney": JdbcType.DECIMAL,
    "decimal": JdbcType.DECIMAL,
    "numeric": JdbcType.NUMERIC,
    "number": JdbcType.NUMERIC,
    "char": JdbcType.CHAR,
    "nchar": JdbcType.NCHAR,
    "nvarchar": JdbcType.NVARCHAR,
    "uuid": JdbcType.CHAR,
    "uniqueidentifier": JdbcType.CHAR,
    "varchar": JdbcType.VARCHAR,
    "varchar2": JdbcType.VARCHAR,
    "enum": JdbcType.VARCHAR,
    "string": JdbcType.VARCHAR,
    "text": JdbcType.LONGVARCHAR,
    "clob": JdbcType.CLOB,
    "nclob": JdbcType.NCLOB,
    "xml": JdbcType.SQLXML,
    "binary": JdbcType.BINARY,
    "varbinary": JdbcType.VARBINARY,
    "raw": JdbcType.VARBINARY,
    "blob": JdbcType.BLOB,
    "image": JdbcType.LONGVARBINARY,
    "large_binary": JdbcType.LONGVARBINARY,
    "rowversion": JdbcType.BINARY,
    "date": JdbcType.DATE,
    "time": JdbcType.TIME,
    "datetime": JdbcType.TIMESTAMP,
    "datetime2": JdbcType.TIMESTAMP,
    "smalldatetime": JdbcType.TIMESTAMP,
    "datetimeoffset": JdbcType.DATETIMEOFFSET,
    "timestamp": JdbcType.TIMESTAMP,
    "array": JdbcType.ARRAY,
}
"""SQLAlchemy's names of types."""
