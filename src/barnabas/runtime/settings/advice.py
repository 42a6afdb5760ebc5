# SPDX-License-Identifier: Apache-2.0
"""Warnings about settings of a connector that are legal but most likely not meant so."""

from __future__ import annotations

from collections.abc import Mapping

from barnabas.config import ConfigDef, nearest_name
from barnabas.errors import ConfigError
from barnabas.runtime.settings.client_table import Client
from barnabas.runtime.settings.enrichment import CONVERTERS
from barnabas.runtime.settings.supervision import PREFIX as RESTARTS
from barnabas.runtime.settings.supervision import warnings_about_restarts
from barnabas.runtime.settings.topic_creation import (
    PREFIX,
    enabled_topic_groups,
    uses_topic_creation,
)

__all__ = ["warnings_about"]

_OPEN = (PREFIX, *(client.value for client in Client))
_ALIASED = ("transforms.", "predicates.")


def warnings_about(
    props: Mapping[str, str | None],
    framework: ConfigDef,
    connector: ConfigDef,
    *,
    creates_topics: bool = True,
) -> list[str]:
    """Write one sentence for each name that has no effect and looks like a slip.

    A connector may read names it does not declare, so a name is only worth a warning when it
    resembles a known one, belongs to an alias nobody lists, or to a converter nobody names.

    Args:
        props: The configuration.
        framework: Definitions of the framework, with those of transforms and predicates.
        connector: Definitions of the connector.
        creates_topics: The worker's setting ``topic.creation.enable``.
    """
    known = {*framework.keys, *connector.keys}
    warnings = []
    for name in props:
        if name not in known:
            warnings += _about(name, props, known)
    warnings += _undefined_predicates(props, framework)
    warnings += _topic_creation(props, framework, is_enabled=creates_topics)
    warnings += warnings_about_restarts(props)
    return warnings


def _about(name: str, props: Mapping[str, str | None], known: set[str]) -> list[str]:
    for setting in CONVERTERS:
        if name.startswith(setting + "."):
            return _about_converter(name, setting, props)
    if name.startswith((*_OPEN, RESTARTS)):
        return []
    if name.startswith(_ALIASED):
        return _about_alias(name, props, known)
    near = nearest_name(name, known)
    if near is None or near in props:
        return []
    return [f"The setting {name} is not known. Did you mean {near}?"]


def _about_converter(name: str, setting: str, props: Mapping[str, str | None]) -> list[str]:
    if props.get(setting) is not None:
        return []
    return [
        f"The setting {name} has no effect without {setting}: a connector takes the worker's "
        "converter with the worker's settings, or names its own."
    ]


def _about_alias(name: str, props: Mapping[str, str | None], known: set[str]) -> list[str]:
    role, _, rest = name.partition(".")
    alias = rest.partition(".")[0]
    if f"{role}.{alias}.type" not in known:
        return [f"The setting {name} has no effect: {role} does not list {alias}."]
    siblings = {other for other in known if other.startswith(f"{role}.{alias}.")}
    near = nearest_name(name, siblings)
    if near is None or near in props:
        return []
    return [f"The setting {name} is not known. Did you mean {near}?"]


def _topic_creation(
    props: Mapping[str, str | None], framework: ConfigDef, *, is_enabled: bool
) -> list[str]:
    """Java's validation does not look at these; the connector then fails to start."""
    if "topic.creation.groups" not in framework or not uses_topic_creation(props):
        return []
    if not is_enabled:
        return [
            f"The settings {PREFIX}* have no effect, because the worker has topic.creation.enable="
            "false: create the topics before, or the broker does with its own defaults."
        ]
    given = {name: value for name, value in props.items() if value is not None}
    try:
        enabled_topic_groups({}, given)
    except ConfigError as error:
        return [f"The connector will fail to start: {error.message}"]
    return _unlisted_groups(given)


def _unlisted_groups(props: Mapping[str, str]) -> list[str]:
    listed = {name.strip() for name in props.get(PREFIX + "groups", "").split(",")} | {"default"}
    groups = {
        name.removeprefix(PREFIX).partition(".")[0]
        for name in props
        if name.startswith(PREFIX) and name != PREFIX + "groups"
    }
    return [
        f"The settings {PREFIX}{group}.* have no effect: {PREFIX}groups does not list {group}."
        for group in sorted(groups - listed)
    ]


def _undefined_predicates(props: Mapping[str, str | None], framework: ConfigDef) -> list[str]:
    warnings = []
    for name in framework.keys:
        alias = props.get(name)
        if not (name.startswith("transforms.") and name.endswith(".predicate") and alias):
            continue
        if f"predicates.{alias}.type" not in framework:
            warnings.append(
                f"The setting {name} names the predicate {alias}, which predicates does not list: "
                "the tasks will fail to start."
            )
    return warnings
