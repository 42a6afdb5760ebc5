# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.cli.converter_check import check_converters
from barnabas.errors import ConfigError
from barnabas.runtime.plugins import PluginRegistry
from barnabas.runtime.settings.worker import StandaloneConfig
from tests.unit.runtime.herder.doubles import SETTINGS


def test_known_converters_are_fine():
    check_converters(StandaloneConfig(SETTINGS), PluginRegistry.discover([]))


@pytest.mark.parametrize("setting", ["key.converter", "value.converter", "header.converter"])
def test_an_unknown_converter_is_refused_and_its_setting_named(setting: str):
    config = StandaloneConfig({**SETTINGS, setting: "org.example.NoSuchConverter"})
    with pytest.raises(ConfigError, match=f"NoSuchConverter for configuration {setting}"):
        check_converters(config, PluginRegistry.discover([]))


@pytest.mark.parametrize(
    ("name", "said"),
    [("Non", "Did you mean None"), ("my.Policy", "Class my.Policy could not be found")],
)
def test_an_unknown_override_policy_is_refused(name: str, said: str):
    setting = "connector.client.config.override.policy"
    config = StandaloneConfig({**SETTINGS, setting: name})
    with pytest.raises(ConfigError, match=f"{name} for configuration {setting}.*{said}"):
        check_converters(config, PluginRegistry.discover([]))


def test_an_unknown_class_of_a_config_provider_is_refused():
    setting = "config.providers.vault.class"
    given = {**SETTINGS, "config.providers": "vault,none", setting: "no.such.Vault"}
    with pytest.raises(ConfigError, match=f"no.such.Vault for configuration {setting}: Class"):
        check_converters(StandaloneConfig(given), PluginRegistry.discover([]))
    known = StandaloneConfig({**given, setting: "FileConfigProvider"})
    check_converters(known, PluginRegistry.discover([]))
