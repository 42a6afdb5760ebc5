# SPDX-License-Identifier: Apache-2.0
"""Settings of the HDFS sink; names and defaults are Java's.

Source:
    Reference page *hdfs*, sections 1.1 and 1.2.
"""

from __future__ import annotations

from collections.abc import Callable

from barnabas import config
from barnabas.connectors._storage.object_stores import SCHEMES
from barnabas.connectors._storage.settings import StorageSinkConfig
from barnabas.connectors._storage.topic_directories import TopicDirectories
from barnabas.connectors.hdfs.hadoop_config import HadoopConfig
from barnabas.errors import ConfigError

__all__ = ["HdfsSinkConfig"]


class HdfsSinkConfig(HadoopConfig, StorageSinkConfig):
    """What the HDFS sink can be told."""

    format_class = config.Option(
        "format.class",
        config.ConfigType.CLASS,
        "io.confluent.connect.hdfs.avro.AvroFormat",
        "File format: AvroFormat, ParquetFormat, JsonFormat, StringFormat or ByteArrayFormat, or "
        "the name of Java's class.",
        group="Connector",
        importance=config.Importance.HIGH,
    )
    storage_class = config.Option(
        "storage.class",
        config.ConfigType.CLASS,
        "io.confluent.connect.hdfs.storage.HdfsStorage",
        "Java's class of the store; the address says which store it is.",
        group="Storage",
        importance=config.Importance.HIGH,
    )
    hive_integration = config.Option(
        "hive.integration",
        bool,
        False,
        "Not supported: must be false.",
        group="Hive",
        importance=config.Importance.HIGH,
    )
    hive_metastore_uris = config.Option(
        "hive.metastore.uris",
        str,
        "",
        "Has no effect without hive.integration.",
        group="Hive",
        importance=config.Importance.HIGH,
    )
    hive_conf_dir = config.Option(
        "hive.conf.dir",
        str,
        "",
        "Has no effect without hive.integration.",
        group="Hive",
        importance=config.Importance.HIGH,
    )
    hive_home = config.Option(
        "hive.home",
        str,
        "",
        "Has no effect without hive.integration.",
        group="Hive",
        importance=config.Importance.HIGH,
    )
    hive_database = config.Option(
        "hive.database",
        str,
        "default",
        "Has no effect without hive.integration.",
        group="Hive",
        importance=config.Importance.HIGH,
    )
    logs_dir = config.Option(
        "logs.dir",
        str,
        "logs",
        "Directory of the logs that Java's connector keeps; what it left there is finished "
        "and removed.",
        group="HDFS",
        importance=config.Importance.HIGH,
    )
    hive_table_name = config.Option(
        "hive.table.name",
        str,
        "${topic}",
        "Has no effect without hive.integration.",
        group="HDFS",
        importance=config.Importance.HIGH,
    )
    topic_capture_groups_regex = config.Option(
        "topic.capture.groups.regex",
        str,
        None,
        "Regular expression for topics; ${0}, ${1} … in topics.dir and logs.dir stand for "
        "what its groups match.",
        group="HDFS",
        importance=config.Importance.LOW,
    )

    def directories(self) -> TopicDirectories:
        """The directories of topics.

        Raises:
            ConfigError: topic.capture.groups.regex or what refers to it is wrong.
        """
        return TopicDirectories(self.topics_dir, self.logs_dir, self.topic_capture_groups_regex)

    def checks(self) -> list[Callable[[], object]]:
        """See `StorageSinkConfig.checks`."""
        return [*super().checks(), self._check_url, self.directories, self._check_hive]

    def _check_url(self) -> None:
        scheme = self.url.partition(":")[0].lower()
        if scheme in ("s3", "s3a", "s3n", *SCHEMES):
            message = (
                f"Invalid value {self.url} for configuration store.url: this connector renames"
                " files, which stores of objects cannot; use"
                " io.confluent.connect.s3.S3SinkConnector"
            )
            raise ConfigError(message)

    def _check_hive(self) -> None:
        if self.hive_integration:
            message = (
                "Invalid value true for configuration hive.integration: Hive's metastore is not"
                " supported; create an external table over the directory of the topic instead"
            )
            raise ConfigError(message)
