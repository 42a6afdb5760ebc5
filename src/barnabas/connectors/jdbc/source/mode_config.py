# SPDX-License-Identifier: Apache-2.0
"""Settings of the JDBC source about what it reads: the mode, its columns, where to begin, queries.

Source:
    Reference page *jdbc*, section 1.
"""

from __future__ import annotations

from typing import Final

from barnabas import config
from barnabas.config import ConfigType, Importance, Option, Password
from barnabas.connectors.jdbc import options
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source import choices
from barnabas.connectors.jdbc.source.choices import Mode
from barnabas.connectors.jdbc.source.table_filter import column_of_mapping, parse_column_mapping
from barnabas.errors import ConfigError

__all__ = ["ModeConfig"]

_MODE: Final = "Mode"
_MODES: Final = tuple(each.value for each in Mode)
_COLUMN_KEYS: Final = (
    "incrementing.column.name",
    "timestamp.column.name",
    "timestamp.columns.mapping",
    "incrementing.column.mapping",
)


class ModeConfig(config.Config):
    """The group "Mode"."""

    mode_text = Option(
        "mode",
        str,
        "",
        "How new rows are told: bulk (all rows each time), incrementing (a column that only"
        " grows), timestamp (columns set at each change), timestamp+incrementing (both).",
        validator=config.valid_string(*_MODES),
        recommender=config.offer(*_MODES[1:]),
        dependents=_COLUMN_KEYS,
        importance=Importance.HIGH,
        group=_MODE,
        display_name="Table Loading Mode",
    )
    incrementing_column_name = Option(
        "incrementing.column.name",
        str,
        "",
        "Column that only grows; empty to look for an auto-increment column. Never null.",
        recommender=choices.column_of_mode(),
        group=_MODE,
        display_name="Incrementing Column Name",
    )
    timestamp_column_name = Option(
        "timestamp.column.name",
        list,
        (),
        "Columns that hold the time of the last change; the first that is not null counts.",
        recommender=choices.column_of_mode(),
        group=_MODE,
        display_name="Timestamp Column Name",
    )
    timestamp_columns_mapping = Option(
        "timestamp.columns.mapping",
        list,
        (),
        "Timestamp columns by table: <regex of the full name>:[<column>|<column>].",
        recommender=choices.column_of_mode(),
        group=_MODE,
        display_name="Timestamp Columns Mapping",
    )
    incrementing_column_mapping = Option(
        "incrementing.column.mapping",
        list,
        (),
        "Incrementing column by table: <regex of the full name>:<column>.",
        recommender=choices.column_of_mode(),
        group=_MODE,
        display_name="Incrementing Column Mapping",
    )
    timestamp_initial = Option(
        "timestamp.initial",
        ConfigType.LONG,
        None,
        "Where a table without stored offset begins, in ms since the epoch; -1 is the database's"
        " current time, absent is all rows.",
        importance=Importance.LOW,
        group=_MODE,
        display_name="Initial Timestamp (ms)",
    )
    timestamp_initial_ms = Option(
        "timestamp.initial.ms",
        ConfigType.LONG,
        None,
        "The same by its name in Aiven's connector; there -1 is a time, 1 ms before 1970.",
        importance=Importance.LOW,
        group=_MODE,
        display_name="Initial Timestamp (ms), Aiven",
    )
    incrementing_initial = Option(
        "incrementing.initial",
        ConfigType.LONG,
        -1,
        "Where a table without stored offset begins: rows above this value are read.",
        importance=Importance.LOW,
        group=_MODE,
        display_name="Initial Value of the Incrementing Column",
    )
    validate_non_null = Option(
        "validate.non.null",
        bool,
        True,
        "Whether to refuse tables whose incrementing or timestamp columns may be null.",
        importance=Importance.LOW,
        group=_MODE,
        display_name="Validate Non Null",
    )
    query = Option(
        "query",
        str,
        "",
        "Query to run instead of copying tables. A mode that looks for new rows appends a WHERE"
        " clause, so the query must not have one at its end: put it in a subselect.",
        group=_MODE,
        display_name="Query",
    )
    query_masked = Option(
        "query.masked",
        Password,
        "",
        "The same as query, but hidden in logs and answers.",
        group=_MODE,
        display_name="Masked Query",
    )
    quote_sql_identifiers = options.quote_identifiers(
        validator=choices.enumerator("ALWAYS", "NEVER"),
        recommender=choices.enumerator_recommender("ALWAYS", "NEVER"),
        group=_MODE,
    )
    sql_quote_identifiers = options.sql_quote_identifiers(
        group=_MODE, display_name="Quote SQL identifiers"
    )
    query_suffix = Option(
        "query.suffix",
        str,
        "",
        "Text to put at the end of each query, such as LIMIT 1000.",
        importance=Importance.LOW,
        group=_MODE,
        display_name="Query suffix",
    )
    transaction_isolation_mode = Option(
        "transaction.isolation.mode",
        str,
        "DEFAULT",
        "Isolation of the transactions that read.",
        validator=choices.enumerator(*choices.ISOLATION_MODES),
        recommender=choices.enumerator_recommender(*choices.ISOLATION_MODES),
        importance=Importance.LOW,
        group=_MODE,
        display_name="Transaction Isolation Mode",
    )
    query_retry_attempts = Option(
        "query.retry.attempts",
        int,
        -1,
        "How often a query that failed is run again before the task fails; without end when 0 or"
        " less.",
        importance=Importance.LOW,
        group=_MODE,
        display_name="Query Retry Attempts",
    )

    @property
    def mode(self) -> Mode:
        """The mode, which must be given to start.

        Raises:
            ConfigError: It is empty.
        """
        mode = Mode(self.mode_text)
        if mode is Mode.UNSPECIFIED:
            message = (
                'Query mode must be specified: configuration "mode" is empty; set it to bulk,'
                " timestamp, incrementing or timestamp+incrementing"
            )
            raise ConfigError(message)
        return mode

    @property
    def query_text(self) -> str:
        """The query, masked or not; empty in table mode."""
        return self.query.strip() or self.query_masked.value.strip()

    @property
    def initial_ms(self) -> int | None:
        """The first timestamp to read from, None for all; see `begins_now`."""
        if self.timestamp_initial is not None:
            return self.timestamp_initial
        return self.timestamp_initial_ms

    @property
    def begins_now(self) -> bool:
        """Whether a table without offset begins at the database's current time."""
        return self.timestamp_initial == -1

    def timestamp_columns_of(self, table: TableId | None) -> tuple[str, ...]:
        """Name the timestamp columns of a table; empty when the mode has none.

        Args:
            table: None for a query.

        Raises:
            ConfigError: The mapping is wrong, or none is configured.
        """
        if not self.mode.has_timestamp:
            return ()
        columns: tuple[str, ...] = tuple(name for name in self.timestamp_column_name if name)
        if not columns and table is not None:
            name = "timestamp.columns.mapping"
            mapping = parse_column_mapping(name, self.timestamp_columns_mapping, many=True)
            columns = column_of_mapping(name, mapping, table) or ()
        if not columns:
            shown = "the query" if table is None else f"the table {table.fqn}"
            message = f"mode={self.mode_text} needs timestamp.column.name, but {shown} has none"
            raise ConfigError(message)
        return columns

    def incrementing_column_of(self, table: TableId | None) -> str | None:
        """Name the incrementing column of a table; empty to look for it, None without one.

        Raises:
            ConfigError: The mapping is wrong.
        """
        if not self.mode.has_incrementing:
            return None
        if self.incrementing_column_name or table is None:
            return self.incrementing_column_name
        name = "incrementing.column.mapping"
        mapping = parse_column_mapping(name, self.incrementing_column_mapping, many=False)
        found = column_of_mapping(name, mapping, table)
        return found[0] if found else ""
