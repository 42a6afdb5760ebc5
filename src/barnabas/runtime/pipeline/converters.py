# SPDX-License-Identifier: Apache-2.0
"""The three converters of a task: which classes, with which settings.

Source:
    Reference page *worker and connector configuration*, sections 5 and 8; KIP-891.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final, Literal

from barnabas.api import Converter, HeaderConverter
from barnabas.errors import ConfigError
from barnabas.runtime.pipeline.plugins import PluginKind, PluginLoader, settings_under

__all__ = ["ConverterChoice", "Converters", "choose_converter", "make_converters"]

Role = Literal["key", "value", "header"]

_DEFAULT_HEADER_CONVERTER: Final = "org.apache.kafka.connect.storage.SimpleHeaderConverter"


@dataclasses.dataclass(frozen=True, slots=True)
class ConverterChoice:
    """A converter's class and settings."""

    name: str
    """As written in the configuration."""
    version: str | None
    settings: Mapping[str, str] = dataclasses.field(repr=False)
    """Without prefix, ``converter.type`` added; never printed, they may hold passwords."""


@dataclasses.dataclass(frozen=True, slots=True)
class Converters:
    """The converters of one task, ready for use."""

    key: Converter
    value: Converter
    header: HeaderConverter

    def close(self) -> None:
        """Close all three, whatever any of them raises.

        Raises:
            ExceptionGroup: Some could not be closed.
        """
        errors = []
        for converter in (self.key, self.value, self.header):
            try:
                converter.close()
            except Exception as error:  # noqa: BLE001 - collected and raised below
                errors.append(error)
        if errors:
            text = "Converters could not be closed"
            raise ExceptionGroup(text, errors)


def choose_converter(
    role: Role, connector_config: Mapping[str, str], worker_config: Mapping[str, str]
) -> ConverterChoice:
    """Choose the connector's own converter, or else the worker's.

    A connector that names a converter inherits none of the worker's settings for it.

    Raises:
        ConfigError: Neither names one.
    """
    key = f"{role}.converter"
    version_key = f"{key}.plugin.version"
    for config in (connector_config, worker_config):
        name = (config.get(key) or "").strip()
        if name:
            settings = settings_under(config, f"{key}.")
            version = connector_config.get(version_key) or config.get(version_key) or None
            return ConverterChoice(name, version, {**settings, "converter.type": role})
    if role == "header":
        return ConverterChoice(_DEFAULT_HEADER_CONVERTER, None, {"converter.type": role})
    text = f'Missing required configuration "{key}" which has no default value.'
    raise ConfigError(text)


def make_converters(
    connector_config: Mapping[str, str], worker_config: Mapping[str, str], load: PluginLoader
) -> Converters:
    """Make and configure the converters of a task.

    Raises:
        ConfigError: A converter is missing or its settings are wrong.
        PluginError: A class cannot be found or imported.
    """

    def data_converter(role: Literal["key", "value"]) -> Converter:
        choice = choose_converter(role, connector_config, worker_config)
        converter = load(PluginKind.CONVERTER, choice.name, choice.version)()
        if not isinstance(converter, Converter):
            raise _wrong_kind(role, choice.name)
        converter.configure(choice.settings, is_key=role == "key")
        return converter

    choice = choose_converter("header", connector_config, worker_config)
    header = load(PluginKind.HEADER_CONVERTER, choice.name, choice.version)()
    if not isinstance(header, HeaderConverter):
        raise _wrong_kind("header", choice.name)  # noqa: EM101 - not a message
    header.configure_header(choice.settings)
    return Converters(data_converter("key"), data_converter("value"), header)


def _wrong_kind(role: Role, name: str) -> ConfigError:
    kind = "header converter" if role == "header" else "converter"
    return ConfigError(f"Invalid value {name} for configuration {role}.converter: it is no {kind}")
