# SPDX-License-Identifier: Apache-2.0
"""Short questions to plugins, answered one after the other."""

from __future__ import annotations

import logging

import msgspec
import pytest

from barnabas.api import SinkConnector, SinkTask, TopicPartition
from barnabas.runtime.runners.inspection import InspectionHost
from barnabas.runtime.runners.messages import (
    CheckOffsets,
    DescribePlugin,
    Failure,
    OffsetItem,
    OffsetsCheckAnswer,
    PluginAnswer,
    PluginRef,
    Resolve,
    Resolved,
    SetLoggerLevel,
    Stop,
    Validate,
    ValidationAnswer,
)
from tests.unit.runtime.runners.wire import SETUP, HostWire

CONVERTER = "org.apache.kafka.connect.json.JsonConverter"
seen = []


class Lake(SinkConnector):
    """Remembers which offsets it was asked about."""

    task_class = SinkTask

    def start(self, props):
        pass

    def task_configs(self, max_tasks):
        return []

    def stop(self):
        pass

    def alter_offsets(self, props, offsets):
        seen.append(offsets)
        return props.get("known") == "yes"


LAKE = f"{__name__}:Lake"


@pytest.fixture
def ask():
    """Ask a host, whose first message is the first question."""
    wires = []
    seen.clear()

    def ask(*questions):
        first, *rest = questions
        wire = HostWire(lambda channel: InspectionHost(channel, SETUP, first))
        wires.append(wire)
        wire.say(*rest)
        return wire

    yield ask
    for wire in wires:
        wire.close()


def test_settings_of_a_plugin_are_listed(ask):
    answer = ask(DescribePlugin(1, CONVERTER, None)).hear()
    assert (type(answer), answer.id) == (PluginAnswer, 1)
    assert "schemas.enable" in [key.name for key in answer.keys]


def test_an_unknown_plugin_is_a_failure_and_the_next_question_is_answered(ask):
    wire = ask(DescribePlugin(1, "org.example.Nothing", None), DescribePlugin(2, CONVERTER, None))
    failure = wire.hear()
    assert (type(failure), failure.kind) == (Failure, "NotFoundError")
    assert wire.hear().id == 2


def test_a_configuration_is_validated(ask):
    config = {"name": "s", "connector.class": "FileStreamSource", "topic": "t", "file": None}
    answer = ask(Validate(1, config)).hear()
    assert (type(answer), answer.infos.name) == (ValidationAnswer, "FileStreamSource")


def test_a_configuration_without_a_class_is_a_bad_request(ask):
    assert ask(Validate(1, {"name": "s"})).hear().kind == "BadRequestError"


@pytest.mark.parametrize("known", ["yes", "no"])
def test_offsets_of_sinks_come_by_topic_partition(ask, known):
    items = [
        OffsetItem({"kafka_topic": "t", "kafka_partition": 1}, {"kafka_offset": 5}),
        OffsetItem({"kafka_topic": "t", "kafka_partition": 2}, None),
    ]
    question = CheckOffsets(1, PluginRef("Lake", LAKE, is_sink=True), {"known": known}, items)
    assert ask(question).hear() == OffsetsCheckAnswer(1, known == "yes")
    assert seen == [{TopicPartition("t", 1): 5, TopicPartition("t", 2): None}]


def test_offsets_of_sources_come_by_sorted_items(ask):
    items = [OffsetItem({"b": 1, "a": "x"}, {"position": 5}), OffsetItem(None, None)]
    ask(CheckOffsets(1, PluginRef("Lake", LAKE), {}, items)).hear()
    assert seen == [{(("a", "x"), ("b", 1)): {"position": 5}, None: None}]


def test_a_plugin_that_is_not_there_is_named(ask):
    question = CheckOffsets(1, PluginRef("Sea", "nowhere:Sea"), {}, [])
    failure = ask(question).hear()
    assert failure.kind == "PluginError"
    assert "Plugin Sea (nowhere:Sea) cannot be imported" in failure.message


def test_references_are_resolved(ask, monkeypatch):
    monkeypatch.setenv("BARNABAS_INSPECTED", "s3cr3t-value")
    providers = {"config.providers": "env", "config.providers.env.class": "EnvVarConfigProvider"}
    setup = msgspec.structs.replace(SETUP, worker_config={**SETUP.worker_config, **providers})
    monkeypatch.setitem(globals(), "SETUP", setup)
    answer = ask(Resolve(1, {"a": "${env:BARNABAS_INSPECTED}", "b": "plain"})).hear()
    assert answer == Resolved(1, {"a": "s3cr3t-value", "b": "plain"}, ["s3cr3t-value"])


def test_levels_of_loggers_are_taken(ask):
    logger = logging.getLogger("tests.inspection")
    ask(SetLoggerLevel("tests.inspection", "ERROR"), DescribePlugin(1, CONVERTER, None)).hear()
    assert logger.level == logging.ERROR


def test_it_ends_when_told_to(ask):
    assert ask(Stop()).status.result(10) == 0
