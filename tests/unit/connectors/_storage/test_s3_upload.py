# SPDX-License-Identifier: Apache-2.0
"""Objects being written: parts, conditions, what happens to objects that are there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors._storage import s3_upload
from barnabas.connectors._storage.s3_settings import S3Settings
from barnabas.connectors._storage.s3_upload import ObjectWriter
from barnabas.connectors._storage.storage import (
    StorageError,
    StorageUnavailableError,
    TargetExistsError,
)
from tests.unit.connectors._storage.memory_bucket import Bucket, MemoryStore

LONG_AGO = timedelta(hours=1)


def make(bucket: Bucket, **settings: object) -> MemoryStore:
    return MemoryStore(bucket, S3Settings(part_size=4, **settings))  # type: ignore[arg-type]


@given(
    pieces=st.lists(st.binary(max_size=11), max_size=6),
    part_size=st.integers(min_value=1, max_value=12),
)
def test_an_object_is_what_was_written(pieces: list[bytes], part_size: int) -> None:
    bucket = Bucket()
    store = MemoryStore(bucket, S3Settings(part_size=part_size))
    writer = store.open_new("a")
    assert [writer.write(piece) for piece in pieces] == [len(piece) for piece in pieces]
    assert bucket.objects == {}
    writer.close()
    assert bucket.objects == {"a": b"".join(pieces)}
    assert bucket.uploads() == []
    assert all(len(part) <= part_size for parts in bucket.parts.values() for part in parts.values())


def test_what_is_smaller_than_a_part_takes_one_request() -> None:
    store = make(Bucket())
    writer = store.open_new("a")
    writer.write(b"abc")
    writer.close()
    writer.close()
    assert store.steps == ["put_object"]


def test_parts_are_sent_while_the_object_is_written() -> None:
    store = make(Bucket())
    writer = store.open_new("a")
    writer.write(b"abcdefghi")
    assert store.steps == ["create_multipart_upload", "upload_part", "upload_part"]
    writer.abort()


def test_parts_wait_in_files_but_for_small_ones() -> None:
    writer = ObjectWriter(MemoryStore(Bucket()), "a")
    writer.write(b"x" * s3_upload._MEMORY_BYTES)
    assert not writer._part._file._rolled  # type: ignore[attr-defined]
    writer.write(b"x")
    assert writer._part._file._rolled  # type: ignore[attr-defined]
    writer.abort()


def test_what_is_given_up_leaves_nothing() -> None:
    bucket = Bucket()
    writer = make(bucket).open_new("a")
    writer.write(b"abcdefghi")
    assert bucket.uploads() == ["a"]
    writer.abort()
    writer.abort()
    writer.close()
    assert (bucket.objects, bucket.uploads()) == ({}, [])


@pytest.mark.parametrize("content", [b"abc", b"abcdef"], ids=["whole", "parts"])
def test_an_object_of_the_same_size_is_kept(content: bytes) -> None:
    bucket = Bucket()
    bucket.put("a", content[::-1])
    writer = make(bucket).open_new("a")
    writer.write(content)
    writer.close()
    assert (bucket.objects, bucket.uploads()) == ({"a": content[::-1]}, [])


@pytest.mark.parametrize("content", [b"abc", b"abcdef"], ids=["whole", "parts"])
def test_an_older_object_of_another_size_is_replaced(content: bytes) -> None:
    bucket = Bucket()
    bucket.put("a", b"x")
    bucket.time += LONG_AGO
    writer = make(bucket).open_new("a")
    writer.write(content)
    writer.close()
    assert (bucket.objects, bucket.uploads()) == ({"a": content}, [])


@pytest.mark.parametrize("content", [b"abc", b"abcdef"], ids=["whole", "parts"])
def test_an_object_that_somebody_wrote_meanwhile_is_not_replaced(content: bytes) -> None:
    bucket = Bucket()
    writer = make(bucket).open_new("a")
    writer.write(content)
    bucket.time += LONG_AGO
    bucket.put("a", b"x")
    with pytest.raises(TargetExistsError, match="somebody wrote it while this task did"):
        writer.close()
    writer.abort()
    assert (bucket.objects, bucket.uploads()) == ({"a": b"x"}, [])


def test_without_conditions_objects_are_replaced() -> None:
    bucket = Bucket()
    bucket.put("a", b"x")
    writer = make(bucket, refuses_to_overwrite=False).open_new("a")
    writer.write(b"abc")
    writer.close()
    assert bucket.objects == {"a": b"abc"}


def test_a_part_that_cannot_be_sent_fails_the_object() -> None:
    bucket = Bucket()
    store = make(bucket)
    store.fail_at, store.error = 1, lambda: StorageUnavailableError("away")
    writer = store.open_new("a")
    writer.write(b"abcdef")
    with pytest.raises(StorageUnavailableError, match="away"):
        writer.close()
    writer.abort()
    assert (bucket.objects, bucket.uploads()) == ({}, [])


def test_more_parts_than_s3_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_upload, "_MOST_PARTS", 2)
    writer = make(Bucket()).open_new("a")
    with pytest.raises(StorageError, match=r"raise s3\.part\.size"):
        writer.write(b"abcdefghijkl")
    writer.abort()
