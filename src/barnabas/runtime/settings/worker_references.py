# SPDX-License-Identifier: Apache-2.0
"""References to config providers in a worker's own settings.

Providers of others are code of users, which a worker does not run: they answer in a process that
ends at once. Those of Barnabas answer here. ``plugin.path`` and the settings of the providers
themselves are taken as they are.

Source:
    KIP-297; reference page *Worker and connector configuration*, section 7.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, Final

from barnabas.errors import ConfigError, ConnectError
from barnabas.runtime.plugins import PluginKind, PluginRegistry, probe
from barnabas.runtime.plugins.discovery import discover
from barnabas.runtime.settings import references
from barnabas.runtime.settings.references import Resolved

__all__ = ["resolve_worker"]

_RAW: Final = "plugin.path"
_PROVIDERS: Final = "config.providers"
_TIMEOUT_S: Final = 60.0
_OURS: Final = frozenset(
    f"{package}{kind}{suffix}"
    for kind in ("Directory", "EnvVar", "File")
    for package, suffix in (
        ("org.apache.kafka.common.config.provider.", "ConfigProvider"),
        ("", "ConfigProvider"),
        ("", ""),
    )
)
"""Names of providers that come with Barnabas; a missing name is an error anywhere."""


def resolve_worker(props: Mapping[str, str]) -> Resolved:
    """Replace the references in a worker's settings; blocks while providers look values up.

    Raises:
        ConfigError: A provider cannot be made, cannot read a path, or takes longer than a minute.
        PluginError: A provider cannot be found.
    """
    asked = {
        name: value
        for name, value in props.items()
        if name != _RAW and not name.startswith(_PROVIDERS) and references.has_reference(value)
    }
    if not asked:
        return Resolved(dict(props), frozenset())
    found = _resolve(asked, props) if _is_ours(props) else _resolve_elsewhere(asked, props)
    return found._replace(config={**props, **found.config})


def _is_ours(props: Mapping[str, str]) -> bool:
    """Whether all providers come with Barnabas."""
    names = (name.strip() for name in props.get(_PROVIDERS, "").split(","))
    classes = (props.get(f"{_PROVIDERS}.{name}.class", "").strip() for name in names if name)
    return all(name in _OURS for name in classes)


def _registry(props: Mapping[str, str]) -> PluginRegistry:
    folders = (item.strip() for item in props.get(_RAW, "").split(","))
    found = discover(folder for folder in folders if folder)
    return PluginRegistry(found.plugins, found.notes, kinds_of=_kinds_of)


def _kinds_of(location: str) -> list[PluginKind]:
    """Import a class that is no registered plugin: this is the process for that, or it is ours."""
    return [PluginKind(kind) for kind in probe.examine(location)["kinds"]]


def _resolve(asked: Mapping[str, str], props: Mapping[str, str]) -> Resolved:
    registry = _registry(props)
    providers = references.make_providers(
        props, lambda name: registry.find(PluginKind.CONFIG_PROVIDER, name).load()
    )
    try:
        return references.resolve(asked, providers)
    finally:
        for provider in providers.values():
            provider.close()


def _resolve_elsewhere(asked: Mapping[str, str], props: Mapping[str, str]) -> Resolved:
    question = json.dumps({"asked": dict(asked), "props": dict(props)})
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", __name__],
            input=question,
            stdout=subprocess.PIPE,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        text = (
            f"The config providers ({props.get(_PROVIDERS)}) did not answer within "
            f"{_TIMEOUT_S:g} s; they were asked for {', '.join(asked)}."
        )
        raise ConfigError(text) from None
    except ValueError:
        text = (
            f"The config providers ({props.get(_PROVIDERS)}) took their process down, with exit "
            f"code {done.returncode}; they were asked for {', '.join(asked)}."
        )
        raise ConfigError(text) from None
    if "error" in answer:
        raise ConfigError(answer["error"])
    return Resolved(
        answer["config"],
        frozenset(answer["secrets"]),
        tuple(answer["missing"]),
        answer["ttl_ms"],
    )


def main() -> None:
    """Answer the question on standard input; what providers print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    question = json.load(sys.stdin)
    answer: dict[str, Any]
    try:
        found = _resolve(question["asked"], question["props"])
        answer = {**found._asdict(), "secrets": sorted(found.secrets)}
    except ConnectError as error:
        answer = {"error": error.message}
    json.dump(answer, answers)
    answers.close()


if __name__ == "__main__":
    main()
