# SPDX-License-Identifier: Apache-2.0
"""What plugins are asked, and what becomes of the answers; real ones: integration/runners."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from barnabas.errors import ConnectError, NotFoundError, PluginError, UnsupportedError
from barnabas.runtime.model import ConnectorOffset
from barnabas.runtime.plugins import Plugin, PluginKind, PluginRegistry
from barnabas.runtime.runners.messages import (
    CheckOffsets,
    DescribePlugin,
    Done,
    OffsetsCheckAnswer,
    PluginAnswer,
    Resolve,
    Resolved,
    Validate,
    ValidationAnswer,
)
from barnabas.runtime.settings.worker import WorkerConfig
from barnabas.runtime.stores import MemoryOffsetStore
from barnabas.runtime.worker.offset_stores import OffsetStores
from barnabas.runtime.worker.plugin_questions import PluginQuestions
from barnabas.telemetry import logs

LINES = Plugin("com.example.LinesConnector", PluginKind.SOURCE, "lines:Lines", folder="/plugins")
WORKER = {"bootstrap.servers": "b:1", "key.converter": "X", "value.converter": "X"}
CONFIG = {"name": "s", "connector.class": "Lines", "nothing": None}


class FakeInspections:
    """Remembers questions and answers as told."""

    def __init__(self):
        self.asked = []
        self.answer = lambda question: Done(question.id)

    async def ask(self, plugin, make, call):
        question = make(7)
        self.asked.append((plugin, question, call))
        answer = self.answer(question)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def bench():
    inspections = FakeInspections()
    stores = OffsetStores(WorkerConfig(WORKER), MemoryOffsetStore())
    questions = PluginQuestions(PluginRegistry([LINES]), inspections, stores, {})
    return SimpleNamespace(inspections=inspections, questions=questions)


async def test_a_configuration_is_validated_by_its_plugin(bench):
    bench.inspections.answer = lambda question: ValidationAnswer(question.id, "infos", ["typo"])
    assert await bench.questions.validate(CONFIG) == ("infos", ["typo"])
    [(plugin, question, call)] = bench.inspections.asked
    assert (plugin, question, call) == (LINES, Validate(7, CONFIG), "validate() of Lines")


@pytest.mark.parametrize("config", [{}, {"connector.class": "Sea"}])
async def test_a_configuration_without_a_plugin_is_validated_all_the_same(bench, config):
    bench.inspections.answer = lambda question: ValidationAnswer(question.id, "infos", [])
    await bench.questions.validate(config)
    assert bench.inspections.asked[0][0] is None


async def test_a_plugin_describes_its_settings(bench):
    bench.inspections.answer = lambda question: PluginAnswer(question.id, ["key"])
    assert await bench.questions.plugin_config("Lines", None) == ["key"]
    [(plugin, question, _call)] = bench.inspections.asked
    assert (plugin, question) == (LINES, DescribePlugin(7, "Lines", None))


async def test_a_plugin_that_is_not_there_is_not_asked(bench):
    with pytest.raises(NotFoundError):
        await bench.questions.plugin_config("Sea", None)
    with pytest.raises(PluginError, match="Sea"):
        await bench.questions.plugin_of({"connector.class": "Sea"})
    with pytest.raises(PluginError, match=r"has no connector\.class"):
        await bench.questions.plugin_of({})
    assert bench.inspections.asked == []


async def test_an_answer_of_another_kind_is_an_error(bench):
    with pytest.raises(ConnectError, match="answered Done instead of ValidationAnswer"):
        await bench.questions.validate(CONFIG)


async def test_offsets_are_altered_when_the_connector_agrees(bench):
    bench.inspections.answer = lambda question: OffsetsCheckAnswer(question.id, True)
    offsets = [ConnectorOffset({"file": "a"}, {"position": 3})]
    text = await bench.questions.alter_connector_offsets("s", CONFIG, offsets)
    [(_plugin, question, _call)] = bench.inspections.asked
    assert isinstance(question, CheckOffsets)
    assert text == "The offsets for this connector have been altered successfully"
    assert (await bench.questions.connector_offsets("s", CONFIG)).offsets == offsets


async def test_a_connector_may_not_support_altered_offsets(bench):
    bench.inspections.answer = lambda _question: UnsupportedError("never")
    with pytest.raises(ConnectError) as raised:
        await bench.questions.alter_connector_offsets("s", CONFIG, None)
    assert raised.value.message == (
        "Failed to modify offsets for connector s because it doesn't support external "
        "modification of offsets"
    )


async def test_references_are_resolved_to_reach_the_group_of_a_sink(bench, monkeypatch):
    monkeypatch.setattr(logs, "_secrets", [])
    lake = Plugin("com.example.LakeConnector", PluginKind.SINK, "lake:Lake")
    opened = {}

    def open_admin(_name, config):
        opened.update(config)
        raise ConnectError("no broker")

    bench.questions._plugins = PluginRegistry([lake])
    monkeypatch.setattr(bench.questions, "_open_admin", open_admin)
    bench.inspections.answer = lambda question: Resolved(
        question.id, {"admin.override.sasl.jaas.config": "jerry-1"}, ["jerry-1"]
    )
    config = {
        "connector.class": "Lake",
        "db.password": "${file:/x:p}",
        "admin.override.sasl.jaas.config": "${file:/x:jaas}",
    }
    with pytest.raises(ConnectError, match="no broker"):
        await bench.questions.connector_offsets("s", config)
    [(_plugin, question, _call)] = bench.inspections.asked
    assert question == Resolve(7, {"admin.override.sasl.jaas.config": "${file:/x:jaas}"})
    assert opened["admin.override.sasl.jaas.config"] == "jerry-1"
    assert opened["db.password"] == "${file:/x:p}"
    assert logs.redact("jerry-1") == "[hidden]"
