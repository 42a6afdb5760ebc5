# SPDX-License-Identifier: Apache-2.0
"""References to config providers."""

from __future__ import annotations

import pytest

from barnabas.api import ConfigData, ConfigProvider
from barnabas.errors import ConfigError
from barnabas.runtime.settings.references import has_reference, make_providers, resolve


class Vault(ConfigProvider):
    """Knows a few secrets and counts how often it is asked."""

    def __init__(self):
        self.asked = []
        self.parameters = {}

    def configure(self, configs):
        self.parameters = dict(configs)

    def get(self, path, keys=None):
        self.asked.append((path, keys))
        return ConfigData({"user": "tom", "password": "s3cr3t", "a:b": "colon"})


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ("${vault:/db:password}", "s3cr3t"),
        ("${vault:user}", "tom"),
        ("${vault:/db:user}:${vault:/db:password}", "tom:s3cr3t"),
        ("${vault:/db:a:b}", "colon"),
        ("${vault:/db:nothing}", "${vault:/db:nothing}"),
        ("${other:/db:user}", "${other:/db:user}"),
        ("${user}", "${user}"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_a_reference_becomes_what_its_provider_knows(value, resolved):
    assert resolve({"key": value}, {"vault": Vault()}).config == {"key": resolved}


def test_values_put_in_are_secrets_and_not_shown():
    found = resolve({"key": "x-${vault:/db:password}"}, {"vault": Vault()})
    assert found.secrets == {"s3cr3t"}
    assert "s3cr3t" not in repr(found)


def test_each_path_is_read_once():
    vault = Vault()
    resolve({"a": "${vault:/db:user}", "b": "${vault:/db:password}"}, {"vault": vault})
    assert vault.asked == [("/db", {"user", "password"})]


@pytest.mark.parametrize(("text", "has"), [("a${x:y}b", True), ("${x}", False), ("x:y", False)])
def test_a_reference_is_recognised(text, has):
    assert has_reference(text) is has


def test_providers_are_made_with_their_parameters():
    settings = {
        "config.providers": "vault, ",
        "config.providers.vault.class": "com.example.Vault",
        "config.providers.vault.param.url": "https://vault",
    }
    providers = make_providers(settings, {"com.example.Vault": Vault}.__getitem__)
    assert providers["vault"].parameters == {"url": "https://vault"}


def test_without_the_setting_there_are_no_providers():
    assert make_providers({}, lambda _name: Vault) == {}


def test_a_provider_without_a_class_says_which_setting_is_missing():
    with pytest.raises(ConfigError, match=r"config\.providers\.vault\.class is missing"):
        make_providers({"config.providers": "vault"}, lambda _name: Vault)


def test_a_class_that_is_no_provider_is_refused():
    settings = {"config.providers": "vault", "config.providers.vault.class": "builtins.dict"}
    with pytest.raises(ConfigError, match=r"builtins\.dict is no config provider"):
        make_providers(settings, lambda _name: dict)


class Broken(Vault):
    """Cannot read, or refuses its parameters."""

    def configure(self, configs):
        raise RuntimeError("no such parameter")

    def get(self, path, keys=None):
        raise RuntimeError("vault is sealed")


def test_a_provider_that_throws_is_told_with_path_and_keys():
    config = {"a": "${vault:/db:user}-${vault:/db:password}"}
    said = (
        r"Config provider vault could not look up 'password', 'user' at path '/db': "
        r"RuntimeError: vault is sealed"
    )
    with pytest.raises(ConfigError, match=said) as caught:
        resolve(config, {"vault": Broken()})
    assert caught.value.__cause__ is None


def test_a_provider_that_refuses_its_parameters_is_told():
    settings = {"config.providers": "v", "config.providers.v.class": "x"}
    with pytest.raises(ConfigError, match=r"provider v refuses .*config\.providers\.v\.param\.\*"):
        make_providers(settings, lambda _name: Broken)


def test_what_stays_as_it_is_is_told():
    config = {"a": "${vault:/db:nothing}", "b": "${other:x}", "c": "${vault:user}"}
    assert resolve(config, {"vault": Vault()}).missing == (
        "The setting a keeps the text ${vault:/db:nothing}: config provider vault knows no "
        "'nothing' at path '/db'.",
        "The setting b keeps the text ${other:x}: config.providers names no provider 'other'.",
    )


class Leasing(ConfigProvider):
    """Values expire as the path says."""

    def get(self, path, keys=None):
        return ConfigData({"key": "value"}, int(path) if path else None)


@pytest.mark.parametrize(
    ("value", "ttl_ms"),
    [("${v:key}", None), ("${v:70:key}${v:50:key}${v:key}", 50), ("${v:-1:key}", None)],
)
@pytest.mark.mirrors("connect/runtime WorkerConfigTransformerTest#testReplaceVariableWithTTL")
def test_the_first_value_to_expire_counts(value, ttl_ms):
    assert resolve({"a": value}, {"v": Leasing()}).ttl_ms == ttl_ms
