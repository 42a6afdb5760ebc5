# SPDX-License-Identifier: Apache-2.0
"""Settings the framework reads from every connector's configuration.

`SourceConnectorConfig` and `SinkConnectorConfig` are what tasks and the herder work with. What a
configuration of transforms and predicates adds is in `barnabas.runtime.settings.enrichment`.

Differs:
    Java 4.2 and later refuse empty and repeated items in ``topics`` and in the lists of aliases;
    like 4.1, this refuses repeated aliases only, so that running connectors go on running.

Source:
    Apache Kafka ConnectorConfig, SourceConnectorConfig, SinkConnectorConfig;
    reference/configs.md, section 5.
"""

from __future__ import annotations

from typing import Final

from barnabas.config import (
    NO_DEFAULT,
    Config,
    ConfigType,
    Importance,
    Option,
    Validator,
    Width,
    at_least,
    case_insensitive_valid_string,
    composite,
    invalid_value,
    non_empty,
    non_empty_no_control,
    non_null,
    valid_regex,
    valid_string,
    validator,
)
from barnabas.runtime.plugins.versions import parse_range

__all__ = ["ConnectorConfig", "SinkConnectorConfig", "SourceConnectorConfig"]

HIGH, MEDIUM, LOW = Importance.HIGH, Importance.MEDIUM, Importance.LOW
CLASS: Final = ConfigType.CLASS
LONG: Final = ConfigType.LONG
SHORT: Final = ConfigType.SHORT
_COMMON, _ERRORS = "Common", "Error Handling"
_EXACTLY_ONCE = "Exactly Once Support"


def _unique_aliases(what: str) -> Validator:
    def check(name: str, value: object) -> None:
        if isinstance(value, list) and len(set(value)) < len(value):
            raise invalid_value(name, value, "Duplicate alias provided.")

    return composite(non_null(), validator(check, f"unique {what}"))


def _check_range(_name: str, value: object) -> None:
    parse_range(value if isinstance(value, str) else None)


_VERSION_RANGE = validator(_check_range, "version range")


class ConnectorConfig(Config):
    """Settings of source and sink connectors."""

    name = Option(
        "name",
        str,
        NO_DEFAULT,
        "Name of the connector, unique in the cluster.",
        importance=HIGH,
        validator=non_empty_no_control(),
        group=_COMMON,
        order_in_group=1,
        width=Width.MEDIUM,
        display_name="Connector name",
    )
    connector_class = Option(
        "connector.class",
        str,
        NO_DEFAULT,
        "Class of the connector: its full name, its simple name, or that without Connector.",
        importance=HIGH,
        group=_COMMON,
        order_in_group=2,
        width=Width.LONG,
        display_name="Connector class",
    )
    connector_plugin_version = Option(
        "connector.plugin.version",
        str,
        None,
        "Version of the connector, or a range of versions.",
        validator=_VERSION_RANGE,
        group=_COMMON,
        order_in_group=3,
        width=Width.MEDIUM,
        display_name="Connector version",
    )
    tasks_max = Option(
        "tasks.max",
        int,
        1,
        "Most tasks to split the work into.",
        importance=HIGH,
        validator=at_least(1),
        group=_COMMON,
        order_in_group=4,
        width=Width.SHORT,
        display_name="Tasks max",
    )
    tasks_max_enforce = Option(
        "tasks.max.enforce",
        bool,
        True,
        "Whether a connector that makes more tasks than that fails. Deprecated.",
        importance=LOW,
        group=_COMMON,
        order_in_group=5,
        width=Width.SHORT,
        display_name="Enforce tasks max",
    )
    key_converter = Option(
        "key.converter",
        CLASS,
        None,
        "Converter of record keys; the worker's when absent.",
        importance=LOW,
        group=_COMMON,
        order_in_group=6,
        width=Width.SHORT,
        display_name="Key converter class",
    )
    key_converter_plugin_version = Option(
        "key.converter.plugin.version",
        str,
        None,
        "Version of the key converter.",
        importance=LOW,
        validator=_VERSION_RANGE,
        group=_COMMON,
        order_in_group=7,
        width=Width.SHORT,
        display_name="Key converter version",
    )
    value_converter = Option(
        "value.converter",
        CLASS,
        None,
        "Converter of record values; the worker's when absent.",
        importance=LOW,
        group=_COMMON,
        order_in_group=8,
        width=Width.SHORT,
        display_name="Value converter class",
    )
    value_converter_plugin_version = Option(
        "value.converter.plugin.version",
        str,
        None,
        "Version of the value converter.",
        importance=LOW,
        validator=_VERSION_RANGE,
        group=_COMMON,
        order_in_group=9,
        width=Width.SHORT,
        display_name="Value converter version",
    )
    header_converter = Option(
        "header.converter",
        CLASS,
        None,
        "Converter of record headers; the worker's when absent.",
        importance=LOW,
        group=_COMMON,
        order_in_group=10,
        width=Width.SHORT,
        display_name="Header converter class",
    )
    header_converter_plugin_version = Option(
        "header.converter.plugin.version",
        str,
        None,
        "Version of the header converter.",
        importance=LOW,
        validator=_VERSION_RANGE,
        group=_COMMON,
        order_in_group=11,
        width=Width.SHORT,
        display_name="Header converter version",
    )
    transforms = Option(
        "transforms",
        list,
        [],
        "Aliases of the transforms records go through, in this order.",
        importance=LOW,
        validator=_unique_aliases("transformation aliases"),
        group="Transforms",
        order_in_group=12,
        width=Width.LONG,
        display_name="Transforms",
    )
    predicates = Option(
        "predicates",
        list,
        [],
        "Aliases of the predicates transforms may depend on.",
        importance=LOW,
        validator=_unique_aliases("predicate aliases"),
        group="Predicates",
        order_in_group=13,
        width=Width.LONG,
        display_name="Predicates",
    )
    config_action_reload = Option(
        "config.action.reload",
        str,
        "restart",
        "What to do when a config provider's answer expires.",
        importance=LOW,
        validator=valid_string("none", "restart"),
        group=_COMMON,
        order_in_group=14,
        width=Width.MEDIUM,
        display_name="Reload Action",
    )
    errors_retry_timeout = Option(
        "errors.retry.timeout",
        LONG,
        0,
        "Time in ms a failed operation is tried again; -1 for ever, 0 not at all.",
        group=_ERRORS,
        order_in_group=1,
        width=Width.MEDIUM,
        display_name="Retry Timeout for Errors",
    )
    errors_retry_delay_max_ms = Option(
        "errors.retry.delay.max.ms",
        LONG,
        60000,
        "Longest pause in ms between two attempts.",
        group=_ERRORS,
        order_in_group=2,
        width=Width.MEDIUM,
        display_name="Maximum Delay Between Retries for Errors",
    )
    errors_tolerance = Option(
        "errors.tolerance",
        str,
        "none",
        "Whether a record that cannot be handled fails the task (none) or is skipped (all).",
        validator=valid_string("none", "all"),
        group=_ERRORS,
        order_in_group=3,
        width=Width.SHORT,
        display_name="Error Tolerance",
    )
    errors_log_enable = Option(
        "errors.log.enable",
        bool,
        False,
        "Whether tolerated errors are logged as well.",
        group=_ERRORS,
        order_in_group=4,
        width=Width.SHORT,
        display_name="Log Errors",
    )
    errors_log_include_messages = Option(
        "errors.log.include.messages",
        bool,
        False,
        "Whether a logged error shows the record. Records may hold secrets.",
        group=_ERRORS,
        order_in_group=5,
        width=Width.SHORT,
        display_name="Log Error Details",
    )


