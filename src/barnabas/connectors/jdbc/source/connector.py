# SPDX-License-Identifier: Apache-2.0
"""The connector: watches the tables and shares them out to tasks.

Source:
    Reference page *jdbc*, section 2.1.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import barnabas
from barnabas import config
from barnabas.api import ExactlyOnceSupport, SourceConnector
from barnabas.connectors.jdbc.connection import Database
from barnabas.connectors.jdbc.database_settings import database_settings
from barnabas.connectors.jdbc.identifiers import IdentifierRules, TableId
from barnabas.connectors.jdbc.source.choices import Mode
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig
from barnabas.connectors.jdbc.source.first_load import FirstLoad
from barnabas.connectors.jdbc.source.offsets import check_offset, check_partition
from barnabas.connectors.jdbc.source.table_monitor import TableMonitor
from barnabas.connectors.jdbc.source.task import JdbcSourceTask
from barnabas.connectors.jdbc.source.task_split import group
from barnabas.connectors.jdbc.source.validation import check_source
from barnabas.errors import ConnectError

__all__ = ["JdbcSourceConnector"]

_logger = logging.getLogger(__name__)


class JdbcSourceConnector(SourceConnector):
    """Copies tables of a relational database, or the rows of a query, to topics.

    Source:
        Reference page *jdbc*, sections 1 to 3; it stands for the JDBC source connectors of
        Confluent and of Aiven.
    """

    config_class: ClassVar[type[config.Config]] = JdbcSourceConfig

    def __init__(self) -> None:
        self._monitor: TableMonitor | None = None

    @property
    def task_class(self) -> type[JdbcSourceTask]:
        """The task that reads."""
        return JdbcSourceTask

    def version(self) -> str:
        """Version of Barnabas: the connector is its own."""
        return barnabas.__version__

    def start(self, props: Mapping[str, str]) -> None:
        """Check the settings, connect, and begin to watch the tables unless there is a query.

        Raises:
            ConfigError: Settings contradict each other.
            DatabaseError: The database cannot be reached.
        """
        settings = self._settings = JdbcSourceConfig(props)
        self._props = dict(props)
        settings.check_query()
        _ = settings.mode, settings.table_filter
        self._database = Database(database_settings(settings))
        connection = self._database.connect()
        self._rules = connection.dialect.rules
        if settings.query_text:
            connection.close()
            return
        self._monitor = TableMonitor(settings, self._database, self.context)
        self._monitor.start(connection)

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """Share out the tables in contiguous blocks; a query goes to one task.

        Waits up to 10 s for the first list of tables.

        Raises:
            ConfigError: Two tables have the same bare name.
        """
        if self._monitor is None:
            return [self._task([], is_fetched=True)]
        wait_s = self._settings.startup_polling_limit_ms / 1000
        tables = self._monitor.tables(wait_s)
        if tables is None:
            _logger.warning("The tables are not known after %g s; tasks follow later", wait_s)
            return [self._task([], is_fetched=False)]
        if not tables:
            _logger.warning(
                "No table of the database passes table.types, schema.pattern and the lists"
            )
            return [self._task([], is_fetched=True)]
        if self._settings.table_split_enabled and len(tables) < max_tasks:
            return self._with_splits(tables, max_tasks)
        blocks = group(tables, min(len(tables), max_tasks))
        return [self._task(block, is_fetched=True) for block in blocks]

    def stop(self) -> None:
        """Stop watching."""
        monitor, self._monitor = self._monitor, None
        if monitor is not None:
            monitor.stop()

    def exactly_once_support(self, props: Mapping[str, str]) -> ExactlyOnceSupport:
        """Only an incrementing column gives each row an offset of its own."""
        is_exact = Mode(JdbcSourceConfig(props).mode_text).has_incrementing
        return ExactlyOnceSupport.SUPPORTED if is_exact else ExactlyOnceSupport.UNSUPPORTED

    def validate(self, props: Mapping[str, str]) -> list[config.ConfigValue]:
        """Check the settings, also against each other, and look into the database."""
        values = super().validate(props)
        check_source(values, props)
        return values

    def alter_offsets(self, props: Mapping[str, str], offsets: Mapping[Any, Any]) -> bool:
        """Check that partitions and offsets are such as tasks look up; a reset is always fine.

        Raises:
            ConnectError: They are not, or the mode stores none.
        """
        settings = JdbcSourceConfig(props)
        if settings.mode_text == Mode.BULK and any(offset for offset in offsets.values()):
            message = "Offsets cannot be modified with mode=bulk: all rows are read each time"
            raise ConnectError(message)
        for partition, offset in offsets.items():
            if offset is not None:
                check_partition(_as_map(partition))
                check_offset(offset)
        return True

    # -- tasks -------------------------------------------------------------------------------------

    def _task(self, tables: Sequence[TableId], *, is_fetched: bool) -> dict[str, str]:
        names = ",".join(self._quoted(table) for table in tables)
        fetched = "true" if is_fetched else "false"
        return {**self._props, "tables": names, "tables.fetched": fetched}

    def _quoted(self, table: TableId) -> str:
        rules: IdentifierRules = self._rules
        return rules.quoted(table)

    def _with_splits(self, tables: Sequence[TableId], max_tasks: int) -> list[dict[str, str]]:
        """Give the tasks that are left over to ranges of tables that are loaded at first."""
        connection = self._database.connect()
        try:
            load = FirstLoad(self._settings, connection, self.offset_storage_reader)
            tasks: list[dict[str, str]] = []
            left = max_tasks - len(tables)
            for table in tables:
                task = self._task([table], is_fetched=True)
                splits = load.splits(table, left + 1)
                left -= max(0, len(splits) - 1)
                tasks += [{**task, "table.split": split} for split in splits] or [task]
            return tasks
        finally:
            connection.close()


def _as_map(partition: object) -> Mapping[str, Any]:
    if partition is None:
        message = "Partition objects cannot be null"
        raise ConnectError(message)
    return partition if isinstance(partition, Mapping) else dict(partition)  # type: ignore[call-overload]  # a tuple of items, by the contract
