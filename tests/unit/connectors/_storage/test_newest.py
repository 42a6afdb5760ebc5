# SPDX-License-Identifier: Apache-2.0
"""The last file of a partition."""

from __future__ import annotations

from collections.abc import Sequence
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from barnabas.api import TopicPartition
from barnabas.connectors._storage import newest
from barnabas.connectors._storage.names import Places
from barnabas.connectors._storage.newest import LastFileSearch, last_files
from barnabas.connectors._storage.storage import Entry

MINUTE = 60_000


class Tree:
    """A store of which only listings are asked: files with their times."""

    def __init__(self, files: dict[str, int]) -> None:
        self.entries: dict[str, dict[str, Entry]] = {}
        self.listed: list[str] = []
        for path, modified in files.items():
            self._add(path, modified, is_directory=False)

    def _add(self, path: str, modified: int, *, is_directory: bool) -> None:
        parent, _, name = path.rpartition("/")
        siblings = self.entries.setdefault(parent, {})
        known = siblings.get(name)
        if known is None or known.modified_ms < modified:
            siblings[name] = Entry(name, path, 0, is_directory, modified)
        # A directory changes when an entry is added, not when something below that one changes.
        if parent and known is None:
            grand = parent.rpartition("/")[0]
            older = self.entries.get(grand, {}).get(parent.rpartition("/")[2])
            self._add(parent, max(modified, older.modified_ms if older else 0), is_directory=True)

    def list(self, directory: str) -> Sequence[Entry]:
        self.listed.append(directory)
        return list(self.entries.get(directory, {}).values())


def find(tree: Tree, partitions: set[int], **more: object) -> dict[int, int]:
    found = last_files(tree, "t/c", "c", partitions, **more)  # type: ignore[arg-type]
    return {partition: last.end for partition, last in found.items()}


def test_the_largest_end_counts() -> None:
    tree = Tree({"t/c/partition=0/c+0+0+9.avro": 5, "t/c/partition=0/c+0+10+11.avro": 4})
    assert find(tree, {0, 1}) == {0: 11}


def test_files_of_other_topics_and_other_names_do_not_count() -> None:
    tree = Tree({"t/c/p/d+0+0+9.avro": 5, "t/c/p/_SUCCESS": 4, "t/c/p/c+0+1+2": 3})
    assert find(tree, {0}) == {0: 2}


def test_nothing_is_found_where_nothing_is() -> None:
    assert find(Tree({}), {0}) == {}


def test_directories_that_have_not_changed_since_are_left_out() -> None:
    files = {
        f"t/c/d={day:03d}/c+0+{day}0+{day}9.avro": day * 24 * 60 * MINUTE for day in range(400)
    }
    tree = Tree(files)
    assert find(tree, {0}) == {0: 3999}
    assert len(tree.listed) < 30


def test_all_directories_with_directories_are_listed() -> None:
    files = {
        f"t/c/g={group}/d={day:02d}/c+0+{day}{group}+{day}{group}.avro": day * 100 * MINUTE + group
        for group in range(5)
        for day in range(1, 30)
    }
    tree = Tree(files)
    assert find(tree, {0}) == {0: 294}
    assert len(tree.listed) < 40


def test_an_idle_partition_is_found_in_older_directories() -> None:
    files = {f"t/c/d={day:03d}/c+0+{day}+{day}.avro": day * 60 * MINUTE for day in range(100)}
    files["t/c/d=007/c+1+5+6.avro"] = 7 * 60 * MINUTE
    assert find(Tree(files), {0, 1}) == {0: 99, 1: 6}


def test_the_search_ends_after_so_many_directories() -> None:
    files = {f"t/c/d={day:05d}/c+0+{day}+{day}.avro": day for day in range(5000)}
    tree = Tree(files)
    assert find(tree, {0, 1}) == {0: 4999}
    assert len(tree.listed) < 2 * newest.MOST_DIRECTORIES + 5


def test_only_directories_of_the_partition_are_listed_if_that_is_known() -> None:
    tree = Tree({f"t/c/partition={n}/c+{n}+0+{n}.avro": n for n in range(20)})
    assert find(tree, {3}, only={"partition=3"}) == {3: 3}
    assert set(tree.listed) == {"t/c", "t/c/partition=3"}


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["x=1/y=1", "x=1/y=2", "x=2/y=1", "x=3/a/b"])),
        max_size=40,
    ),
    st.integers(0, 3 * MINUTE),
)
def test_commits_in_the_order_of_offsets_are_found(
    commits: list[tuple[int, str]], pace: int
) -> None:
    files, last = {}, {}
    for offset, (partition, directory) in enumerate(commits):
        files[f"t/c/{directory}/c+{partition}+{offset}+{offset}.avro"] = offset * pace
        last[partition] = offset
    assert find(Tree(files), {0, 1, 2}) == last


def test_partitions_of_a_topic_share_one_search() -> None:
    tree = Tree({"t/c/x=1/c+0+0+1.avro": 1, "t/c/x=1/c+1+5+6.avro": 2})
    search = LastFileSearch(tree)  # type: ignore[arg-type]
    both = [TopicPartition("c", 0), TopicPartition("c", 1)]
    search.announce(both)
    with mock.patch.object(newest, "last_files", wraps=newest.last_files) as calls:
        found = [search.find(Places(where, "t", "l")) for where in both]
    assert [last.end for last in found if last] == [1, 6]
    assert calls.call_count == 1


def test_an_answer_is_given_once() -> None:
    search = LastFileSearch(Tree({}))  # type: ignore[arg-type]
    places = Places(TopicPartition("c", 0), "t", "l")
    with mock.patch.object(newest, "last_files", wraps=newest.last_files) as calls:
        assert search.find(places) is search.find(places) is None
    assert calls.call_count == 2
