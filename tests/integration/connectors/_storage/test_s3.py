# SPDX-License-Identifier: Apache-2.0
"""The client of S3 against a real server: what it keeps of `Storage`, and what it tells."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from barnabas.connectors._storage.object_storage import ObjectStorage
from barnabas.connectors._storage.object_stores import ObjectStores
from barnabas.connectors._storage.s3 import S3Storage
from barnabas.connectors._storage.s3_settings import S3Settings
from barnabas.connectors._storage.storage import (
    FileChangedError,
    FileMissingError,
    StorageError,
    StorageUnavailableError,
    TargetExistsError,
)
from tests.services.ports import free_port
from tests.services.s3 import S3Server

PART = 5 << 20


def connect(s3: S3Server, bucket: str, **changes: Any) -> S3Storage:
    told: dict[str, Any] = {
        "endpoint": s3.url,
        "access_key_id": s3.access_key,
        "secret_access_key": s3.secret_key,
        "part_size": PART,
        "retries": 0,
    }
    return S3Storage(f"s3://{bucket}", S3Settings(**{**told, **changes}))


@pytest.fixture(scope="module")
def bucket(s3: S3Server) -> str:
    return s3.make_bucket("storage-of-tests")


@pytest.fixture
def store(s3: S3Server, bucket: str) -> Iterator[S3Storage]:
    storage = connect(s3, bucket)
    yield storage
    storage.close()


def write(store: ObjectStorage, path: str, content: bytes) -> None:
    writer = store.open_new(path)
    try:
        writer.write(content)
        writer.close()
    finally:
        writer.abort()


@pytest.mark.parametrize("size", [0, 3, PART, PART + 1, 2 * PART + 7])
def test_an_object_is_read_as_it_was_written(store: S3Storage, name: str, size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    write(store, f"{name}/it +x=1", content[:size])
    (entry,) = store.list(name)
    assert (entry.path, entry.size, entry.is_directory) == (f"{name}/it +x=1", size, False)
    assert abs(entry.modified_ms - time.time() * 1000) < 60_000
    with store.open_for_reading(entry.path) as file:
        assert file.read() == content[:size]
        file.seek(size // 2)
        assert file.read(5) == content[:size][size // 2 : size // 2 + 5]


def test_an_object_that_is_replaced_while_it_is_read_is_told(store: S3Storage, name: str) -> None:
    write(store, name, b"1" * (3 << 20))
    with store.open_for_reading(name) as file:
        assert set(file.read(10)) == set(b"1")
        store.delete(name)
        write(store, name, b"2" * (3 << 20))
        with pytest.raises(FileChangedError):
            file.read(2 << 20)


def test_nothing_is_seen_before_the_end_and_nothing_stays_of_what_is_given_up(
    store: S3Storage, s3: S3Server, bucket: str, name: str
) -> None:
    writer = store.open_new(f"{name}/a")
    writer.write(b"x" * (PART + 1))
    assert not store.exists(name)
    assert [key for key, _ in store.uploads(name)] == [f"{name}/a"]
    writer.abort()
    deadline = time.monotonic() + 10
    while s3.uploads(bucket):
        assert time.monotonic() < deadline, "the upload was not ended"
        time.sleep(0.02)


@pytest.mark.parametrize("size", [10, PART + 10], ids=["whole", "parts"])
def test_an_object_that_is_there_is_kept_replaced_or_left_to_the_other(
    store: S3Storage, name: str, size: int
) -> None:
    write(store, name, b"a" * size)
    write(store, name, b"b" * size)
    with store.open_for_reading(name) as file:
        assert file.read(1) == b"a"
    with pytest.raises(TargetExistsError, match="somebody wrote it while this task did"):
        write(store, name, b"c" * (size + 1))
    store._skew += timedelta(hours=1)  # as if it was written long ago
    store._compare_clocks = lambda _: None  # type: ignore[method-assign]
    write(store, name, b"c" * (size + 1))
    with store.open_for_reading(name) as file:
        assert file.read() == b"c" * (size + 1)


def test_an_upload_that_somebody_ended_can_be_made_again(store: S3Storage, name: str) -> None:
    writer = store.open_new(name)
    writer.write(b"x" * (PART + 1))
    for key, upload in store.uploads(name):
        store.abort_upload(key, upload)
        store.abort_upload(key, upload)
    with pytest.raises(StorageUnavailableError, match="somebody ended the upload"):
        writer.close()
    writer.abort()
    assert not store.exists(name)


def test_directories_are_what_names_say(store: S3Storage, name: str) -> None:
    for path in ("b", "c/d", "c/e/f"):
        write(store, f"{name}/{path}", b"x")
    assert sorted((one.name, one.is_directory) for one in store.list(name)) == [
        ("b", False),
        ("c", True),
    ]
    assert [store.exists(f"{name}/{path}") for path in ("b", "c", "c/d", "d")] == [
        True,
        True,
        True,
        False,
    ]
    store.delete(f"{name}/b")
    store.delete(f"{name}/b")
    assert not store.exists(f"{name}/b")
    with pytest.raises(FileMissingError):
        store.open_for_reading(f"{name}/b")


def test_what_the_server_lacks_is_told_with_the_settings_that_ask_for_it(
    s3: S3Server, bucket: str, store: S3Storage, name: str
) -> None:
    with pytest.raises(StorageError, match=r"NotImplemented.*s3\.object\.tagging"):
        store.tag(name, {"a": "b"})
    encrypting = connect(s3, bucket, encryption="AES256")
    with pytest.raises(StorageError, match=r"NotImplemented.*s3\.ssea\.name"):
        write(encrypting, name, b"x")
    encrypting.close()


def test_the_client_of_other_clouds_writes_objects_as_they_are(
    s3: S3Server, bucket: str, store: S3Storage, name: str
) -> None:
    told = {
        "endpoint": s3.url,
        "access_key_id": s3.access_key,
        "secret_access_key": s3.secret_key,
        "region": "us-west-2",
    }
    other = ObjectStores(f"s3://{bucket}", PART, config=told, client_options={"allow_http": True})
    for path, size in ((f"{name}/x=1/a+1", 10), (f"{name}/x=1/b+1", 2 * PART + 1)):
        content = bytes(range(256)) * (size // 256 + 1)
        writer = other.open_new(path)
        writer.write(content[:size])
        writer.close()
        with store.open_for_reading(path) as file, other.open_for_reading(path) as again:
            assert file.read() == again.read() == content[:size]
    assert [(one.path, one.size) for one in sorted(other.list(f"{name}/x=1"))] == [
        (one.path, one.size) for one in sorted(store.list(f"{name}/x=1"))
    ]
    late = other.open_new(f"{name}/late")
    late.write(b"some")
    write(other, f"{name}/late", b"other")
    with pytest.raises(TargetExistsError, match="somebody wrote it while this task did"):
        late.close()
    late.abort()


def test_a_server_that_is_away_may_come_back() -> None:
    storage = S3Storage(
        "s3://lake",
        S3Settings(
            endpoint=f"http://127.0.0.1:{free_port()}",
            access_key_id="a",
            secret_access_key="b",
            retries=0,
        ),
    )
    with pytest.raises(StorageUnavailableError, match="Could not connect"):
        write(storage, "a", b"x")
    storage.close()
