# SPDX-License-Identifier: Apache-2.0
"""The commit of a set of files. Crashes in it are tested with the whole task."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from barnabas.connectors._storage.claims import ClaimLostError, HeldClaim, take_claim
from barnabas.connectors._storage.committing import commit_files, remove_empty_directories
from barnabas.connectors._storage.local import LocalStorage
from barnabas.connectors._storage.output_files import FileSet, OutputFile
from barnabas.connectors._storage.rotation import OpenRange
from barnabas.connectors._storage.storage import FileMissingError
from tests.unit.connectors._storage.sink_harness import PLACES, AtOnce, FailingStorage


def closed_files(root: Path, claim: HeldClaim, count: int) -> FileSet:
    files = FileSet(0, None, OpenRange(0, 0), next_offset=count)
    for number in range(count):
        path = f"{PLACES.work}/{claim.session}/x={number}/{number}_tmp.avro"
        place = root / path
        place.parent.mkdir(parents=True)
        place.write_text(str(number))
        target = f"topics/clicks/x={number}/clicks+0+{number}+{number}.avro"
        files.finished.append(
            OutputFile(f"x={number}", path, mock.Mock(), number, number, 1, target=target)
        )
    return files


@pytest.mark.parametrize("count", [1, 7])
def test_all_files_get_to_their_places(tmp_path: Path, count: int) -> None:
    store = LocalStorage(f"file://{tmp_path}")
    claim = take_claim(store, PLACES)
    commit_files(store, claim, closed_files(tmp_path, claim, count), AtOnce())
    found = sorted(path.read_text() for path in (tmp_path / "topics/clicks").rglob("*.avro"))
    assert found == [str(number) for number in range(count)]
    assert claim.next_offset == count


def test_files_of_a_directory_appear_in_the_order_of_their_offsets(tmp_path: Path) -> None:
    store = FailingStorage(tmp_path)
    claim = take_claim(store, PLACES)
    files = closed_files(tmp_path, claim, 6)
    for file in files.finished:
        file.encoded = "x=0"
    files.finished.reverse()
    commit_files(store, claim, files, AtOnce())
    moves = [step for step in store.steps if step.startswith("rename") and "clicks/x=" in step]
    moved = [step.rpartition("+0+")[2][0] for step in moves if " topics/" in step]
    assert list(dict.fromkeys(moved)) == ["0", "1", "2", "3", "4", "5"]


def test_a_rename_that_happened_unheard_is_fine(tmp_path: Path) -> None:
    store = FailingStorage(tmp_path)
    claim = take_claim(store, PLACES)
    files = closed_files(tmp_path, claim, 1)
    store.fail_at, store.happens, store.error = len(store.steps), True, FileMissingError
    commit_files(store, claim, files, AtOnce())
    assert (tmp_path / files.finished[0].target).exists()


def test_a_file_that_vanished_before_the_commit_is_told(tmp_path: Path) -> None:
    store = FailingStorage(tmp_path)
    claim = take_claim(store, PLACES)
    files = closed_files(tmp_path, claim, 1)
    (tmp_path / files.finished[0].path).unlink()
    with pytest.raises(FileMissingError):
        commit_files(store, claim, files, AtOnce())
    assert claim.next_offset is None


def test_no_file_of_a_lost_partition_becomes_visible(tmp_path: Path) -> None:
    store = LocalStorage(f"file://{tmp_path}")
    claim = take_claim(store, PLACES)
    files = closed_files(tmp_path, claim, 2)
    take_claim(store, PLACES)
    with pytest.raises(ClaimLostError):
        commit_files(store, claim, files, AtOnce())
    assert not (tmp_path / "topics/clicks").exists()


def test_empty_directories_go_and_used_ones_stay(tmp_path: Path) -> None:
    store = LocalStorage(f"file://{tmp_path}")
    for path in ("y=1/m=1", "y=1/m=2", "y=2/m=1"):
        store.make_directories(f"{PLACES.work}/s/{path}")
    gone = {"y=1/m=1", "y=1/m=2", "y=2/m=1"}
    remove_empty_directories(store, PLACES, "s", gone, {"y=1/m=2"})
    assert [each.name for each in store.list(f"{PLACES.work}/s")] == ["y=1"]
    assert [each.name for each in store.list(f"{PLACES.work}/s/y=1")] == ["m=2"]
