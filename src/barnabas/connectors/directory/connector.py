# SPDX-License-Identifier: Apache-2.0
"""The directory source."""

from __future__ import annotations

from collections.abc import Mapping

from barnabas.connectors._storage.local import LocalStorage
from barnabas.connectors._storage.reading.connector import StorageSourceConnector
from barnabas.connectors._storage.reading.settings import StorageSourceConfig
from barnabas.connectors._storage.reading.task import StorageSourceTask
from barnabas.connectors._storage.storage import Storage
from barnabas.connectors.directory.config import DirectorySourceConfig

__all__ = ["DirectorySourceConnector", "DirectorySourceTask"]


class DirectorySourceTask(StorageSourceTask):
    """Reads files of a directory."""

    def read_settings(self, props: Mapping[str, str]) -> DirectorySourceConfig:
        """Parse the task's settings."""
        return DirectorySourceConfig(props)

    def open_store(self, settings: StorageSourceConfig) -> Storage:
        """Make the store."""
        return LocalStorage(settings.store_url or "")


class DirectorySourceConnector(StorageSourceConnector):
    """Reads files of a directory of the worker's machine, or mounted on it, into topics.

    With several tasks on several machines the directory must be the same on all of them.
    """

    config_class = DirectorySourceConfig

    @property
    def task_class(self) -> type[DirectorySourceTask]:
        """The task that reads."""
        return DirectorySourceTask
