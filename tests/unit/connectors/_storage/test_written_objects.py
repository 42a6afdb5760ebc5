# SPDX-License-Identifier: Apache-2.0
"""Objects under their final names; the life of a task with them is in ``s3/test_task.py``."""

from __future__ import annotations

import gzip
from typing import Any
from unittest import mock

import pytest

from barnabas.api import TopicPartition
from barnabas.connectors._storage.names import Places
from barnabas.connectors._storage.output_files import FileSet, OutputFile
from barnabas.connectors._storage.rotation import OpenRange
from barnabas.connectors._storage.storage import (
    StorageAccessError,
    StorageError,
    UnknownOperationError,
)
from barnabas.connectors._storage.written_objects import ObjectRules, WrittenObjects
from tests.unit.connectors._storage.memory_bucket import Bucket, MemoryStore
from tests.unit.connectors._storage.sink_harness import AtOnce

WHERE = TopicPartition("t.x", 3)


def make(
    store: MemoryStore | None = None, topics_dir: str = "topics", **rules: Any
) -> WrittenObjects:
    parts: Any = mock.Mock(pool=AtOnce(), extension=".json", offset_width=4)
    places = Places(WHERE, topics_dir, "")
    return WrittenObjects(store or MemoryStore(Bucket()), places, parts, ObjectRules(**rules))


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ({}, "topics/t.x/partition=3/t.x+3+0007.json"),
        ({"topics_dir": ""}, "t.x/partition=3/t.x+3+0007.json"),
        ({"topics_dir": "a/b"}, "a/b/t.x/partition=3/t.x+3+0007.json"),
        ({"file_delim": "_"}, "topics/t.x/partition=3/t.x_3_0007.json"),
        ({"directory_delim": "|"}, "topics|t.x|partition=3|t.x+3+0007.json"),
    ],
)
def test_names_tell_the_first_offset(rules: dict[str, str], path: str) -> None:
    opened, writer = make(**rules).open_file("partition=3", 7)
    writer.abort()
    assert opened == path


def test_objects_are_compressed_when_they_shall() -> None:
    store = MemoryStore(Bucket())
    path, writer = make(store, gzip_level=9).open_file("p", 0)
    writer.write(b"some")
    writer.close()
    assert gzip.decompress(store.bucket.objects[path]) == b"some"


def test_uploads_of_this_partition_only_are_ended() -> None:
    store = MemoryStore(Bucket())
    others = ["topics/t.x/p/t.x+30+0001.json", "topics/t.x/p/txx+3+0001.json", "topics/t.xy/o"]
    for key in ("topics/t.x/p/t.x+3+0001.json", "topics/t.x/q/r/t.x+3+0009.json", *others):
        store.call("create_multipart_upload", key)
    objects = make(store)
    assert not objects.is_held
    assert objects.recover(wants_last_file=True) is None
    assert objects.is_held
    assert objects.next_offset is None
    assert store.bucket.uploads() == sorted(others)
    objects.release()
    objects.clean_up()
    assert not objects.is_held


@pytest.mark.parametrize(
    "error",
    [
        StorageAccessError(path="lake", reason="AccessDenied: no"),
        UnknownOperationError(path="lake", reason="NotImplemented: no"),
    ],
    ids=["no right", "no such operation"],
)
def test_uploads_that_cannot_be_listed_hinder_nobody(
    caplog: pytest.LogCaptureFixture, error: StorageError
) -> None:
    store = MemoryStore(Bucket())
    store.fail_at, store.error = 0, lambda: error
    objects = make(store)
    objects.recover(wants_last_file=False)
    assert objects.is_held
    assert "cannot be found" in caplog.text


def test_wrong_credentials_are_found_at_the_start() -> None:
    store = MemoryStore(Bucket())
    store.fail_at = 0
    store.error = lambda: StorageAccessError(path="lake", reason="InvalidAccessKeyId: no")
    with pytest.raises(StorageAccessError):
        make(store).recover(wants_last_file=False)


def files(path: str) -> FileSet:
    made = FileSet(5, None, OpenRange(0, 0))
    made.finished.append(OutputFile("p", path, mock.Mock(), 5, 9, 3))
    return made


def test_tags_tell_offsets_after_the_commit() -> None:
    store = MemoryStore(Bucket())
    objects = make(store, tags={"team": "lake"})
    objects.commit(files("a"), set())
    assert store.bucket.tags == {
        "a": {"startOffset": "5", "endOffset": "9", "recordCount": "3", "team": "lake"}
    }
    assert objects.target_of(files("a").finished[0]) == "a"


def test_without_tags_a_commit_asks_nothing() -> None:
    store = MemoryStore(Bucket())
    make(store).commit(files("a"), set())
    assert store.steps == []


@pytest.mark.parametrize("must_succeed", [False, True])
def test_tags_that_cannot_be_set_fail_the_commit_if_they_shall(must_succeed: bool) -> None:
    store = MemoryStore(Bucket())
    store.fail_at, store.error = 0, lambda: StorageError(path="a", reason="NotImplemented")
    objects = make(store, tags={}, tags_must_succeed=must_succeed)
    if must_succeed:
        with pytest.raises(StorageError, match="NotImplemented"):
            objects.commit(files("a"), set())
    else:
        objects.commit(files("a"), set())
