# SPDX-License-Identifier: Apache-2.0
"""Which classes in which versions a task works with, as metrics of Java's workers tell it.

Looked up once, when a task starts, in the registry of plugins; nothing is imported. A class that is
not found is told as its configuration writes it: the task itself says what is wrong with it.

Source:
    KIP-891; reference page *Runtime semantics*, section 10: ``connector-task-metrics``,
    ``connector-transform-metrics``, ``connector-predicate-metrics``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal

from barnabas.errors import ConfigError, ConnectError
from barnabas.kafka import layering
from barnabas.runtime.pipeline.converters import choose_converter
from barnabas.runtime.plugins import Plugin, PluginKind, PluginRegistry
from barnabas.runtime.tasks.link import TaskSpec

__all__ = ["PluginFacts", "plugin_facts"]

_CONVERTERS: tuple[tuple[Literal["key", "value", "header"], PluginKind], ...] = (
    ("key", PluginKind.CONVERTER),
    ("value", PluginKind.CONVERTER),
    ("header", PluginKind.HEADER_CONVERTER),
)


@dataclasses.dataclass(frozen=True, slots=True)
class PluginFacts:
    """Texts by name of metric; what has no version is left out."""

    task: Mapping[str, str] = dataclasses.field(default_factory=dict)
    transforms: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    """By alias."""
    predicates: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    """By alias."""
    client_id: str = ""
    """Of the task's producer or consumer."""


def plugin_facts(spec: TaskSpec, connector: Plugin, plugins: PluginRegistry) -> PluginFacts:
    """Look up what a task works with.

    Args:
        spec: The task.
        connector: The plugin of its connector.
        plugins: The installed plugins.
    """
    config = spec.connector_config
    task = {
        "connector-type": connector.kind.value,
        "task-class": spec.task_class,
        **_facts("connector", connector.class_name, connector.version),
    }
    for role, kind in _CONVERTERS:
        try:
            choice = choose_converter(role, config, spec.worker_config)
        except ConfigError:
            continue
        task |= _found(f"{role}-converter", plugins, (kind, choice.name, choice.version))
    return PluginFacts(
        task,
        _aliased("transform", PluginKind.TRANSFORMATION, config, plugins),
        _aliased("predicate", PluginKind.PREDICATE, config, plugins),
        _client_id(spec),
    )


def _client_id(spec: TaskSpec) -> str:
    make = layering.task_consumer if spec.is_sink else layering.task_producer
    return make(spec.worker_config, spec.connector_config, *spec.id).client_id


def _aliased(
    what: str, kind: PluginKind, config: Mapping[str, str], plugins: PluginRegistry
) -> dict[str, dict[str, str]]:
    aliases = [alias.strip() for alias in config.get(f"{what}s", "").split(",")]
    prefixes = {alias: f"{what}s.{alias}." for alias in aliases if alias}
    return {
        alias: _found(
            what,
            plugins,
            (kind, config[f"{prefix}type"], config.get(f"{prefix}plugin.version")),
        )
        for alias, prefix in prefixes.items()
        if config.get(f"{prefix}type")
    }


def _found(
    what: str, plugins: PluginRegistry, wanted: tuple[PluginKind, str, str | None]
) -> dict[str, str]:
    try:
        plugin = plugins.find(*wanted)
    except ConnectError:
        return _facts(what, wanted[1], None)
    return _facts(what, plugin.class_name, plugin.version)


def _facts(what: str, class_name: str, version: str | None) -> dict[str, str]:
    facts = {f"{what}-class": class_name}
    if version and version != "undefined":
        facts[f"{what}-version"] = version
    return facts
