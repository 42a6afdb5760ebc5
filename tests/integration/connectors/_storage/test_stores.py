# SPDX-License-Identifier: Apache-2.0
"""Both clients of HDFS keep the promises of `Storage`, and tell what goes wrong."""

from __future__ import annotations

import contextlib
import io
import time
from collections import deque
from pathlib import Path

import httpx
import psutil
import pytest

from barnabas.connectors._storage.hadoop import HadoopSettings
from barnabas.connectors._storage.hdfs_native import HdfsStorage
from barnabas.connectors._storage.storage import (
    FileMissingError,
    Storage,
    StorageAccessError,
    StorageError,
    StorageFullError,
    StorageUnavailableError,
    TargetExistsError,
)
from barnabas.connectors._storage.webhdfs import WebHdfsStorage
from tests.services.hdfs import HdfsCluster
from tests.services.hdfs.node import write_site
from tests.services.ports import free_port


def write(store: Storage, path: str, content: bytes = b"some") -> None:
    """Write a whole file, or leave none."""
    writer = store.open_new(path)
    try:
        assert writer.write(content) == len(content)
        writer.close()
    finally:
        writer.abort()


def writes(store: Storage, path: str) -> bool:
    """Write a file if that can be done at the moment."""
    with contextlib.suppress(StorageUnavailableError):
        write(store, path)
        return True
    return False


def test_what_was_written_is_read_back(store: Storage) -> None:
    content = bytes(range(256)) * 5000
    writer = store.open_new("a/b/one")
    for start in range(0, len(content), 100_000):
        writer.write(memoryview(content)[start : start + 100_000])
    writer.close()
    writer.close()

    with store.open_for_reading("a/b/one") as file:
        assert file.read() == content
        file.seek(-6, io.SEEK_END)
        assert file.read(3) == content[-6:-3]


def test_an_empty_file_is_a_file(store: Storage) -> None:
    store.open_new("empty").close()
    with store.open_for_reading("empty") as file:
        assert file.read() == b""


def test_listing_tells_names_sizes_and_kinds(store: Storage) -> None:
    before = int(time.time() * 1000) - 5000
    write(store, "d/file", b"12345")
    store.make_directories("d/e/f")

    found = sorted(store.list("d"))

    assert [(one.name, one.path, one.size, one.is_directory) for one in found] == [
        ("e", "d/e", 0, True),
        ("file", "d/file", 5, False),
    ]
    assert all(before < one.modified_ms < before + 60_000 for one in found)
    assert [one.path for one in store.list("")] == ["d"]
    assert list(store.list("nowhere")) == []


def test_a_file_that_is_there_is_not_opened_anew(store: Storage) -> None:
    write(store, "one")
    with pytest.raises(TargetExistsError):
        store.open_new("one")
    assert store.exists("one")


def test_rename_does_not_replace(store: Storage) -> None:
    write(store, "one", b"1")
    write(store, "two", b"2")
    store.make_directories("three")

    with pytest.raises(TargetExistsError):
        store.rename("one", "two")
    with pytest.raises(TargetExistsError):
        store.rename("one", "three")
    store.rename("one", "three/one")

    assert not store.exists("one")
    assert [one.path for one in store.list("three")] == ["three/one"]
    with store.open_for_reading("two") as file:
        assert file.read() == b"2"


def test_rename_tells_what_is_missing(store: Storage) -> None:
    write(store, "one")
    with pytest.raises(FileMissingError):
        store.rename("two", "three")
    with pytest.raises(FileMissingError):
        store.rename("one", "nowhere/one")


def test_a_directory_moves_with_its_files(store: Storage) -> None:
    write(store, "d/one")
    store.rename("d", "e")
    assert [one.path for one in store.list("e")] == ["e/one"]


def test_delete_leaves_full_directories(store: Storage) -> None:
    write(store, "d/one")
    with pytest.raises(StorageError, match=r"[Ee]mpty"):
        store.delete("d")
    store.delete("d/one")
    store.delete("d")
    store.delete("d")
    assert not store.exists("d")


def test_an_aborted_file_is_gone(store: Storage) -> None:
    writer = store.open_new("d/one")
    writer.write(b"x" * 100_000)
    writer.abort()
    writer.close()
    assert not store.exists("d/one")


def test_a_file_that_vanished_is_told_when_read(store: Storage) -> None:
    with pytest.raises(FileMissingError, match="nowhere"):
        store.open_for_reading("nowhere")


def test_a_quota_of_names_is_told(store: Storage, hdfs: HdfsCluster) -> None:
    store.make_directories("d")
    root = f"/{store.url.rpartition('/')[2]}/d"
    hdfs.set_quota(root, names=1)
    with pytest.raises(StorageFullError, match="quota"):
        write(store, "d/one")


