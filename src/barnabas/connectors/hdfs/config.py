# SPDX-License-Identifier: Apache-2.0
"""Settings of the HDFS sink; names and defaults are Java's.

Source:
    Reference page *hdfs*, sections 1.1 and 1.2.
"""

from __future__ import annotations

from collections.abc import Callable

from barnabas import config
from barnabas.connectors._storage.hadoop import HadoopSettings
from barnabas.connectors._storage.settings import StorageSinkConfig
from barnabas.connectors._storage.topic_directories import TopicDirectories
from barnabas.errors import ConfigError

__all__ = ["HdfsSinkConfig"]


class HdfsSinkConfig(StorageSinkConfig):
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
    hdfs_url = config.Option(
        "hdfs.url",
        str,
        None,
        "Address of the store, if store.url is not set; the old name of that setting.",
        group="HDFS",
        importance=config.Importance.HIGH,
    )
    hadoop_conf_dir = config.Option(
        "hadoop.conf.dir",
        str,
        "",
        "Directory of core-site.xml and hdfs-site.xml.",
        group="HDFS",
        importance=config.Importance.HIGH,
    )
    hadoop_home = config.Option(
        "hadoop.home",
        str,
        "",
        "Directory Hadoop is installed in.",
        group="HDFS",
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
    hdfs_authentication_kerberos = config.Option(
        "hdfs.authentication.kerberos",
        bool,
        False,
        "Whether to log in by Kerberos.",
        group="Security",
        importance=config.Importance.HIGH,
    )
    connect_hdfs_principal = config.Option(
        "connect.hdfs.principal",
        str,
        "",
        "Who logs in; _HOST stands for the local host name.",
        group="Security",
        importance=config.Importance.HIGH,
    )
    connect_hdfs_keytab = config.Option(
        "connect.hdfs.keytab",
        str,
        "",
        "File with the key of the principal.",
        group="Security",
        importance=config.Importance.HIGH,
    )
    hdfs_namenode_principal = config.Option(
        "hdfs.namenode.principal",
        str,
        "",
        "Principal of the NameNode.",
        group="Security",
        importance=config.Importance.HIGH,
    )
    kerberos_ticket_renew_period_ms = config.Option(
        "kerberos.ticket.renew.period.ms",
        config.ConfigType.LONG,
        3600000,
        "Milliseconds between logins.",
        group="Security",
        importance=config.Importance.LOW,
    )

    @property
    def url(self) -> str:
        """Address of the store.

        Raises:
            ConfigError: There is none.
        """
        url = (self.store_url or "").strip() or (self.hdfs_url or "").strip()
        if not url:
            message = (
                f"Invalid value {self.store_url} for configuration store.url: Configuration"
                " store.url cannot be empty."
            )
            raise ConfigError(message)
        return url

    def hadoop_settings(self) -> HadoopSettings:
        """What clients of HDFS are told."""
        return HadoopSettings(
            conf_dir=self.hadoop_conf_dir,
            home=self.hadoop_home,
            is_kerberos=self.hdfs_authentication_kerberos,
            principal=self.connect_hdfs_principal,
            keytab=self.connect_hdfs_keytab,
            namenode_principal=self.hdfs_namenode_principal,
            ticket_renew_ms=self.kerberos_ticket_renew_period_ms,
        )

    def directories(self) -> TopicDirectories:
        """The directories of topics.

        Raises:
            ConfigError: topic.capture.groups.regex or what refers to it is wrong.
        """
        return TopicDirectories(self.topics_dir, self.logs_dir, self.topic_capture_groups_regex)

    def checks(self) -> list[Callable[[], object]]:
        """See `StorageSinkConfig.checks`."""
        return [*super().checks(), lambda: self.url, self.directories]
