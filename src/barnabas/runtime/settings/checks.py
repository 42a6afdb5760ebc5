# SPDX-License-Identifier: Apache-2.0
"""Checks that look at several settings of a connector at once.

Each takes the values validated so far, by name, and adds its sentences to them.

Source:
    Apache Kafka SinkConnectorConfig.validate, DistributedHerder.validateSinkConnectorConfig and
    validateSourceConnectorConfig; reference/rest-api.md, section 4.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from barnabas.api import (
    ConnectorTransactionBoundaries,
    ExactlyOnceSupport,
    SourceConnector,
)
from barnabas.config import ConfigType, ConfigValue, java_regex, parse_type
from barnabas.config.types import java_text, trim
from barnabas.errors import ConfigError
from barnabas.runtime.settings.worker import WorkerConfig

__all__ = ["check_nulls", "check_sink", "check_sink_group", "check_source"]

Props: TypeAlias = Mapping[str, str | None]
Values: TypeAlias = dict[str, ConfigValue]

_DLQ: Final = "errors.deadletterqueue.topic.name"
_GROUP_OVERRIDE: Final = "consumer.override.group.id"

_log = logging.getLogger(__name__)


def given(props: Props, name: str) -> str:
    """The trimmed text of a setting; empty when it is absent or null."""
    return trim(props.get(name) or "")


def check_nulls(props: Props, values: Values) -> None:
    """Refuse null as a value."""
    for name, value in props.items():
        if value is None:
            answer = values.setdefault(name, ConfigValue(name))
            answer.add_error("Null value can not be supplied as the configuration value.")


def check_sink(props: Props, values: Values) -> None:
    """Check that topics are given one way, and that dead letters go elsewhere."""
    has_topics, has_regex = bool(given(props, "topics")), bool(given(props, "topics.regex"))
    if has_topics and has_regex:
        _add_to_both(
            values, "topics and topics.regex are mutually exclusive options, but both are set."
        )
    if not has_topics and not has_regex:
        _add_to_both(values, "Must configure one of topics or topics.regex")
    dead_letters = given(props, _DLQ)
    if dead_letters and has_topics:
        _check_dead_letters_in_topics(props, values, dead_letters)
    if dead_letters and has_regex:
        _check_dead_letters_in_regex(props, values, dead_letters)


def _add_to_both(values: Values, message: str) -> None:
    for name in ("topics", "topics.regex"):
        values[name].add_error(message)


def _check_dead_letters_in_topics(props: Props, values: Values, dead_letters: str) -> None:
    topics = parse_type("topics", props["topics"], ConfigType.LIST)
    if isinstance(topics, list) and dead_letters in topics:
        values["topics"].add_error(
            f"The DLQ topic '{dead_letters}' may not be included in the list of topics "
            f"('topics={java_text(topics)}') consumed by the connector"
        )


def _check_dead_letters_in_regex(props: Props, values: Values, dead_letters: str) -> None:
    regex = given(props, "topics.regex")
    try:
        matches = java_regex(regex).fullmatch(dead_letters)
    except ConfigError:
        return  # the setting itself has that error already
    if matches:
        values["topics.regex"].add_error(
            f"The DLQ topic '{dead_letters}' may not be matched by the regex for the topics "
            f"('topics.regex={regex}') consumed by the connector"
        )


def check_sink_group(props: Props, values: Values, worker: WorkerConfig) -> None:
    """Check that the tasks' consumer group is not the group of the workers."""
    if worker.group_id is None:
        return
    override = props.get(_GROUP_OVERRIDE)
    if override is not None:
        answer = values.setdefault(_GROUP_OVERRIDE, ConfigValue(_GROUP_OVERRIDE, override))
        if override == worker.group_id:
            answer.add_error(
                f"Consumer group {override} conflicts with Connect worker group {worker.group_id}"
            )
        return
    name = given(props, "name")
    if f"connect-{name}" == worker.group_id:
        values["name"].add_error(
            f"Consumer group for sink connector named {name} conflicts with Connect worker group "
            f"{worker.group_id}"
        )


def check_source(
    props: Mapping[str, str], values: Values, worker: WorkerConfig, connector: SourceConnector
) -> None:
    """Check that worker and connector can do what is asked about exactly-once delivery."""
    support = values["exactly.once.support"]
    if not support.errors and str(support.value).lower() == "required":
        with _told(support):
            _check_exactly_once(props, support, worker, connector)
    boundary = values["transaction.boundary"]
    if not boundary.errors and str(boundary.value).lower() == "connector":
        with _told(boundary):
            _check_boundaries(props, boundary, connector)


@contextlib.contextmanager
def _told(answer: ConfigValue) -> Iterator[None]:
    """Make an error of the setting of what the connector raises when it is asked."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - it is code of users
        _log.exception("A connector could not be asked about exactly-once delivery")
        reason = str(error).strip()
        more = f": {reason}" if reason else "; please see the worker logs for more details."
        answer.add_error(f"An unexpected error occurred during validation{more}")


def _check_exactly_once(
    props: Mapping[str, str], answer: ConfigValue, worker: WorkerConfig, connector: SourceConnector
) -> None:
    if not worker.is_exactly_once_enabled:
        answer.add_error("This worker does not have exactly-once source support enabled.")
    support = connector.exactly_once_support(props)
    if support is None:
        answer.add_error(
            "The connector does not implement the API required for preflight validation of "
            "exactly-once source support. Please consult the documentation for the connector to "
            'see whether it delivers exactly once, and then consider "requested" for this '
            "property, which makes this check go away."
        )
    elif support is not ExactlyOnceSupport.SUPPORTED:
        answer.add_error(
            "The connector does not support exactly-once semantics with the provided configuration."
        )


def _check_boundaries(
    props: Mapping[str, str], answer: ConfigValue, connector: SourceConnector
) -> None:
    boundaries = connector.can_define_transaction_boundaries(props)
    if boundaries is not ConnectorTransactionBoundaries.SUPPORTED:
        answer.add_error(
            "The connector does not support connector-defined transaction boundaries with the "
            "given configuration. Please reconfigure it to use a different transaction boundary "
            "definition."
        )
