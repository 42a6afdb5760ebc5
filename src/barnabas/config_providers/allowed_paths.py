# SPDX-License-Identifier: Apache-2.0
"""Which paths a provider may read: its parameter ``allowed.paths``.

Source:
    KIP-993; Apache Kafka ``AllowedPaths``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from barnabas.errors import ConfigError

__all__ = ["ALLOWED_PATHS", "AllowedPaths"]

ALLOWED_PATHS: Final = "allowed.paths"


class AllowedPaths:
    """Paths and what lies below them; all paths when the list is empty.

    Args:
        text: Value of ``allowed.paths``, separated by commas.

    Raises:
        ConfigError: A path is not absolute or does not exist.
    """

    def __init__(self, text: str) -> None:
        given = [_checked(item) for item in text.split(",")] if text.strip() else []
        self._allowed = {place for path in given for place in (path, _real(path))}

    def admit(self, path: str) -> Path | None:
        """Tidy a path from a configuration; None when it may not be read.

        ``..`` is resolved by name, links are followed: what they lead to must be allowed, too.

        Differs:
            Java does not follow links, so that a link below an allowed path opens everything.
        """
        tidy = Path(os.path.normpath(path))
        if not self._allowed:
            return tidy
        return tidy if self._is_below(tidy) and self._is_below(_real(tidy)) else None

    def _is_below(self, path: Path) -> bool:
        return any(path.is_relative_to(one) for one in self._allowed)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _checked(item: str) -> Path:
    path = Path(os.path.normpath(item.strip()))
    if not path.is_absolute():
        message = f"Path {path} is not absolute"
        raise ConfigError(message)
    if not path.exists():
        message = f"Path {path} does not exist"
        raise ConfigError(message)
    return path
