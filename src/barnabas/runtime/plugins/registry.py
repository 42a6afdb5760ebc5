# SPDX-License-Identifier: Apache-2.0
"""Looking plugins up by the names configurations use.

A name is looked for in this order: the class name · a short name, when only one class has it · a
Python path (``package.module:Class`` or ``package.module.Class``), registered or not.

Source:
    Reference page *Worker and connector configuration*, section 8; Java ``PluginUtils``.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence

from barnabas.errors import NotFoundError, PluginError, PluginVersionError
from barnabas.runtime.plugins.discovery import discover
from barnabas.runtime.plugins.kinds import CONNECTOR_KINDS, LISTED_KINDS, PluginKind
from barnabas.runtime.plugins.plugin import Plugin
from barnabas.runtime.plugins.versions import Version, parse_range

__all__ = ["PluginRegistry"]

_PYTHON_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?::|\.)[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


class PluginRegistry:
    """The plugins of a worker. Immutable but for what it remembers of unregistered classes.

    Made and used in the worker process. Imports nothing of a plugin; for the Python path of a class
    that is no registered plugin it once starts a short child process to see what the class is.
    """

    def __init__(
        self,
        plugins: Iterable[Plugin],
        notes: Iterable[str] = (),
        *,
        kinds_of: Callable[[str], Sequence[PluginKind]] | None = None,
    ) -> None:
        self._plugins = sorted(plugins, key=lambda plugin: plugin.order)
        self.notes = tuple(notes)
        """Sentences about ``plugin.path``, for the log."""
        self._kinds_of = kinds_of or _kinds_of
        self._unregistered: dict[str, Sequence[PluginKind]] = {}

    @classmethod
    def discover(cls, plugin_path: Iterable[str] = ()) -> PluginRegistry:
        """Find the plugins of the worker's environment and of ``plugin.path``."""
        found = discover(plugin_path)
        return cls(found.plugins, found.notes)

    def list(self, kinds: Sequence[PluginKind] = LISTED_KINDS) -> tuple[Plugin, ...]:
        """List plugins: by kind in the order given, then by class name and version."""
        return tuple(plugin for kind in kinds for plugin in self._plugins if plugin.kind is kind)

    def find(self, kind: PluginKind, name: str, version: str | None = None) -> Plugin:
        """Find a plugin of one kind, the newest that satisfies a version requirement.

        Args:
            kind: What it must be.
            name: Class name, short name or Python path.
            version: A version or range, see :mod:`barnabas.runtime.plugins.versions`.

        Raises:
            PluginError: Nothing, or more than one class, has this name.
            PluginVersionError: No version of it satisfies the requirement.
            ConfigError: The requirement cannot be read.
        """
        return self._find((kind,), name, version)

    def find_connector(self, name: str, version: str | None = None) -> Plugin:
        """Find a source or sink connector; see :meth:`find`."""
        return self._find(CONNECTOR_KINDS, name, version)

    def find_listed(self, name: str, version: str | None = None) -> Plugin:
        """Find a plugin of any kind that REST lists, for ``/connector-plugins/{name}/config``.

        Raises:
            NotFoundError: Nothing has this name.
            PluginVersionError: No version of it satisfies the requirement.
            ConfigError: The requirement cannot be read.
        """
        for kind in LISTED_KINDS:
            named = self._named((kind,), name)
            if named:
                return _newest(named, version)
        message = f"Unknown plugin {name}."
        raise NotFoundError(message)

    def versions(self, kind: PluginKind, name: str) -> tuple[str, ...]:
        """List the installed versions of a plugin, oldest first; empty when it is unknown."""
        found = {plugin.version for plugin in self._named((kind,), name)}
        return tuple(sorted(found, key=Version))

    def connector_versions(self, name: str) -> tuple[str, ...]:
        """List the installed versions of a connector, oldest first; empty when it is unknown."""
        found = {plugin.version for plugin in self._named(CONNECTOR_KINDS, name)}
        return tuple(sorted(found, key=Version))

    def _find(self, kinds: Sequence[PluginKind], name: str, version: str | None) -> Plugin:
        named = self._named(kinds, name) or self._by_python_path(kinds, name)
        if not named:
            raise PluginError(self._unknown(kinds, name))
        classes = sorted({plugin.class_name for plugin in named})
        if len({plugin.location for plugin in named}) > 1 and len(classes) > 1:
            message = (
                f"More than one {_what(kinds)} matches alias {name}. Please use the full class "
                f"name instead. Classes found: {', '.join(classes)}"
            )
            raise PluginError(message)
        return _newest(named, version)

    def _named(self, kinds: Sequence[PluginKind], name: str) -> Sequence[Plugin]:
        """The plugins a class name or short name means; of several classes only for connectors."""
        mine = [plugin for plugin in self._plugins if plugin.kind in kinds]
        exact = [plugin for plugin in mine if plugin.class_name == name]
        if exact:
            return exact
        if kinds == CONNECTOR_KINDS:
            return [plugin for plugin in mine if name in plugin.aliases]
        owners = {plugin.class_name for plugin in self._plugins if name in plugin.aliases}
        if len(owners) != 1:
            return []
        return [plugin for plugin in mine if plugin.class_name in owners]

    def _by_python_path(self, kinds: Sequence[PluginKind], name: str) -> Sequence[Plugin]:
        if _PYTHON_PATH.fullmatch(name) is None:
            return []
        location = _location(name)
        registered = [
            plugin
            for plugin in self._plugins
            if plugin.kind in kinds and plugin.location == location
        ]
        if registered:
            return registered
        if not _is_installed(location.partition(":")[0]):
            return []
        known = self._unregistered.get(location)
        if known is None:
            known = self._unregistered[location] = self._kinds_of(location)
        return [Plugin(name, kind, location) for kind in kinds if kind in known]

    def _unknown(self, kinds: Sequence[PluginKind], name: str) -> str:
        mine = self.list(kinds)
        names = [alias for plugin in mine for alias in (plugin.class_name, *plugin.aliases)]
        near = difflib.get_close_matches(name, names, 3, 0.7) or difflib.get_close_matches(
            name.rpartition(".")[2], names, 3, 0.7
        )
        hint = f" Did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
        if self._unregistered.get(_location(name)) is not None:
            hint = " Its module is there, but cannot be imported or has no such class of that kind."
        available = ", ".join(f"{plugin.class_name} {plugin.version}" for plugin in mine)
        if kinds == CONNECTOR_KINDS:
            return (
                "Failed to find any class that implements Connector and which name matches "
                f"{name}.{hint} Install the package that brings it, or add its folder to "
                f"plugin.path, on every worker; available connectors are: {available}"
            )
        return (
            f"Class {name} could not be found: there is no such {_what(kinds)}.{hint} "
            f"Available are: {available or 'none'}"
        )


