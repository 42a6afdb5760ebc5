# SPDX-License-Identifier: Apache-2.0
"""Acknowledged prefixes of source partitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.runtime.tasks.submitted import Chunk, ChunkState, Submitted


def acknowledge(chunk: Chunk[str, object]) -> None:
    chunk.state = ChunkState.ACKNOWLEDGED


@pytest.mark.mirrors("connect/runtime SubmittedRecordsTest#testNoRecords")
def test_nothing_is_committable_at_first() -> None:
    assert Submitted[str, int]().take_committable() == {}


@pytest.mark.mirrors("connect/runtime SubmittedRecordsTest#testMultiplePartitions")
def test_partitions_do_not_wait_for_each_other() -> None:
    submitted = Submitted[str, str]()
    a, b, c, d = (submitted.submit({p: o}, 1) for p, o in ("1a", "1b", "2c", "2d"))
    acknowledge(b)
    assert submitted.take_committable() == {}
    acknowledge(c)
    assert submitted.take_committable() == {"2": "c"}
    acknowledge(a)
    acknowledge(d)
    assert submitted.take_committable() == {"1": "b", "2": "d"}
    assert submitted.take_committable() == {}


def test_chunk_of_many_partitions_counts_for_each() -> None:
    submitted = Submitted[str, int]()
    first = submitted.submit({"a": 1, "b": 1}, 2)
    acknowledge(submitted.submit({"b": 2, "c": 2}, 2))
    assert submitted.take_committable() == {"c": 2}
    acknowledge(first)
    assert submitted.take_committable() == {"a": 1, "b": 2}


@pytest.mark.mirrors("connect/runtime SubmittedRecordsTest#testRemoveLastSubmittedRecord")
def test_withdrawn_chunk_does_not_block() -> None:
    submitted = Submitted[str, int]()
    acknowledge(submitted.submit({"a": 1}, 1))
    submitted.withdraw(submitted.submit({"a": 2}, 1))
    acknowledge(submitted.submit({"a": 3}, 1))
    assert submitted.take_committable() == {"a": 3}


def test_failed_chunk_blocks_its_partition_for_ever() -> None:
    submitted = Submitted[str, int]()
    submitted.submit({"a": 1}, 1).state = ChunkState.FAILED
    acknowledge(submitted.submit({"a": 2, "b": 2}, 1))
    assert submitted.take_committable() == {"b": 2}
    assert submitted.in_flight == 0


def test_records_in_flight_are_counted() -> None:
    submitted = Submitted[str, int]()
    first = submitted.submit({"a": 1}, 10)
    submitted.submit({"a": 2}, 5)
    assert submitted.in_flight == 15
    acknowledge(first)
    assert submitted.in_flight == 5


def test_spent_chunks_are_forgotten_without_a_commit() -> None:
    submitted = Submitted[str, int]()
    for offset in range(50_000):
        acknowledge(submitted.submit({"a": offset}, 1))
    assert len(submitted._chunks) <= 1000
    assert submitted.take_committable() == {"a": 49_999}


PARTITIONS = st.sampled_from("abc")
CHUNKS = st.lists(
    st.tuples(
        st.sets(PARTITIONS, min_size=1),
        st.sampled_from(ChunkState),
        st.booleans(),
    ),
    max_size=30,
)


@given(CHUNKS)
def test_newest_offset_of_each_acknowledged_prefix_is_given_out_once(
    plan: list[tuple[set[str], ChunkState, bool]],
) -> None:
    submitted = Submitted[str, int]()
    given_out: dict[str, int] = {}
    for offset, (partitions, state, takes) in enumerate(plan):
        submitted.submit(dict.fromkeys(partitions, offset), 1).state = state
        if takes:
            given_out.update(submitted.take_committable())
    given_out.update(submitted.take_committable())
    expected: dict[str, int] = {}
    blocked: set[str] = set()
    for offset, (partitions, state, _) in enumerate(plan):
        if state is ChunkState.ACKNOWLEDGED:
            expected.update(dict.fromkeys(partitions - blocked, offset))
        else:
            blocked |= partitions
    assert given_out == expected
