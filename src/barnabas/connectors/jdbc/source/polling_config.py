# SPDX-License-Identifier: Apache-2.0
"""Settings of the JDBC source about its work: polls and batches, topics, times.

Source:
    Reference page *jdbc*, section 1.
"""

from __future__ import annotations

import functools
from typing import Final

from barnabas import config
from barnabas.config import ConfigType, Importance, Option
from barnabas.connectors.jdbc import options
from barnabas.connectors.jdbc.source import choices
from barnabas.connectors.jdbc.source.schemas import Granularity
from barnabas.connectors.jdbc.time_zones import TimeZone

__all__ = ["PollingConfig"]

_CONNECTOR: Final = "Connector"
_GRANULARITIES: Final = tuple(each.value for each in Granularity)
_TABLE_TYPES: Final = (
    "TABLE",
    "VIEW",
    "SYSTEM TABLE",
    "GLOBAL TEMPORARY",
    "LOCAL TEMPORARY",
    "ALIAS",
    "SYNONYM",
)


class PollingConfig(config.Config):
    """The group "Connector"."""

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
    db_timezone = options.db_timezone(group=_CONNECTOR, display_name="DB time zone")
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

    @property
    def topic_prefix(self) -> str:
        """Beginning of topics."""
        return self.topic_prefix_text.strip()

    @functools.cached_property
    def zone(self) -> TimeZone:
        """``db.timezone``; one object, for it remembers."""
        return TimeZone.of(self.db_timezone)
