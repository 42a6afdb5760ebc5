# SPDX-License-Identifier: Apache-2.0
"""What is done before a partition is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from barnabas.connectors._storage import recovery
from barnabas.connectors._storage.claims import take_claim
from barnabas.connectors._storage.local import LocalStorage
from barnabas.connectors._storage.newest import LastFileSearch
from barnabas.connectors._storage.storage import FileMissingError, Storage, StorageUnavailableError
from tests.unit.connectors._storage.sink_harness import PLACES, FailingStorage
from tests.unit.connectors._storage.test_java_log import BEGIN, END, log

NAME = "clicks+0+0000000000+0000000009.avro"
NEXT = "clicks+0+0000000010+0000000019.avro"
JAVA = "0b6dc1a7-ab0f-4ab8-9e49-0e5b7a1a7a4e_tmp.avro"


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    return LocalStorage(f"file://{tmp_path}")


def put(root: Path, path: str, content: bytes = b"x") -> Path:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


def recover(store: Storage) -> int | None:
    return recovery.recover(store, PLACES, LastFileSearch(store)).claim.next_offset


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_an_empty_store_tells_nothing(store: LocalStorage) -> None:
    assert recover(store) is None


def test_committed_files_tell_where_to_go_on(store: LocalStorage, tmp_path: Path) -> None:
    put(tmp_path, f"topics/clicks/partition=0/{NEXT}")
    put(tmp_path, f"topics/clicks/partition=0/{NAME}")
    assert recover(store) == 20


def test_the_claim_is_believed_before_files(store: LocalStorage, tmp_path: Path) -> None:
    take_claim(store, PLACES).advance(15)
    put(tmp_path, f"topics/clicks/partition=0/{NEXT}")
    assert recover(store) == 15


def test_the_last_file_is_found_when_it_is_wanted(store: LocalStorage, tmp_path: Path) -> None:
    take_claim(store, PLACES).advance(20)
    put(tmp_path, f"topics/clicks/x=1/{NEXT}")
    found = recovery.recover(store, PLACES, LastFileSearch(store), wants_last_file=True)
    assert found.last_file == f"topics/clicks/x=1/{NEXT}"


def test_prepared_files_of_a_commit_are_moved_and_others_removed(
    store: LocalStorage, tmp_path: Path
) -> None:
    claim = take_claim(store, PLACES)
    claim.advance(10)
    session = f"{PLACES.work}/{claim.session}"
    put(tmp_path, f"{session}/x=1/y=2/{NAME}")
    put(tmp_path, f"{session}/x=1/y=2/{NEXT}")
    put(tmp_path, f"{session}/x=1/000003_tmp.avro")
    assert recover(store) == 10
    assert files(tmp_path) == [f"topics/clicks/x=1/y=2/{NAME}"]
    assert not (tmp_path / session).exists()


def java_log(root: Path, name: str, *moves: tuple[str, str], ended: bool = True) -> None:
    pairs = [(f"file://{root}/{old}", f"file://{root}/{new}") for old, new in moves]
    entries = [BEGIN, *pairs, *([END] if ended else [])]
    put(root, f"logs/clicks/0/{name}", log(*entries))


def test_files_of_a_commit_are_moved_in_the_order_of_their_offsets(tmp_path: Path) -> None:
    store = FailingStorage(tmp_path)
    take_claim(store, PLACES).advance(40)
    for start in (30, 0, 20, 10):
        name = f"clicks+0+{start:010d}+{start + 9:010d}.avro"
        put(tmp_path, f"{PLACES.work}/0a/{start}/partition=0/{name}")
    recover(store)
    moved = [step for step in store.steps if step.startswith("rename") and "partition=0" in step]
    assert moved == sorted(moved, key=lambda step: step.rpartition("+0+")[2])


def test_a_commit_that_java_promised_is_finished(store: LocalStorage, tmp_path: Path) -> None:
    put(tmp_path, f"topics/+tmp/clicks/partition=0/{JAVA}")
    temporary = f"topics//+tmp/clicks/partition=0/{JAVA}"
    java_log(tmp_path, "log", (temporary, f"topics/clicks/partition=0/{NAME}"))
    assert recover(store) == 10
    assert files(tmp_path) == [f"topics/clicks/partition=0/{NAME}"]


def test_a_commit_that_java_finished_is_left_as_it_is(store: LocalStorage, tmp_path: Path) -> None:
    put(tmp_path, f"topics/clicks/x/{NAME}", b"old")
    put(tmp_path, f"topics/+tmp/clicks/x/{JAVA}", b"new")
    java_log(tmp_path, "log", (f"topics/+tmp/clicks/x/{JAVA}", f"topics/clicks/x/{NAME}"))
    assert recover(store) == 10
    assert (tmp_path / f"topics/clicks/x/{NAME}").read_bytes() == b"old"


def test_a_commit_that_java_did_not_promise_is_not_made(
    store: LocalStorage, tmp_path: Path
) -> None:
    temporary = f"topics/+tmp/clicks/x/{JAVA}"
    put(tmp_path, temporary)
    java_log(tmp_path, "log", (temporary, f"topics/clicks/x/{NAME}"), ended=False)
    assert recover(store) is None
    assert files(tmp_path) == [temporary]


def test_the_log_before_tells_when_the_last_one_does_not(
    store: LocalStorage, tmp_path: Path
) -> None:
    java_log(tmp_path, "log", ("a", f"topics/clicks/x/{NEXT}"), ended=False)
    java_log(tmp_path, "log.1", ("a", f"topics/clicks/x/{NAME}"))
    assert recover(store) == 10
    assert files(tmp_path) == []


def test_java_may_have_come_further_than_the_claim(store: LocalStorage, tmp_path: Path) -> None:
    take_claim(store, PLACES).advance(10)
    java_log(tmp_path, "log", ("a", f"topics/clicks/x/{NEXT}"))
    assert recover(store) == 20


def test_a_damaged_log_is_left_out(
    store: LocalStorage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path, "logs/clicks/0/log", b"PAR1" + bytes(40))
    put(tmp_path, f"topics/clicks/x/{NAME}")
    assert recover(store) == 10
    assert "Java's logs/clicks/0/log is left out" in caplog.text


def test_recovery_can_be_cut_off_anywhere(tmp_path: Path) -> None:
    for step in range(60):
        root = tmp_path / str(step)
        store = FailingStorage(root)
        claim = take_claim(store, PLACES)
        claim.advance(10)
        put(root, f"{PLACES.work}/{claim.session}/x/{NAME}")
        put(root, f"{PLACES.work}/{claim.session}/x/{NEXT}")
        java = "clicks+0+0000000010+0000000024.avro"
        put(root, f"topics/+tmp/clicks/x/{JAVA}")
        java_log(root, "log", (f"topics/+tmp/clicks/x/{JAVA}", f"topics/clicks/x/{java}"))
        store.fail_at, store.error = len(store.steps) + step, StorageUnavailableError
        store.happens = bool(step % 2)
        try:
            recover(store)
        except StorageUnavailableError:
            assert recover(store) == 25
        expected = [f"topics/clicks/x/{name}" for name in (NAME, java)]
        assert files(root) == expected, store.steps[store.fail_at]
        if store.fail_at >= len(store.steps):
            break
    else:
        pytest.fail("there is always one more step")


def test_a_file_that_is_nowhere_is_told(store: LocalStorage) -> None:
    with pytest.raises(FileMissingError):
        recovery.publish(store, "nothing", "somewhere/else")


def test_a_second_copy_is_removed(store: LocalStorage, tmp_path: Path) -> None:
    put(tmp_path, "a/x.avro", b"new")
    put(tmp_path, "b/x.avro", b"old")
    recovery.publish(store, "a/x.avro", "b/x.avro")
    assert (tmp_path / "b/x.avro").read_bytes() == b"old"
    assert not (tmp_path / "a/x.avro").exists()


def test_only_old_temporary_files_of_java_are_swept(store: LocalStorage, tmp_path: Path) -> None:
    old = put(tmp_path, f"topics/+tmp/clicks/y=1/{JAVA}")
    put(tmp_path, f"topics/+tmp/clicks/y=2/{JAVA}")
    ours = put(tmp_path, "topics/+tmp/clicks/+0/0af/y=1/000001_tmp.avro")
    os.utime(old, (1000, 1000))
    os.utime(ours, (1000, 1000))
    now_ms = int((tmp_path / f"topics/+tmp/clicks/y=2/{JAVA}").stat().st_mtime * 1000)
    assert recovery.sweep_java_temporaries(store, PLACES.temporary, now_ms) == 1
    assert not old.exists()
    assert ours.exists()
