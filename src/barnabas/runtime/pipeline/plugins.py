# SPDX-License-Identifier: Apache-2.0
"""How the pipeline is given classes of plugins, without knowing where they come from."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Protocol

__all__ = ["PluginKind", "PluginLoader", "settings_under"]


class PluginKind(enum.Enum):
    """Kinds of plugins a pipeline is made of; values are those of ``GET /connector-plugins``."""

    CONVERTER = "converter"
    HEADER_CONVERTER = "header_converter"
    TRANSFORMATION = "transformation"
    PREDICATE = "predicate"


class PluginLoader(Protocol):
    """Finds classes of plugins by the name in a configuration."""

    def __call__(self, kind: PluginKind, name: str, version: str | None) -> type:
        """Import a class.

        Args:
            kind: What it has to be.
            name: Java name, Python name or alias.
            version: Range of versions, None for any.

        Raises:
            PluginError: There is none, or it cannot be imported.
        """


def settings_under(config: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Pick the settings under a prefix, which is cut off."""
    return {
        name.removeprefix(prefix): value
        for name, value in config.items()
        if name.startswith(prefix) and len(name) > len(prefix)
    }
