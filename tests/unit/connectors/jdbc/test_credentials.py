# SPDX-License-Identifier: Apache-2.0
"""Who gives user and password."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from barnabas.connectors.jdbc.credentials import Credentials, SettingsCredentials, make_provider
from barnabas.errors import ConfigError

KEY = "jdbc.credentials.provider.class"


class Tokens:
    """A provider of a user's own."""

    def configure(self, settings: Mapping[str, str]) -> None:
        self.settings = settings

    def credentials(self) -> Credentials:
        return Credentials("me", self.settings["token"])


class NoProvider:
    """A class without the methods."""


@pytest.mark.parametrize(
    "name", ["", "io.confluent.connect.jdbc.util.DefaultJdbcCredentialsProvider"]
)
def test_by_default_the_settings_say_it(name: str) -> None:
    provider = make_provider({KEY: name}, "u", "p")
    assert isinstance(provider, SettingsCredentials)
    assert provider.credentials() == ("u", "p")


@pytest.mark.parametrize("separator", [".", ":"])
def test_a_class_of_the_users_own_gets_its_settings(separator: str) -> None:
    settings = {KEY: f"{__name__}{separator}Tokens", "jdbc.credentials.provider.token": "t1"}
    assert make_provider(settings, "u", "p").credentials() == ("me", "t1")


@pytest.mark.parametrize("name", ["com.example.Nix", "nix", "json.Nix"])
def test_a_class_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"'{name}' for configuration jdbc.credentials.provider"):
        make_provider({KEY: name}, None, None)


def test_a_class_without_the_methods_is_refused() -> None:
    with pytest.raises(ConfigError, match="is no provider of credentials"):
        make_provider({KEY: f"{__name__}.NoProvider"}, None, None)


def test_a_password_is_not_shown() -> None:
    assert "hunter2" not in repr(Credentials("me", "hunter2"))
