# SPDX-License-Identifier: Apache-2.0
"""The local store."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from unittest import mock

import pytest

from barnabas.connectors._storage import local, storage
from barnabas.connectors._storage.local import LocalStorage
from barnabas.errors import ConfigError


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    return LocalStorage(f"file://{tmp_path}")


def write(store: LocalStorage, path: str, content: bytes = b"x") -> None:
    writer = store.open_new(path)
    assert writer.write(content) == len(content)
    writer.close()
    writer.close()


def test_a_file_can_be_read_after_it_was_closed(store: LocalStorage) -> None:
    write(store, "a/b/c.txt", b"hello")
    with store.open_for_reading("a/b/c.txt") as file:
        assert file.read() == b"hello"


def test_an_aborted_file_is_gone(store: LocalStorage) -> None:
    writer = store.open_new("a.txt")
    writer.write(b"x" * 100_000)
    writer.abort()
    writer.abort()
    assert not store.exists("a.txt")


def test_abort_after_close_changes_nothing(store: LocalStorage) -> None:
    writer = store.open_new("a.txt")
    writer.close()
    writer.abort()
    assert store.exists("a.txt")


def test_no_file_is_written_twice(store: LocalStorage) -> None:
    write(store, "a.txt")
    with pytest.raises(storage.TargetExistsError, match=r"a\.txt"):
        store.open_new("a.txt")


def test_a_file_removed_while_written_is_told_at_the_end(
    store: LocalStorage, tmp_path: Path
) -> None:
    writer = store.open_new("a.txt")
    (tmp_path / "a.txt").unlink()
    with pytest.raises(storage.FileMissingError):
        writer.close()
    writer.abort()


def test_a_listing_tells_names_paths_and_sizes(store: LocalStorage) -> None:
    write(store, "a/b.txt", b"123")
    store.make_directories("a/c")
    entries = sorted(store.list("a"))
    assert [(each.path, each.size, each.is_directory) for each in entries] == [
        ("a/b.txt", 3, False),
        ("a/c", 0, True),
    ]
    assert all(each.modified_ms > 1_600_000_000_000 for each in entries)
    assert [each.path for each in store.list("")] == ["a"]


def test_a_directory_that_is_not_there_has_no_entries(store: LocalStorage) -> None:
    assert store.list("nothing/here") == []


@pytest.mark.parametrize("has_call", [True, False])
def test_a_rename_never_replaces(store: LocalStorage, has_call: bool) -> None:
    write(store, "a.txt", b"old")
    write(store, "b.txt", b"new")
    call = local._renameat2() if has_call else None
    with (
        mock.patch.object(local, "_renameat2", return_value=call),
        pytest.raises(storage.TargetExistsError),
    ):
        store.rename("b.txt", "a.txt")
    with store.open_for_reading("a.txt") as file:
        assert file.read() == b"old"


@pytest.mark.parametrize("has_call", [True, False])
def test_directories_move_once(store: LocalStorage, has_call: bool) -> None:
    store.make_directories("d/one")
    store.make_directories("d/taken")
    call = local._renameat2() if has_call else None
    with mock.patch.object(local, "_renameat2", return_value=call):
        with pytest.raises(storage.TargetExistsError):
            store.rename("d/one", "d/taken")
        store.rename("d/one", "d/two")
        with pytest.raises(storage.FileMissingError):
            store.rename("d/one", "d/three")
    assert store.exists("d/two")


def test_files_move_where_no_such_call_is_known(store: LocalStorage) -> None:
    write(store, "a.txt", b"old")
    with mock.patch.object(local, "_renameat2", return_value=None):
        store.rename("a.txt", "b.txt")
    assert [each.name for each in store.list("")] == ["b.txt"]


def test_what_is_not_there_can_be_deleted(store: LocalStorage) -> None:
    store.delete("nothing")


def test_a_directory_with_files_is_not_deleted(store: LocalStorage) -> None:
    write(store, "a/b.txt")
    with pytest.raises(storage.StorageError):
        store.delete("a")
    store.delete("a/b.txt")
    store.delete("a")
    assert not store.exists("a")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, storage.StorageFullError),
        (errno.EDQUOT, storage.StorageFullError),
        (errno.EACCES, storage.StorageAccessError),
        (errno.EIO, storage.StorageUnavailableError),
    ],
)
def test_errors_say_what_the_matter_is(
    store: LocalStorage, number: int, kind: type[storage.StorageError]
) -> None:
    writer = store.open_new("a.txt")
    with (
        mock.patch.object(os, "fsync", side_effect=OSError(number, "said so")),
        pytest.raises(kind, match=r"a\.txt\. Reason: said so"),
    ):
        writer.close()
    writer.abort()


@pytest.mark.parametrize("url", ["file://host/a", "file:relative", "ftp://a/b", "some/where"])
def test_only_local_directories_are_taken(url: str) -> None:
    with pytest.raises(ConfigError):
        LocalStorage(url)


def test_a_path_without_scheme_will_do(tmp_path: Path) -> None:
    assert LocalStorage(str(tmp_path) + "/").url == f"file://{tmp_path}"
