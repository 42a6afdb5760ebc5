# SPDX-License-Identifier: Apache-2.0
"""Installed packages for tests: what ``pip install --target`` leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

EntryPoints = Mapping[str, Mapping[str, str]]


def write_package(
    folder: Path,
    name: str = "orders-plugin",
    *,
    version: str = "1.0",
    entry_points: EntryPoints,
    modules: Mapping[str, str] | None = None,
    requires: tuple[str, ...] = (),
) -> Path:
    """Put a package's metadata and modules into a folder."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    (info / "METADATA").write_text("\n".join(lines) + "\n")
    sections = []
    for group, names in entry_points.items():
        sections.append(f"[{group}]")
        sections += [f"{key} = {value}" for key, value in names.items()]
    (info / "entry_points.txt").write_text("\n".join(sections) + "\n")
    for module, text in (modules or {}).items():
        (folder / f"{module}.py").write_text(text)
    return folder


def one_source(name: str = "com.example.OrdersSourceConnector") -> EntryPoints:
    """Entry points of a package with one source connector."""
    return {"barnabas.source_connectors": {name: "orders:Orders"}}
