# SPDX-License-Identifier: Apache-2.0
"""Which settings of a source contradict each other; seen without any database.

Source:
    Reference page *jdbc*, section 1, "Cross-field validation".

Differs:
    Tables need not be named: configurations that copy every table of a database go on working. A
    query may begin with ``WITH``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from barnabas.connectors.jdbc.source.choices import KeyMode
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig

__all__ = ["contradictions"]

_SELECT: Final = re.compile(r"\s*(?:SELECT|WITH)\b", re.IGNORECASE)
_OLD: Final = (
    "table.whitelist",
    "table.blacklist",
    "incrementing.column.name",
    "timestamp.column.name",
)
_NEW: Final = (
    "table.include.list",
    "table.exclude.list",
    "incrementing.column.mapping",
    "timestamp.columns.mapping",
)
_FILTERS: Final = ("table.whitelist", "table.blacklist", "table.include.list", "table.exclude.list")


def contradictions(settings: JdbcSourceConfig) -> Iterator[tuple[str, str]]:
    """Yield what is wrong: the setting that has to change, and a sentence."""
    filled = _filled(settings)
    yield from _of_isolation(settings)
    yield from _of_old_and_new(filled)
    if "table.exclude.list" in filled and "table.include.list" not in filled:
        message = "table.exclude.list takes tables away from table.include.list: set that too"
        yield "table.exclude.list", message
    yield from _of_query(settings, filled)
    yield from _of_keys(settings)


def _filled(settings: JdbcSourceConfig) -> set[str]:
    values = {
        "table.whitelist": settings.table_whitelist,
        "table.blacklist": settings.table_blacklist,
        "table.include.list": settings.table_include_list,
        "table.exclude.list": settings.table_exclude_list,
        "incrementing.column.name": settings.incrementing_column_name,
        "incrementing.column.mapping": settings.incrementing_column_mapping,
        "timestamp.column.name": settings.timestamp_column_name,
        "timestamp.columns.mapping": settings.timestamp_columns_mapping,
        "query": settings.query.strip(),
        "query.masked": settings.query_masked.value.strip(),
    }
    return {name for name, value in values.items() if value}


def _of_isolation(settings: JdbcSourceConfig) -> Iterator[tuple[str, str]]:
    if settings.transaction_isolation_mode.upper() != "SQL_SERVER_SNAPSHOT":
        return
    place = f"{settings.dialect_name} {settings.connection_url}".lower()
    if "sqlserver" not in place and "mssql" not in place:
        message = "Isolation mode SQL_SERVER_SNAPSHOT is known to SQL Server only"
        yield "transaction.isolation.mode", message


def _of_old_and_new(filled: set[str]) -> Iterator[tuple[str, str]]:
    old = [name for name in _OLD if name in filled]
    new = [name for name in _NEW if name in filled]
    if old and new:
        message = (
            f"{', '.join(old)} cannot be used together with {', '.join(new)}: use the old settings "
            "only, or the new ones only"
        )
        for name in (*old, *new):
            yield name, message


def _of_query(settings: JdbcSourceConfig, filled: set[str]) -> Iterator[tuple[str, str]]:
    queries = [name for name in ("query", "query.masked") if name in filled]
    if len(queries) == 2:
        for name in queries:
            yield name, "query and query.masked cannot be used together: keep one of them"
    if not queries:
        return
    for table_filter in [name for name in _FILTERS if name in filled]:
        message = f"A query leaves no choice of tables: remove {table_filter}, or {queries[0]}"
        yield table_filter, message
    if not _SELECT.match(settings.query_text):
        yield queries[0], "Only a query can be run: one that begins with SELECT or WITH"
    if settings.mode.has_incrementing and not settings.incrementing_column_name:
        message = (
            f"mode={settings.mode.value} with a query needs incrementing.column.name: whether a "
            "column of a query counts up by itself cannot be seen"
        )
        yield "incrementing.column.name", message
    if settings.mode.has_timestamp and not settings.timestamp_column_name:
        message = f"mode={settings.mode.value} with a query needs timestamp.column.name"
        yield "timestamp.column.name", message


def _of_keys(settings: JdbcSourceConfig) -> Iterator[tuple[str, str]]:
    if settings.key_mode is KeyMode.COLUMNS and not settings.key_columns:
        yield "key.columns", "key.mode=columns needs the names of the columns in key.columns"
    if settings.key_mode is KeyMode.PRIMARY_KEY and settings.query_text:
        message = "A query has no primary key: name the columns with key.mode=columns"
        yield "key.mode", message
