# SPDX-License-Identifier: Apache-2.0
"""Which values of a configuration are secrets that must not be shown. Pure.

What a config provider knows is secret, and what is declared so (PASSWORD). Where declarations are
not at hand the name of a setting tells, as ``value.converter.basic.auth.user.info`` does; of
``sasl.jaas.config`` and of addresses with a login only the password is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from barnabas.config import ConfigDef, ConfigType
from barnabas.config.jaas import parse_jaas_config
from barnabas.errors import ConfigError
from barnabas.runtime.model import ConfigInfo, ConfigInfos
from barnabas.runtime.settings.references import has_reference
from barnabas.telemetry.logs import redact

__all__ = ["declared_secrets", "literal_secret_warnings", "secrets_of", "without_secrets"]

_NAME: Final = re.compile(
    r"(?:^|[._-])(?:password|passwd|passphrase|secret|user\.info|keystore\.key|"
    r"(?:api|access|private|secret|account)[._-]?key|token)$",
    re.IGNORECASE,
)
_JAAS: Final = re.compile(r"(?:^|\.)sasl\.jaas\.config$")
_PUBLIC_OPTIONS: Final = frozenset({"username", "user", "principal", "keytab", "serviceName"})
_LOGIN: Final = re.compile(r"://[^/@:\s]*:([^/@\s]+)@")
_IN_ADDRESS: Final = re.compile(r"[?&;](?:password|pwd|secret|token)=([^&;\s]+)", re.IGNORECASE)


def secrets_of(config: Mapping[str, str | None]) -> set[str]:
    """Values whose names, or whose form, say that they are secrets.

    Args:
        config: A configuration of a worker, connector or task, references resolved or not: what
            still is a reference is none.
    """
    found: set[str] = set()
    for name, value in config.items():
        if value and not has_reference(value):
            found.update(_secrets_in(name, value))
    return found


def _secrets_in(name: str, value: str) -> Iterator[str]:
    if _JAAS.search(name):
        yield from _jaas_secrets(value)
    elif _NAME.search(name):
        yield value
    elif "://" in value:
        yield from _LOGIN.findall(value)
        yield from _IN_ADDRESS.findall(value)


def _jaas_secrets(text: str) -> list[str]:
    try:
        options = parse_jaas_config(text).options
    except ConfigError:
        return [text]
    return [value for name, value in options.items() if name not in _PUBLIC_OPTIONS]


def declared_secrets(
    definition: ConfigDef, config: Mapping[str, str | None], prefix: str = ""
) -> set[str]:
    """Values of the settings a plugin declares as PASSWORD.

    Args:
        definition: Its settings.
        config: The configuration.
        prefix: What stands before the names in the configuration.
    """
    return {
        value
        for key in definition.keys.values()
        if key.type is ConfigType.PASSWORD and (value := config.get(prefix + key.name))
    }


def literal_secret_warnings(
    infos: ConfigInfos, config: Mapping[str, str | None], providers: Iterable[str]
) -> list[str]:
    """Warn of secrets that are written into a configuration, where all may read them.

    Args:
        infos: The answer of the validation; it knows all that is declared as PASSWORD.
        config: The configuration, references unresolved.
        providers: Names of the worker's config providers.
    """
    names = [
        info.definition.name
        for info in infos.configs
        if info.definition is not None
        and info.definition.type == ConfigType.PASSWORD.value
        and (value := config.get(info.definition.name))
        and not has_reference(value)
    ]
    if not names:
        return []
    known = next(iter(providers), None)
    how = f"${{{known or 'file'}:…}}" + ("" if known else " (config.providers of the worker)")
    return [
        f"{', '.join(names)}: a secret in plain text, which everybody sees who may read the "
        f"configuration. Refer to a config provider instead: {how}."
    ]


def without_secrets(infos: ConfigInfos, config: Mapping[str, str | None]) -> ConfigInfos:
    """Show references where the configuration has references, and no known secret in any text.

    Differs:
        Java's validation answers with what the provider knew, except for PASSWORD.
    """
    cleaned = [_cleaned(info, config) for info in infos.configs]
    return msgspec.structs.replace(infos, configs=cleaned)


def _cleaned(info: ConfigInfo, config: Mapping[str, str | None]) -> ConfigInfo:
    shown = info.value
    if shown is None:
        return info
    raw = config.get(shown.name)
    value = shown.value
    is_password = info.definition is not None and info.definition.type == ConfigType.PASSWORD.value
    if raw is not None and value is not None and not is_password and has_reference(raw):
        value = raw
    errors = [redact(error) for error in shown.errors]
    offered = [redact(text) for text in shown.recommended_values]
    shown = msgspec.structs.replace(shown, value=value, errors=errors, recommended_values=offered)
    return msgspec.structs.replace(info, value=shown)
