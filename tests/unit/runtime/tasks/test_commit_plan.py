# SPDX-License-Identifier: Apache-2.0
"""Which consumer offsets are committed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.api import OffsetAndMetadata, TopicPartition
from barnabas.runtime.tasks.commit_plan import CommitPlan, plan_commit

A, B, C = (TopicPartition("t", number) for number in range(3))


def at(**offsets: int) -> dict[TopicPartition, OffsetAndMetadata]:
    names = {"a": A, "b": B, "c": C}
    return {names[name]: OffsetAndMetadata(offset) for name, offset in offsets.items()}


def plan(consumed, asked, last) -> CommitPlan:
    return plan_commit(consumed=consumed, asked=asked, last_committed=last, assigned={A, B})


def test_what_the_task_agrees_to_is_committed() -> None:
    assert plan(at(a=5, b=7), at(a=5, b=6), at(a=1, b=1)).offsets == at(a=5, b=6)


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testPreCommit")
def test_partition_left_out_keeps_its_last_offset() -> None:
    assert plan(at(a=5, b=7), at(a=5), at(a=1, b=1)).offsets == at(a=5, b=1)


def test_nothing_is_committed_when_the_task_returns_nothing_or_nothing_new() -> None:
    assert plan(at(a=5), {}, at(a=1)).offsets == {}
    assert plan(at(a=5), at(a=1), at(a=1)).offsets == {}


def test_offset_not_consumed_yet_is_ignored() -> None:
    chosen = plan(at(a=5, b=7), at(a=6, b=7), at(a=1, b=1))
    assert chosen.offsets == at(a=1, b=7)
    assert chosen.ignored == [
        "Ignoring offset 6 of t-0 from pre_commit: it is not consumed yet, only up to 5"
    ]


def test_partition_of_somebody_else_is_ignored() -> None:
    chosen = plan(at(a=5), at(a=5, c=1), at(a=1))
    assert chosen.offsets == at(a=5)
    assert "t-2" in chosen.ignored[0]
    assert "not assigned" in chosen.ignored[0]


def test_partition_not_asked_about_is_left_alone() -> None:
    chosen = plan(at(a=5), at(a=5, b=9), at(a=1, b=1))
    assert chosen == CommitPlan(at(a=5), [])


def test_task_may_go_back() -> None:
    assert plan(at(a=5), at(a=2), at(a=4)).offsets == at(a=2)


OFFSETS = st.dictionaries(
    st.sampled_from([A, B, C]), st.builds(OffsetAndMetadata, st.integers(0, 5))
)


@given(consumed=OFFSETS, asked=OFFSETS, last=OFFSETS)
def test_never_more_than_consumed_and_only_what_is_in_question(consumed, asked, last) -> None:
    last = {where: min(last[where], consumed[where]) for where in last if where in consumed}
    for where, offset in plan(consumed, asked, last).offsets.items():
        assert offset.offset <= consumed[where].offset
