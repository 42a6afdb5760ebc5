# SPDX-License-Identifier: Apache-2.0
"""What the plugins at hand and the configuration itself add to a connector's definitions.

The plain definitions of `barnabas.runtime.settings.connector` get the worker's converters as
defaults and the known classes and versions as recommendations. Each alias in ``transforms`` and
``predicates`` adds ``<prefix>.<alias>.type``, its version, and the settings of the class.

Source:
    Apache Kafka ConnectorConfig.enrich, EnrichablePlugin; KIP-66, KIP-585, KIP-891.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from barnabas.config import (
    NO_DEFAULT,
    ConfigDef,
    ConfigKey,
    ConfigType,
    Importance,
    Recommender,
    Validator,
    Width,
    composite,
    parse_type,
    validator,
)
from barnabas.errors import ConfigError, PluginError
from barnabas.runtime.plugins import PluginKind
from barnabas.runtime.plugins.versions import parse_range
from barnabas.runtime.settings.lookup import (
    PluginLookup,
    check_kind,
    class_names,
    full_class_name,
)
from barnabas.runtime.settings.worker import WorkerConfig

__all__ = ["CONVERTERS", "alias_classes", "aliases", "enrich"]

CONVERTERS: Final = {
    "header.converter": PluginKind.HEADER_CONVERTER,
    "key.converter": PluginKind.CONVERTER,
    "value.converter": PluginKind.CONVERTER,
}
"""The converter settings, in the order they are validated, and the kind of plugin they name."""

_VERSION: Final = ".plugin.version"

_PREDICATE_KEYS: Final = ConfigDef(
    [
        ConfigKey(
            name="predicate",
            type=ConfigType.STRING,
            default=None,
            documentation="Alias of the predicate that says which records are transformed.",
        ),
        ConfigKey(
            name="negate",
            type=ConfigType.BOOLEAN,
            default=False,
            documentation="Whether records are transformed that the predicate does not name.",
        ),
    ]
)


@dataclass(frozen=True, slots=True)
class _Role:
    """One of the two lists of aliases."""

    setting: str
    group: str
    title: str
    kind: PluginKind


_ROLES: Final = (
    _Role("transforms", "Transforms", "Transformation", PluginKind.TRANSFORMATION),
    _Role("predicates", "Predicates", "Predicate", PluginKind.PREDICATE),
)


def enrich(
    base: ConfigDef, props: Mapping[str, str | None], worker: WorkerConfig, plugins: PluginLookup
) -> ConfigDef:
    """Make the definitions one configuration is validated with.

    Args:
        base: Definitions of source or sink connectors.
        props: The configuration, references to config providers resolved.
        worker: Its converters are the defaults.
        plugins: Where classes are found; classes of transforms and predicates are imported.
    """
    definition = ConfigDef(_with_plugins(key, props, worker, plugins) for key in base)
    for role in _ROLES:
        for alias in aliases(props.get(role.setting)):
            _add_alias(definition, role, alias, props, plugins)
    return definition


def alias_classes(props: Mapping[str, str | None], plugins: PluginLookup) -> dict[str, type]:
    """Import the classes of transforms and predicates that can be used, by their prefix."""
    found: dict[str, type] = {}
    for role in _ROLES:
        for alias in aliases(props.get(role.setting)):
            prefix = f"{role.setting}.{alias}."
            name, version = props.get(prefix + "type"), props.get(prefix + "plugin.version")
            with contextlib.suppress(PluginError, ConfigError):
                found[prefix] = plugins.find(role.kind, (name or "").strip(), version).load()
    return found


def aliases(text: str | None) -> list[str]:
    """Read a list of aliases, each once."""
    items = parse_type("", text, ConfigType.LIST)
    return list(dict.fromkeys(items)) if isinstance(items, list) else []


def _with_plugins(
    key: ConfigKey, props: Mapping[str, str | None], worker: WorkerConfig, plugins: PluginLookup
) -> ConfigKey:
    if key.name == "connector.plugin.version":
        versions = list(plugins.connector_versions(props.get("connector.class") or ""))
        return key.changed(default=_latest(versions), recommender=_recommend(versions))
    kind = CONVERTERS.get(key.name)
    if kind is not None:
        default = _class_or_text(plugins, str(worker[key.name]), kind)
        return key.changed(
            default=default,
            validator=_kind_check(plugins, kind, trusted=default),
            recommender=_recommend(class_names(plugins, kind)),
        )
    setting = key.name.removesuffix(_VERSION)
    kind = CONVERTERS.get(setting)
    if kind is not None:
        return _converter_version(key, setting, kind, props, worker, plugins)
    return key


def _converter_version(
    key: ConfigKey,
    setting: str,
    kind: PluginKind,
    props: Mapping[str, str | None],
    worker: WorkerConfig,
    plugins: PluginLookup,
) -> ConfigKey:
    name = props.get(setting)
    versions = list(plugins.versions(kind, str(worker[setting]) if name is None else name))
    return key.changed(
        default=_latest(versions),
        recommender=Recommender(
            valid_values=lambda _name, parsed: versions if parsed.get(setting) else [],
            visible=lambda _name, parsed: parsed.get(setting) is not None,
        ),
    )


def _latest(versions: list[str]) -> str | None:
    return versions[-1] if versions else None


def _recommend(values: list[str]) -> Recommender:
    return Recommender(valid_values=lambda _name, _parsed: values)


def _class_or_text(plugins: PluginLookup, name: str, kind: PluginKind) -> str:
    try:
        return full_class_name(plugins, name, kind)
    except PluginError:
        return name


def _kind_check(plugins: PluginLookup, kind: PluginKind, trusted: str | None = None) -> Validator:
    def check(_name: str, value: object) -> None:
        if isinstance(value, str) and value != trusted:
            check_kind(plugins, value, kind)

    return validator(check, f"a {kind.value.replace('_', ' ')}")


def _add_alias(
    definition: ConfigDef,
    role: _Role,
    alias: str,
    props: Mapping[str, str | None],
    plugins: PluginLookup,
) -> None:
    prefix = f"{role.setting}.{alias}."
    group = f"{role.group}: {alias}"
    name = parse_type("", props.get(prefix + "type"), ConfigType.STRING)
    text = name if isinstance(name, str) else ""
    version = props.get(prefix + "plugin.version")
    versions = list(plugins.versions(role.kind, text))
    version_check = _version_check(plugins, role.kind, text)
    checks = [_kind_check(plugins, role.kind), _in_version(version_check, version)]
    if role.kind is PluginKind.TRANSFORMATION:
        checks.insert(0, _negate_check(prefix, props))
    definition.define(
        prefix + "type",
        ConfigType.CLASS,
        NO_DEFAULT,
        f"Class of the {role.title.lower()} {alias}.",
        importance=Importance.HIGH,
        validator=composite(*checks),
        group=group,
        order_in_group=0,
        width=Width.LONG,
        display_name=f"{role.title} type for {alias}",
        recommender=_recommend(class_names(plugins, role.kind)),
    )
    definition.define(
        prefix + "plugin.version",
        ConfigType.STRING,
        _latest(versions),
        f"Version of the {role.title.lower()} {alias}, or a range of versions.",
        importance=Importance.HIGH,
        validator=version_check,
        group=group,
        order_in_group=1,
        width=Width.LONG,
        display_name=f"{role.title} version for {alias}",
        recommender=_recommend(versions),
    )
    child = _settings_of(plugins, role.kind, text, version)
    if child is not None:
        definition.embed(prefix, group, 2, child)


def _in_version(check: Validator, version: str | None) -> Validator:
    """A class that was found must be there in the wanted version."""
    return validator(
        lambda name, found: None if found is None else check(name, version), "in that version"
    )


def _version_check(plugins: PluginLookup, kind: PluginKind, name: str) -> Validator:
    def check(_name: str, value: object) -> None:
        if not isinstance(value, str):
            return
        parse_range(value)
        if not plugins.versions(kind, name):
            return
        try:
            plugins.find(kind, name, value)
        except PluginError as error:
            raise ConfigError(error.message) from error

    return validator(check, "version or range of versions")


def _negate_check(prefix: str, props: Mapping[str, Any]) -> Validator:
    def check(_name: str, _value: object) -> None:
        if prefix + "negate" in props and prefix + "predicate" not in props:
            message = (
                f"Config '{prefix}negate' was provided but there is no config "
                f"'{prefix}predicate' defining a predicate to be negated."
            )
            raise ConfigError(message)

    return validator(check, "with a predicate when negated")


def _settings_of(
    plugins: PluginLookup, kind: PluginKind, name: str, version: str | None
) -> ConfigDef | None:
    """Settings of the class of an alias; None when it cannot be used."""
    try:
        loaded: Any = plugins.find(kind, name, version).load()
    except (PluginError, ConfigError):
        return None
    own: ConfigDef = loaded.config_class.definition()
    if kind is not PluginKind.TRANSFORMATION:
        return own
    return _PREDICATE_KEYS.copy().merge(own)
