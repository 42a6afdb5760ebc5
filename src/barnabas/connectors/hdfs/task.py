# SPDX-License-Identifier: Apache-2.0
"""The HDFS sink's task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from barnabas.connectors._storage.opening import open_storage
from barnabas.connectors._storage.settings import StorageSinkConfig
from barnabas.connectors._storage.sink_task import StorageSinkTask
from barnabas.connectors._storage.storage import Storage
from barnabas.connectors._storage.topic_directories import TopicDirectories
from barnabas.connectors.hdfs.config import HdfsSinkConfig

__all__ = ["HdfsSinkTask"]


class HdfsSinkTask(StorageSinkTask):
    """Writes records into files of HDFS or of a local directory."""

    def read_settings(self, props: Mapping[str, str]) -> HdfsSinkConfig:
        """Parse the task's settings."""
        return HdfsSinkConfig(props)

    def open_store(self, settings: StorageSinkConfig) -> Storage:
        """Make the client that the address asks for."""
        hdfs = cast("HdfsSinkConfig", settings)
        return open_storage(hdfs.url, hdfs.hadoop_settings())

    def directories(self, settings: StorageSinkConfig) -> TopicDirectories:
        """Where the files of topics are."""
        return cast("HdfsSinkConfig", settings).directories()
