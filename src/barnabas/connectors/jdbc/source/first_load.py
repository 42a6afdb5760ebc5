# SPDX-License-Identifier: Apache-2.0
"""Splits the first load of a large table into ranges of its incrementing column.

Each range has a source partition of its own, ``{"protocol":"1","table":…,"split":"<i>"}``. Its
offsets hold the bounds of all ranges, so that any one of them is enough to know them again. The
task of the topmost range goes on with what is added to the table, under the table's own partition,
as if nothing had been split; once all ranges are read the table has one task again.

Differs:
    Java's connectors cannot do this. ``table.split.enabled`` is off by default.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from barnabas.api import OffsetStorageReader
from barnabas.connectors.jdbc.connection import Connection
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source import offsets
from barnabas.connectors.jdbc.source.choices import Mode
from barnabas.connectors.jdbc.source.columns_of_mode import chosen_columns
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig
from barnabas.connectors.jdbc.source.task_split import parse_bounds, split_range, write_bounds

__all__ = ["FirstLoad"]

_logger = logging.getLogger(__name__)
_MOST_RANGES = 64


class FirstLoad:
    """Knows the ranges tables are to be loaded in.

    Args:
        settings: The connector's.
        connection: To ask for the range of the column.
        reader: Reads stored offsets.
    """

    def __init__(
        self, settings: JdbcSourceConfig, connection: Connection, reader: OffsetStorageReader
    ) -> None:
        self._settings = settings
        self._connection = connection
        self._reader = reader

    def splits(self, table: TableId, most: int) -> list[str]:
        """Choose the ranges of a table, as ``table.split`` of as many tasks.

        Args:
            table: The table.
            most: How many tasks may have part in it.

        Returns:
            Nothing when the table is to have one task: it is small, or was loaded.

        Raises:
            DatabaseError: The database refused.
        """
        if self._settings.mode is not Mode.INCREMENTING:
            return []
        column = self._column(table)
        if column is None:
            return []
        bounds = self._stored_bounds(table)
        if bounds is None:
            bounds = self._new_bounds(table, column, most)
        elif self._is_loaded(table, column, bounds):
            return []
        if bounds is None:
            return []
        written = write_bounds(bounds)
        return [f"{index}/{written}" for index in range(len(bounds) - 1)]

    def _column(self, table: TableId) -> str | None:
        definition = self._connection.definition(table)
        if definition is None:
            return None
        configured = self._settings.incrementing_column_of(table)
        return chosen_columns(definition.columns, configured, ()).incrementing

    def _stored_bounds(self, table: TableId) -> tuple[int, ...] | None:
        for stored in self._stored(table, _MOST_RANGES):
            if stored and offsets.SPLIT_BOUNDS in stored:
                return parse_bounds(str(stored[offsets.SPLIT_BOUNDS]))
        return None

    def _stored(self, table: TableId, count: int) -> list[dict[str, Any] | None]:
        partitions: list[Mapping[str, Any]] = [
            offsets.split_partition(table, index) for index in range(count)
        ]
        return self._reader.offsets(partitions)

    def _new_bounds(self, table: TableId, column: str, most: int) -> tuple[int, ...] | None:
        possible = offsets.possible_partitions(table)
        if any(self._reader.offsets(possible)) or most < 2:
            return None
        rules = self._connection.dialect.rules
        name = rules.quote(column)
        sql = f"SELECT MIN({name}), MAX({name}) FROM {rules.quoted(table)}"
        row = self._connection.execute(sql, doing=f"look at table {table.fqn}").fetchone()
        self._connection.rollback()
        if row is None or row[0] is None:
            return None
        lowest, highest = int(row[0]), int(row[1])
        start = self._settings.incrementing_initial
        if highest - max(lowest, start) < self._settings.table_split_min_rows:
            return None
        bounds = split_range(lowest, highest, min(most, _MOST_RANGES), start=start)
        if bounds is not None:
            _logger.info("The first load of %s is split at %s", table.fqn, bounds)
        return bounds

    def _is_loaded(self, table: TableId, column: str, bounds: tuple[int, ...]) -> bool:
        """Whether no range has a row left that was not sent."""
        rules = self._connection.dialect.rules
        name = rules.quote(column)
        for index, stored in enumerate(self._stored(table, len(bounds) - 1)):
            position = offsets.Position.of_offset(stored)
            after = bounds[index] if position.incrementing is None else position.incrementing
            condition = f"{name} > ? AND {name} <= ?"
            sql = f"SELECT MAX({name}) FROM {rules.quoted(table)} WHERE {condition}"
            row = self._connection.execute(sql, (after, bounds[index + 1])).fetchone()
            self._connection.rollback()
            if row is not None and row[0] is not None:
                return False
        return True
