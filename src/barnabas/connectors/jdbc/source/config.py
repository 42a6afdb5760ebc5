# SPDX-License-Identifier: Apache-2.0
"""Settings of the JDBC source: those of Confluent's connector, Aiven's, and our own.

Source:
    Reference page *jdbc*, section 1.

Differs:
    ``connection.url`` may be a SQLAlchemy URL as well. The group "Extensions" is ours.
"""

from __future__ import annotations

import functools
from typing import Final

from barnabas import config
from barnabas.config import ConfigType, Importance, Option, Password
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source import choices
from barnabas.connectors.jdbc.source.choices import KeyMode, Mode
from barnabas.connectors.jdbc.source.schemas import (
    CalendarSystem,
    Granularity,
    MappingSettings,
    NumericMapping,
    UnsupportedColumns,
)
from barnabas.connectors.jdbc.source.table_filter import (
    TableFilter,
    column_of_mapping,
    parse_column_mapping,
)
from barnabas.connectors.jdbc.time_zones import TimeZone
from barnabas.errors import ConfigError

__all__ = ["JdbcSourceConfig", "JdbcSourceTaskConfig"]

_DATABASE: Final = "Database"
_MODE: Final = "Mode"
_CONNECTOR: Final = "Connector"
_EXTENSIONS: Final = "Extensions"

_NUMERIC: Final = tuple(each.value for each in NumericMapping)
_GRANULARITIES: Final = tuple(each.value for each in Granularity)
_CALENDARS: Final = tuple(each.value for each in CalendarSystem)
_UNSUPPORTED: Final = tuple(each.value for each in UnsupportedColumns)
_MODES: Final = tuple(each.value for each in Mode)
_COLUMN_KEYS: Final = (
    "incrementing.column.name",
    "timestamp.column.name",
    "timestamp.columns.mapping",
    "incrementing.column.mapping",
)
_TABLE_TYPES: Final = (
    "TABLE",
    "VIEW",
    "SYSTEM TABLE",
    "GLOBAL TEMPORARY",
    "LOCAL TEMPORARY",
    "ALIAS",
    "SYNONYM",
)


