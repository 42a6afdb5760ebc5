# SPDX-License-Identifier: Apache-2.0
"""References in configurations to what config providers know: ``${provider:path:key}``.

``${file:/etc/secrets.properties:password}`` has provider, path and key, ``${env:HOME}`` provider
and key. The path ends at the first colon. Several references may stand in one value; they are not
nested and cannot be escaped. What cannot be found stays as it was written.

Source:
    KIP-297; Apache Kafka ``ConfigTransformer``; reference page *Worker and connector
    configuration*, section 7.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from barnabas.api import ConfigProvider
from barnabas.errors import ConfigError

__all__ = ["Resolved", "has_reference", "make_providers", "resolve"]

_REFERENCE: Final = re.compile(r"\$\{([^}]*?):(?:([^}]*?):)?([^}]*?)\}")
_SETTING: Final = "config.providers"


class Resolved(NamedTuple):
    """A configuration without references."""

    config: dict[str, str]
    secrets: frozenset[str]
    """The values that were put in; they must not be shown."""

    def __repr__(self) -> str:
        return f"Resolved({list(self.config)})"


def has_reference(text: str) -> bool:
    """Whether a value refers to a provider, known or not."""
    return _REFERENCE.search(text) is not None


def make_providers(
    worker_config: Mapping[str, str], load: Callable[[str], type]
) -> dict[str, ConfigProvider]:
    """Make the providers a worker's settings name.

    Args:
        worker_config: ``config.providers`` and what belongs to each under
            ``config.providers.<name>.class`` and ``….param.``.
        load: Imports the class of a provider by the name in the settings.

    Raises:
        ConfigError: A class is not named, is no provider, or refuses its parameters.
        PluginError: A class cannot be found or imported.
    """
    names = [name.strip() for name in (worker_config.get(_SETTING) or "").split(",")]
    return {name: _make_provider(name, worker_config, load) for name in names if name}


def resolve(config: Mapping[str, str], providers: Mapping[str, ConfigProvider]) -> Resolved:
    """Replace references by what providers know. Each path of a provider is read once.

    Raises:
        ConfigError: A provider cannot read a path.
    """
    wanted: dict[tuple[str, str], set[str]] = {}
    for value in config.values():
        for provider, path, key in _REFERENCE.findall(value):
            if provider in providers:
                wanted.setdefault((provider, path), set()).add(key)
    known = {
        place: dict(providers[place[0]].get(place[1], frozenset(keys)).data)
        for place, keys in wanted.items()
    }
    used: set[str] = set()

    def replace(match: re.Match[str]) -> str:
        provider, path, key = match.groups(default="")
        found = known.get((provider, path), {}).get(key)
        if found is None:
            return match[0]
        used.add(found)
        return found

    resolved = {name: _REFERENCE.sub(replace, value) for name, value in config.items()}
    return Resolved(resolved, frozenset(used))


def _make_provider(
    name: str, worker_config: Mapping[str, str], load: Callable[[str], type]
) -> ConfigProvider:
    setting = f"{_SETTING}.{name}.class"
    class_name = worker_config.get(setting)
    if not class_name:
        text = f"{_SETTING} names {name}, but {setting} is missing; set it to the provider's class."
        raise ConfigError(text)
    provider = load(class_name)()
    if not isinstance(provider, ConfigProvider):
        text = f"{setting}: {class_name} is no config provider."
        raise ConfigError(text)
    prefix = f"{_SETTING}.{name}.param."
    provider.configure(
        {
            key.removeprefix(prefix): value
            for key, value in worker_config.items()
            if key.startswith(prefix)
        }
    )
    return provider
