# SPDX-License-Identifier: Apache-2.0
"""Validation of a source: first its settings, then a look at the tables or the query.

Errors are told by setting, as Java does. Recommended values are the tables there are and the
columns that will do. What else was found is logged: for each table the columns with the Connect
type each will get, those that will be left out, indexes that are missing, tables that may not be
read, and by how much the clocks differ.

Source:
    Reference page *jdbc*, sections 1 and 2.6.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Final

from barnabas.config import ConfigValue
from barnabas.connectors.jdbc.columns import Column, JdbcType, TableDefinition
from barnabas.connectors.jdbc.connection import Connection
from barnabas.connectors.jdbc.database_settings import database_settings
from barnabas.connectors.jdbc.errors import DatabaseError
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source.choices import KeyMode
from barnabas.connectors.jdbc.source.columns_of_mode import (
    check_columns,
    check_not_null,
    chosen_columns,
)
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig
from barnabas.connectors.jdbc.source.keys import key_columns
from barnabas.connectors.jdbc.source.schemas import (
    UnsupportedColumns,
    is_timestamp,
    map_columns,
    shown_schema,
)
from barnabas.connectors.jdbc.source.settings_rules import contradictions
from barnabas.connectors.jdbc.source.table_filter import check_distinct_names
from barnabas.connectors.jdbc.validation import (
    Report,
    clock_difference_s,
    index_begins_with,
    is_readable,
    look_into,
)
from barnabas.errors import DataError

__all__ = ["check_source"]

_LOG = logging.getLogger(__name__)
_MOST_TABLES: Final = 50
"""Of so many tables the columns are looked at; of the rest only the names."""
_CLOCK_TOLERANCE_S: Final = 1.0
_COUNTERS: Final = frozenset(
    {
        JdbcType.TINYINT,
        JdbcType.SMALLINT,
        JdbcType.INTEGER,
        JdbcType.BIGINT,
        JdbcType.NUMERIC,
        JdbcType.DECIMAL,
    }
)


def check_source(values: Sequence[ConfigValue], props: Mapping[str, str]) -> None:
    """Add to the answer of a validation what the settings together, and the database, say.

    Looks at the database only when nothing is wrong so far.

    Args:
        values: What each setting alone says; errors and recommended values are added.
        props: The configuration.
    """
    report = Report(values)
    if report.has_errors:
        return
    config = JdbcSourceConfig(props)
    for name, message in contradictions(config):
        report.error(name, message)
    if not report.has_errors:
        look = _Look(report, config)
        look_into(report, lambda: database_settings(config), look.at)


class _Look:
    """One look at the database of a source."""

    def __init__(self, report: Report, config: JdbcSourceConfig) -> None:
        self._report = report
        self._config = config

    def at(self, connection: Connection) -> None:
        """Look at everything the settings name."""
        self._look_at_clock(connection)
        if self._config.query_text:
            self._look_at_query(connection)
        else:
            self._look_at_tables(connection)

    def _look_at_clock(self, connection: Connection) -> None:
        try:
            ahead_s = clock_difference_s(connection)
        except DatabaseError as error:
            self._report.error("connection.url", error.message)
            return
        direction = "ahead of" if ahead_s > 0 else "behind"
        _LOG.info("The database's clock is %.1f s %s this machine's", abs(ahead_s), direction)
        if self._config.mode.has_timestamp and abs(ahead_s) > _CLOCK_TOLERANCE_S:
            _LOG.warning(
                "The clocks of the database and of this machine differ by %.1f s. Rows are read up "
                "to the database's own time: should applications stamp them with other clocks, set "
                "timestamp.delay.interval.ms to more than the difference",
                abs(ahead_s),
            )

    # -- a query

    def _look_at_query(self, connection: Connection) -> None:
        name = "query" if self._config.query.strip() else "query.masked"
        try:
            columns = connection.describe(self._config.query_text)
        except DatabaseError as error:
            connection.rollback()
            self._report.error(name, f"The database does not understand the query. {error.message}")
            return
        self._tell_types(connection, "The query", columns, name)
        labels = {(column.label or column.name).casefold() for column in columns}
        wanted = {
            "incrementing.column.name": [self._config.incrementing_column_of(None) or ""],
            "timestamp.column.name": self._config.timestamp_columns_of(None),
            "key.columns": self._config.key_columns if self._is_keyed_by_columns else (),
        }
        for setting, named in wanted.items():
            missing = [column for column in named if column and column.casefold() not in labels]
            if missing:
                found = ", ".join(column.label or column.name for column in columns)
                message = f"The query has no column {', '.join(missing)}; it has {found}"
                self._report.error(setting, message)

    # -- tables

    def _look_at_tables(self, connection: Connection) -> None:
        config = self._config
        try:
            known = {kind.upper() for kind in connection.table_types()}
            kinds = [kind for kind in config.table_types if kind.strip().upper() in known]
            there = connection.tables(config.catalog_pattern, config.schema_pattern, kinds)
        except DatabaseError as error:
            connection.rollback()
            self._report.error("connection.url", f"Could not list the tables. {error.message}")
            return
        names = [table.table for table in there]
        self._report.recommend("table.whitelist", names)
        self._report.recommend("table.blacklist", names)
        chosen = config.table_filter.chosen(there, connection.dialect.rules.quoted)
        self._tell_choice(there, chosen)
        with self._report.blaming("table.whitelist"):
            check_distinct_names(chosen)
        definitions = [
            definition
            for table in chosen[:_MOST_TABLES]
            if (definition := self._look_at_table(connection, table)) is not None
        ]
        self._recommend_columns(definitions)

    def _tell_choice(self, there: Sequence[TableId], chosen: Sequence[TableId]) -> None:
        names = {name for table in there for name in (table.table, table.fqn)}
        absent = [
            name for name in self._config.table_whitelist if name.replace('"', "") not in names
        ]
        if absent:
            _LOG.warning("There is no table %s (yet)", ", ".join(absent))
        if chosen:
            shown = ", ".join(table.fqn for table in chosen[:_MOST_TABLES])
            _LOG.info("%d of %d tables will be copied: %s", len(chosen), len(there), shown)
        else:
            _LOG.warning("None of the %d tables there are will be copied", len(there))

    def _look_at_table(self, connection: Connection, table: TableId) -> TableDefinition | None:
        try:
            definition = connection.definition(table)
            readable = is_readable(connection, table)
        except DatabaseError as error:
            connection.rollback()
            _LOG.warning("Table %s could not be looked at: %s", table, error.message)
            return None
        if definition is None:
            return None
        if not readable:
            self._tell_unreadable(table)
            return definition
        self._tell_types(connection, f"Table {table}", definition.columns, "table.whitelist")
        self._check_columns(definition)
        if not self._report.has_errors:
            self._tell_missing_index(connection, definition)
        return definition

    def _tell_unreadable(self, table: TableId) -> None:
        message = (
            f"The user {self._config.connection_user or 'of the connection'} may not read table "
            f"{table}: GRANT SELECT on it"
        )
        if {table.table, table.fqn} & set(self._config.table_whitelist):
            self._report.error("connection.user", message)
        else:
            _LOG.warning("%s", message)

    # -- columns

    @property
    def _is_keyed_by_columns(self) -> bool:
        return self._config.key_mode is KeyMode.COLUMNS

    def _tell_types(
        self, connection: Connection, where: str, columns: Sequence[Column], setting: str
    ) -> None:
        mapping = self._config.mapping_settings(connection.dialect.name)
        try:
            mapped, unsupported = map_columns(columns, mapping)
        except DataError as error:
            is_refused = mapping.unsupported is UnsupportedColumns.ERROR
            name = "unsupported.columns" if is_refused else setting
            self._report.error(name, f"{where}: {error.message}")
            return
        types = ", ".join(f"{each.name} {shown_schema(each.schema)}" for each in mapped)
        _LOG.info("%s: %s", where, types)
        if unsupported:
            left_out = ", ".join(f"{column.name} ({column.type_name})" for column in unsupported)
            what = "as text" if mapping.unsupported is UnsupportedColumns.STRING else "left out"
            _LOG.warning(
                "%s has columns of types Connect does not know, %s: %s", where, what, left_out
            )

    def _check_columns(self, definition: TableDefinition) -> None:
        config, table = self._config, definition.table
        with self._report.blaming("mode"):
            incrementing = config.incrementing_column_of(table)
            timestamps = config.timestamp_columns_of(table)
            with self._report.blaming(self._setting_of_incrementing):
                check_columns(definition, incrementing, ())
                if config.validate_non_null:
                    check_not_null(definition, config.mode, incrementing, ("",))
            with self._report.blaming(self._setting_of_timestamps):
                check_columns(definition, None, timestamps)
                if config.validate_non_null and timestamps:
                    check_not_null(definition, config.mode, None, timestamps)
        self._check_keys(definition)

    @property
    def _setting_of_incrementing(self) -> str:
        is_mapped = self._config.incrementing_column_mapping
        return "incrementing.column.mapping" if is_mapped else "incrementing.column.name"

    @property
    def _setting_of_timestamps(self) -> str:
        is_mapped = self._config.timestamp_columns_mapping
        return "timestamp.columns.mapping" if is_mapped else "timestamp.column.name"

    def _check_keys(self, definition: TableDefinition) -> None:
        config = self._config
        with self._report.blaming("key.mode"):
            columns = key_columns(config.key_mode, config.key_columns, definition)
            missing = [name for name in columns if not definition.column(name)]
            if missing:
                message = f"Table {definition.table} has no column {', '.join(missing)}"
                self._report.error("key.columns", message)

    def _tell_missing_index(self, connection: Connection, definition: TableDefinition) -> None:
        config, table = self._config, definition.table
        chosen = chosen_columns(
            definition.columns,
            config.incrementing_column_of(table),
            config.timestamp_columns_of(table),
        )
        for columns in ([chosen.incrementing] if chosen.incrementing else [], chosen.timestamps):
            if columns and index_begins_with(connection, definition, columns) is False:
                quote = connection.dialect.rules
                shown = ", ".join(quote.quote(column) for column in columns)
                _LOG.warning(
                    "Table %s has no index on %s: each poll reads the whole table. CREATE INDEX ON "
                    "%s (%s) helps",
                    definition.table,
                    columns[0],
                    quote.quoted(definition.table),
                    shown,
                )

    def _recommend_columns(self, definitions: Sequence[TableDefinition]) -> None:
        mode = self._config.mode
        columns = [column for definition in definitions for column in definition.columns]
        if mode.has_incrementing:
            counters = [
                column.name
                for column in columns
                if column.auto_increment
                or (column.jdbc_type in _COUNTERS and column.primary_key and column.scale == 0)
            ]
            self._report.recommend("incrementing.column.name", counters)
        if mode.has_timestamp:
            times = [column.name for column in columns if is_timestamp(column)]
            self._report.recommend("timestamp.column.name", times)