class SourceConnectorConfig(ConnectorConfig):
    """Settings of source connectors."""

    topic_creation_groups = Option(
        "topic.creation.groups",
        list,
        [],
        "Names of groups of topics that are created alike.",
        importance=LOW,
        validator=_unique_aliases("topic creation groups"),
        group="Topic Creation",
        order_in_group=1,
        width=Width.LONG,
        display_name="Topic Creation Groups",
    )
    exactly_once_support = Option(
        "exactly.once.support",
        str,
        "requested",
        "Whether to refuse the connector where it cannot deliver exactly once (required).",
        validator=case_insensitive_valid_string("required", "requested"),
        group=_EXACTLY_ONCE,
        order_in_group=2,
        width=Width.SHORT,
        display_name="Exactly once support",
    )
    transaction_boundary = Option(
        "transaction.boundary",
        str,
        "poll",
        "When a transaction ends: with each batch (poll), after a time (interval), or when the "
        "connector says so.",
        validator=case_insensitive_valid_string("interval", "poll", "connector"),
        group=_EXACTLY_ONCE,
        order_in_group=3,
        width=Width.SHORT,
        display_name="Transaction Boundary",
    )
    transaction_boundary_interval_ms = Option(
        "transaction.boundary.interval.ms",
        LONG,
        None,
        "Time in ms between transactions; the worker's offset.flush.interval.ms when absent.",
        importance=LOW,
        validator=validator(
            lambda name, value: None if value is None else at_least(0)(name, value), "[0,...]"
        ),
        group=_EXACTLY_ONCE,
        order_in_group=4,
        width=Width.SHORT,
        display_name="Transaction boundary interval",
    )
    offsets_storage_topic = Option(
        "offsets.storage.topic",
        str,
        None,
        "Own topic of this connector's offsets; the worker's when absent.",
        importance=LOW,
        validator=non_empty(),
        group="offsets.topic",
        order_in_group=1,
        width=Width.LONG,
        display_name="Offsets topic",
    )


class SinkConnectorConfig(ConnectorConfig):
    """Settings of sink connectors."""

    topics = Option(
        "topics",
        list,
        [],
        "Topics to read, separated by commas.",
        importance=HIGH,
        group=_COMMON,
        order_in_group=4,
        width=Width.LONG,
        display_name="Topics",
    )
    topics_regex = Option(
        "topics.regex",
        str,
        "",
        "Regular expression of the topics to read, in place of topics.",
        importance=HIGH,
        validator=valid_regex(),
        group=_COMMON,
        order_in_group=4,
        width=Width.LONG,
        display_name="Topics regex",
    )
    errors_deadletterqueue_topic_name = Option(
        "errors.deadletterqueue.topic.name",
        str,
        "",
        "Topic for records that cannot be handled (dead letters); none when empty.",
        group=_ERRORS,
        order_in_group=6,
        width=Width.MEDIUM,
        display_name="Dead Letter Queue Topic Name",
    )
    errors_deadletterqueue_topic_replication_factor = Option(
        "errors.deadletterqueue.topic.replication.factor",
        SHORT,
        3,
        "Replicas of that topic when it is created.",
        group=_ERRORS,
        order_in_group=7,
        width=Width.MEDIUM,
        display_name="Dead Letter Queue Topic Replication Factor",
    )
    errors_deadletterqueue_context_headers_enable = Option(
        "errors.deadletterqueue.context.headers.enable",
        bool,
        False,
        "Whether headers of a dead letter tell what went wrong.",
        group=_ERRORS,
        order_in_group=8,
        width=Width.MEDIUM,
        display_name="Enable Error Context Headers",
    )
