# SPDX-License-Identifier: Apache-2.0
"""What is read: a table, or the query; how it is asked for, and where its records go.

Source:
    Reference page *jdbc*, sections 2.4 and 2.7.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from barnabas.connectors.jdbc.columns import TableDefinition
from barnabas.connectors.jdbc.dialects import Dialect
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source.choices import Mode
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig
from barnabas.connectors.jdbc.source.offsets import (
    QUERY_PARTITION,
    bulk_partition,
    table_partition,
)

__all__ = ["Origin", "query_origin", "table_origin"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A table or query of a task."""

    name: str
    """For people and for the order of tables: the full name, or ``query``."""
    table: TableId | None
    """None for a query."""
    select: str
    """The query without condition."""
    suffix: str
    """What stands behind condition and order, with a space in front; may be empty."""
    topic: str
    schema_name: str | None
    """Name of the value schema: the bare table name; None for a query."""
    partition: Mapping[str, str]
    """Source partition of its records; one object for all of them."""
    definition: TableDefinition | None = None
    """The table as the database describes it; None for a query."""

    @property
    def from_clause(self) -> str:
        """What a query about it has behind FROM."""
        if self.table is None:
            return f"({self.select}) barnabas_query"
        return self.select.removeprefix("SELECT * FROM ")


def table_origin(
    table: TableId, settings: JdbcSourceConfig, dialect: Dialect, mode: Mode
) -> Origin:
    """Describe the reading of a table."""
    named = table if settings.table_names_qualify else TableId(None, None, table.table)
    return Origin(
        name=table.fqn,
        table=table,
        select=f"SELECT * FROM {dialect.rules.quoted(named)}",
        suffix=_suffix(settings),
        topic=settings.topic_prefix + table.table,
        schema_name=table.table,
        partition=bulk_partition(table) if mode is Mode.BULK else table_partition(table),
    )


def query_origin(settings: JdbcSourceConfig) -> Origin:
    """Describe the running of the query."""
    return Origin(
        name="query",
        table=None,
        select=settings.query_text,
        suffix=_suffix(settings),
        topic=settings.topic_prefix,
        schema_name=None,
        partition=QUERY_PARTITION,
    )


def _suffix(settings: JdbcSourceConfig) -> str:
    suffix = settings.query_suffix.strip()
    return f" {suffix}" if suffix else ""
