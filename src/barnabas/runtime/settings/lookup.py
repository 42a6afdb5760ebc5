# SPDX-License-Identifier: Apache-2.0
"""What validation asks of the plugins, and how it words what it does not find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from barnabas.errors import ConfigError, NotFoundError, PluginError
from barnabas.runtime.plugins import Plugin, PluginKind
from barnabas.runtime.plugins.kinds import LISTED_KINDS

__all__ = ["PluginLookup", "check_kind", "class_names", "full_class_name"]

_CONNECT: Final = "org.apache.kafka.connect."
_INTERFACES: Final = {
    PluginKind.CONVERTER: "Converter",
    PluginKind.HEADER_CONVERTER: "HeaderConverter",
    PluginKind.TRANSFORMATION: "Transformation",
    PluginKind.PREDICATE: "Predicate",
}
_ABSTRACT: Final[Mapping[str, PluginKind | None]] = {
    _CONNECT + "storage.Converter": PluginKind.CONVERTER,
    _CONNECT + "storage.HeaderConverter": PluginKind.HEADER_CONVERTER,
    _CONNECT + "transforms.Transformation": PluginKind.TRANSFORMATION,
    _CONNECT + "transforms.predicates.Predicate": PluginKind.PREDICATE,
    _CONNECT + "connector.Connector": None,
    _CONNECT + "source.SourceConnector": PluginKind.SOURCE,
    _CONNECT + "sink.SinkConnector": PluginKind.SINK,
}
_PLATFORM: Final = ("java.", "javax.")


class PluginLookup(Protocol):
    """The plugins at hand; `barnabas.runtime.plugins.PluginRegistry` is one.

    Names may be class names or short names. Methods raise `PluginError` (among them
    `PluginVersionError`) as the registry does.
    """

    def list(self, kinds: Sequence[PluginKind] = ...) -> Sequence[Plugin]:
        """List plugins by kind, then by class name and version."""

    def find(self, kind: PluginKind, name: str, version: str | None = None) -> Plugin:
        """Find a plugin of one kind."""

    def find_connector(self, name: str, version: str | None = None) -> Plugin:
        """Find a source or sink connector."""

    def find_listed(self, name: str, version: str | None = None) -> Plugin:
        """Find a plugin of any kind; `NotFoundError` when there is none."""

    def versions(self, kind: PluginKind, name: str) -> Sequence[str]:
        """List the installed versions of a plugin, oldest first."""

    def connector_versions(self, name: str) -> Sequence[str]:
        """List the installed versions of a connector, oldest first."""


def class_names(plugins: PluginLookup, kind: PluginKind) -> list[str]:
    """Class names of all plugins of a kind, for recommendations."""
    return sorted({plugin.class_name for plugin in plugins.list((kind,))})


def nested_names(
    plugins: PluginLookup, name: str, kinds: Sequence[PluginKind] = LISTED_KINDS
) -> list[str]:
    """Class names of plugins that are nested in a class of this name."""
    found = plugins.list(kinds)
    return sorted({p.class_name for p in found if p.class_name.startswith(name + "$")})


def full_class_name(plugins: PluginLookup, name: str, kind: PluginKind | None = None) -> str:
    """Full name of the class a CLASS setting means.

    Classes of the Java platform and the abstract classes of Connect count as found: they exist,
    although no plugin is behind them.

    Args:
        plugins: Where to look.
        name: Class name or short name.
        kind: The kind it should be, looked for first.

    Raises:
        PluginError: There is no class of that name.
    """
    if kind is not None:
        try:
            return plugins.find(kind, name).class_name
        except PluginError:
            pass
    try:
        return plugins.find_listed(name).class_name
    except NotFoundError as error:
        if name.startswith(_PLATFORM) or name in _ABSTRACT or nested_names(plugins, name):
            return name
        raise PluginError(error.message) from error


def check_kind(plugins: PluginLookup, name: str, kind: PluginKind) -> None:
    """Check that a class that was found can be used as a plugin of a kind.

    Raises:
        ConfigError: It is abstract, or of another kind.
    """
    try:
        plugins.find(kind, name)
    except PluginError as error:
        nested = nested_names(plugins, name, (kind,))
        if nested or (name in _ABSTRACT and _ABSTRACT[name] is kind):
            hint = f" Did you mean {', '.join(nested)}?" if nested else ""
            message = f"This class is abstract and cannot be created.{hint}"
        else:
            message = f"Class {name} does not implement the {_INTERFACES[kind]} interface"
        raise ConfigError(message) from error
