# SPDX-License-Identifier: Apache-2.0
"""The S3 sink: checks settings, shares partitions out to tasks."""

from __future__ import annotations

from typing import ClassVar

from barnabas import config
from barnabas.connectors._storage.sink_connector import StorageSinkConnector
from barnabas.connectors.s3.config import S3SinkConfig
from barnabas.connectors.s3.task import S3SinkTask

__all__ = ["S3SinkConnector"]


class S3SinkConnector(StorageSinkConnector):
    """Writes topics into objects of S3, each record into exactly one.

    Source:
        Reference page *hdfs*, section 9; class ``io.confluent.connect.s3.S3SinkConnector``.
    """

    config_class: ClassVar[type[config.Config]] = S3SinkConfig

    @property
    def task_class(self) -> type[S3SinkTask]:
        """The task that writes."""
        return S3SinkTask
