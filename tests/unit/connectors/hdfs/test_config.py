# SPDX-License-Identifier: Apache-2.0
"""Settings of the HDFS sink."""

from __future__ import annotations

import pytest

from barnabas.api import TopicPartition
from barnabas.connectors.hdfs.config import HdfsSinkConfig
from barnabas.errors import ConfigError


def settings(**changes: str) -> HdfsSinkConfig:
    named = {key.replace("_", "."): value for key, value in changes.items()}
    return HdfsSinkConfig({"flush.size": "3", **named})


def test_defaults_are_those_of_java() -> None:
    config = settings()
    assert config.format_class == "io.confluent.connect.hdfs.avro.AvroFormat"
    assert config.storage_class == "io.confluent.connect.hdfs.storage.HdfsStorage"
    assert (config.logs_dir, config.hive_table_name) == ("logs", "${topic}")
    assert config.kerberos_ticket_renew_period_ms == 3_600_000
    assert (config.hive_integration, config.hive_database) == (False, "default")


def test_store_url_counts_before_hdfs_url() -> None:
    assert settings(hdfs_url="hdfs://old").url == "hdfs://old"
    assert settings(hdfs_url="hdfs://old", store_url="hdfs://new").url == "hdfs://new"


@pytest.mark.parametrize("urls", [{}, {"store_url": " ", "hdfs_url": ""}])
def test_an_address_must_be_given(urls: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"Configuration store.url cannot be empty"):
        _ = settings(**urls).url


def test_directories_may_have_parts_of_the_topic() -> None:
    config = settings(topics_dir="lake/${1}", topic_capture_groups_regex=r"(\w+)-.*")
    places = config.directories().places(TopicPartition("eu-clicks", 0))
    assert places.committed == "lake/eu/eu-clicks"


def test_clients_are_told_who_logs_in() -> None:
    told = settings(hdfs_authentication_kerberos="true", connect_hdfs_principal="me/_HOST@X")
    assert told.hadoop_settings().is_kerberos
    assert told.hadoop_settings().principal == "me/_HOST@X"
