# SPDX-License-Identifier: Apache-2.0
"""Looking at a worker's converters before anything is started."""

from __future__ import annotations

from barnabas.errors import ConfigError, ConnectError
from barnabas.runtime.plugins import PluginKind, PluginRegistry
from barnabas.runtime.settings.worker import WorkerConfig

__all__ = ["check_converters"]


def check_converters(config: WorkerConfig, plugins: PluginRegistry) -> None:
    """Refuse a worker whose converters no task could use.

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
