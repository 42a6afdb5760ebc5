# SPDX-License-Identifier: Apache-2.0
"""Settings of the JDBC source: those of Confluent's connector, Aiven's, and our own.

Each group stands in a module of its own; here is what settings of several groups mean together.

Source:
    Reference page *jdbc*, section 1.

Differs:
    ``connection.url`` may be a SQLAlchemy URL as well. The group "Extensions" is ours.
"""

from __future__ import annotations

from barnabas import config
from barnabas.config import Importance, Option
from barnabas.connectors.jdbc.source.database_config import DatabaseConfig
from barnabas.connectors.jdbc.source.extensions_config import ExtensionsConfig
from barnabas.connectors.jdbc.source.mode_config import ModeConfig
from barnabas.connectors.jdbc.source.polling_config import PollingConfig
from barnabas.connectors.jdbc.source.schemas import (
    CalendarSystem,
    Granularity,
    MappingSettings,
    NumericMapping,
    UnsupportedColumns,
)
from barnabas.errors import ConfigError

__all__ = ["JdbcSourceConfig", "JdbcSourceTaskConfig"]


class JdbcSourceConfig(ExtensionsConfig, PollingConfig, ModeConfig, DatabaseConfig):
    """Settings of the JDBC source connector; the last base's come first."""

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
