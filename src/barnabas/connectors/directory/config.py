# SPDX-License-Identifier: Apache-2.0
"""Settings of the directory source."""

from __future__ import annotations

from collections.abc import Callable

from barnabas import config
from barnabas.connectors._storage.local import LocalStorage
from barnabas.connectors._storage.reading.settings import StorageSourceConfig
from barnabas.errors import ConfigError

__all__ = ["DirectorySourceConfig"]


class DirectorySourceConfig(StorageSourceConfig):
    """What the directory source can be told."""

    store_url = config.Option(
        "store.url",
        str,
        config.NO_DEFAULT,
        "The directory that topics.dir is in: file:///directory.",
        group="Storage",
        importance=config.Importance.HIGH,
    )
    poll_interval_ms = config.Option(
        "poll.interval.ms",
        config.ConfigType.LONG,
        5000,
        "Milliseconds between two looks for new files.",
        group="Storage",
        importance=config.Importance.MEDIUM,
        validator=config.at_least(1),
    )

    @property
    def look_interval_ms(self) -> int:
        """How often to look for new files."""
        return self.poll_interval_ms

    def checks(self) -> list[Callable[[], object]]:
        """See `StorageSourceConfig.checks`."""
        return [*super().checks(), self._check_url]

    def _check_url(self) -> None:
        try:
            LocalStorage(self.store_url)
        except ConfigError as error:
            message = f"Invalid value {self.store_url} for configuration store.url: {error.message}"
            raise ConfigError(message) from error
