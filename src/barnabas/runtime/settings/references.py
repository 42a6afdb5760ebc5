# SPDX-License-Identifier: Apache-2.0
"""References in configurations to what config providers know: ``${provider:path:key}``.

``${file:/etc/secrets.properties:password}`` has provider, path and key, ``${env:HOME}`` provider
and key. The path ends at the first colon. Several references may stand in one value; they are not
nested and cannot be escaped. What cannot be found stays as it was written, and is told.

Source:
    KIP-297; Apache Kafka ``ConfigTransformer``; reference page *Worker and connector
    configuration*, section 7.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from barnabas.api import ConfigData, ConfigProvider
from barnabas.errors import ConfigError, ConnectError

__all__ = ["Resolved", "has_reference", "make_providers", "resolve"]

_REFERENCE: Final = re.compile(r"\$\{([^}]*?):(?:([^}]*?):)?([^}]*?)\}")
_SETTING: Final = "config.providers"


class Resolved(NamedTuple):
    """A configuration without references."""

    config: dict[str, str]
    secrets: frozenset[str]
    """The values that were put in; they must not be shown."""
    missing: tuple[str, ...] = ()
    """Sentences on references that stay as they are, because nobody knows what they mean."""
    ttl_ms: int | None = None
    """Milliseconds until the first of the values expires; None when none does."""

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
        ConfigError: A provider cannot read a path; names provider, path and keys, no values.
    """
    wanted: dict[tuple[str, str], set[str]] = {}
    for value in config.values():
        for provider, path, key in _REFERENCE.findall(value):
            if provider in providers:
                wanted.setdefault((provider, path), set()).add(key)
    known = {place: _read(providers[place[0]], *place, keys) for place, keys in wanted.items()}
    used: set[str] = set()

    def replace(match: re.Match[str]) -> str:
        provider, path, key = match.groups(default="")
        data = known.get((provider, path))
        found = None if data is None else data.data.get(key)
        if found is None:
            return match[0]
        used.add(found)
        return found

    return Resolved(
        {name: _REFERENCE.sub(replace, value) for name, value in config.items()},
        frozenset(used),
        tuple(_missing(config, providers, known)),
        _soonest(known.values()),
    )


def _soonest(found: Iterable[ConfigData]) -> int | None:
    ttls = (data.ttl_ms for data in found)
    return min((ttl for ttl in ttls if ttl is not None and ttl >= 0), default=None)


def _read(provider: ConfigProvider, name: str, path: str, keys: set[str]) -> ConfigData:
    try:
        return provider.get(path, frozenset(keys))
    except Exception as error:  # noqa: BLE001 - it is code of users
        said = _said(error)
        text = (
            f"Config provider {name} could not look up {', '.join(map(repr, sorted(keys)))} at "
            f"path {path!r}: {said}"
        )
        raise ConfigError(text) from None  # a trace of the provider might hold values


def _said(error: Exception) -> str:
    return error.message if isinstance(error, ConnectError) else f"{type(error).__name__}: {error}"


def _missing(
    config: Mapping[str, str],
    providers: Mapping[str, ConfigProvider],
    known: Mapping[tuple[str, str], ConfigData],
) -> Iterator[str]:
    for setting, value in config.items():
        for match in _REFERENCE.finditer(value):
            provider, path, key = match.groups(default="")
            if provider not in providers:
                text = f"config.providers names no provider {provider!r}"
            elif known[provider, path].data.get(key) is None:
                at = f" at path {path!r}" if path else ""
                text = f"config provider {provider} knows no {key!r}{at}"
            else:
                continue
            yield f"The setting {setting} keeps the text {match[0]}: {text}."


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
    parameters = {
        key.removeprefix(prefix): value
        for key, value in worker_config.items()
        if key.startswith(prefix)
    }
    try:
        provider.configure(parameters)
    except Exception as error:  # noqa: BLE001 - it is code of users
        said = _said(error)
        text = f"Config provider {name} refuses its parameters ({prefix}*): {said}"
        raise ConfigError(text) from None
    return provider
