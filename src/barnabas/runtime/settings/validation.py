# SPDX-License-Identifier: Apache-2.0
"""Validation of a connector's configuration: what is wrong with it, and the whole answer of REST.

`validate_connector` runs in a child process, because it imports plugins and calls their code. Order
of the parts of the answer: values nobody defined, the framework's settings, transforms and
predicates, the connector's own settings, overrides of its clients, settings of its converters.

Differs:
    Where Java answers 500 because a client override has the wrong type, this is a bad request.
    ``exactly.once.support=required`` is refused by standalone workers, too: they cannot honour it.

Source:
    Apache Kafka AbstractHerder.validateConnectorConfig; reference/rest-api.md, section 4.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from barnabas.api import Connector, SinkConnector, SourceConnector
from barnabas.config import HIDDEN, ConfigDef, ConfigValue, parse_type
from barnabas.config.java_order import hash_order
from barnabas.config.types import java_text
from barnabas.errors import BadRequestError, ConfigError, PluginError, PluginVersionError
from barnabas.runtime.model import ConfigInfos, ConfigKeyInfo
from barnabas.runtime.plugins import Plugin, PluginKind
from barnabas.runtime.plugins.kinds import CONNECTOR_KINDS
from barnabas.runtime.settings import answers, checks
from barnabas.runtime.settings.advice import Advised, warnings_about
from barnabas.runtime.settings.alias_checks import check_aliases
from barnabas.runtime.settings.client_table import Client, client_definition
from barnabas.runtime.settings.connector import (
    ConnectorConfig,
    SinkConnectorConfig,
    SourceConnectorConfig,
)
from barnabas.runtime.settings.enrichment import CONVERTERS, alias_classes, enrich
from barnabas.runtime.settings.lookup import PluginLookup, full_class_name
from barnabas.runtime.settings.overrides import make_policy, policy_request, validated_clients
from barnabas.runtime.settings.worker import WorkerConfig

__all__ = [
    "Validation",
    "check_request_type",
    "find_connector",
    "plugin_keys",
    "refusal",
    "validate_connector",
]

_SECRET_NAME: Final = re.compile(r"password|secret|token|jaas|credential", re.IGNORECASE)
_QUALIFIED_NAME: Final = re.compile(r"[\w$]+(?:\.[\w$]+)+")
_CONVERTER_ROLES: Final = {
    "header.converter": "header",
    "key.converter": "key",
    "value.converter": "value",
}


@dataclass(frozen=True, slots=True)
class Validation:
    """The answer to a configuration, and sentences that are worth a log line."""

    infos: ConfigInfos
    warnings: list[str] = field(default_factory=list)


def refusal(infos: ConfigInfos) -> str | None:
    """The text with which a configuration is refused (status 400); None when it is fine."""
    if not infos.error_count:
        return None
    messages = [
        message for info in infos.configs if info.value is not None for message in info.value.errors
    ]
    return "\n".join(
        [
            "Connector configuration is invalid and contains the following "
            f"{infos.error_count} error(s):",
            *messages,
            "You can also find the above list of errors at the endpoint "
            "`/connector-plugins/{connectorType}/config/validate`",
        ]
    )


def check_request_type(requested: str, props: Mapping[str, str | None]) -> None:
    """Check that the plugin in the path of a validate request is that of the configuration.

    Raises:
        BadRequestError: The class in the configuration is another one.
    """
    included = props.get("connector.class")
    if included is not None and not _short(included).endswith(_short(requested)):
        message = f"Included connector type {included} does not match request type {requested}"
        raise BadRequestError(message)


def _short(name: str) -> str:
    return name.removesuffix("Connector") or name


def find_connector(props: Mapping[str, str | None], plugins: PluginLookup) -> Plugin:
    """Find the connector a configuration asks for.

    Raises:
        PluginVersionError: It is not installed in that version.
        BadRequestError: The configuration names no class, or one that is not known.
    """
    name = props.get("connector.class")
    if name is None:
        message = (
            f"Connector config {java_text(_without_secrets(props))} contains no connector type"
        )
        raise BadRequestError(message)
    try:
        return plugins.find_connector(name, props.get("connector.plugin.version"))
    except PluginVersionError:
        raise
    except (PluginError, ConfigError) as error:
        raise BadRequestError(error.message) from error


def _without_secrets(props: Mapping[str, str | None]) -> dict[str, str | None]:
    return {
        name: HIDDEN if value is not None and _SECRET_NAME.search(name) else value
        for name, value in props.items()
    }


def validate_connector(
    props: Mapping[str, str | None], worker: WorkerConfig, plugins: PluginLookup
) -> Validation:
    """Validate a configuration. Runs code of plugins: not in a worker process, no asyncio.

    Args:
        props: The configuration with references to config providers resolved.
        worker: Settings of the worker.
        plugins: Where classes are found.

    Raises:
        BadRequestError: It names no known connector, or cannot even be judged.
        Exception: Whatever the connector's own code raises.
    """
    try:
        plugin = find_connector(props, plugins)
    except PluginVersionError as error:
        return Validation(_wrong_version(props, plugins, error))
    try:
        connector: Connector = plugin.load()()
    except PluginError as error:
        raise BadRequestError(error.message) from error
    return _Validator(props, worker, plugins, connector).validate()


def plugin_keys(plugin: Plugin) -> list[ConfigKeyInfo]:
    """Show the settings of a plugin: its own, for connectors followed by the framework's.

    Runs code of the plugin: not in a worker process.

    Raises:
        PluginError: It cannot be imported.
    """
    loaded: Any = plugin.load()
    definition: ConfigDef = loaded.config_class.definition().copy()
    if plugin.kind is PluginKind.SOURCE:
        definition.merge(SourceConnectorConfig.definition())
    if plugin.kind is PluginKind.SINK:
        definition.merge(SinkConnectorConfig.definition())
    infos = [answers.key_info(key) for key in definition if not key.internal]
    return [_with_version(info, plugin) for info in infos]


def _with_version(info: ConfigKeyInfo, connector: Plugin) -> ConfigKeyInfo:
    """Without a requirement for its version a connector is the one that was found."""
    if info.name != "connector.plugin.version" or connector.kind not in CONNECTOR_KINDS:
        return info
    return msgspec.structs.replace(info, default_value=connector.version)


def _qualified(name: str) -> str:
    """Classes of Java's clients cannot be looked for here, but a name must have its package."""
    if not _QUALIFIED_NAME.fullmatch(name):
        message = f"{name} is not the full name of a class"
        raise ConfigError(message)
    return name