def _location(python_path: str) -> str:
    return python_path if ":" in python_path else ":".join(python_path.rsplit(".", 1))


def _kinds_of(location: str) -> Sequence[PluginKind]:
    from barnabas.runtime.plugins import doctor

    return doctor.kinds_of(location)


def _is_installed(module: str) -> bool:
    """Say whether there is such a module, without importing it or the packages around it."""
    name = ""
    folders: list[str] | None = None
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        folders = _folders(name, folders)
        if folders is None:
            return False
    return True


def _folders(name: str, around: list[str] | None) -> list[str] | None:
    """Find a module: where modules in it are, nowhere when it is no package; None: there is none.

    Args:
        name: Its full name.
        around: Where modules of the package around it are; None when there is no such package.
    """
    try:
        specs = (finder.find_spec(name, around) for finder in sys.meta_path)
        spec = next((spec for spec in specs if spec is not None), None)
        found = [*((spec and spec.submodule_search_locations) or ())]
    except KeyError:  # a namespace in a namespace asks the outer one, which is not imported
        part = name.rpartition(".")[2]
        inner = (os.path.join(folder, part) for folder in around or sys.path)
        return [folder for folder in inner if os.path.isdir(folder)]
    return None if spec is None else found


def _what(kinds: Sequence[PluginKind]) -> str:
    return "connector" if kinds == CONNECTOR_KINDS else kinds[0].value.replace("_", " ")


def _newest(plugins: Sequence[Plugin], version: str | None) -> Plugin:
    wanted = parse_range(version)
    fitting = [plugin for plugin in plugins if wanted is None or plugin.version in wanted]
    if fitting:
        return max(fitting, key=lambda plugin: Version(plugin.version))
    available = sorted({plugin.version for plugin in plugins}, key=Version)
    assert wanted is not None
    message = (
        f"Plugin {plugins[0].class_name} not found that matches the version range {wanted.text}, "
        f"available versions: [{', '.join(available)}]"
    )
    raise PluginVersionError(message, available)
