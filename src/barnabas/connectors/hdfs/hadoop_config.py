# SPDX-License-Identifier: Apache-2.0
"""Settings that the sink and the source of HDFS share; names and defaults are Java's.

Source:
    Reference page *hdfs*, section 1.2.
"""

from __future__ import annotations

from barnabas import config
from barnabas.connectors._storage.hadoop import HadoopSettings
from barnabas.errors import ConfigError

__all__ = ["HadoopConfig"]


class HadoopConfig(config.Config):
    """What clients of HDFS are told; to be mixed with settings that have ``store.url``."""

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
        store_url = self.values["store.url"]
        url = (store_url or "").strip() or (self.hdfs_url or "").strip()
        if not url:
            message = (
                f"Invalid value {store_url} for configuration store.url: Configuration"
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
