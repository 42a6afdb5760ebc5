# SPDX-License-Identifier: Apache-2.0
"""Who gives user and password: the settings, or a class of the user's own.

A provider is asked for every new connection, so that a password may be a token that expires.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from barnabas.errors import ConfigError

__all__ = ["Credentials", "CredentialsProvider", "SettingsCredentials", "make_provider"]

CLASS_KEY: Final = "jdbc.credentials.provider.class"
_PREFIX: Final = "jdbc.credentials.provider."
_JAVA_DEFAULT: Final = "DefaultJdbcCredentialsProvider"


class Credentials(NamedTuple):
    """What a login needs."""

    user: str | None
    password: str | None

    def __repr__(self) -> str:
        return f"Credentials(user={self.user!r}, password=****)"


@runtime_checkable
class CredentialsProvider(Protocol):
    """A class that says with whose name and with which password to log in."""

    def configure(self, settings: Mapping[str, str]) -> None:
        """Take the connector's settings; called once.

        Args:
            settings: All of them, and those that begin with ``jdbc.credentials.provider.`` once
                more without that beginning.
        """

    def credentials(self) -> Credentials:
        """Return user and password; called for every new connection, by any thread."""


class SettingsCredentials:
    """Gives ``connection.user`` and ``connection.password``, or what stands in the URL."""

    def __init__(self, user: str | None, password: str | None) -> None:
        self._credentials = Credentials(user, password)

    def configure(self, settings: Mapping[str, str]) -> None:
        """Need nothing more."""

    def credentials(self) -> Credentials:
        """Return what the settings say."""
        return self._credentials


def make_provider(
    originals: Mapping[str, str], user: str | None, password: str | None
) -> CredentialsProvider:
    """Make the provider the settings name; by default the settings themselves.

    Args:
        originals: All settings of the connector.
        user: From the settings or the URL.
        password: From the settings or the URL.

    Raises:
        ConfigError: The class cannot be loaded, or is no provider.
    """
    name = originals.get(CLASS_KEY, "").strip()
    if not name or name.rpartition(".")[2] == _JAVA_DEFAULT:
        return SettingsCredentials(user, password)
    made = _class(name)()
    if not isinstance(made, CredentialsProvider):
        message = (
            f"{CLASS_KEY}={name} is no provider of credentials: it needs the methods"
            " configure(settings) and credentials()"
        )
        raise ConfigError(message)
    inner = {
        key.removeprefix(_PREFIX): value
        for key, value in originals.items()
        if key.startswith(_PREFIX) and key != CLASS_KEY
    }
    made.configure({**originals, **inner})
    return made


def _class(name: str) -> Any:
    module, _, attribute = name.replace(":", ".").rpartition(".")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError):
        message = (
            f"Invalid value '{name}' for configuration {CLASS_KEY}: no such class in Python;"
            " expected package.module.Class"
        )
        raise ConfigError(message) from None
