# SPDX-License-Identifier: Apache-2.0
"""What a task is told to work with."""

from __future__ import annotations

import msgspec

from barnabas.runtime.plugins import Plugin, PluginKind, PluginRegistry
from barnabas.runtime.worker.plugin_facts import plugin_facts
from tests.unit.runtime.tasks.doubles import spec

CONNECTOR = Plugin("org.example.Clock", PluginKind.SOURCE, "example:Clock", "1.2")
REGISTRY = PluginRegistry(
    [
        Plugin("org.example.TextConverter", PluginKind.CONVERTER, "example:Text", "1.0"),
        Plugin("org.example.TextConverter", PluginKind.HEADER_CONVERTER, "example:Text", "1.0"),
        Plugin("org.example.Hoist", PluginKind.TRANSFORMATION, "example:Hoist", "3.0"),
        Plugin("org.example.Small", PluginKind.PREDICATE, "example:Small"),
    ],
    kinds_of=lambda _: (),
)


def facts(**config: str):
    names = {name.replace("__", "."): value for name, value in config.items()}
    return plugin_facts(spec(task_class="ClockTask", **names), CONNECTOR, REGISTRY)


def test_classes_and_versions_are_those_of_the_plugins():
    assert facts(value__converter="org.example.TextConverter").task == {
        "connector-class": "org.example.Clock",
        "connector-type": "source",
        "connector-version": "1.2",
        "task-class": "ClockTask",
        "key-converter-class": "org.example.TextConverter",
        "key-converter-version": "1.0",
        "value-converter-class": "org.example.TextConverter",
        "value-converter-version": "1.0",
        "header-converter-class": "org.example.TextConverter",
        "header-converter-version": "1.0",
    }


def test_transformations_and_predicates_are_told_by_alias():
    found = facts(
        transforms="a, b",
        transforms__a__type="Hoist",
        transforms__b__type="Nobody",
        predicates="p",
        predicates__p__type="Small",
    )
    assert found.transforms == {
        "a": {"transform-class": "org.example.Hoist", "transform-version": "3.0"},
        "b": {"transform-class": "Nobody"},
    }
    assert found.predicates == {"p": {"predicate-class": "org.example.Small"}}


def test_a_converter_nobody_names_is_left_out():
    without = msgspec.structs.replace(spec(), worker_config={})
    task = plugin_facts(without, CONNECTOR, REGISTRY).task
    assert "key-converter-class" not in task
    assert task["header-converter-class"].endswith("SimpleHeaderConverter")
