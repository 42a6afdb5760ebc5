# SPDX-License-Identifier: Apache-2.0
"""Validation of a sink: first its settings, then a look at the tables it will write to.

Errors are told by setting, as Java does. What else was found is logged: the columns of the tables
that are there, those that are missing, and rights the user lacks.

Source:
    Reference page *jdbc*, section 6.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from barnabas.config import ConfigValue
from barnabas.connectors.jdbc.columns import TableDefinition
from barnabas.connectors.jdbc.connection import Connection
from barnabas.connectors.jdbc.database_settings import database_settings
from barnabas.connectors.jdbc.errors import DatabaseError
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.sink.config import InsertMode, JdbcSinkConfig, PrimaryKeyMode
from barnabas.connectors.jdbc.sink.routing import table_name
from barnabas.connectors.jdbc.validation import Report, look_into, unique_keys
from barnabas.errors import ConfigError, ConnectError

__all__ = ["check_sink"]

_LOG = logging.getLogger(__name__)
_POSTGRESQL: Final = "PostgreSqlDatabaseDialect"
_RIGHTS: Final[Mapping[InsertMode, tuple[str, ...]]] = {
    InsertMode.INSERT: ("INSERT",),
    InsertMode.MULTI: ("INSERT",),
    InsertMode.UPSERT: ("INSERT", "UPDATE"),
    InsertMode.UPDATE: ("UPDATE",),
}


def check_sink(values: Sequence[ConfigValue], props: Mapping[str, str]) -> None:
    """Add to the answer of a validation what the settings together, and the database, say.

    Looks at the database only when nothing is wrong so far.

    Args:
        values: What each setting alone says; errors are added.
        props: The configuration.
    """
    report = Report(values)
    if report.has_errors:
        return
    with report.blaming("delete.enabled"):
        config = JdbcSinkConfig(props)
    if report.has_errors:
        return
    for name, message in contradictions(config):
        report.error(name, message)
    if not report.has_errors:
        look = _Look(report, config, _topics(props))
        look_into(report, lambda: database_settings(config), look.at)


def contradictions(config: JdbcSinkConfig) -> Iterator[tuple[str, str]]:
    """Yield which settings contradict each other: the one that has to change, and a sentence."""
    fields = [name for name in config.pk_fields if name]
    if config.pk_mode is PrimaryKeyMode.KAFKA and len(fields) not in {0, 3}:
        yield (
            "pk.fields",
            f"pk.mode=kafka needs three names, for topic, partition and offset, or none: not "
            f"{len(fields)}",
        )
    if config.pk_mode is PrimaryKeyMode.NONE and config.insert_mode is InsertMode.UPSERT:
        yield (
            "pk.mode",
            "insert.mode=upsert needs to know the keys of rows: set pk.mode to record_key, "
            "record_value or kafka",
        )


def _topics(props: Mapping[str, str]) -> list[str]:
    return [topic.strip() for topic in (props.get("topics") or "").split(",") if topic.strip()]


class _Look:
    """One look at the database of a sink."""

    def __init__(self, report: Report, config: JdbcSinkConfig, topics: Sequence[str]) -> None:
        self._report = report
        self._config = config
        self._topics = topics

    def at(self, connection: Connection) -> None:
        """Look at the table of each topic; of ``topics.regex`` the topics are not known."""
        _LOG.info("The database answers")
        for topic in self._topics:
            try:
                table = self._table(connection, topic)
                definition = connection.definition(table)
                if definition is None:
                    self._tell_missing(connection, table)
                else:
                    self._tell(connection, table, definition)
            except DatabaseError as error:
                connection.rollback()
                _LOG.warning("The table of topic %s could not be looked at: %s", topic, error)
            except ConfigError as error:
                self._report.error("table.name.format", error.message)
            except ConnectError as error:
                self._report.error("topics.to.tables.mapping", error.message)

    def _table(self, connection: Connection, topic: str) -> TableId:
        config = self._config
        name = table_name(
            topic,
            config.table_name_format,
            mapping=config.table_of_topic,
            normalize=config.table_name_normalize,
        )
        return connection.dialect.parse_table(name)

    def _tell_missing(self, connection: Connection, table: TableId) -> None:
        if not self._config.auto_create:
            _LOG.warning(
                "Table %s is missing and auto-creation is disabled: create it before the first "
                "record comes, or set auto.create=true",
                table,
            )
            return
        if connection.dialect.name == _POSTGRESQL:
            schema = table.schema or connection.current()[1]
            sql = "SELECT has_schema_privilege(?, 'CREATE')"
            (may_create,) = connection.execute(sql, (schema,), "ask for rights").fetchone()
            if not may_create:
                self._tell_lack("CREATE", f"schema {schema}")
                return
        _LOG.info("Table %s will be created", table)

    def _tell(self, connection: Connection, table: TableId, definition: TableDefinition) -> None:
        columns = ", ".join(
            f"{column.name} {column.type_name}{'' if column.is_optional else ' NOT NULL'}"
            for column in definition.columns
        )
        _LOG.info("Table %s (%s): %s", table, definition.kind.lower(), columns)
        self._check_key(connection, definition)
        if connection.dialect.name == _POSTGRESQL:
            self._check_rights(connection, definition.table)

    def _check_key(self, connection: Connection, definition: TableDefinition) -> None:
        """An upsert finds the row to change by a key of the table: it must have that key."""
        config = self._config
        fields = [name for name in config.pk_fields if name]
        if config.insert_mode is not InsertMode.UPSERT or not fields:
            return
        missing = [name for name in fields if definition.column(name) is None]
        if missing and not config.auto_evolve:
            message = f"Table {definition.table} has no column {', '.join(missing)}"
            self._report.error("pk.fields", message)
            return
        keys = unique_keys(connection, definition)
        wanted = frozenset(name.casefold() for name in fields)
        if keys is None or wanted in keys:
            return
        message = (
            f"Table {definition.table} has no primary key or unique index on exactly "
            f"{', '.join(fields)}, by which insert.mode=upsert finds the row to change"
        )
        if connection.dialect.name == _POSTGRESQL:
            self._report.error("pk.fields", message)
        else:
            _LOG.warning("%s: rows would come twice", message)

    def _check_rights(self, connection: Connection, table: TableId) -> None:
        wanted = [*_RIGHTS[self._config.insert_mode]]
        if self._config.delete_enabled:
            wanted.append("DELETE")
        quoted = connection.dialect.rules.quoted(table)
        for right in wanted:
            sql = "SELECT has_table_privilege(?, ?)"
            (granted,) = connection.execute(sql, (quoted, right), "ask for rights").fetchone()
            if not granted:
                self._tell_lack(right, f"table {table}")

    def _tell_lack(self, right: str, where: str) -> None:
        user = self._config.connection_user or "of the connection"
        message = f"The user {user} lacks the right {right} on {where}: GRANT it"
        self._report.error("connection.user", message)
