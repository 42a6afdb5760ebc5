# SPDX-License-Identifier: Apache-2.0
"""The client of other clouds, over the library's store in memory; see also the integration test."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import pytest

from barnabas.connectors._storage import object_stores
from barnabas.connectors._storage.object_stores import ObjectStores
from barnabas.connectors._storage.storage import (
    FileMissingError,
    StorageError,
    StorageUnavailableError,
    TargetExistsError,
)
from barnabas.errors import ConfigError


@pytest.fixture
def store() -> ObjectStores:
    return ObjectStores("memory:///", part_size=6)


def write(store: ObjectStores, path: str, content: bytes) -> None:
    writer = store.open_new(path)
    try:
        assert writer.write(content) == len(content)
        writer.close()
    finally:
        writer.abort()


def read(store: ObjectStores, path: str) -> bytes:
    with store.open_for_reading(path) as file:
        return file.read()


@pytest.mark.parametrize("content", [b"", b"some", b"more than a part"])
def test_an_object_is_read_as_it_was_written(store: ObjectStores, content: bytes) -> None:
    write(store, "a/x=1/b+0 .json", content)
    assert read(store, "a/x=1/b+0 .json") == content


def test_readers_can_seek(store: ObjectStores) -> None:
    write(store, "a", b"0123456789")
    with store.open_for_reading("a") as file:
        file.seek(-3, 2)
        assert (file.tell(), file.read()) == (7, b"789")
        file.seek(2)
        assert file.read(3) == b"234"


def test_what_is_given_up_is_not_there(store: ObjectStores) -> None:
    writer = store.open_new("a")
    writer.write(b"some")
    writer.abort()
    writer.close()
    assert not store.exists("a")
    store.close()


def test_names_tell_directories(store: ObjectStores) -> None:
    for path in ("a", "x/b", "x/y/c"):
        write(store, path, b"1")
    assert {(one.path, one.size, one.is_directory) for one in store.list("x")} == {
        ("x/b", 1, False),
        ("x/y", 0, True),
    }
    assert [store.exists(path) for path in ("a", "x", "x/y/c", "y")] == [True, True, True, False]
    store.delete("a")
    store.delete("a")
    assert [one.name for one in store.list("")] == ["x"]
    with pytest.raises(FileMissingError):
        store.open_for_reading("a")


@pytest.mark.parametrize("old", [b"same", b"old one of another size"])
def test_an_object_of_the_same_size_is_kept_and_a_younger_one_is_told(
    store: ObjectStores, old: bytes
) -> None:
    write(store, "a", old)
    if len(old) == 4:
        write(store, "a", b"emas")
    else:
        with pytest.raises(TargetExistsError, match="somebody wrote it"):
            write(store, "a", b"emas")
    assert read(store, "a") == old


@pytest.mark.parametrize("content", [b"new", b"larger than a part"])
def test_an_older_object_of_another_size_is_replaced(
    store: ObjectStores, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, "a", b"some")
    hour_later = datetime.now(UTC) + timedelta(hours=1)
    monkeypatch.setattr(object_stores, "datetime", type("T", (), {"now": lambda _: hour_later}))
    write(store, "a", content)
    assert read(store, "a") == content


def test_an_object_that_appears_in_the_last_moment_is_not_replaced(store: ObjectStores) -> None:
    writer = store.open_new("a")
    writer.write(b"some")
    writer._is_there = lambda: False  # type: ignore[attr-defined]
    write(store, "a", b"other")
    with pytest.raises(TargetExistsError):
        writer.close()
    writer.abort()
    assert read(store, "a") == b"other"


def test_what_such_stores_cannot_is_told(store: ObjectStores) -> None:
    assert list(store.uploads("a")) == []
    store.abort_upload("a", "1")
    store.make_directories("a")
    with pytest.raises(StorageError, match="S3 only"):
        store.tag("a", {})
    with pytest.raises(StorageError, match="cannot rename"):
        store.rename("a", "b")


def test_tokens_in_what_the_library_says_are_left_out(store: ObjectStores) -> None:
    error = OSError("away\n\nDebug source: https://lake?sig=hush")
    with pytest.raises(StorageUnavailableError, match="away") as caught, store.told("a"):
        raise error
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("url", ["gs:lake", "nowhere://lake"])
def test_an_address_the_library_does_not_know_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"configuration store\.url"):
        ObjectStores(url)


def test_the_library_is_named_when_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(ConfigError, match=r"pip install 'barnabas\[clouds\]'"):
        ObjectStores("gs://lake")
