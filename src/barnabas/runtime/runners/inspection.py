# SPDX-License-Identifier: Apache-2.0
"""Answers short questions about plugins in a runner: validation, settings, changes of offsets."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from typing import Any

from barnabas.api import TopicPartition
from barnabas.errors import ConnectError
from barnabas.runtime.runners import channel as channels
from barnabas.runtime.runners import control, traces
from barnabas.runtime.runners.channel import Channel
from barnabas.runtime.runners.environment import Environment, load_connector
from barnabas.runtime.runners.messages import (
    CheckOffsets,
    DescribePlugin,
    Message,
    OffsetItem,
    OffsetsCheckAnswer,
    PluginAnswer,
    Resolve,
    Resolved,
    SetLoggerLevel,
    Setup,
    Stop,
    ToRunner,
    Validate,
    ValidationAnswer,
)
from barnabas.runtime.settings.secrets import literal_secret_warnings, without_secrets
from barnabas.runtime.settings.validation import plugin_keys, validate_connector
from barnabas.telemetry import logs

__all__ = ["InspectionHost"]

_log = logging.getLogger(__name__)

Question = Validate | DescribePlugin | CheckOffsets | Resolve


class InspectionHost:
    """Answers one question after the other on the main thread; there is no control thread."""

    def __init__(self, channel: Channel, setup: Setup, first: ToRunner) -> None:
        self._channel = channel
        self._environment = Environment(setup)
        self._first: ToRunner | None = first

    def run(self) -> int:
        """Answer until the worker says stop or is gone; returns the exit status of the runner."""
        message = self._first
        while message is not None and not isinstance(message, Stop):
            if isinstance(message, Question):
                self._channel.send(self._answer(message))
            elif isinstance(message, SetLoggerLevel):
                control.set_logger_level(message.name, message.level)
            else:
                _log.warning("An inspection has no use for %s", type(message).__name__)
            message = self._channel.receive()
        return 0

    def _answer(self, question: Question) -> Message:
        try:
            if isinstance(question, Validate):
                return self._validate(question)
            if isinstance(question, DescribePlugin):
                return self._describe(question)
            if isinstance(question, Resolve):
                return self._resolve(question)
            return self._check_offsets(question)
        except BaseException as error:  # noqa: BLE001 - user code may raise anything, also SystemExit
            trace = traces.failure_trace(
                error, what=_what(question), mend="", secrets=self._environment.secrets
            )
            failure = channels.failure_of(question.id, error, trace)
            return traces.hide_in(failure, self._environment.secrets)

    def _validate(self, question: Validate) -> ValidationAnswer:
        environment, raw = self._environment, question.config
        config = environment.resolve_optional(raw)
        missing = environment.missing
        self._hide_passwords_of(config)
        worker = environment.worker_settings
        found = validate_connector(config, worker, environment.registry)
        warnings = [
            *missing,
            *literal_secret_warnings(found.infos, raw, worker.config_providers),
            *map(logs.redact, found.warnings),
        ]
        return ValidationAnswer(question.id, without_secrets(found.infos, raw), warnings)

    def _hide_passwords_of(self, config: Mapping[str, str | None]) -> None:
        """Hide what the connector declares; validation itself tells when there is no such class."""
        name, version = config.get("connector.class"), config.get("connector.plugin.version")
        loaded: type = object
        with contextlib.suppress(ConnectError):
            loaded = self._environment.registry.find_connector(name or "", version).load()
        self._environment.hide_passwords_of(loaded, config)

    def _describe(self, question: DescribePlugin) -> PluginAnswer:
        plugin = self._environment.registry.find_listed(question.name, question.version)
        return PluginAnswer(question.id, plugin_keys(plugin))

    def _resolve(self, question: Resolve) -> Resolved:
        config = self._environment.resolve(question.config)
        return Resolved(question.id, config, sorted(self._environment.secrets))

    def _check_offsets(self, question: CheckOffsets) -> OffsetsCheckAnswer:
        connector = load_connector(question.plugin)
        is_sink = question.plugin.is_sink
        offsets = _sink_offsets(question) if is_sink else _source_offsets(question)
        config = self._environment.resolve(question.config)
        self._environment.hide_passwords_of(type(connector), config)
        is_known = connector.alter_offsets(config, offsets)
        return OffsetsCheckAnswer(question.id, bool(is_known))


def _what(question: Question) -> str:
    if isinstance(question, Validate):
        return f"validation of {question.config.get('connector.class')}"
    if isinstance(question, Resolve):
        return f"the lookup of {', '.join(question.config)}"
    return (
        f"plugin {question.name if isinstance(question, DescribePlugin) else question.plugin.name}"
    )


def _source_offsets(question: CheckOffsets) -> dict[Any, Any]:
    return {_partition_key(item): item.offset for item in question.offsets}


def _partition_key(item: OffsetItem) -> tuple[tuple[str, Any], ...] | None:
    return None if item.partition is None else tuple(sorted(item.partition.items()))


def _sink_offsets(question: CheckOffsets) -> dict[Any, Any]:
    return {_topic_partition(item): _kafka_offset(item) for item in question.offsets}


def _topic_partition(item: OffsetItem) -> TopicPartition:
    partition = item.partition or {}
    return TopicPartition(partition["kafka_topic"], partition["kafka_partition"])


def _kafka_offset(item: OffsetItem) -> int | None:
    return None if item.offset is None else int(item.offset["kafka_offset"])
