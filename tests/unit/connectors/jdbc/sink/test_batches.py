# SPDX-License-Identifier: Apache-2.0
"""Which records are written together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas import data
from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.sink.batches import Batch, batches_of

A = data.Schema.struct({"a": data.INT64})
A_AGAIN = data.Schema.struct({"a": data.INT64})
B = data.Schema.struct({"b": data.INT64})


def put(offset: int, schema: data.Schema = A, key_schema: Any = data.INT64) -> SinkRecord:
    return SinkRecord(
        topic="t",
        kafka_partition=0,
        kafka_offset=offset,
        key=offset % 3,
        key_schema=key_schema,
        value={"a": offset},
        value_schema=schema,
    )


def delete(offset: int, schema: data.Schema | None = None) -> SinkRecord:
    return put(offset).replace(value=None, value_schema=schema)


def shape(*records: SinkRecord, size: int = 100) -> list[tuple[list[int], list[int]]]:
    found = batches_of(list(records), size, delete_enabled=True)
    return [
        ([r.kafka_offset for r in each.written], [r.kafka_offset for r in each.deleted])
        for each in found
    ]


def test_records_with_one_schema_are_cut_by_size() -> None:
    records = [put(n) for n in range(5)]
    assert shape(*records, size=2) == [([0, 1], []), ([2, 3], []), ([4], [])]


@pytest.mark.parametrize("size", [0, 1])
def test_a_size_of_0_means_one_by_one(size: int) -> None:
    assert shape(put(0), put(1), size=size) == [([0], []), ([1], [])]


def test_equal_schemas_stay_together_and_others_do_not() -> None:
    assert shape(put(0), put(1, A_AGAIN), put(2, B), put(3)) == [
        ([0, 1], []),
        ([2], []),
        ([3], []),
    ]


def test_another_key_schema_begins_a_batch() -> None:
    assert shape(put(0), put(1, A, data.STRING)) == [([0], []), ([1], [])]


@pytest.mark.mirrors("kafka-connect-jdbc BufferedRecordsTest#insertThenDeleteInBatchNoFlush")
def test_deletions_follow_what_was_written() -> None:
    assert shape(put(0), put(1), delete(2), delete(3, A)) == [([0, 1], [2, 3])]


@pytest.mark.mirrors(
    "kafka-connect-jdbc BufferedRecordsTest#insertThenDeleteThenInsertInBatchFlush"
)
def test_a_record_after_deletions_begins_a_batch() -> None:
    assert shape(put(0), delete(1), put(2), delete(3)) == [([0], [1]), ([2], [3])]


def test_deletions_alone_have_no_value_schema() -> None:
    (only,) = batches_of([delete(0), delete(1)], 10, delete_enabled=True)
    assert (only.value_schema, only.size) == (None, 2)


def test_deletions_count_for_the_size() -> None:
    assert shape(put(0), delete(1), delete(2), size=2) == [([0], [1]), ([], [2])]


_records = st.lists(
    st.tuples(st.sampled_from("pd"), st.sampled_from([A, A_AGAIN, B]), st.booleans()), min_size=1
).map(
    lambda items: [
        put(n, schema, data.STRING if odd else data.INT64)
        if kind == "p"
        else delete(n).replace(key_schema=data.STRING if odd else data.INT64)
        for n, (kind, schema, odd) in enumerate(items)
    ]
)


@given(_records, st.integers(1, 7))
def test_batches_keep_all_records_in_an_order_that_ends_the_same(
    records: list[SinkRecord], size: int
) -> None:
    batches: list[Batch] = list(batches_of(records, size, delete_enabled=True))
    played = [record for each in batches for record in (*each.written, *each.deleted)]
    assert [r.kafka_offset for r in played] == [r.kafka_offset for r in records]
    for each in batches:
        assert 1 <= each.size <= size
        assert {r.value_schema for r in each.written} <= {each.value_schema}
        assert {r.key_schema for r in (*each.written, *each.deleted)} == {each.key_schema}
