# SPDX-License-Identifier: Apache-2.0
"""The last commit of a sink task, and rebalances that overtake it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from barnabas.api import OffsetAndMetadata, TopicPartition
from barnabas.errors import ConnectError
from barnabas.runtime.tasks.consumption import Consumption, OvertakenError
from barnabas.runtime.tasks.last_commit import LastCommit

A, B = TopicPartition("t", 0), TopicPartition("t", 1)
BOTH = {A: OffsetAndMetadata(5), B: OffsetAndMetadata(7)}


class Group:
    """What the commit needs of a consumption, and a clock."""

    def __init__(self, *answers: ConnectError | None) -> None:
        self.answers = list(answers)
        self.commits: list[set[TopicPartition]] = []
        self.time = 0.0
        self.on_serve: Callable[[], object] = lambda: None
        self.leases = 0
        self.last = LastCommit(cast("Consumption", self), self.ensure_lease, lambda: self.time)

    def ensure_lease(self) -> None:
        self.leases += 1

    def commit_now(self, offsets: dict[TopicPartition, OffsetAndMetadata]) -> None:
        self.commits.append(set(offsets))
        error = self.answers.pop(0)
        if error is not None:
            raise error

    def serve(self, timeout_s: float) -> None:
        self.time += timeout_s
        self.on_serve()

    def make(self, **more: Any) -> None:
        self.last.make({A, B}, **{"offsets": BOTH, "timeout_s": 1.0, **more})


def test_a_commit_is_made_once() -> None:
    group = Group(None)
    group.make()
    assert (group.commits, group.time) == ([{A, B}], 0.0)


def test_one_that_was_overtaken_is_made_again() -> None:
    group = Group(OvertakenError("old"), OvertakenError("old"), None)
    group.make()
    assert (group.commits, group.leases) == ([{A, B}] * 3, 3)


def test_one_that_is_overtaken_for_ever_fails_in_time() -> None:
    group = Group(*[OvertakenError("old")] * 100)
    with pytest.raises(ConnectError, match="old; the rebalance did not end while the task stopped"):
        group.make()
    assert 1.0 <= group.time < 1.2


def test_another_error_is_told_at_once() -> None:
    group = Group(ConnectError("not allowed"))
    with pytest.raises(ConnectError, match="not allowed"):
        group.make()
    assert group.time == 0.0


def test_partitions_that_go_meanwhile_are_committed_as_they_go() -> None:
    group = Group(OvertakenError("old"), None, None)
    left: list[object] = []
    group.on_serve = lambda: left.append(group.last.revoked({A, TopicPartition("new", 0)}))
    group.make()
    assert group.commits == [{A, B}, {A}, {B}]
    assert left == [{TopicPartition("new", 0)}]


def test_nothing_is_left_to_commit_when_all_have_gone() -> None:
    group = Group(OvertakenError("old"), None)
    group.on_serve = lambda: group.last.revoked({A, B})
    group.make()
    assert group.commits == [{A, B}] * 2


def test_nothing_is_committed_for_partitions_that_were_lost() -> None:
    group = Group(OvertakenError("old"), None)
    left: list[object] = []
    group.on_serve = lambda: left.append(group.last.lost({A}))
    with pytest.raises(ConnectError, match="1 partitions were lost before the last commit"):
        group.make()
    assert (group.commits, left) == ([{A, B}, {B}], [set()])


def test_otherwise_what_goes_is_the_tasks_affair() -> None:
    group = Group()
    assert group.last.revoked({A}) == group.last.lost({A}) == {A}


def test_what_goes_and_cannot_be_committed_fails_the_commit_after_the_rest_was_made() -> None:
    group = Group(OvertakenError("old"), ConnectError("gone"), None)
    group.on_serve = lambda: group.last.revoked({A})
    with pytest.raises(ConnectError, match="gone"):
        group.make()
    assert group.commits[-1] == {B}
