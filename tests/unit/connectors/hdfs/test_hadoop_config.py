# SPDX-License-Identifier: Apache-2.0
"""Settings that the sink and the source of HDFS share."""

from __future__ import annotations

import pytest

from barnabas.connectors.hdfs.config import HdfsSinkConfig
from barnabas.connectors.hdfs.source import HdfsSourceConfig
from barnabas.errors import ConfigError

SINK = {"flush.size": "1"}
SOURCE = {"format.class": "JsonFormat"}


@pytest.mark.parametrize(
    ("kind", "props"), [(HdfsSinkConfig, SINK), (HdfsSourceConfig, SOURCE)], ids=["sink", "source"]
)
def test_both_know_the_store_and_the_login(
    kind: type[HdfsSinkConfig | HdfsSourceConfig], props: dict[str, str]
) -> None:
    settings = kind({**props, "hdfs.url": " hdfs://n ", "connect.hdfs.principal": "me@REALM"})
    assert settings.url == "hdfs://n"
    assert settings.hadoop_settings().principal == "me@REALM"
    with pytest.raises(ConfigError, match=r"store\.url cannot be empty"):
        _ = kind(props).url
