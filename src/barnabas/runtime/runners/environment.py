# SPDX-License-Identifier: Apache-2.0
"""What user code in a runner is given: resolved settings and the classes of plugins."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable, Mapping
from typing import Final

from barnabas.api import ConfigProvider, Connector, Task
from barnabas.errors import ConfigError, ConnectError, PluginError
from barnabas.runtime.plugins import PluginKind, PluginRegistry, probe
from barnabas.runtime.plugins.discovery import discover
from barnabas.runtime.plugins.plugin import import_class
from barnabas.runtime.runners.messages import PluginRef, Setup
from barnabas.runtime.settings import references
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.secrets import declared_secrets, secrets_of
from barnabas.runtime.settings.worker import StandaloneConfig, WorkerConfig
from barnabas.telemetry import logs
from barnabas.telemetry.secrets import spellings

__all__ = ["Environment", "load_connector", "load_task_class", "location_of", "preload"]

_CONVERTERS: Final = {
    "key.converter": PluginKind.CONVERTER,
    "value.converter": PluginKind.CONVERTER,
    "header.converter": PluginKind.HEADER_CONVERTER,
}


@functools.cache
def _registry(plugin_path: str) -> PluginRegistry:
    found = discover(item.strip() for item in plugin_path.split(",") if item.strip())
    return PluginRegistry(found.plugins, found.notes, kinds_of=_kinds_of)


def _kinds_of(location: str) -> list[PluginKind]:
    """Import a class that is no registered plugin, here and now: a runner is for that."""
    return [PluginKind(kind) for kind in probe.examine(location)["kinds"]]


def preload(plugin_path: str) -> None:
    """Look for plugins now, in the forkserver, so that no runner has to.

    Args:
        plugin_path: The worker's setting ``plugin.path``.
    """
    _registry(plugin_path)


class Environment:
    """The worker's settings as one runner sees them.

    Args:
        setup: What the worker said first.
    """

    def __init__(self, setup: Setup) -> None:
        self._worker_config = setup.worker_config
        self._is_distributed = setup.is_distributed
        self._providers: dict[str, ConfigProvider] | None = None
        self.secrets: set[str] = set()
        """Values that must not be shown, found so far, in all their spellings."""
        self.missing: tuple[str, ...] = ()
        """Sentences on references that stayed as they were in what was resolved last."""
        self.ttl_ms: int | None = None
        """How long what the providers said last is good; None when it does not expire."""
        self.hide(setup.secrets)
        self.hide(secrets_of(self._worker_config))

    @property
    def worker_settings(self) -> WorkerConfig:
        """The worker's settings, parsed."""
        kind = DistributedConfig if self._is_distributed else StandaloneConfig
        return kind(self._worker_config)

    @property
    def worker_texts(self) -> Mapping[str, str]:
        """The worker's settings as given."""
        return self._worker_config

    @property
    def registry(self) -> PluginRegistry:
        """The installed plugins."""
        return _registry(self._worker_config.get("plugin.path") or "")

    def resolve_optional(self, config: Mapping[str, str | None]) -> dict[str, str | None]:
        """Replace references; keys without a value keep none."""
        given = {key: value for key, value in config.items() if value is not None}
        return {**config, **self.resolve(given)}

    def resolve(self, config: Mapping[str, str]) -> dict[str, str]:
        """Replace references to config providers by their values, which become secrets.

        Raises:
            ConfigError: A provider cannot be made or cannot read what is asked of it.
            PluginError: A provider cannot be found or imported.
        """
        self.missing, self.ttl_ms = (), None
        if not any(references.has_reference(value) for value in config.values()):
            return dict(config)
        if self._providers is None:
            self._providers = references.make_providers(self._worker_config, self._load_provider)
        resolved = references.resolve(config, self._providers)
        self.hide(resolved.secrets)
        self.missing, self.ttl_ms = resolved.missing, resolved.ttl_ms
        return resolved.config

    def _load_provider(self, name: str) -> type:
        return self.registry.find(PluginKind.CONFIG_PROVIDER, name).load()

    def hide_passwords_of(self, plugin: type, config: Mapping[str, str | None]) -> None:
        """Show no secret of this configuration of a connector, in logs and traces.

        Args:
            plugin: Class of the connector, which declares some of them.
            config: References resolved.
        """
        self.hide(secrets_of(config))
        self._hide_declared(plugin, config, "")
        for setting, kind in _CONVERTERS.items():
            self._hide_of_plugin(kind, config.get(setting), config, f"{setting}.")
        for alias in (config.get("transforms") or "").split(","):
            prefix = f"transforms.{alias.strip()}."
            kind = PluginKind.TRANSFORMATION
            self._hide_of_plugin(kind, config.get(prefix + "type"), config, prefix)

    def _hide_of_plugin(
        self, kind: PluginKind, name: str | None, config: Mapping[str, str | None], prefix: str
    ) -> None:
        """Hide what a converter or transformation declares; its own errors are told elsewhere."""
        if name and any(setting.startswith(prefix) for setting in config):
            with contextlib.suppress(ConnectError):
                self._hide_declared(self.registry.find(kind, name).load(), config, prefix)

    def _hide_declared(self, plugin: type, config: Mapping[str, str | None], prefix: str) -> None:
        declared = getattr(plugin, "config_class", None)
        if declared is not None:
            self.hide(declared_secrets(declared.definition(), config, prefix))

    def hide(self, values: Iterable[str]) -> None:
        """Show none of these values."""
        for value in values:
            self.secrets |= spellings(value)
            logs.hide_secret(value)


def load_connector(plugin: PluginRef) -> Connector:
    """Make a connector from its plugin.

    Raises:
        PluginError: It cannot be imported or made, or is no connector.
    """
    try:
        found = import_class(plugin.location)
    except Exception as error:
        text = (
            f"Plugin {plugin.name} ({plugin.location}) cannot be imported: "
            f"{type(error).__name__}: {error}. Install what it needs, then see "
            "`barnabas plugins doctor`."
        )
        raise PluginError(text) from error
    if not issubclass(found, Connector):
        text = f"Plugin {plugin.name} ({plugin.location}) is no connector: it is {found!r}."
        raise PluginError(text)
    return found()


def load_task_class(plugin: PluginRef, name: str) -> str:
    """Find the class of a task from the text in ``task.class``.

    That is our own ``module:qualified.name``, or the name of a Java class, for which the plugin's
    own task class stands.

    Returns:
        ``module:qualified.name``.

    Raises:
        ConfigError: There is no such class, or it is no task.
    """
    kind: object
    try:
        kind = import_class(name) if ":" in name else load_connector(plugin).task_class
    except ImportError as error:
        text = f"task.class {name} of connector plugin {plugin.name} is not there: {error}."
        raise ConfigError(text) from error
    return location_of(kind, plugin)


def location_of(kind: object, plugin: PluginRef) -> str:
    """Say where a task class is imported from.

    Raises:
        ConfigError: It is no task class.
    """
    if not (isinstance(kind, type) and issubclass(kind, Task)):
        text = f"task_class of connector plugin {plugin.name} must be a task class, is {kind!r}."
        raise ConfigError(text)
    return f"{kind.__module__}:{kind.__qualname__}"
