# SPDX-License-Identifier: Apache-2.0
"""Both clients of HDFS, on a directory of the test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from barnabas.connectors._storage.hdfs_native import HdfsStorage
from barnabas.connectors._storage.storage import Storage
from barnabas.connectors._storage.webhdfs import WebHdfsStorage
from tests.services.hdfs import HdfsCluster


def connect(kind: str, cluster: HdfsCluster, root: str) -> Storage:
    """Return the store of a kind, with a directory as its root."""
    if kind == "webhdfs":
        return WebHdfsStorage(f"{cluster.web_url}/{root}")
    return HdfsStorage(f"{cluster.url}/{root}")


@pytest.fixture(params=["hdfs", "webhdfs"])
def store(request: pytest.FixtureRequest, hdfs: HdfsCluster, name: str) -> Iterator[Storage]:
    """A store on the HDFS of the session."""
    storage = connect(request.param, hdfs, name.partition("[")[0])
    yield storage
    storage.close()


@pytest.fixture(params=["hdfs", "webhdfs"])
def spare_store(
    request: pytest.FixtureRequest, spare_hdfs: HdfsCluster, name: str
) -> Iterator[Storage]:
    """A store on HDFS whose daemons may be ended."""
    storage = connect(request.param, spare_hdfs, name.partition("[")[0])
    yield storage
    storage.close()
