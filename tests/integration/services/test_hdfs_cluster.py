# SPDX-License-Identifier: Apache-2.0
"""The HDFS of the tests keeps files over restarts, as tests that restart it rely on."""

from __future__ import annotations

import httpx
import pytest

from tests.services.hdfs import HdfsCluster


def write(hdfs: HdfsCluster, path: str, content: bytes) -> None:
    """Write a file as WebHDFS has it: asked of the NameNode, sent to the DataNode it names."""
    told = hdfs.call("PUT", path, "CREATE", noredirect="true").json()["Location"]
    httpx.put(told, content=content).raise_for_status()


def test_files_survive_the_death_of_both_daemons(spare_hdfs: HdfsCluster, name: str) -> None:
    write(spare_hdfs, f"/{name}/a/one", b"uno")

    for node in (spare_hdfs.name_node, *spare_hdfs.data_nodes):
        node.kill()
    spare_hdfs.start()

    assert spare_hdfs.files(f"/{name}") == {f"/{name}/a/one": 3}
    assert spare_hdfs.read(f"/{name}/a/one") == b"uno"


def test_a_folder_that_is_not_there_has_no_files(hdfs: HdfsCluster, name: str) -> None:
    assert hdfs.files(f"/{name}/nowhere") == {}


def test_a_quota_is_kept(hdfs: HdfsCluster, name: str) -> None:
    hdfs.make_directories(f"/{name}")
    hdfs.set_quota(f"/{name}", names=1)

    with pytest.raises(httpx.HTTPStatusError):
        hdfs.make_directories(f"/{name}/a")
