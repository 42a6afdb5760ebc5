# SPDX-License-Identifier: Apache-2.0
"""``barnabas plugins``: which plugins there are, and why one cannot be loaded."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from barnabas.runtime.plugins import Plugin, PluginKind, PluginRegistry

__all__ = ["app"]

app = typer.Typer(
    help="List the plugins, and find out why one cannot be loaded.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_BROKEN = 1
PluginPath = Annotated[
    str | None, typer.Option(help="Folders to look in besides, separated by commas.")
]
WorkerConfig = Annotated[
    Path | None, typer.Option(help="Worker file whose plugin.path is to be looked in.")
]


@app.command("list")
def list_plugins(
    *,
    plugin_path: PluginPath = None,
    worker_config: WorkerConfig = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List all plugins; imports none."""
    registry = _registry(plugin_path, worker_config)
    plugins = registry.list(tuple(PluginKind))
    if as_json:
        print(json.dumps([_as_json(plugin) for plugin in plugins], indent=2))
        return
    rows = [(p.kind.value, p.class_name, p.version, _origin(p)) for p in plugins]
    _print_table([("TYPE", "CLASS", "VERSION", "FROM"), *rows])


@app.command()
def doctor(
    *,
    plugin_path: PluginPath = None,
    worker_config: WorkerConfig = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds an import may take.")] = 30.0,
) -> None:
    """Import every plugin and say what is wrong.

    Each in a process of its own. Exit code 1 when any cannot be loaded.
    """
    from barnabas.runtime.plugins.doctor import examine

    registry = _registry(plugin_path, worker_config)
    diagnoses = examine(registry.list(tuple(PluginKind)), timeout)
    broken = [diagnosis for diagnosis in diagnoses if not diagnosis.is_fine]
    if as_json:
        found = [{**_as_json(d.plugin), "problem": d.problem, "trace": d.trace} for d in diagnoses]
        print(json.dumps(found, indent=2))
    else:
        for diagnosis in broken:
            plugin = diagnosis.plugin
            print(f"BROKEN  {plugin.kind.value} {plugin.class_name} {plugin.version}")
            print(f"        from {_origin(plugin)}")
            print(f"        {diagnosis.problem}")
            for line in (diagnosis.trace or "").splitlines():
                print(f"        | {line}")
        print(
            f"{len(diagnoses)} plugins: {len(diagnoses) - len(broken)} fine, {len(broken)} broken"
        )
    if broken:
        raise typer.Exit(_BROKEN)


def _registry(plugin_path: str | None, worker_config: Path | None) -> PluginRegistry:
    entries = _entries(plugin_path)
    if worker_config is not None:
        from barnabas.config.properties import read_properties

        entries += _entries(read_properties(worker_config).get("plugin.path"))
    registry = PluginRegistry.discover(entries)
    for note in registry.notes:
        print(f"note: {note}", file=sys.stderr)
    return registry


def _entries(text: str | None) -> list[str]:
    return [entry.strip() for entry in (text or "").split(",") if entry.strip()]


def _origin(plugin: Plugin) -> str:
    return plugin.folder or plugin.distribution


def _as_json(plugin: Plugin) -> dict[str, object]:
    return {
        "class": plugin.class_name,
        "type": plugin.kind.value,
        "version": plugin.version,
        "aliases": list(plugin.aliases),
        "location": plugin.location,
        "package": plugin.distribution,
        "folder": plugin.folder,
        "interpreter": plugin.interpreter,
    }


def _print_table(rows: Iterable[tuple[str, ...]]) -> None:
    listed = list(rows)
    widths = [max(len(row[column]) for row in listed) for column in range(len(listed[0]))]
    for row in listed:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
