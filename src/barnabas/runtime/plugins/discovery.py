# SPDX-License-Identifier: Apache-2.0
"""Finding plugins in the metadata of installed packages.

Looked through are the packages of the worker's own environment and each entry of ``plugin.path``.
An entry, or each folder in it, may be

* a folder of packages, such as ``pip install --target=FOLDER my-plugin`` makes, or
* a virtual environment (it holds ``pyvenv.cfg``), whose plugins run with its own interpreter.

What does not exist or holds Java archives only is mentioned and passed over.

The version of a plugin is that of its package. The plugins that come with Barnabas stand for those
of Apache Kafka and carry its version, so that a ``connector.plugin.version`` written for them
holds.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import pathlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence

import barnabas
from barnabas.runtime.plugins.kinds import PluginKind
from barnabas.runtime.plugins.plugin import Plugin

__all__ = ["Discovery", "discover"]

_OWN = "barnabas"
_KIND_OF_GROUP = {kind.group: kind for kind in PluginKind}
_OLD_GROUP = "barnabas.connectors"


@dataclasses.dataclass(frozen=True, slots=True)
class Discovery:
    """What was found."""

    plugins: tuple[Plugin, ...]
    """Plugins in the order of the places, the worker's own environment first."""
    notes: tuple[str, ...]
    """Sentences about entries of ``plugin.path`` that brought nothing, for the log."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    """One search path of packages."""

    search: tuple[str, ...]
    folder: str | None = None
    interpreter: str | None = None


def discover(plugin_path: Iterable[str] = (), search: Sequence[str] | None = None) -> Discovery:
    """Find all plugins; imports nothing of theirs.

    Args:
        plugin_path: Entries of ``plugin.path``.
        search: Folders of the worker's own packages; ``sys.path`` when None.
    """
    notes: list[str] = []
    places = [_Place(tuple(sys.path if search is None else search))]
    for entry in plugin_path:
        places += _places(pathlib.Path(entry), notes)
    plugins: dict[tuple[PluginKind, str, str], Plugin] = {}
    for place in places:
        for plugin in _plugins(place, notes):
            first = plugins.setdefault((plugin.kind, plugin.class_name, plugin.version), plugin)
            if first is not plugin:
                notes.append(
                    f"{plugin.kind.value} {plugin.class_name} {plugin.version} is there twice; "
                    f"the one of {first.folder or 'the worker itself'} is used, not the one of "
                    f"{plugin.folder or plugin.distribution}."
                )
    return Discovery(tuple(plugins.values()), tuple(notes))


def _places(entry: pathlib.Path, notes: list[str]) -> list[_Place]:
    if entry.suffix in {".jar", ".zip"}:
        notes.append(f"plugin.path: {entry} is a Java archive; it is passed over.")
        return []
    try:
        children = sorted(child for child in entry.iterdir() if child.is_dir())
        has_archive = any(entry.glob("*.jar")) or any(entry.glob("*/*.jar"))
    except OSError as error:
        notes.append(f"plugin.path: {entry} cannot be read ({error.strerror}); check the path.")
        return []
    found = _own_places(entry, notes)
    if not found:
        found = [place for child in children for place in _own_places(child, notes)]
    if has_archive:
        notes.append(f"plugin.path: the Java archives in {entry} are passed over.")
    elif not found:
        notes.append(
            f"plugin.path: {entry} holds neither packages nor virtual environments; fill it with: "
            f"pip install --target={entry} PACKAGE"
        )
    return found


def _own_places(folder: pathlib.Path, notes: list[str]) -> list[_Place]:
    """Say how this one folder is to be searched."""
    if (folder / "pyvenv.cfg").is_file():
        interpreters = [folder / "bin" / "python", folder / "Scripts" / "python.exe"]
        interpreter = next((str(path) for path in interpreters if path.exists()), None)
        if interpreter is None:
            notes.append(f"plugin.path: the virtual environment {folder} has no interpreter.")
            return []
        packages = [*folder.glob("lib/python3*/site-packages"), *folder.glob("Lib/site-packages")]
        search = tuple(str(path) for path in sorted(packages))
        return [_Place(search, folder=str(folder), interpreter=interpreter)]
    if any(folder.glob("*.dist-info")):
        return [_Place((str(folder),), folder=str(folder))]
    return []


def _plugins(place: _Place, notes: list[str]) -> Iterator[Plugin]:
    seen: set[str] = set()
    for distribution in importlib.metadata.distributions(path=list(place.search)):
        text = distribution.read_text("entry_points.txt") or ""
        if "barnabas." not in text:
            continue
        name = _normalised(distribution.metadata["Name"] or "")
        if name in seen or (place.folder is not None and name == _OWN):
            continue  # the first on the path counts; our own plugins are the worker's
        seen.add(name)
        for entry_point in distribution.entry_points:
            if entry_point.group == _OLD_GROUP:
                notes.append(
                    f"Package {name} offers {entry_point.name} in the group {_OLD_GROUP}, which "
                    "says not what it is; its author should use barnabas.source_connectors or "
                    "barnabas.sink_connectors."
                )
            kind = _KIND_OF_GROUP.get(entry_point.group)
            if kind is not None:
                yield _plugin(place, kind, distribution, entry_point)


def _plugin(
    place: _Place,
    kind: PluginKind,
    distribution: importlib.metadata.Distribution,
    entry_point: importlib.metadata.EntryPoint,
) -> Plugin:
    module, _, path = entry_point.value.partition("[")[0].strip().partition(":")
    name = _normalised(distribution.metadata["Name"] or "")
    version = barnabas.CONNECT_VERSION if name == _OWN else distribution.version
    return Plugin(
        entry_point.name,
        kind,
        f"{module.strip()}:{path.strip()}",
        version=version or "undefined",
        distribution=name,
        folder=place.folder,
        interpreter=place.interpreter,
    )


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
