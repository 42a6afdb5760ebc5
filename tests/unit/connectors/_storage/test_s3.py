# SPDX-License-Identifier: Apache-2.0
"""S3 as a store, over a bucket in memory; a real server is asked by the integration tests."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from barnabas.connectors._storage.s3 import S3Storage
from barnabas.connectors._storage.s3_settings import S3Settings
from barnabas.connectors._storage.storage import (
    FileChangedError,
    FileMissingError,
    StorageError,
    StorageUnavailableError,
)
from barnabas.errors import ConfigError
from tests.unit.connectors._storage.memory_bucket import Bucket, MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    bucket = Bucket()
    for key in ("a", "x/b", "x/c", "x/y/d", "xx"):
        bucket.put(key, key.encode())
    return MemoryStore(bucket)


def test_what_looks_like_directories_is_listed(store: MemoryStore) -> None:
    assert {entry.path: entry.is_directory for entry in store.list("")} == {
        "a": False,
        "x": True,
        "xx": False,
    }
    assert [(entry.name, entry.path, entry.size) for entry in store.list("x")] == [
        ("b", "x/b", 3),
        ("c", "x/c", 3),
        ("y", "x/y", 0),
    ]
    assert list(store.list("nowhere")) == []


def test_objects_and_directories_exist(store: MemoryStore) -> None:
    assert [store.exists(path) for path in ("a", "x", "x/b", "b")] == [True, True, True, False]


def test_objects_are_deleted(store: MemoryStore) -> None:
    store.delete("a")
    store.delete("a")
    assert not store.exists("a")
    with pytest.raises(FileMissingError):
        store.open_for_reading("a")


def test_ranges_of_two_versions_of_an_object_are_never_put_together(store: MemoryStore) -> None:
    store.bucket.put("big", b"1" * (3 << 20))
    with store.open_for_reading("big") as file:
        assert set(file.read(10)) == set(b"1")
        store.bucket.put("big", b"2" * (3 << 20))
        with pytest.raises(FileChangedError, match="replaced while it was read"):
            file.read(2 << 20)


def test_nothing_is_renamed(store: MemoryStore) -> None:
    store.make_directories("anything")
    with pytest.raises(StorageError, match="cannot rename; S3SinkConnector writes it"):
        store.rename("a", "b")


def test_uploads_are_found_and_ended_page_by_page(store: MemoryStore) -> None:
    for key in ("x/1", "x/2", "x/2", "y/3"):
        store.call("create_multipart_upload", key)
    found = list(store.uploads("x/"))
    assert [key for key, _ in found] == ["x/1", "x/2", "x/2"]
    for key, upload in found:
        store.abort_upload(key, upload)
    assert store.bucket.uploads() == ["y/3"]
    store.abort_upload(*found[0])


def test_an_upload_that_cannot_be_ended_is_told(store: MemoryStore) -> None:
    store.fail_at, store.error = 0, lambda: StorageUnavailableError(path="x", reason="away")
    with pytest.raises(StorageUnavailableError, match="away"):
        store.abort_upload("x", "1")


@pytest.mark.parametrize("url", ["s3://", "http://lake", "lake", "file:///lake"])
def test_an_address_must_name_a_bucket(url: str) -> None:
    with pytest.raises(ConfigError, match="s3://bucket"):
        S3Storage(url)


def test_the_root_is_in_the_address() -> None:
    storage = S3Storage("s3a://lake//some/where/", S3Settings(access_key_id="a"))
    assert storage.url == "s3://lake/some/where"
    storage.close()
    storage.close()


def test_an_endpoint_must_be_an_address() -> None:
    with pytest.raises(ConfigError, match=r"no address for configuration store\.url"):
        S3Storage("s3://lake", S3Settings(endpoint="no address"))


def test_the_library_is_named_when_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ConfigError, match=r"pip install 'barnabas\[s3\]'"):
        S3Storage("s3://lake")


def test_a_directory_is_listed_from_a_name_on(store: MemoryStore) -> None:
    asked: list[str] = []

    def list_objects_v2(_key: str, told: dict[str, Any]) -> dict[str, Any]:
        asked.append(told.get("StartAfter", ""))
        return {}

    store.bucket.list_objects_v2 = list_objects_v2
    assert list(store.list_after("x", "b")) == []
    assert list(store.list("x")) == []
    assert asked == ["x/b", ""]
