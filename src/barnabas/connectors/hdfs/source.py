# SPDX-License-Identifier: Apache-2.0
"""The HDFS source: files of the sink's layout, read into topics.

Source:
    Confluent's configuration references of ``io.confluent.connect.hdfs3.Hdfs3SourceConnector`` and
    ``io.confluent.connect.hdfs2.Hdfs2SourceConnector``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from barnabas import config
from barnabas.connectors._storage.opening import open_storage
from barnabas.connectors._storage.reading.connector import StorageSourceConnector
from barnabas.connectors._storage.reading.settings import StorageSourceConfig
from barnabas.connectors._storage.reading.task import StorageSourceTask
from barnabas.connectors._storage.storage import Storage
from barnabas.connectors.hdfs.hadoop_config import HadoopConfig

__all__ = ["HdfsSourceConfig", "HdfsSourceConnector", "HdfsSourceTask"]


class HdfsSourceConfig(HadoopConfig, StorageSourceConfig):
    """What the HDFS source can be told."""

    hdfs_poll_interval_ms = config.Option(
        "hdfs.poll.interval.ms",
        config.ConfigType.LONG,
        300000,
        "Milliseconds between two looks for new files.",
        group="HDFS",
        importance=config.Importance.MEDIUM,
        validator=config.at_least(1),
    )

    @property
    def look_interval_ms(self) -> int:
        """How often to look for new files."""
        return self.hdfs_poll_interval_ms

    def checks(self) -> list[Callable[[], object]]:
        """See `StorageSourceConfig.checks`."""
        return [*super().checks(), lambda: self.url]


class HdfsSourceTask(StorageSourceTask):
    """Reads files of HDFS or of a local directory."""

    def read_settings(self, props: Mapping[str, str]) -> HdfsSourceConfig:
        """Parse the task's settings."""
        return HdfsSourceConfig(props)

    def open_store(self, settings: StorageSourceConfig) -> Storage:
        """Make the client that the address asks for."""
        hdfs = cast("HdfsSourceConfig", settings)
        return open_storage(hdfs.url, hdfs.hadoop_settings())


class HdfsSourceConnector(StorageSourceConnector):
    """Reads files that an HDFS sink wrote into topics, each record once."""

    config_class = HdfsSourceConfig

    @property
    def task_class(self) -> type[HdfsSourceTask]:
        """The task that reads."""
        return HdfsSourceTask
