# SPDX-License-Identifier: Apache-2.0
"""SQL Server through pymssql; the server itself describes what a query returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from barnabas.connectors.jdbc.columns import Column, JdbcType, TableDefinition
from barnabas.connectors.jdbc.drivers.driver import Driver, RowStream
from barnabas.connectors.jdbc.identifiers import IdentifierRules, TableId
from barnabas.connectors.jdbc.placeholders import translate

__all__ = ["SqlServerDriver", "column_of"]

_DESCRIBE: Final = (
    "EXEC sp_describe_first_result_set @tsql = %s, @params = NULL, @browse_information_mode = 1"
)
_TABLES: Final = """
SELECT TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME FROM INFORMATION_SCHEMA.TABLES
WHERE TABLE_TYPE = %s AND (%s IS NULL OR TABLE_SCHEMA LIKE %s)
ORDER BY 1, 2, 3
"""
_TABLE: Final = """
SELECT TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES
WHERE TABLE_NAME = %s AND TABLE_SCHEMA = COALESCE(%s, SCHEMA_NAME())
"""
_KEYS: Final = """
SELECT COL_NAME(c.object_id, c.column_id) FROM sys.indexes i
JOIN sys.index_columns c ON c.object_id = i.object_id AND c.index_id = i.index_id
WHERE i.is_primary_key = 1 AND i.object_id = OBJECT_ID(%s)
"""
_KINDS: Final = {"TABLE": "BASE TABLE", "VIEW": "VIEW"}
_RULES: Final = IdentifierRules("[", "]")


class SqlServerDriver(Driver):
    """Microsoft SQL Server."""

    def open_stream(
        self, raw: Any, sql: str, params: Sequence[Any] | None, batch_rows: int
    ) -> RowStream:
        """Start a query; what it returns is described by the server beforehand."""
        bare = sql if params is None else sql % (("NULL",) * len(params))
        try:
            columns = [column_of(row) for row in self._rows(raw, bare)]
        except self.errors:  # what it cannot describe, such as a temporary table, it may still run
            columns = []
        stream = super().open_stream(raw, sql, params, batch_rows)
        stream.columns = columns or stream.columns
        return stream

    def describe(self, raw: Any, sql: str) -> list[Column]:
        """Describe a query the server has parsed but does not run."""
        rows = self._rows(raw, translate(sql, "null", brackets=True))
        return [column_of(row) for row in rows]

    def _rows(self, raw: Any, sql: str) -> list[dict[str, Any]]:
        cursor = self.run(raw, _DESCRIBE, [sql])
        names = [item[0] for item in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return [row for row in rows if not row["is_hidden"]]

    def tables(
        self, raw: Any, catalog: str | None, schema_pattern: str | None, types: Sequence[str]
    ) -> list[TableId]:
        """List tables of the connection's database, which is a catalog in JDBC's words."""
        if catalog is not None and catalog != self.current(raw)[0]:
            return []
        found: list[TableId] = []
        for kind in sorted({item.upper() for item in types} & _KINDS.keys()):
            params = (_KINDS[kind], schema_pattern, schema_pattern)
            found += [TableId(*row) for row in self.run(raw, _TABLES, params).fetchall()]
        return found

    def definition(self, raw: Any, table: TableId) -> TableDefinition | None:
        """Describe a table."""
        row = self.run(raw, _TABLE, (table.table, table.schema)).fetchone()
        if row is None:
            return None
        found, kind = TableId(*row[:3]), row[3]
        name = _RULES.quoted(found)
        keys = {key for (key,) in self.run(raw, _KEYS, (name,)).fetchall()}
        columns = [
            column_of(item, keys, found) for item in self._rows(raw, f"SELECT * FROM {name}")
        ]
        return TableDefinition(found, tuple(columns), "VIEW" if kind == "VIEW" else "TABLE")

    def current(self, raw: Any) -> tuple[str | None, str | None]:
        """Name the current database and schema."""
        catalog, schema = self.run(raw, "SELECT DB_NAME(), SCHEMA_NAME()").fetchone()
        return catalog, schema


def column_of(
    row: Mapping[str, Any],
    keys: frozenset[str] | set[str] = frozenset(),
    table: TableId | None = None,
) -> Column:
    """Make a column of a row of ``sp_describe_first_result_set``.

    Args:
        row: Values by the procedure's own names.
        keys: Columns of the primary key, where a table is described.
        table: That table.
    """
    kind = str(row["system_type_name"]).partition("(")[0]
    name = row.get("source_column") or row["name"]
    if table is None and row.get("source_table"):
        table = TableId(row.get("source_database"), row.get("source_schema"), row["source_table"])
    return Column(
        name,
        row["name"] or "",
        _TYPES.get(kind, JdbcType.OTHER),
        kind,
        precision=row["precision"] or max(0, row["max_length"] or 0),
        scale=row["scale"] or 0,
        signed=kind != "tinyint",
        nullable=bool(row["is_nullable"]),
        auto_increment=bool(row["is_identity_column"]),
        table=table,
        primary_key=name in keys,
    )


_TYPES: Final[Mapping[str, JdbcType]] = {
    "bigint": JdbcType.BIGINT,
    "int": JdbcType.INTEGER,
    "smallint": JdbcType.SMALLINT,
    "tinyint": JdbcType.TINYINT,
    "bit": JdbcType.BIT,
    "decimal": JdbcType.DECIMAL,
    "numeric": JdbcType.NUMERIC,
    "money": JdbcType.DECIMAL,
    "smallmoney": JdbcType.DECIMAL,
    "float": JdbcType.DOUBLE,
    "real": JdbcType.REAL,
    "date": JdbcType.DATE,
    "time": JdbcType.TIME,
    "datetime": JdbcType.TIMESTAMP,
    "datetime2": JdbcType.TIMESTAMP,
    "smalldatetime": JdbcType.TIMESTAMP,
    "datetimeoffset": JdbcType.DATETIMEOFFSET,
    "char": JdbcType.CHAR,
    "varchar": JdbcType.VARCHAR,
    "text": JdbcType.LONGVARCHAR,
    "nchar": JdbcType.NCHAR,
    "nvarchar": JdbcType.NVARCHAR,
    "ntext": JdbcType.LONGNVARCHAR,
    "xml": JdbcType.LONGNVARCHAR,
    "uniqueidentifier": JdbcType.CHAR,
    "binary": JdbcType.BINARY,
    "varbinary": JdbcType.VARBINARY,
    "image": JdbcType.LONGVARBINARY,
    "timestamp": JdbcType.BINARY,
}
"""SQL Server's types as Microsoft's JDBC driver tells them; ``timestamp`` is a row's version."""
