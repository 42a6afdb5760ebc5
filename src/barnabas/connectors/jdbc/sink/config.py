# SPDX-License-Identifier: Apache-2.0
"""Settings of the JDBC sink: Confluent's names, types and defaults, and Aiven's besides.

Source: reference page ``jdbc``, section 6.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from barnabas import config
from barnabas.config import Importance, Option, Width
from barnabas.connectors.jdbc import options
from barnabas.connectors.jdbc.sink.settings_checks import (
    check_table_mapping,
    enumerator,
    table_mapping,
)
from barnabas.connectors.jdbc.time_zones import TimeZone
from barnabas.errors import ConfigError

__all__ = ["DEFAULT_KAFKA_KEYS", "DateZone", "InsertMode", "JdbcSinkConfig", "PrimaryKeyMode"]

DEFAULT_KAFKA_KEYS: Final = ("__connect_topic", "__connect_partition", "__connect_offset")
"""Names of the key columns with ``pk.mode=kafka`` unless ``pk.fields`` names others."""

_CONNECTION: Final = "Connection"
_WRITES: Final = "Writes"
_MAPPING: Final = "Data Mapping"
_DDL: Final = "DDL Support"
_DML: Final = "DML Support"
_RETRIES: Final = "Retries"


class InsertMode(enum.Enum):
    """What is done with a record that has a value."""

    INSERT = "insert"
    UPSERT = "upsert"
    UPDATE = "update"
    MULTI = "multi"


class PrimaryKeyMode(enum.Enum):
    """Where the columns of the primary key come from."""

    NONE = "none"
    KAFKA = "kafka"
    RECORD_KEY = "record_key"
    RECORD_VALUE = "record_value"


class DateZone(enum.Enum):
    """The zone in which the day of a Date is told."""

    DB_TIMEZONE = "db_timezone"
    UTC = "utc"


_Member = TypeVar("_Member", bound=enum.Enum)


class JdbcSinkConfig(config.Config):
    """Settings of the JDBC sink."""

    open_prefixes = ("connection.", "jdbc.credentials.provider.")

    connection_url = Option(
        "connection.url",
        str,
        config.NO_DEFAULT,
        "Address of the database: a JDBC URL such as jdbc:postgresql://host:5432/shop, or one of"
        " SQLAlchemy such as postgresql+psycopg://host/shop.",
        importance=Importance.HIGH,
        group=_CONNECTION,
        width=Width.LONG,
        display_name="JDBC URL",
    )
    connection_user = options.connection_user(group=_CONNECTION, width=Width.MEDIUM)
    connection_password = options.connection_password(group=_CONNECTION, width=Width.MEDIUM)
    credentials_provider = options.credentials_provider(group=_CONNECTION, width=Width.LONG)
    dialect_name = options.dialect_name(group=_CONNECTION, width=Width.LONG)
    connection_attempts = options.connection_attempts(group=_CONNECTION, width=Width.SHORT)
    connection_backoff_ms = options.connection_backoff_ms(
        validator=config.at_least(0),
        group=_CONNECTION,
        width=Width.SHORT,
        display_name="JDBC connection backoff in milliseconds",
    )

    insert_mode_text = Option(
        "insert.mode",
        str,
        "insert",
        "What to do with a record: insert adds a row; upsert adds a row or changes the one with the"
        " same key; update changes the row with the same key; multi adds rows, many with one"
        " statement.",
        validator=enumerator(InsertMode),
        importance=Importance.HIGH,
        group=_WRITES,
        width=Width.MEDIUM,
        display_name="Insert Mode",
    )
    batch_size = Option(
        "batch.size",
        int,
        3000,
        "Most records of one table that are written together, where that is possible.",
        validator=config.at_least(0),
        importance=Importance.MEDIUM,
        group=_WRITES,
        width=Width.SHORT,
        display_name="Batch Size",
    )
    delete_enabled = Option(
        "delete.enabled",
        bool,
        False,
        "Whether a record without value deletes the row with its key. Needs pk.mode=record_key.",
        importance=Importance.MEDIUM,
        group=_WRITES,
        width=Width.SHORT,
        display_name="Enable deletes",
    )
    table_types = Option(
        "table.types",
        list,
        "TABLE",
        "Kinds of tables that may be written to: TABLE, PARTITIONED TABLE, VIEW.",
        importance=Importance.LOW,
        group=_WRITES,
        width=Width.MEDIUM,
        display_name="Table Types",
    )
    replace_null_with_default = Option(
        "replace.null.with.default",
        bool,
        True,
        "Whether the default of a field's schema stands for a null in the record.",
        importance=Importance.LOW,
        group=_WRITES,
        width=Width.SHORT,
        display_name="Replace null with default",
    )
    copy_enabled = Option(
        "postgresql.copy",
        bool,
        True,
        "Whether rows go to PostgreSQL with COPY where the result is the same as that of INSERT"
        " statements; that is several times faster.",
        importance=Importance.LOW,
        group=_WRITES,
        width=Width.SHORT,
        display_name="Write with COPY",
    )

    table_name_format = Option(
        "table.name.format",
        str,
        "${topic}",
        "Name of the table, in which ${topic} stands for the topic. A point separates catalog,"
        " schema and table.",
        importance=Importance.MEDIUM,
        group=_MAPPING,
        width=Width.LONG,
        display_name="Table Name Format",
    )
    table_name_normalize = Option(
        "table.name.normalize",
        bool,
        False,
        "Whether characters of table names other than A-Z, a-z, 0-9 and _ become _.",
        importance=Importance.MEDIUM,
        group=_MAPPING,
        width=Width.SHORT,
        display_name="Table Name Normalize",
    )
    topics_to_tables = Option(
        "topics.to.tables.mapping",
        list,
        None,
        "Tables by topic, as a list of topic:table; once given, every topic must be in it.",
        validator=check_table_mapping(),
        importance=Importance.MEDIUM,
        group=_MAPPING,
        width=Width.LONG,
        display_name="Topics To Tables Mapping",
    )
    pk_mode_text = Option(
        "pk.mode",
        str,
        "none",
        "Where the primary key comes from: none; kafka: topic, partition and offset; record_key:"
        " the record's key; record_value: fields of its value.",
        validator=enumerator(PrimaryKeyMode),
        importance=Importance.HIGH,
        group=_MAPPING,
        width=Width.MEDIUM,
        display_name="Primary Key Mode",
    )
    pk_fields = Option(
        "pk.fields",
        list,
        "",
        "Columns of the primary key. kafka: none, or three names for topic, partition and offset;"
        " record_key: one name when the key is no struct, else fields of the key, all when empty;"
        " record_value: fields of the value, all when empty.",
        importance=Importance.MEDIUM,
        group=_MAPPING,
        width=Width.LONG,
        display_name="Primary Key Fields",
    )
    fields_whitelist = Option(
        "fields.whitelist",
        list,
        "",
        "Fields of the value that become columns besides those of the key; all when empty.",
        importance=Importance.MEDIUM,
        group=_MAPPING,
        width=Width.LONG,
        display_name="Fields Whitelist",
    )
    db_timezone = options.db_timezone(
        importance=Importance.MEDIUM,
        group=_MAPPING,
        width=Width.MEDIUM,
        display_name="DB Time Zone",
    )
    date_timezone_text = Option(
        "date.timezone",
        str,
        "db_timezone",
        "Zone in which the day of a Date is told: db_timezone, or utc for the day as it stands in"
        " the record.",
        validator=enumerator(DateZone),
        importance=Importance.MEDIUM,
        group=_MAPPING,
        width=Width.MEDIUM,
        display_name="Date Time Zone",
    )
    timestamp_fields = Option(
        "timestamp.fields.list",
        list,
        "",
        "Fields of type INT64 or STRING that hold a time since 1970 in the unit that"
        " timestamp.precision.mode names, and become columns of timestamps.",
        importance=Importance.MEDIUM,
        group=_MAPPING,
        width=Width.LONG,
        display_name="Timestamp Fields",
    )
    timestamp_precision = Option(
        "timestamp.precision.mode",
        str,
        "microseconds",
        "Unit of these fields: microseconds or nanoseconds.",
        validator=config.valid_string("microseconds", "nanoseconds"),
        importance=Importance.LOW,
        group=_MAPPING,
        width=Width.MEDIUM,
        display_name="Timestamp Precision Mode",
    )
    calendar_system = options.calendar_system(
        validator=config.valid_string("LEGACY", "PROLEPTIC_GREGORIAN"),
        group=_MAPPING,
        width=Width.MEDIUM,
    )
    string_column = Option(
        "string.output.value.column.name",
        str,
        "record_value",
        "Name of the column that gets the value of records whose value is a text, not a struct.",
        validator=config.non_empty(),
        importance=Importance.LOW,
        group=_MAPPING,
        width=Width.MEDIUM,
        display_name="String Output Value Column Name",
    )

    auto_create = Option(
        "auto.create",
        bool,
        False,
        "Whether to create a table that is missing, by the schema of the first record.",
        importance=Importance.MEDIUM,
        group=_DDL,
        width=Width.SHORT,
        display_name="Auto-Create",
    )
    auto_evolve = Option(
        "auto.evolve",
        bool,
        False,
        "Whether to add columns to a table when records have fields it lacks.",
        importance=Importance.MEDIUM,
        group=_DDL,
        width=Width.SHORT,
        display_name="Auto-Evolve",
    )
    quote_identifiers_text = options.quote_identifiers(
        validator=config.case_insensitive_valid_string("always", "never"),
        importance=Importance.MEDIUM,
        group=_DDL,
        width=Width.MEDIUM,
    )
    sql_quote_identifiers = options.sql_quote_identifiers(
        importance=Importance.MEDIUM,
        group=_DDL,
        width=Width.SHORT,
        display_name="Quote SQL Identifiers",
    )

    merge_holdlock = Option(
        "mssql.use.merge.holdlock",
        bool,
        True,
        "Whether SQL Server's MERGE takes the lock that keeps upserts of several tasks apart.",
        importance=Importance.LOW,
        group=_DML,
        width=Width.SHORT,
        display_name="SQL Server: use HOLDLOCK in MERGE",
    )

    max_retries = Option(
        "max.retries",
        int,
        10,
        "How often to try again what the database refused, before the task fails.",
        validator=config.at_least(0),
        importance=Importance.MEDIUM,
        group=_RETRIES,
        width=Width.SHORT,
        display_name="Maximum Retries",
    )
    retry_backoff_ms = Option(
        "retry.backoff.ms",
        int,
        3000,
        "How long to wait before that, in ms.",
        validator=config.at_least(0),
        importance=Importance.MEDIUM,
        group=_RETRIES,
        width=Width.SHORT,
        display_name="Retry Backoff (millis)",
    )
    trim_sensitive_log = Option(
        "trim.sensitive.log",
        bool,
        False,
        "Does nothing here: the contents of records are never logged.",
        importance=Importance.LOW,
        group=_RETRIES,
        width=Width.SHORT,
        display_name="Trim Sensitive Log",
        internal=True,
    )

    def __init__(self, props: Mapping[str, Any]) -> None:
        """Parse and check.

        Raises:
            ConfigError: A setting is wrong, or ``delete.enabled`` goes without keys.
        """
        super().__init__(props)
        self.insert_mode: InsertMode = _member(InsertMode, self.insert_mode_text)
        self.pk_mode: PrimaryKeyMode = _member(PrimaryKeyMode, self.pk_mode_text)
        self.date_zone: DateZone = _member(DateZone, self.date_timezone_text)
        self.zone: TimeZone = TimeZone.of(self.db_timezone)
        self.table_of_topic: Mapping[str, str] = table_mapping(self.topics_to_tables)
        if self.delete_enabled and self.pk_mode is not PrimaryKeyMode.RECORD_KEY:
            message = "Primary key mode must be 'record_key' when delete support is enabled"
            raise ConfigError(message)

    @property
    def timestamp_digits(self) -> int:
        """Digits of a second in the fields of ``timestamp.fields.list``: 6 or 9."""
        return 6 if self.timestamp_precision == "microseconds" else 9

    @property
    def is_legacy_calendar(self) -> bool:
        """Whether days before 1582-10-15 are counted by the Julian calendar."""
        return self.calendar_system == "LEGACY"


def _member(kind: type[_Member], text: str) -> _Member:
    return kind(text.lower())
