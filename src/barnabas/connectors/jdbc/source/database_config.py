# SPDX-License-Identifier: Apache-2.0
"""Settings of the JDBC source about its database: the connection, the tables, their types.

Source:
    Reference page *jdbc*, section 1.
"""

from __future__ import annotations

from typing import Final

from barnabas import config
from barnabas.config import Importance, Option
from barnabas.connectors.jdbc import options
from barnabas.connectors.jdbc.source import choices
from barnabas.connectors.jdbc.source.schemas import CalendarSystem, NumericMapping
from barnabas.connectors.jdbc.source.table_filter import TableFilter

__all__ = ["DatabaseConfig"]

_DATABASE: Final = "Database"
_NUMERIC: Final = tuple(each.value for each in NumericMapping)
_CALENDARS: Final = tuple(each.value for each in CalendarSystem)


class DatabaseConfig(config.Config):
    """The group "Database"."""

    open_prefixes = ("connection.", "jdbc.credentials.provider.")

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
    connection_user = options.connection_user(group=_DATABASE)
    connection_password = options.connection_password(group=_DATABASE)
    credentials_provider_class = options.credentials_provider(group=_DATABASE)
    connection_attempts = options.connection_attempts(group=_DATABASE)
    connection_backoff_ms = options.connection_backoff_ms(
        group=_DATABASE, display_name="JDBC connection backoff (ms)"
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
    dialect_name = options.dialect_name(group=_DATABASE)
    calendar_text = options.calendar_system(
        validator=choices.enumerator(*_CALENDARS),
        recommender=choices.enumerator_recommender(*_CALENDARS),
        group=_DATABASE,
    )

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
