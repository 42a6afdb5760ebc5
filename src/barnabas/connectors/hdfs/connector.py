# SPDX-License-Identifier: Apache-2.0
"""The HDFS sink: checks settings, shares partitions out to tasks, alters offsets."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, ClassVar

from barnabas import config
from barnabas.api import TopicPartition
from barnabas.connectors._storage.claims import take_claim
from barnabas.connectors._storage.opening import open_storage
from barnabas.connectors._storage.sink_connector import StorageSinkConnector
from barnabas.connectors.hdfs.config import HdfsSinkConfig
from barnabas.connectors.hdfs.task import HdfsSinkTask
from barnabas.errors import ConnectError

__all__ = ["Hdfs3SinkConnector", "HdfsSinkConnector"]

_logger = logging.getLogger(__name__)


class HdfsSinkConnector(StorageSinkConnector):
    """Writes topics into files of HDFS, each record into exactly one.

    Source:
        Reference page *hdfs*; class ``io.confluent.connect.hdfs.HdfsSinkConnector``.
    """

    config_class: ClassVar[type[config.Config]] = HdfsSinkConfig

    @property
    def task_class(self) -> type[HdfsSinkTask]:
        """The task that writes."""
        return HdfsSinkTask

    def alter_offsets(self, props: Mapping[str, str], offsets: Mapping[Any, Any]) -> bool:
        """Go on at other offsets, although files tell which ones they hold.

        A reset forgets them: writing then begins after the last record that is in a file, so to
        write everything again, move the files away first.

        Raises:
            ConnectError: An offset is not a whole number from 0.
            StorageError: The store cannot be asked.
        """
        settings = HdfsSinkConfig(props)
        directories = settings.directories()
        storage = open_storage(settings.url, settings.hadoop_settings())
        try:
            for partition, offset in offsets.items():
                where = TopicPartition(*partition)
                _check_offset(where, offset)
                take_claim(storage, directories.places(where)).advance(offset)
                if offset is None:
                    _logger.info("%s-%d goes on after the files that are there", *where)
                else:
                    _logger.info(
                        "%s-%d goes on at offset %d; records in files are written again",
                        *where,
                        offset,
                    )
        finally:
            storage.close()
        return True


class Hdfs3SinkConnector(HdfsSinkConnector):
    """The same under the name of the connector for Hadoop 3."""


def _check_offset(where: TopicPartition, offset: object) -> None:
    if offset is None or (isinstance(offset, int) and not isinstance(offset, bool) and offset >= 0):
        return
    message = f"The offset of {where.topic}-{where.partition} must be a number from 0: {offset!r}"
    raise ConnectError(message)
