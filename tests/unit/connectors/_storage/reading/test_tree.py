# SPDX-License-Identifier: Apache-2.0
"""Looks for new files that do not list everything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from barnabas.connectors._storage.reading.file_names import FileNames
from barnabas.connectors._storage.reading.tree import Tree
from tests.unit.connectors._storage.reading.source_harness import WatchedStorage

LONG_AGO_S = 1_700_000_000
NOW_MS = 1_800_000_000_000


class Forest:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.storage = WatchedStorage(root)
        self.tree = Tree(
            self.storage,
            "topics",
            FileNames("+", ".json"),
            lambda topic, partition: topic != "unwanted" and partition != 9,
            lambda: NOW_MS,
        )

    def put(self, path: str, changed_s: int = LONG_AGO_S) -> None:
        file = self.root / "topics" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        os.utime(file.parent, (changed_s, changed_s))

    def date(self, folder: str) -> None:
        os.utime(self.root / "topics" / folder, (LONG_AGO_S, LONG_AGO_S))

    def look(self, *truncated: str) -> set[str]:
        self.storage.listed.clear()
        found = set()
        for each in self.tree.look(truncated):
            found |= {
                f"{place.directory.removeprefix('topics/')}/{file.name}"
                for place, files in each.items()
                for file in files
            }
        return found


@pytest.fixture
def forest(tmp_path: Path) -> Forest:
    return Forest(tmp_path)


def test_files_of_all_directories_are_found(forest: Forest) -> None:
    paths = {"a/partition=0/a+0+1.json", "b/x=1/y=2/b+3+5+6.json", "b/x=1/b+4+5+6.json"}
    for path in paths:
        forest.put(path)
    assert forest.look() == paths


def test_temporary_files_claims_and_what_is_not_wanted_are_left_alone(forest: Forest) -> None:
    for path in (
        "+tmp/a/+0/0a/partition=0/a+0+1.json",
        "+tmp/a/+0/claim+0000000005+0a/x",
        "a/partition=0/other+0+1.json",
        "a/partition=9/a+9+1.json",
        "unwanted/partition=0/unwanted+0+1.json",
    ):
        forest.put(path)
    assert forest.look() == set()
    assert not any("+tmp" in each or "unwanted" in each for each in forest.storage.listed)


def test_a_directory_that_did_not_change_is_not_listed_again(forest: Forest) -> None:
    for number in range(20):
        forest.put(f"a/partition={number}/a+{number}+1.json")
    forest.look()
    forest.put("a/partition=7/a+7+2.json", LONG_AGO_S + 5)
    assert forest.look() == {"a/partition=7/a+7+1.json", "a/partition=7/a+7+2.json"}
    assert forest.storage.listed == ["topics", "topics/a", "topics/a/partition=7"]


def test_a_directory_that_changed_a_moment_ago_may_change_again_within_its_clock(
    forest: Forest,
) -> None:
    forest.put("a/partition=0/a+0+1.json", NOW_MS // 1000 - 30)
    forest.look()
    assert forest.look() == {"a/partition=0/a+0+1.json"}


def test_of_many_days_only_the_latest_are_looked_into_each_time(forest: Forest) -> None:
    for day in range(30):
        forest.put(f"a/day={day:02}/hour=00/a+0+{day}.json")
    forest.look()
    forest.put("a/day=29/hour=01/a+0+99.json")
    assert forest.look() == {"a/day=29/hour=01/a+0+99.json"}
    assert len(forest.storage.listed) == 2 + 30 // 30 * 4 + 1


def test_a_late_file_in_an_old_day_is_found_by_the_tenth_look(forest: Forest) -> None:
    for day in range(30):
        forest.put(f"a/day={day:02}/hour=00/a+0+{day}.json")
        forest.date(f"a/day={day:02}")
    forest.look()
    forest.put("a/day=00/hour=00/a+0+77.json", LONG_AGO_S + 5)  # changes the hour, not the day
    found = ["a/day=00/hour=00/a+0+77.json" in forest.look() for _ in range(10)]
    assert found == [False] * 9 + [True]


def test_a_store_without_times_has_its_latest_directories_listed(forest: Forest) -> None:
    forest.storage.is_undated = True
    for number in range(150):
        forest.put(f"a/day={number:03}/a+0+{number}.json")
    assert len(forest.look()) == 150
    forest.put("a/day=149/a+0+999.json")
    assert "a/day=149/a+0+999.json" in forest.look()
    assert len(forest.storage.listed) == 2 + 100


def test_truncated_directories_are_listed_again(forest: Forest) -> None:
    forest.put("a/day=1/hour=1/a+0+1.json")
    forest.look()
    assert forest.look() == set()
    assert forest.look("topics/a/day=1/hour=1") == {"a/day=1/hour=1/a+0+1.json"}


def test_a_look_that_was_broken_off_is_made_up_for(forest: Forest) -> None:
    forest.put("a/partition=0/a+0+1.json")
    forest.put("a/partition=1/a+1+1.json")
    forest.look()
    forest.put("a/partition=1/a+1+2.json", LONG_AGO_S + 9)
    looking = forest.tree.look(())
    next(looking)
    next(looking)
    forest.storage.list_error = OSError("away")
    with pytest.raises(OSError, match="away"):
        next(looking)
    forest.storage.list_error = None
    assert "a/partition=1/a+1+2.json" in forest.look()


def test_directories_that_are_gone_are_forgotten(forest: Forest) -> None:
    forest.put("a/partition=0/a+0+1.json")
    forest.look()
    (forest.root / "topics/a/partition=0/a+0+1.json").unlink()
    (forest.root / "topics/a/partition=0").rmdir()
    for _ in range(11):
        forest.look()
    assert set(forest.tree._known) == {"topics/a"}
