# SPDX-License-Identifier: Apache-2.0
"""Reads one table, or the query, batch after batch, round after round.

A *round* is one query: `TableReader.open` asks the database's clock and, where it can, which
transactions are open, and starts the query; `TableReader.read` makes records of the next rows until
all are read. Between rounds nothing is held in the database.

Source:
    Reference page *jdbc*, sections 2.3 to 2.7.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Sequence
from typing import Any, Final

from barnabas.api import SourceRecord
from barnabas.connectors.jdbc.connection import Connection, RowStream
from barnabas.connectors.jdbc.source import bounds
from barnabas.connectors.jdbc.source.columns_of_mode import ModeColumns
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig
from barnabas.connectors.jdbc.source.criteria import Criteria
from barnabas.connectors.jdbc.source.fetch_size import FetchSize
from barnabas.connectors.jdbc.source.keys import Keys, key_columns
from barnabas.connectors.jdbc.source.offsets import NANOS_PER_MS, Position
from barnabas.connectors.jdbc.source.open_transactions import Guard
from barnabas.connectors.jdbc.source.origin import Origin
from barnabas.connectors.jdbc.source.progress import (
    ByBoth,
    ByIncrementing,
    ByTimestamp,
    NoProgress,
    Progress,
)
from barnabas.connectors.jdbc.source.schemas import MappingSettings
from barnabas.connectors.jdbc.source.task_split import KeyRange, write_bounds
from barnabas.connectors.jdbc.source.values import RowMapping
from barnabas.connectors.jdbc.time_zones import nanos_of

__all__ = ["Opening", "TableReader"]

_logger = logging.getLogger(__name__)
_SQLITE: Final = "SqliteDatabaseDialect"

_Rows = Sequence[tuple[Any, ...]]


class Opening(enum.Enum):
    """What came of beginning a round."""

    READING = "rows can be read"
    NOTHING_NEW = "there is nothing to read"
    HELD = "an open transaction could still put rows before those that are there"


class TableReader:
    """Reads one table or the query. Main thread of the task only.

    Args:
        origin: What is read.
        columns: Which columns tell new rows.
        settings: The task's settings.
        position: Where reading begins.
        guard: Knows which rows no open transaction can still put others before.
        key_range: The part of the table to read; None for all.
    """

    def __init__(
        self,
        origin: Origin,
        columns: ModeColumns,
        settings: JdbcSourceConfig,
        position: Position,
        guard: Guard,
        *,
        key_range: KeyRange | None = None,
    ) -> None:
        self.origin = origin
        self.position = position
        self._columns = columns
        self._settings = settings
        self._guard = guard
        self._range = key_range
        self._size = FetchSize(settings.batch_max_rows)
        self._key_columns = key_columns(settings.key_mode, settings.key_columns, origin.definition)
        self._bind: bounds.Bind | None = None
        self._mapping: RowMapping | None = None
        self._keys: Keys | None = None
        self._stream: RowStream | None = None
        self._progress: Progress = NoProgress(position)
        self._ahead: _Rows | None = None
        self._is_all = False

    @property
    def is_open(self) -> bool:
        """Whether a round is under way."""
        return self._stream is not None

    @property
    def is_finished(self) -> bool:
        """Whether its range was read to the end: there will never be more."""
        return self._range is not None and self.position.last_id >= self._range.up_to

    # -- a round -----------------------------------------------------------------------------------

    def open(self, connection: Connection) -> Opening:
        """Begin a round: after `Opening.READING` there is an open query.

        Raises:
            DatabaseError: The database refused.
            DataError: A column is of a type that cannot be read.
        """
        criteria = self._criteria(connection)
        limit: int | None = None
        end_ns: int | None = None
        if criteria.timestamps:
            end_ns = self._end_ns(connection)
            if end_ns is None:
                return Opening.HELD
            if end_ns <= self.position.begin_ns:
                return Opening.NOTHING_NEW
        elif criteria.incrementing:
            held, limit = self._limit(connection, criteria)
            if held:
                return Opening.HELD
            if limit is not None and limit <= self.position.last_id:
                return Opening.NOTHING_NEW
        parameters = criteria.parameters(self.position, end_ns, self._bound(connection), limit)
        self._start(connection, criteria.where(limited=limit is not None), parameters)
        return Opening.READING

    def read(self, connection: Connection) -> list[SourceRecord]:
        """Make records of the next rows; ends the round with the last ones.

        Raises:
            DatabaseError: The connection broke or the database refused.
            DataError: A value cannot be converted, or the incrementing column is null.
        """
        stream = self._stream
        assert stream is not None
        with connection.told(f"read {self._shown}"):
            rows = self._fetch(stream) if self._ahead is None else self._ahead
            following: _Rows = ()
            if self._progress.looks_ahead and not self._is_all:
                following = self._fetch(stream)
        records = self._records(rows, following)
        self._ahead = following or None
        is_last = self._is_all and not following
        if is_last:
            self._end(connection)  # or else the position stays before these rows
        self.position = self._progress.position
        if is_last and self._range is not None:
            self.position = Position(incrementing=self._range.up_to)
        return records

    def _fetch(self, stream: RowStream) -> _Rows:
        wanted = self._size.rows
        rows = stream.fetch(wanted)
        self._is_all = len(rows) < wanted
        self._size.learn(rows)
        return rows

    def reset(self) -> None:
        """Forget the round; the next one begins behind the rows that were returned."""
        stream, self._stream, self._ahead = self._stream, None, None
        if stream is not None:
            stream.close()

    # -- beginning ---------------------------------------------------------------------------------

    @property
    def _shown(self) -> str:
        table = self.origin.table
        return "the query" if table is None else f"table {table.fqn}"

    def _criteria(self, connection: Connection) -> Criteria:
        return Criteria.of_columns(
            connection.dialect.rules,
            table=self.origin.table,
            incrementing=self._columns.incrementing,
            timestamps=self._columns.timestamps,
        )

    def _end_ns(self, connection: Connection) -> int | None:
        """Find the upper bound of timestamps; None when there is none that is safe."""
        now_ns = nanos_of(connection.now())
        connection.rollback()
        settled_ns = self._guard.time_limit(connection, now_ns)
        if settled_ns is None:
            return None
        delay_ns = self._settings.timestamp_delay_interval_ms * NANOS_PER_MS
        end_ns = min(now_ns - delay_ns, settled_ns)
        column, dialect = self._columns.first_timestamp, connection.dialect.name
        unit_ns = max(NANOS_PER_MS, bounds.resolution_ns(column, dialect))
        return end_ns // unit_ns * unit_ns

    def _limit(self, connection: Connection, criteria: Criteria) -> tuple[bool, int | None]:
        """Find the highest number to read: whether to wait for it, and the number if limited."""
        up_to = None if self._range is None else self._range.up_to
        if not self._guard.limits_numbers:
            return False, up_to

        def highest() -> int | None:
            return self._highest(connection, criteria) if up_to is None else up_to

        limit = self._guard.number_limit(connection, self.position.last_id, highest)
        return limit is None, limit

    def _highest(self, connection: Connection, criteria: Criteria) -> int | None:
        sql = criteria.highest_id(self.origin.from_clause)
        cursor = connection.execute(sql, doing=f"find the newest row of {self._shown}")
        (found,) = cursor.fetchone()
        cursor.close()
        connection.rollback()
        return None if found is None else int(found)

    def _bound(self, connection: Connection) -> bounds.Bind:
        if self._bind is not None:
            return self._bind
        zone = self._settings.zone
        if connection.dialect.name != _SQLITE or not self._columns.timestamps:
            self._bind = bounds.binder_of(self._columns.first_timestamp, zone)
            return self._bind
        sample = self._sample(connection)
        bind = bounds.binder_of_sample(sample, zone)
        if sample is not None:
            self._bind = bind
        return bind

    def _sample(self, connection: Connection) -> object:
        column = connection.dialect.rules.column(self._columns.timestamps[0])
        source = self.origin.from_clause
        sql = f"SELECT {column} FROM {source} WHERE {column} IS NOT NULL LIMIT 1"
        row = connection.execute(sql, doing=f"look at a timestamp of {self._shown}").fetchone()
        connection.rollback()
        return None if row is None else row[0]

    def _start(self, connection: Connection, condition: str, parameters: tuple[Any, ...]) -> None:
        self._guard.begin(connection)
        sql = self.origin.select + condition + self.origin.suffix
        doing = f"read {self._shown}"
        _logger.debug("Reading %s from %s", self._shown, self.position)
        self._stream = connection.stream(sql, parameters or None, self._size.rows, doing)
        self._is_all = False
        mapping = self._mapping
        if mapping is None or mapping.columns != tuple(self._stream.columns):
            settings = self._settings.mapping_settings(connection.dialect.name)
            mapping = self._mapping = self._new_mapping(self._stream, settings)
        self._progress = self._new_progress(mapping)

    def _new_mapping(self, stream: RowStream, settings: MappingSettings) -> RowMapping:
        definition, labels = self.origin.definition, {each.label for each in stream.columns}
        key = () if definition is None else definition.primary_key
        mapping = RowMapping.of(
            stream.columns,
            settings,
            name=self.origin.schema_name,
            key=key if labels.issuperset(key) else (),
        )
        self._keys = Keys(mapping.schema, self._key_columns) if self._key_columns else None
        if mapping.unsupported:
            named = ", ".join(f"{each.label} ({each.type_name})" for each in mapping.unsupported)
            _logger.warning(
                "No Connect type is known for these columns of %s: %s; unsupported.columns=%s",
                self._shown,
                named,
                settings.unsupported.value,
            )
        return mapping

    def _new_progress(self, mapping: RowMapping) -> Progress:
        incrementing, timestamps = self._columns.incrementing, self._columns.timestamps
        if incrementing and timestamps:
            moments, numbers = mapping.moments(timestamps), mapping.numbers(incrementing)
            return ByBoth(self.position, moments, numbers)
        if timestamps:
            return ByTimestamp(self.position, mapping.moments(timestamps))
        if incrementing:
            bounds_text = "" if self._range is None else write_bounds(self._range.bounds)
            return ByIncrementing(self.position, mapping.numbers(incrementing), bounds_text)
        return NoProgress(self.position)

    # -- rows --------------------------------------------------------------------------------------

    def _records(self, rows: _Rows, following: _Rows) -> list[SourceRecord]:
        mapping = self._mapping
        if not rows or mapping is None:
            return []
        offsets = self._progress.offsets(rows, following)
        values = mapping.rows(rows)
        partition, topic, schema = self.origin.partition, self.origin.topic, mapping.schema
        if self._keys is None:
            return [
                SourceRecord(
                    source_partition=partition,
                    source_offset=offset,
                    topic=topic,
                    value=value,
                    value_schema=schema,
                )
                for offset, value in zip(offsets, values, strict=True)
            ]
        key_schema = self._keys.schema
        return [
            SourceRecord(
                source_partition=partition,
                source_offset=offset,
                topic=topic,
                value=value,
                value_schema=schema,
                key=key,
                key_schema=key_schema,
            )
            for offset, value, key in zip(
                offsets, values, self._keys.of_values(values), strict=True
            )
        ]

    def _end(self, connection: Connection) -> None:
        with connection.told(f"read {self._shown}"):
            self.reset()
        connection.commit()
