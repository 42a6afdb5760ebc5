# SPDX-License-Identifier: Apache-2.0
"""Puts the readers of a task together: what it reads, from where on, by which columns.

Source:
    Reference page *jdbc*, sections 2.4, 2.6 and 3.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from barnabas.api import SourceTaskContext
from barnabas.connectors.jdbc.columns import Column
from barnabas.connectors.jdbc.connection import Connection
from barnabas.connectors.jdbc.source import offsets
from barnabas.connectors.jdbc.source.choices import Mode
from barnabas.connectors.jdbc.source.columns_of_mode import (
    ModeColumns,
    check_columns,
    check_not_null,
    chosen_columns,
)
from barnabas.connectors.jdbc.source.config import JdbcSourceTaskConfig
from barnabas.connectors.jdbc.source.mysql_transactions import MySqlTransactions
from barnabas.connectors.jdbc.source.offsets import NANOS_PER_MS, Position
from barnabas.connectors.jdbc.source.open_transactions import (
    Guard,
    OpenTransactions,
    TransactionGuard,
)
from barnabas.connectors.jdbc.source.origin import Origin, query_origin, table_origin
from barnabas.connectors.jdbc.source.postgresql_transactions import PostgreSqlTransactions
from barnabas.connectors.jdbc.source.reader import TableReader
from barnabas.connectors.jdbc.source.task_split import KeyRange, parse_bounds
from barnabas.connectors.jdbc.time_zones import nanos_of
from barnabas.errors import ConfigError

__all__ = ["make_readers", "parse_split"]

_logger = logging.getLogger(__name__)
_NO_COLUMNS: Final = ModeColumns(None, (), None)


def parse_split(text: str) -> KeyRange:
    """Read the ``table.split`` of a task: ``<index>/<bounds>``.

    Raises:
        ConnectError: It is not of that form.
    """
    index, _, rest = text.partition("/")
    return KeyRange(int(index), parse_bounds(rest))


def make_readers(
    settings: JdbcSourceTaskConfig, connection: Connection, context: SourceTaskContext
) -> list[TableReader]:
    """Make the reader of each table of a task, or of the query. Asks the database and the offsets.

    Raises:
        ConfigError: A column is not there or may be null, or settings contradict each other.
        DatabaseError: The database refused.
    """
    return _Assembly(settings, connection, context).readers()


@dataclasses.dataclass(frozen=True, slots=True)
class _Assembly:
    settings: JdbcSourceTaskConfig
    connection: Connection
    context: SourceTaskContext

    def readers(self) -> list[TableReader]:
        mode = self.settings.mode
        if self.settings.query_text:
            origins = [query_origin(self.settings)]
        else:
            parse, dialect = self.connection.dialect.parse_table, self.connection.dialect
            names = [name for name in self.settings.tables if name]
            tables = [parse(name) for name in names]
            origins = [table_origin(table, self.settings, dialect, mode) for table in tables]
        described = [self._described(origin, mode) for origin in origins]
        positions = self._positions([origin for origin, _ in described], mode)
        self.connection.rollback()
        readers: list[TableReader] = []
        for (origin, columns), position in zip(described, positions, strict=True):
            readers += self._of_origin(origin, columns, position)
        return readers

    def _of_origin(
        self, origin: Origin, columns: ModeColumns, position: Position
    ) -> list[TableReader]:
        if not self.settings.table_split or origin.table is None:
            return [self._reader(origin, columns, position)]
        key_range = parse_split(self.settings.table_split)
        partition = offsets.split_partition(origin.table, key_range.index)
        stored = self.context.offset_storage_reader.offset(partition)
        begin = Position.of_offset(stored) if stored else Position(incrementing=key_range.after)
        part = dataclasses.replace(origin, partition=partition, name=f"{origin.name} (part)")
        readers = [self._reader(part, columns, begin, key_range)]
        if key_range.is_last:
            tail = position if position.incrementing is not None else None
            after = tail or Position(incrementing=key_range.up_to)
            readers.append(self._reader(origin, columns, after))
        return readers

    def _reader(
        self,
        origin: Origin,
        columns: ModeColumns,
        position: Position,
        key_range: KeyRange | None = None,
    ) -> TableReader:
        guard = self._guard(origin, columns)
        return TableReader(origin, columns, self.settings, position, guard, key_range=key_range)

    # -- columns -----------------------------------------------------------------------------------

    def _described(self, origin: Origin, mode: Mode) -> tuple[Origin, ModeColumns]:
        """Find out what the database knows of a table or the query, as far as it is needed."""
        settings = self.settings
        if origin.table is None:
            if mode is Mode.BULK:
                return origin, _NO_COLUMNS
            return origin, self._chosen(origin, self._columns_of_query(origin))
        definition = self.connection.definition(origin.table)
        if definition is None:
            message = (
                f"Table {origin.table.fqn} is not there, or the user may not see it; create it, or"
                " take it out of the tables to copy"
            )
            raise ConfigError(message)
        origin = dataclasses.replace(origin, definition=definition)
        if mode is Mode.BULK:
            return origin, _NO_COLUMNS
        incrementing = settings.incrementing_column_of(origin.table)
        timestamps = settings.timestamp_columns_of(origin.table)
        check_columns(definition, incrementing, timestamps)
        columns = self._chosen(origin, definition.columns)
        if settings.validate_non_null:
            check_not_null(definition, mode, columns.incrementing, timestamps)
        return origin, columns

    def _chosen(self, origin: Origin, columns: Sequence[Column]) -> ModeColumns:
        incrementing = self.settings.incrementing_column_of(origin.table)
        timestamps = self.settings.timestamp_columns_of(origin.table)
        chosen = chosen_columns(columns, incrementing, timestamps)
        if incrementing == "" and chosen.incrementing is None:
            _logger.warning(
                "No column of %s numbers its rows by itself, so incrementing.column.name must be"
                " set; without it %s",
                origin.name,
                "timestamps alone tell new rows" if timestamps else "all rows are read each time",
            )
        return chosen

    def _columns_of_query(self, origin: Origin) -> Sequence[Column]:
        return self.connection.describe(origin.select)

    # -- where to begin ----------------------------------------------------------------------------

    def _positions(self, origins: Sequence[Origin], mode: Mode) -> list[Position]:
        if mode is Mode.BULK:
            return [offsets.BEFORE_ALL] * len(origins)
        catalog, schema = self._surroundings()
        asked: list[list[Mapping[str, Any]]] = [
            [offsets.QUERY_PARTITION]
            if origin.table is None
            else [
                *offsets.possible_partitions(origin.table, catalog=catalog, schema=schema),
            ]
            for origin in origins
        ]
        stored = iter(
            self.context.offset_storage_reader.offsets([each for one in asked for each in one])
        )
        found = [offsets.first_found([next(stored) for _ in one]) for one in asked]
        initial = self._initial(mode)
        for origin, position in zip(origins, found, strict=True):
            _logger.info("%s is read from %s on", origin.name, position or initial)
        return [position or initial for position in found]

    def _surroundings(self) -> tuple[str | None, str | None]:
        """Name the catalog and schema that some Java drivers put in front of tables."""
        catalog, schema = self.connection.current()
        if self.connection.dialect.name == "PostgreSqlDatabaseDialect":
            catalog = self.connection.driver.address.target.database
        elif self.connection.dialect.name == "SqliteDatabaseDialect":
            catalog, schema = None, "main"
        return catalog, schema

    def _initial(self, mode: Mode) -> Position:
        """Where a table begins that has no offset."""
        settings = self.settings
        number = settings.incrementing_initial if mode.has_incrementing else None
        ns: int | None = None
        if mode.has_timestamp and settings.begins_now:
            ns = nanos_of(self.connection.now()) // NANOS_PER_MS * NANOS_PER_MS
        elif mode.has_timestamp and settings.initial_ms is not None:
            ns = settings.initial_ms * NANOS_PER_MS
        return Position(ns, None if number == -1 else number)

    # -- open transactions -------------------------------------------------------------------------

    def _guard(self, origin: Origin, columns: ModeColumns) -> Guard:
        is_needed = columns.incrementing or columns.timestamps
        make = _TRANSACTIONS.get(self.connection.dialect.name)
        if make is None or not is_needed or not self.settings.transaction_guard_enabled:
            return Guard()
        longest_ms = self.settings.transaction_guard_limit_ms
        return TransactionGuard(origin.name, make(self, origin), longest_ms)


def _of_postgresql(assembly: _Assembly, origin: Origin) -> OpenTransactions:
    del assembly
    definition = origin.definition
    is_table = definition is not None and "VIEW" not in definition.kind
    return PostgreSqlTransactions(origin.table if is_table else None)


def _of_mysql(assembly: _Assembly, origin: Origin) -> OpenTransactions:
    del origin
    return MySqlTransactions(assembly.context.wait)


_TRANSACTIONS: Final[Mapping[str, Callable[[_Assembly, Origin], OpenTransactions]]] = {
    "PostgreSqlDatabaseDialect": _of_postgresql,
    "MySqlDatabaseDialect": _of_mysql,
}