def _wrong_version(
    props: Mapping[str, str | None], plugins: PluginLookup, error: PluginVersionError
) -> ConfigInfos:
    """With the connector itself missing, only the settings of all connectors are judged."""
    name = props.get("connector.class") or ""
    versions = list(plugins.connector_versions(name))
    newest = versions[-1] if versions else None
    definition = ConfigDef(
        key.changed(default=newest) if key.name == "connector.plugin.version" else key
        for key in ConnectorConfig.definition()
    )
    values = definition.validate_all(props, lambda name: full_class_name(plugins, name))
    for setting in ("connector.class", "connector.plugin.version"):
        values[setting].add_error(error.message)
    values["connector.plugin.version"].recommended_values = list(versions)
    for setting in CONVERTERS:
        values[setting + ".plugin.version"].visible = values[setting].value is not None
    checks.check_nulls(props, values)
    return answers.config_infos(name, definition.keys, values.values(), definition.groups)


class _Validator:
    """One validation; the parts of the answer are its methods."""

    def __init__(
        self,
        props: Mapping[str, str | None],
        worker: WorkerConfig,
        plugins: PluginLookup,
        connector: Connector,
    ) -> None:
        self._props = props
        self._texts = {name: value for name, value in props.items() if value is not None}
        self._worker = worker
        self._plugins = plugins
        self._connector = connector
        self._is_sink = isinstance(connector, SinkConnector)
        base = SinkConnectorConfig if self._is_sink else SourceConnectorConfig
        self._framework = enrich(base.definition(), props, worker, plugins)
        self._name = props.get("connector.class") or ""
        self._converter_classes: dict[str, type] = {}

    def validate(self) -> Validation:
        values = self._framework.validate_all(self._props, self._find_class)
        self._check_together(values)
        converters = list(self._converters(values))
        definition, own = self._own_settings()
        infos = answers.config_infos(
            self._name,
            {**self._framework.keys, **definition.keys},
            [*values.values(), *own],
            [*self._framework.groups, *definition.groups],
        )
        parts = [infos, *self._overrides(), *converters]
        return Validation(answers.merge_infos(self._name, parts), self._warnings(definition))

    def _warnings(self, definition: ConfigDef) -> list[str]:
        classes = {**alias_classes(self._props, self._plugins), **self._converter_classes}
        advised = Advised(
            self._props,
            self._framework,
            definition,
            self._worker,
            is_sink=self._is_sink,
            connector_class=type(self._connector),
            plugin_classes=classes,
        )
        return warnings_about(advised)

    def _find_class(self, name: str) -> str:
        return full_class_name(self._plugins, name)

    def _check_together(self, values: dict[str, ConfigValue]) -> None:
        if self._is_sink:
            checks.check_sink(self._props, values)
            checks.check_sink_group(self._props, values, self._worker)
        elif isinstance(self._connector, SourceConnector):
            checks.check_source(self._texts, values, self._worker, self._connector)
        checks.check_nulls(self._props, values)
        check_aliases(self._texts, values, alias_classes(self._props, self._plugins))

    def _own_settings(self) -> tuple[ConfigDef, list[ConfigValue]]:
        kind = type(self._connector).__name__
        config_class: Any = self._connector.config_class
        definition = None if config_class is None else config_class.definition()
        if definition is None:
            message = f"{kind}.config_class must define settings, even if there are none."
            raise BadRequestError(message)
        validate: Any = self._connector.validate
        values = validate(self._props)
        if values is None:
            message = f"{kind}.validate() must return a list of values, not None."
            raise BadRequestError(message)
        return definition, list(values)

    def _converters(self, values: dict[str, ConfigValue]) -> Iterator[ConfigInfos]:
        """Settings of the converters the configuration names; none where that already failed."""
        for setting, kind in CONVERTERS.items():
            version = values[setting + ".plugin.version"]
            name = values[setting].value
            if (
                self._props.get(setting) is None
                or not isinstance(name, str)
                or values[setting].errors
                or version.errors
            ):
                continue
            try:
                plugin = self._plugins.find(
                    kind, name, self._props.get(setting + ".plugin.version")
                )
                loaded: Any = plugin.load()
            except PluginVersionError as error:
                values[setting].add_error(error.message)
                version.add_error(error.message)
            except PluginError as error:
                values[setting].add_error(error.message)
            else:
                self._converter_classes[setting + "."] = loaded
                yield self._converter(setting, loaded.config_class.definition())

    def _converter(self, setting: str, definition: ConfigDef) -> ConfigInfos:
        prefix = setting + "."
        props = {
            name.removeprefix(prefix): value
            for name, value in self._props.items()
            if name.startswith(prefix)
        }
        props.setdefault("converter.type", _CONVERTER_ROLES[setting])
        values = definition.validate_all(props, self._find_class)
        ordered = [values[name] for name in hash_order(values)]
        return answers.prefixed_infos(self._name, definition.keys, ordered, prefix)

    def _overrides(self) -> Iterator[ConfigInfos]:
        made = make_policy(
            self._worker.originals,
            lambda name: self._plugins.find(PluginKind.OVERRIDE_POLICY, name).load(),
        )
        with contextlib.closing(made) as policy:
            clients = validated_clients(self._props, self._worker, is_sink=self._is_sink)
            for client in clients:
                definition = client_definition(client)
                given = {
                    name.removeprefix(client.value): self._override(client, name, value)
                    for name, value in self._props.items()
                    if name.startswith(client.value) and name != client.value
                }
                overrides = {name: given[name] for name in hash_order(given)}
                asked = policy_request(self._props, client, overrides, sink=self._is_sink)
                values = policy.validate(asked)
                yield answers.prefixed_infos(self._name, definition.keys, values, client.value)

    def _override(self, client: Client, name: str, value: str | None) -> object:
        key = client_definition(client).keys.get(name.removeprefix(client.value))
        if key is None:
            return value
        try:
            return parse_type(name, value, key.type, _qualified)
        except ConfigError as error:
            raise BadRequestError(error.message) from error
