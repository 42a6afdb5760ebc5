# SPDX-License-Identifier: Apache-2.0
"""Looking at a worker's converters, policy and providers before anything is started."""

from __future__ import annotations

from barnabas.errors import ConfigError, ConnectError
from barnabas.runtime.plugins import PluginKind, PluginRegistry
from barnabas.runtime.settings.overrides import is_named_policy, make_policy
from barnabas.runtime.settings.worker import WorkerConfig

__all__ = ["check_converters"]


def check_converters(config: WorkerConfig, plugins: PluginRegistry) -> None:
    """Refuse a worker whose converters, policy or config providers no task could use.

    Raises:
        ConfigError: One is not known; the message names the setting.
    """
    plain, header = PluginKind.CONVERTER, PluginKind.HEADER_CONVERTER
    named = {
        "key.converter": (plain, config.key_converter, config.key_converter_plugin_version),
        "value.converter": (plain, config.value_converter, config.value_converter_plugin_version),
        "header.converter": (
            header,
            config.header_converter,
            config.header_converter_plugin_version,
        ),
    }
    for setting, (kind, name, version) in named.items():
        try:
            plugins.find(kind, name, version)
        except ConnectError as error:
            message = f"Invalid value {name} for configuration {setting}: {error.message}"
            raise ConfigError(message) from error
    policy = config.connector_client_config_override_policy
    if not is_named_policy(policy):
        _check_policy(config, policy, plugins)
    for provider in config.config_providers:
        _check_provider(config, provider, plugins)


def _check_provider(config: WorkerConfig, name: str, plugins: PluginRegistry) -> None:
    """Look for the class of a config provider; one that has none is only warned of."""
    setting = f"config.providers.{name}.class"
    wanted = str(config.originals.get(setting) or "").strip()
    if not wanted:
        return
    try:
        plugins.find(PluginKind.CONFIG_PROVIDER, wanted)
    except ConnectError as error:
        message = f"Invalid value {wanted} for configuration {setting}: {error.message}"
        raise ConfigError(message) from error


def _check_policy(config: WorkerConfig, name: str, plugins: PluginRegistry) -> None:
    """Look for a user's policy, without importing it here."""
    if "." not in name and ":" not in name:
        make_policy(config.originals)  # says which names there are
    try:
        plugins.find(PluginKind.OVERRIDE_POLICY, name)
    except ConnectError as error:
        setting = "connector.client.config.override.policy"
        message = f"Invalid value {name} for configuration {setting}: {error.message}"
        raise ConfigError(message) from error
