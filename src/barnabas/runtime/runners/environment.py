# SPDX-License-Identifier: Apache-2.0
"""What user code in a runner is given: resolved settings and the installed plugins."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["Environment"]


class Environment:
    """The worker's settings as one runner sees them.

    Args:
        worker_config: The worker's original settings.
    """

    def __init__(self, worker_config: Mapping[str, str]) -> None:
        self._worker_config = dict(worker_config)
        self.secrets: set[str] = set()
        """Values that must not be shown, found so far."""

    @property
    def plugins(self) -> object:
        """The installed plugins."""
        return None

    def resolve(self, config: Mapping[str, str]) -> dict[str, str]:
        """Replace references to config providers by their values, which become secrets."""
        return dict(config)
