# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.runtime.group.assignors.eager import share_out
from barnabas.runtime.group.protocol import GroupConfig, Work
from barnabas.runtime.model import TaskId
from tests.unit.runtime.group.assignors.rounds import held_by_anyone, held_twice, sizes


def configured(**task_counts) -> Work:
    return GroupConfig(0, task_counts).work


def tasks(*texts) -> tuple[TaskId, ...]:
    return tuple(TaskId(text[:-1], int(text[-1])) for text in texts)


@pytest.mark.mirrors("connect/runtime WorkerCoordinatorTest#testLeaderPerformAssignment2")
def test_connectors_are_dealt_first_and_tasks_go_on_from_there():
    assert share_out(configured(b=1, a=2, c=1), ["y", "x"]) == {
        "x": Work(("a", "c"), tasks("a1", "c0")),
        "y": Work(("b",), tasks("a0", "b0")),
    }


def test_one_member_gets_everything():
    work = configured(a=2, b=0)
    assert share_out(work, ["x"]) == {"x": work}


def test_members_without_work_are_named_too():
    assert share_out(configured(a=0), ["x", "y"]) == {"x": Work(("a",)), "y": Work()}


@given(
    st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=6),
    st.sets(st.text(max_size=3), min_size=1, max_size=6),
)
def test_everything_is_dealt_once_and_evenly(task_counts, members):
    work = GroupConfig(0, task_counts).work
    shares = share_out(work, members)
    assert shares.keys() == members
    assert held_twice(shares) == set()
    assert held_by_anyone(shares).in_order() == work
    totals = [len(share) for share in shares.values()]
    assert max(totals) - min(totals) <= 1
    assert all(counts[-1] - counts[0] <= 1 for counts in sizes(shares))