def test_a_quota_of_bytes_is_told(store: Storage, hdfs: HdfsCluster) -> None:
    store.make_directories("d")
    hdfs.set_quota(f"/{store.url.rpartition('/')[2]}/d", size=100_000)
    with pytest.raises(StorageFullError, match="quota"):
        write(store, "d/one", b"x" * 200_000)


def test_a_user_without_the_right_is_told(
    store: Storage, hdfs: HdfsCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.make_directories("d")
    monkeypatch.setenv("HADOOP_USER_NAME", "somebody")
    kind = type(store)
    assert kind in (HdfsStorage, WebHdfsStorage)
    other = kind(store.url)  # type: ignore[call-arg]  # both take the address
    try:
        with pytest.raises(StorageAccessError, match="Permission denied: user=somebody"):
            write(other, "d/one")
    finally:
        other.close()


def test_a_name_node_that_is_away_is_told_soon(
    spare_store: Storage, spare_hdfs: HdfsCluster
) -> None:
    write(spare_store, "one")
    spare_hdfs.name_node.kill()

    started = time.monotonic()
    with pytest.raises(StorageUnavailableError):
        spare_store.open_new("two")
    assert time.monotonic() - started < 20
    spare_hdfs.start()

    spare_hdfs.wait_until(lambda: writes(spare_store, "two"), "a file is taken again")
    assert len(spare_store.list("")) == 2


def test_a_write_that_failed_is_never_closed_as_if_whole(
    spare_hdfs: HdfsCluster, name: str
) -> None:
    store = HdfsStorage(f"{spare_hdfs.url}/{name}")
    writer = store.open_new("one")
    writer.write(b"x" * 100_000)
    spare_hdfs.data_nodes[0].kill()
    with pytest.raises(StorageUnavailableError):
        deque(writer.write(b"x" * 1_000_000) for _ in range(100))
    spare_hdfs.start()

    with pytest.raises(StorageUnavailableError):
        writer.close()
    writer.abort()

    assert not store.exists("one")
    store.close()


def test_a_frozen_name_node_is_given_up(spare_hdfs: HdfsCluster, name: str) -> None:
    store = HdfsStorage(f"{spare_hdfs.url}/{name}")
    store.make_directories("d")
    frozen = psutil.Process(spare_hdfs.name_node.pid)
    spare_hdfs.name_node.pause()
    spare_hdfs.wait_until(lambda: frozen.status() == psutil.STATUS_STOPPED, "a frozen NameNode")
    try:
        with pytest.raises(StorageUnavailableError, match=r"no answer within 0\.5 s"):
            store.run(lambda: store._client.get_file_info(f"/{name}/d"), "d", 0.5)
    finally:
        spare_hdfs.name_node.resume()
    assert store.exists("d")
    store.close()


def test_a_name_node_in_safe_mode_is_told(spare_store: Storage, spare_hdfs: HdfsCluster) -> None:
    write(spare_store, "one")
    write(spare_store, "another")  # a share of 0.999 of one block would be none
    for node in (*spare_hdfs.data_nodes, spare_hdfs.name_node):
        node.kill()
    spare_hdfs.name_node.start()  # it knows of blocks that no DataNode has
    spare_hdfs.wait_until(lambda: is_in_safe_mode(spare_hdfs), "safe mode")

    with pytest.raises(StorageUnavailableError, match="safe mode"):
        write(spare_store, "two")
    with pytest.raises(StorageUnavailableError, match="safe mode"):
        spare_store.rename("one", "two")


def is_in_safe_mode(hdfs: HdfsCluster) -> bool:
    """Tell whether the NameNode answers and takes no changes."""
    with contextlib.suppress(httpx.HTTPError, IndexError):
        return bool(hdfs.state("FSNamesystemState")["FSState"] == "safeMode")
    return False


def test_the_name_node_of_a_name_service_that_lives_is_found(
    hdfs: HdfsCluster, name: str, tmp_path: Path
) -> None:
    living = hdfs.url.removeprefix("hdfs://")
    settings = {
        "dfs.nameservices": "lake",
        "dfs.ha.namenodes.lake": "a,b",
        "dfs.namenode.rpc-address.lake.a": f"127.0.0.1:{free_port()}",
        "dfs.namenode.rpc-address.lake.b": living,
    }
    write_site(tmp_path / "core-site.xml", {"fs.defaultFS": "hdfs://lake"})
    write_site(tmp_path / "hdfs-site.xml", settings)

    store = HdfsStorage(f"hdfs://lake/{name}", HadoopSettings(conf_dir=str(tmp_path)))
    write(store, "one")
    store.close()

    assert list(hdfs.files(f"/{name}")) == [f"/{name}/one"]


def test_the_hadoop_configuration_names_the_name_nodes(hdfs: HdfsCluster, name: str) -> None:
    store = HdfsStorage(f"hdfs:///{name}", HadoopSettings(conf_dir=str(hdfs.configuration)))
    store.make_directories("d")
    store.close()
    assert hdfs.call("GET", f"/{name}/d", "GETFILESTATUS").status_code == 200
