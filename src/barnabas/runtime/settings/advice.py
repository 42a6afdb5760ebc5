# SPDX-License-Identifier: Apache-2.0
"""Warnings about settings of a connector that are legal but most likely not meant so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from barnabas.config import Config, ConfigDef, nearest_name
from barnabas.errors import ConfigError
from barnabas.runtime.pipeline.error_settings import (
    DEAD_LETTER_TOPIC,
    OWN_SETTINGS,
    SINK_SETTINGS,
    SOURCE_SETTINGS,
    ErrorSettings,
)
from barnabas.runtime.settings.client_names import (
    client_scopes,
    override_warnings,
    unprefixed_warnings,
)
from barnabas.runtime.settings.enrichment import CONVERTERS, aliases
from barnabas.runtime.settings.overrides import validated_clients
from barnabas.runtime.settings.supervision import PREFIX as RESTARTS
from barnabas.runtime.settings.supervision import warnings_about_restarts
from barnabas.runtime.settings.topic_creation import (
    OWN_NAMES,
    PREFIX,
    enabled_topic_groups,
    uses_topic_creation,
)
from barnabas.runtime.settings.topic_names_table import TOPIC_SETTINGS
from barnabas.runtime.settings.unknown_names import Scope, unknown_name_warnings
from barnabas.runtime.settings.worker import WorkerConfig

__all__ = ["Advised", "warnings_about"]

_ROLES: Final = ("transforms", "predicates")
_OURS: Final = "barnabas."
_OURS_AT_ALL: Final = "barnabas.errors."
_READ_DECLARED_ONLY: Final = ("barnabas.transforms.", "barnabas.predicates.")
_OF_WORKERS: Final = frozenset(
    {
        "config.providers",
        "connector.client.config.override.policy",
        "exactly.once.source.support",
        "offset.flush.interval.ms",
        "offset.flush.timeout.ms",
        "plugin.discovery",
        "plugin.path",
        "scheduled.rebalance.max.delay.ms",
        "task.shutdown.graceful.timeout.ms",
        "task.stalled.after.ms",
        "topic.creation.enable",
        "topic.tracking.enable",
    }
)
"""Settings of workers whose names can mean nothing else."""


@dataclass(frozen=True, slots=True)
class Advised:
    """A configuration, and what is known about its names."""

    props: Mapping[str, str | None]
    framework: ConfigDef
    """Definitions of the framework, with those of transforms and predicates."""
    connector: ConfigDef
    """Definitions of the connector."""
    worker: WorkerConfig
    is_sink: bool = False
    connector_class: type = object
    plugin_classes: Mapping[str, type] = field(default_factory=dict)
    """Classes of transforms, predicates and converters by their prefix, ``transforms.x.``."""

    @property
    def known(self) -> set[str]:
        """The names of the framework and of the connector."""
        return {*self.framework.keys, *self.connector.keys}


def warnings_about(advised: Advised) -> list[str]:
    """Write one sentence for each name that has no effect or looks like a slip.

    A plugin may read names it does not declare (`Config.open_prefixes`), so unless it says that it
    does not, a name is only worth a warning when it resembles a known one, belongs to an alias
    nobody lists, or to a converter nobody names.
    """
    props, known = advised.props, advised.known
    told = _misplaced(props, known)
    return [
        *told.values(),
        *unknown_name_warnings(props, _scopes(advised), besides=told.keys()),
        *_undefined_predicates(props, advised.framework),
        *_unused_predicates(props),
        *_topic_creation(advised),
        *_errors(advised),
        *_clients(advised),
        *warnings_about_restarts(props),
    ]


def _misplaced(props: Mapping[str, str | None], known: set[str]) -> dict[str, str]:
    """Names that would mean something elsewhere: a sentence by name."""
    told = unprefixed_warnings(props, known)
    for name in props:
        if name in known:
            continue
        if name in _OF_WORKERS:
            told[name] = f"The setting {name} is one of workers and has no effect in a connector."
        elif name.startswith(tuple(f"{role}." for role in _ROLES)):
            told.update(_of_no_alias(name, props))
        else:
            told.update(_of_no_converter(name, props))
    return told


def _of_no_converter(name: str, props: Mapping[str, str | None]) -> dict[str, str]:
    for setting in CONVERTERS:
        if name.startswith(setting + ".") and props.get(setting) is None:
            text = (
                f"The setting {name} has no effect without {setting}: a connector takes the "
                "worker's converter with the worker's settings, or names its own."
            )
            return {name: text}
    return {}


def _of_no_alias(name: str, props: Mapping[str, str | None]) -> dict[str, str]:
    role, _, rest = name.partition(".")
    listed = aliases(props.get(role))
    if any(rest.startswith(alias + ".") for alias in listed):
        return {}
    alias = rest.partition(".")[0]
    near = nearest_name(alias, listed)
    hint = "" if near is None else f" Did you mean {role}.{near}.{rest.partition('.')[2]}?"
    return {name: f"The setting {name} has no effect: {role} does not list {alias}.{hint}"}


def _scopes(advised: Advised) -> list[Scope]:
    """Who knows which names of the configuration."""
    props, known = advised.props, advised.known
    own = {name for name in OWN_SETTINGS if name.startswith(_OURS)}
    if not advised.is_sink:
        own = {*own, *(n for n in props if n.startswith("errors.deadletterqueue."))}
    scopes = [
        _scope("", {*known, *own}, advised.connector_class, props.get("connector.class")),
        Scope(_OURS_AT_ALL, {n.removeprefix(_OURS_AT_ALL) for n in own}, "Barnabas"),
        Scope(RESTARTS, {name.removeprefix(RESTARTS) for name in props}),  # told elsewhere
        *client_scopes(),
        *(_alias_scope(prefix, advised) for prefix in _alias_prefixes(props)),
        *(_converter_scope(prefix + ".", advised) for prefix in CONVERTERS),
    ]
    return [*scopes, *_topic_scopes(props)] if not advised.is_sink else scopes


def _scope(prefix: str, names: set[str], kind: type, owner: str | None) -> Scope:
    """What a plugin knows; who reads only what it declares ignores the rest."""
    config_class: Any = getattr(kind, "config_class", None)
    opened: tuple[str, ...] | None = getattr(config_class, "open_prefixes", None)
    if opened is None and kind.__module__.startswith(_READ_DECLARED_ONLY):
        opened = ()
    if opened is None:
        return Scope(prefix, names)
    return Scope(prefix, names, (owner or "").strip().rpartition(".")[2], opened)


def _alias_prefixes(props: Mapping[str, str | None]) -> list[str]:
    return [f"{role}.{alias}." for role in _ROLES for alias in aliases(props.get(role))]


def _alias_scope(prefix: str, advised: Advised) -> Scope:
    names = {n.removeprefix(prefix) for n in advised.framework.keys if n.startswith(prefix)}
    kind = advised.plugin_classes.get(prefix, object)
    return _scope(prefix, names, kind, advised.props.get(prefix + "type"))


def _converter_scope(prefix: str, advised: Advised) -> Scope:
    kind = advised.plugin_classes.get(prefix)
    names = {"plugin.version", "converter.type"}
    if kind is None:
        return Scope(prefix, names)
    config_class: type[Config] = kind.config_class  # type: ignore[attr-defined] # a converter's
    return _scope(
        prefix, {*names, *config_class.definition().keys}, kind, advised.props.get(prefix[:-1])
    )


def _topic_scopes(props: Mapping[str, str | None]) -> list[Scope]:
    names = {*OWN_NAMES, *TOPIC_SETTINGS}
    groups = dict.fromkeys(["default", *aliases(props.get(PREFIX + "groups"))])
    return [
        Scope(PREFIX, {"groups"}),
        *(
            Scope(
                f"{PREFIX}{group}.",
                names,
                "topics of Apache Kafka",
                consequence="and may keep brokers from creating topics",
            )
            for group in groups
        ),
    ]


def _clients(advised: Advised) -> list[str]:
    worker, is_sink = advised.worker, advised.is_sink
    used = validated_clients(advised.props, worker, is_sink=is_sink)
    return override_warnings(advised.props, worker.originals, used, is_sink=is_sink)


def _errors(advised: Advised) -> list[str]:
    """What the tasks would say about settings of errors that Java does not have."""
    props = {name: value for name, value in advised.props.items() if value is not None}
    others = "sources" if advised.is_sink else "sinks"
    warnings = [
        f"The setting {name} has no effect: it is for {others}."
        for name in (SOURCE_SETTINGS if advised.is_sink else SINK_SETTINGS)
        if name in props
    ]
    if not advised.is_sink and DEAD_LETTER_TOPIC in props and SOURCE_SETTINGS[0] not in props:
        needed = f"{SOURCE_SETTINGS[0]}=true"
        return [*warnings, f"The setting {DEAD_LETTER_TOPIC} of a source needs {needed}."]
    if any(name in props for name in OWN_SETTINGS):
        try:
            ErrorSettings.read(props, is_sink=advised.is_sink)
        except ConfigError as error:
            warnings.append(f"The tasks will fail to start: {error.message}")
    return warnings


def _unused_predicates(props: Mapping[str, str | None]) -> list[str]:
    used = {
        props.get(f"transforms.{alias}.predicate") for alias in aliases(props.get("transforms"))
    }
    return [
        f"The predicate {alias} has no effect: no transform has predicate={alias}."
        for alias in aliases(props.get("predicates"))
        if alias and alias not in used
    ]


def _topic_creation(advised: Advised) -> list[str]:
    """Java's validation does not look at these; the connector then fails to start."""
    props = advised.props
    if advised.is_sink or not uses_topic_creation(props):
        return []
    if not advised.worker.topic_creation_enable:
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
    listed = ["default", *aliases(props.get(PREFIX + "groups"))]
    groups = {
        name.removeprefix(PREFIX).partition(".")[0]
        for name in props
        if name.count(".") > PREFIX.count(".")
        and name not in _OF_WORKERS
        and name.startswith(PREFIX)
        and not name.startswith(tuple(f"{PREFIX}{group}." for group in listed))
    }
    return [
        f"The settings {PREFIX}{group}.* have no effect: {PREFIX}groups does not list {group}."
        for group in sorted(groups)
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
