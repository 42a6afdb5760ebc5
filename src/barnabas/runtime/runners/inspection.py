# SPDX-License-Identifier: Apache-2.0
"""Answers short questions about plugins in a runner: validation, settings, changes of offsets."""

from __future__ import annotations

import logging
from typing import Any

from barnabas.api import Connector, TopicPartition
from barnabas.errors import BadRequestError, PluginError
from barnabas.runtime.runners import channel as channels
from barnabas.runtime.runners import child, traces
from barnabas.runtime.runners.channel import Channel
from barnabas.runtime.runners.environment import Environment
from barnabas.runtime.runners.messages import (
    CheckOffsets,
    DescribePlugin,
    Message,
    OffsetsCheckAnswer,
    PluginAnswer,
    SetLoggerLevel,
    Setup,
    Stop,
    ToRunner,
    Validate,
    ValidationAnswer,
)

__all__ = ["InspectionHost"]

_log = logging.getLogger(__name__)

Question = Validate | DescribePlugin | CheckOffsets


class InspectionHost:
    """Answers one question after the other on the main thread; there is no control thread."""

    def __init__(self, channel: Channel, setup: Setup, first: ToRunner) -> None:
        self._channel = channel
        self._environment = Environment(setup.worker_config)
        self._first: ToRunner | None = first

    def run(self) -> int:
        """Answer until the worker says stop or is gone; returns the exit status of the runner."""
        message = self._first
        while message is not None and not isinstance(message, Stop):
            if isinstance(message, Validate | DescribePlugin | CheckOffsets):
                self._channel.send(self._answer(message))
            elif isinstance(message, SetLoggerLevel):
                child.set_logger_level(message.name, message.level)
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
            return self._check_offsets(question)
        except BaseException as error:  # noqa: BLE001 - user code may raise anything, also SystemExit
            trace = traces.failure_trace(
                error,
                what=f"plugin {question.plugin.name}",
                mend="",
                secrets=self._environment.secrets,
            )
            return channels.failure_of(question.id, error, trace)

    def _validate(self, question: Validate) -> ValidationAnswer:
        infos, warnings = self._environment.validate(
            child.load_class(question.plugin), question.config
        )
        return ValidationAnswer(question.id, infos, warnings)

    def _describe(self, question: DescribePlugin) -> PluginAnswer:
        keys = self._environment.describe(child.load_class(question.plugin))
        return PluginAnswer(question.id, keys)

    def _check_offsets(self, question: CheckOffsets) -> OffsetsCheckAnswer:
        connector = child.load_class(question.plugin)()
        if not isinstance(connector, Connector):
            text = f"Plugin {question.plugin.name} is no connector."
            raise PluginError(text)
        offsets = _sink_offsets(question) if question.is_sink else _source_offsets(question)
        config = self._environment.resolve(question.config)
        is_known = connector.alter_offsets(config, offsets)
        return OffsetsCheckAnswer(question.id, bool(is_known))


def _source_offsets(question: CheckOffsets) -> dict[Any, Any]:
    try:
        return {tuple(sorted(item.partition.items())): item.offset for item in question.offsets}
    except TypeError as error:
        text = f"A source partition must hold simple values only: {error}."
        raise BadRequestError(text) from error


def _sink_offsets(question: CheckOffsets) -> dict[Any, Any]:
    return {_topic_partition(item.partition): _kafka_offset(item) for item in question.offsets}


def _topic_partition(partition: dict[str, Any]) -> TopicPartition:
    return TopicPartition(str(partition["kafka_topic"]), int(partition["kafka_partition"]))


def _kafka_offset(item: Any) -> int | None:
    return None if item.offset is None else int(item.offset["kafka_offset"])
