# SPDX-License-Identifier: Apache-2.0
"""Loading worker files: file, then environment, then checks that say how to mend what is wrong."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from barnabas.config import ConfigDef, nearest_name, read_properties
from barnabas.errors import ConfigError, ConnectError
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.environment import PREFIX, settings_from_environment
from barnabas.runtime.settings.otlp import OtlpSettings
from barnabas.runtime.settings.secrets import secrets_of
from barnabas.runtime.settings.supervision import (
    ClientMetricsSettings,
    RestartSettings,
    WatchdogSettings,
)
from barnabas.runtime.settings.worker import StandaloneConfig, WorkerConfig
from barnabas.runtime.settings.worker_advice import worker_warnings
from barnabas.runtime.settings.worker_references import resolve_worker
from barnabas.telemetry.logs import hide_secret

__all__ = ["LoadedWorker", "load_worker", "make_worker", "unknown_settings"]

C = TypeVar("C", bound=WorkerConfig)

_BESIDES: Final = (ClientMetricsSettings, OtlpSettings, RestartSettings, WatchdogSettings)
"""Settings that Java's workers do not have."""

_OPEN_PREFIXES: Final = (
    "producer.",
    "consumer.",
    "admin.",
    "config.providers.",
    "key.converter.",
    "value.converter.",
    "header.converter.",
    "listeners.https.",
    "admin.listeners.https.",
    "config.storage.",
    "offset.storage.",
    "status.storage.",
    "topic.creation.",
    "metrics.context.",
    "sasl.",
    "ssl.",
)
"""Below these, names are for others to know: clients, providers, converters, topics."""

_GONE: Final = {
    "rest.host.name": "use listeners",
    "rest.port": "use listeners",
    "internal.key.converter": "internal data is always JSON without schemas",
    "internal.value.converter": "internal data is always JSON without schemas",
}


@dataclass(frozen=True, slots=True)
class LoadedWorker(Generic[C]):
    """A worker's settings and what is worth a warning about them."""

    config: C
    warnings: list[str]


def load_worker(
    path: str | os.PathLike[str], kind: type[C], environ: Mapping[str, str]
) -> LoadedWorker[C]:
    """Read a worker file and the environment over it.

    References to config providers are resolved; what they mean is hidden in logs from now on, and
    so are literal passwords.

    Args:
        path: A Java property file.
        kind: `StandaloneConfig` or `DistributedConfig`.
        environ: Environment variables; see `barnabas.runtime.settings.environment`.

    Raises:
        ConfigError: The file cannot be read, or settings are missing or wrong; the text names
            file and settings and how to mend them.
    """
    props = {**read_properties(path), **settings_from_environment(environ)}
    try:
        resolved = resolve_worker(props)
    except ConnectError as error:
        message = f"The worker settings of {os.fspath(path)} cannot be used: {error.message}"
        raise ConfigError(message) from error
    for secret in (*resolved.secrets, *secrets_of(resolved.config)):
        hide_secret(secret)
    loaded = make_worker(resolved.config, kind, os.fspath(path))
    loaded.config.secrets = resolved.secrets
    return dataclasses.replace(loaded, warnings=[*resolved.missing, *loaded.warnings])


def make_worker(props: Mapping[str, str], kind: type[C], origin: str) -> LoadedWorker[C]:
    """Make a worker's settings from properties already read.

    Args:
        props: Texts by name.
        kind: `StandaloneConfig` or `DistributedConfig`.
        origin: Where the properties come from, for messages.

    Raises:
        ConfigError: Settings are missing or wrong.
    """
    try:
        config = kind(props)
    except ConfigError as error:
        message = "\n".join(
            [
                f"The worker settings of {origin} cannot be used:",
                *(f"  {line}" for line in error.message.splitlines()),
                *_advice(props, kind),
            ]
        )
        raise ConfigError(message) from error
    warnings = [*unknown_settings(props, kind.definition()), *worker_warnings(config)]
    return LoadedWorker(config, warnings)


def _advice(props: Mapping[str, str], kind: type[WorkerConfig]) -> list[str]:
    missing = [key.name for key in kind.definition() if key.required and key.name not in props]
    advice = []
    for name in missing:
        meant = nearest_name(name, unknown_names(props, kind.definition()))
        if meant is not None:
            advice.append(f"Did you mean {name} where it says {meant}?")
    if missing:
        variables = ", ".join(PREFIX + name.upper().replace(".", "_") for name in missing)
        names = ", ".join(missing)
        advice.append(f"Add {names} to the file or set {variables} in the environment.")
    if "group.id" in props and "offset.storage.file.filename" in missing:
        advice.append("This looks like the file of a distributed worker: use barnabas distributed.")
    if "offset.storage.file.filename" in props and "group.id" in missing:
        advice.append("This looks like the file of a standalone worker: use barnabas standalone.")
    return advice


def unknown_names(props: Iterable[str], definition: ConfigDef) -> list[str]:
    """Names nobody will ever ask for; names of the other kind of worker are known."""
    kinds = (StandaloneConfig, DistributedConfig, *_BESIDES)
    known = {name for each in kinds for name in each.definition().keys}
    return [
        name
        for name in definition.unknown_names(props)
        if name not in known and not name.startswith(_OPEN_PREFIXES)
    ]


def unknown_settings(props: Mapping[str, str], definition: ConfigDef) -> list[str]:
    """Write one warning for each name that has no effect, with the name it may be meant for."""
    warnings = []
    for name in unknown_names(props, definition):
        gone = next((why for old, why in _GONE.items() if name.startswith(old)), None)
        if gone is not None:
            warnings.append(f"The setting {name} no longer has an effect: {gone}.")
            continue
        names = [*definition.keys, *(key for each in _BESIDES for key in each.definition().keys)]
        near = nearest_name(name, names)
        hint = "" if near is None else f" Did you mean {near}?"
        warnings.append(f"The setting {name} is not known and has no effect.{hint}")
    return warnings
