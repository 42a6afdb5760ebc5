# SPDX-License-Identifier: Apache-2.0
"""How far a sink task is."""

from __future__ import annotations

import pytest

from barnabas.api import OffsetAndMetadata, TopicPartition
from barnabas.runtime.tasks.sink_offsets import CommitUnderWay, SinkOffsets

A, B = TopicPartition("t", 0), TopicPartition("t", 1)


@pytest.fixture
def offsets() -> SinkOffsets:
    made = SinkOffsets()
    made.begin(A, 5)
    made.begin(B, 7)
    return made


def test_a_partition_begins_at_one_offset_in_all_respects(offsets: SinkOffsets) -> None:
    assert offsets.consumed == offsets.put == offsets.committed
    assert offsets.put_of({A}) == {A: OffsetAndMetadata(5)}


def test_what_is_not_put_is_not_picked(offsets: SinkOffsets) -> None:
    assert offsets.put_of({TopicPartition("other", 0)}) == {}


def test_a_commit_of_a_partition_that_went_meanwhile_is_not_remembered(
    offsets: SinkOffsets,
) -> None:
    offsets.forget({B})
    offsets.remember_commit({A: OffsetAndMetadata(6), B: OffsetAndMetadata(8)})
    assert offsets.committed == {A: OffsetAndMetadata(6)}
    assert offsets.put.keys() == offsets.consumed.keys() == {A}


def test_a_commit_is_overdue_once() -> None:
    commit = CommitUnderWay()
    assert not commit.is_overdue(100, 5)
    assert commit.begin(100) == 1
    assert not commit.is_overdue(105, 5)
    assert commit.is_overdue(105.1, 5)
    commit.is_late = True
    assert not commit.is_overdue(200, 5)


def test_another_commit_begins_anew() -> None:
    commit = CommitUnderWay()
    commit.begin(0)
    commit.offsets, commit.is_late = {A: OffsetAndMetadata(1)}, True
    assert commit.begin(50) == 2
    assert commit.is_open
    assert not commit.is_late
    assert commit.offsets == {}
