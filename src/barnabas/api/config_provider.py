# SPDX-License-Identifier: Apache-2.0
"""Config providers: where ``${provider:path:key}`` in a configuration gets its value.

Source:
    KIP-297, KIP-421.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping, Set

__all__ = ["ConfigData", "ConfigProvider"]


@dataclasses.dataclass(frozen=True, slots=True)
class ConfigData:
    """What a provider found at a path."""

    data: Mapping[str, str] = dataclasses.field(repr=False)
    """Values by key; never printed, they may be secrets."""
    ttl_ms: int | None = None
    """Milliseconds until the values should be read anew; None when they do not expire."""


class ConfigProvider(abc.ABC):
    """Looks up values that configurations only refer to, usually secrets.

    Made once per worker and once per runner, from the worker settings
    ``config.providers.<name>.param.*``. Methods may be called from any thread, one at a time.
    """

    def configure(self, configs: Mapping[str, str]) -> None:  # noqa: B027 - optional
        """Take the provider's parameters, without their prefix.

        Raises:
            ConfigError: A parameter is wrong; the worker then does not start.
        """

    @abc.abstractmethod
    def get(self, path: str, keys: Set[str] | None = None) -> ConfigData:
        """Read the values at a path; it may block on I/O but must return within seconds.

        Args:
            path: Text between the provider's name and the key; empty when there was none.
            keys: Keys wanted; None for all.

        Raises:
            ConfigError: The path cannot be read. A key that is merely absent is left out instead.
        """

    def close(self) -> None:  # noqa: B027 - optional
        """Release what the provider holds."""