class JdbcSourceConfig(config.Config):
    """Settings of the JDBC source connector."""

    connection_url = Option(
        "connection.url",
        str,
        "",
        "JDBC URL of the database, such as jdbc:postgresql://host:5432/shop, or a SQLAlchemy URL.",
        importance=Importance.HIGH,
        group=_DATABASE,
        display_name="JDBC URL",
        dependents=("table.whitelist", "table.blacklist"),
    )
    connection_user = Option(
        "connection.user",
        str,
        None,
        "User of the database.",
        importance=Importance.HIGH,
        group=_DATABASE,
        display_name="JDBC User",
    )
    connection_password = Option(
        "connection.password",
        Password,
        None,
        "Password of the user.",
        importance=Importance.HIGH,
        group=_DATABASE,
        display_name="JDBC Password",
    )
    credentials_provider_class = Option(
        "jdbc.credentials.provider.class",
        ConfigType.CLASS,
        "io.confluent.connect.jdbc.util.DefaultJdbcCredentialsProvider",
        "Class that gives user and password for each connection. Settings that begin with"
        " jdbc.credentials.provider. are handed to it, without that beginning.",
        importance=Importance.LOW,
        group=_DATABASE,
        display_name="JDBC Credentials Provider Class",
    )
    connection_attempts = Option(
        "connection.attempts",
        int,
        3,
        "How often to try to connect before giving up.",
        validator=config.at_least(1),
        importance=Importance.LOW,
        group=_DATABASE,
        display_name="JDBC connection attempts",
    )
    connection_backoff_ms = Option(
        "connection.backoff.ms",
        ConfigType.LONG,
        10_000,
        "Time between two attempts to connect, in ms.",
        importance=Importance.LOW,
        group=_DATABASE,
        display_name="JDBC connection backoff (ms)",
    )
    table_whitelist = Option(
        "table.whitelist",
        list,
        (),
        "Tables to copy, by bare or full name. Not together with table.blacklist or query.",
        importance=Importance.MEDIUM,
        group=_DATABASE,
        display_name="Table Whitelist",
    )
    table_blacklist = Option(
        "table.blacklist",
        list,
        (),
        "Tables not to copy, by bare or full name. Not together with table.whitelist or query.",
        importance=Importance.MEDIUM,
        group=_DATABASE,
        display_name="Table Blacklist",
    )
    table_include_list = Option(
        "table.include.list",
        list,
        (),
        "Java regular expressions of the full names of tables to copy.",
        validator=choices.regex_list(),
        group=_DATABASE,
        display_name="Table Include List",
    )
    table_exclude_list = Option(
        "table.exclude.list",
        list,
        (),
        "Java regular expressions of tables to leave out of those that are included.",
        validator=choices.regex_list(),
        group=_DATABASE,
        display_name="Table Exclude List",
    )
    catalog_pattern = Option(
        "catalog.pattern",
        str,
        None,
        "Catalog of the tables; empty for those without a catalog, absent for any.",
        group=_DATABASE,
        display_name="Catalog pattern",
    )
    schema_pattern = Option(
        "schema.pattern",
        str,
        None,
        "Schemas of the tables as a LIKE pattern with % and _; empty for those without a schema,"
        " absent for any.",
        importance=Importance.HIGH,
        group=_DATABASE,
        display_name="Schema pattern",
    )
    numeric_precision_mapping = Option(
        "numeric.precision.mapping",
        bool,
        False,
        "Old spelling of numeric.mapping=precision_only.",
        importance=Importance.LOW,
        group=_DATABASE,
        display_name="Map Numeric Values By Precision (deprecated)",
    )
    numeric_mapping_text = Option(
        "numeric.mapping",
        str,
        None,
        "What NUMERIC columns become: none (always Decimal), precision_only (whole numbers that"
        " fit become integers), best_fit (and those with digits after the point doubles),"
        " best_fit_eager_double (doubles whatever their precision).",
        validator=choices.enumerator(*_NUMERIC),
        recommender=choices.enumerator_recommender(*_NUMERIC),
        importance=Importance.LOW,
        group=_DATABASE,
        display_name="Map Numeric Values, Integral or Decimal, By Precision and Scale",
    )
    dialect_name = Option(
        "dialect.name",
        str,
        "",
        "Dialect to use, such as PostgreSqlDatabaseDialect, instead of the one of the URL.",
        importance=Importance.LOW,
        group=_DATABASE,
        display_name="Database Dialect",
    )
    calendar_text = Option(
        "date.calendar.system",
        str,
        "LEGACY",
        "How days before 1582-10-15 are counted: LEGACY (as Java's Date does) or"
        " PROLEPTIC_GREGORIAN.",
        validator=choices.enumerator(*_CALENDARS),
        recommender=choices.enumerator_recommender(*_CALENDARS),
        importance=Importance.LOW,
        group=_DATABASE,
        display_name="Date Calendar System",
    )
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
    quote_sql_identifiers = Option(
        "quote.sql.identifiers",
        str,
        "ALWAYS",
        "Whether to quote names of tables and columns: always or never.",
        validator=choices.enumerator("ALWAYS", "NEVER"),
        recommender=choices.enumerator_recommender("ALWAYS", "NEVER"),
        group=_MODE,
        display_name="Quote Identifiers",
    )
    sql_quote_identifiers = Option(
        "sql.quote.identifiers",
        bool,
        True,
        "The same by its name in Aiven's connector.",
        group=_MODE,
        display_name="Quote SQL identifiers",
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
    table_types = Option(
        "table.types",
        list,
        ("TABLE",),
        "Types of tables to copy: TABLE, VIEW, or any the database has.",
        recommender=config.offer(*_TABLE_TYPES),
        importance=Importance.LOW,
        group=_CONNECTOR,
        display_name="Table Types",
    )
    poll_interval_ms = Option(
        "poll.interval.ms",
        int,
        5000,
        "How often each table is looked at for new rows, in ms.",
        importance=Importance.HIGH,
        group=_CONNECTOR,
        display_name="Poll Interval (ms)",
    )
    batch_max_rows = Option(
        "batch.max.rows",
        int,
        1000,
        "Most rows that are read, and returned, at once.",
        validator=config.at_least(1),
        importance=Importance.LOW,
        group=_CONNECTOR,
        display_name="Max Rows Per Batch",
    )
    max_buffer_size = Option(
        "max.buffer.size",
        int,
        0,
        "Accepted for compatibility: rows are not read ahead beyond one batch.",
        importance=Importance.LOW,
        group=_CONNECTOR,
        display_name="Max Buffer Size",
    )
    poll_linger_ms = Option(
        "poll.linger.ms",
        ConfigType.LONG,
        5000,
        "Accepted for compatibility: rows are returned as soon as they are read.",
        importance=Importance.LOW,
        group=_CONNECTOR,
        display_name="Poll Linger (ms)",
    )
    table_poll_interval_ms = Option(
        "table.poll.interval.ms",
        ConfigType.LONG,
        60_000,
        "How often to look for new and dropped tables, in ms.",
        importance=Importance.LOW,
        group=_CONNECTOR,
        display_name="Metadata Change Monitoring Interval (ms)",
    )
    startup_polling_limit_ms = Option(
        "table.monitoring.startup.polling.limit.ms",
        ConfigType.LONG,
        10_000,
        "Longest wait for the first list of tables, in ms.",
        importance=Importance.LOW,
        group=_CONNECTOR,
        internal=True,
    )
    topic_prefix_text = Option(
        "topic.prefix",
        str,
        "",
        "Beginning of the topics' names, before the bare name of the table; for a query the topic.",
        validator=choices.topic_prefix(),
        importance=Importance.HIGH,
        group=_CONNECTOR,
        display_name="Topic Prefix",
    )
    timestamp_delay_interval_ms = Option(
        "timestamp.delay.interval.ms",
        ConfigType.LONG,
        0,
        "Rows younger than this are left for later, in ms, so that late commits are not missed.",
        importance=Importance.HIGH,
        group=_CONNECTOR,
        display_name="Delay Interval (ms)",
    )
    db_timezone = Option(
        "db.timezone",
        str,
        "UTC",
        "Time zone of timestamps that have none in the database.",
        validator=choices.time_zone(),
        group=_CONNECTOR,
        display_name="DB time zone",
    )
    granularity_text = Option(
        "timestamp.granularity",
        str,
        "connect_logical",
        "What TIMESTAMP columns become: Connect's Timestamp (ms), or a number or text of µs or ns.",
        validator=choices.enumerator(*_GRANULARITIES),
        recommender=choices.enumerator_recommender(*_GRANULARITIES),
        importance=Importance.LOW,
        group=_CONNECTOR,
        display_name="Timestamp granularity for timestamp columns",
    )
    table_names_qualify = Option(
        "table.names.qualify",
        bool,
        True,
        "Whether queries name a table with its catalog and schema (Aiven's connector).",
        importance=Importance.LOW,
        group=_CONNECTOR,
        display_name="Qualify table names",
    )
    key_mode_text = Option(
        "key.mode",
        str,
        "none",
        "What the key of a record is: none (null, as in Java), primary_key (a struct of the"
        " table's primary key), columns (a struct of key.columns).",
        validator=choices.enumerator(*(each.value for each in KeyMode)),
        recommender=choices.enumerator_recommender(*(each.value for each in KeyMode)),
        group=_EXTENSIONS,
        display_name="Key Mode",
    )
    key_columns = Option(
        "key.columns",
        list,
        (),
        "Columns of the key with key.mode=columns.",
        group=_EXTENSIONS,
        display_name="Key Columns",
    )
    unsupported_columns_text = Option(
        "unsupported.columns",
        str,
        "skip",
        "What happens to columns of a type Connect has no counterpart for: error, skip (left out,"
        " as in Java, and named in a warning), string (the text the database writes).",
        validator=choices.enumerator(*_UNSUPPORTED),
        recommender=choices.enumerator_recommender(*_UNSUPPORTED),
        group=_EXTENSIONS,
        display_name="Unsupported Columns",
    )
    transaction_guard_enabled = Option(
        "transaction.guard.enabled",
        bool,
        True,
        "Whether to read only rows that no open transaction can still add a row before"
        " (PostgreSQL, MySQL, MariaDB), so that late commits are not missed.",
        group=_EXTENSIONS,
        display_name="Wait For Open Transactions",
    )
    transaction_guard_limit_ms = Option(
        "transaction.guard.limit.ms",
        ConfigType.LONG,
        -1,
        "Age in ms from which an open transaction is not waited for any more; never when negative.",
        importance=Importance.LOW,
        group=_EXTENSIONS,
        display_name="Longest Wait For Open Transactions (ms)",
    )
    table_split_enabled = Option(
        "table.split.enabled",
        bool,
        False,
        "Whether tasks that would have no table of their own take ranges of a table's"
        " incrementing column in the first load (mode incrementing).",
        importance=Importance.LOW,
        group=_EXTENSIONS,
        display_name="Split Tables",
    )
    table_split_min_rows = Option(
        "table.split.min.rows",
        ConfigType.LONG,
        1_000_000,
        "Width of the incrementing column's values from which a table is split.",
        validator=config.at_least(2),
        importance=Importance.LOW,
        group=_EXTENSIONS,
        display_name="Least Width Of A Split Table",
    )

    # -- what the settings mean --------------------------------------------------------------------

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
    def key_mode(self) -> KeyMode:
        """What keys are made of."""
        return KeyMode(self.key_mode_text.lower())

    @property
    def query_text(self) -> str:
        """The query, masked or not; empty in table mode."""
        return self.query.strip() or self.query_masked.value.strip()

    @property
    def topic_prefix(self) -> str:
        """Beginning of topics."""
        return self.topic_prefix_text.strip()

    @property
    def is_quoting(self) -> bool:
        """Whether names are quoted, by either spelling of the setting."""
        return self.quote_sql_identifiers.upper() == "ALWAYS" and self.sql_quote_identifiers

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

    @property
    def table_filter(self) -> TableFilter:
        """Which tables are copied.

        Raises:
            ConfigError: The lists contradict each other.
        """
        return TableFilter.of(
            self.table_whitelist,
            self.table_blacklist,
            self.table_include_list,
            self.table_exclude_list,
        )

    @functools.cached_property
    def zone(self) -> TimeZone:
        """``db.timezone``; one object, for it remembers."""
        return TimeZone.of(self.db_timezone)

    def mapping_settings(self, dialect: str) -> MappingSettings:
        """Collect what decides the values of records.

        Args:
            dialect: Name of the dialect, such as ``PostgreSql``.
        """
        numeric = self.numeric_mapping_text
        if numeric is None:
            numeric = "precision_only" if self.numeric_precision_mapping else "none"
        return MappingSettings(
            dialect=dialect,
            numeric_mapping=NumericMapping(numeric.lower()),
            granularity=Granularity(self.granularity_text.lower()),
            zone=self.zone,
            calendar=CalendarSystem(self.calendar_text.upper()),
            unsupported=UnsupportedColumns(self.unsupported_columns_text.lower()),
        )

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

    def check_query(self) -> None:
        """Check that a query stands alone.

        Raises:
            ConfigError: It does not.
        """
        if self.query.strip() and self.query_masked.value.strip():
            message = "query and query.masked are both set; set one of them"
            raise ConfigError(message)
        lists = (
            self.table_whitelist,
            self.table_blacklist,
            self.table_include_list,
            self.table_exclude_list,
        )
        if self.query_text and any(lists):
            message = (
                "query may not be combined with whole-table copying settings: remove"
                " table.whitelist, table.blacklist, table.include.list and table.exclude.list, or"
                " the query"
            )
            raise ConfigError(message)


class JdbcSourceTaskConfig(JdbcSourceConfig):
    """Settings of one task: the connector's, and its tables."""

    tables = Option(
        "tables",
        list,
        config.NO_DEFAULT,
        "Tables of this task, quoted as the database does.",
        importance=Importance.HIGH,
    )
    tables_fetched = Option(
        "tables.fetched",
        bool,
        False,
        "Whether the list of tables was known when this was made.",
        internal=True,
    )
    shutdown_timeout_s = Option(
        "engine.shutdown.timeout",
        int,
        10,
        "Accepted for compatibility.",
        validator=config.range_between(0, 30),
        internal=True,
    )
    table_split = Option(
        "table.split",
        str,
        None,
        "Range of the table this task loads: <index>/<bounds>.",
        internal=True,
    )
