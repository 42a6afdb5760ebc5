# SPDX-License-Identifier: Apache-2.0
"""Records, column by column."""

from __future__ import annotations

from barnabas.connectors._storage.record_batches import Batch, offset_of
from tests.unit.connectors._storage.sink_harness import record, records


def batch() -> Batch:
    return Batch(records(0, 4), [10, 11, 12, 13], ["a", "b", "a", "b"], [5, 6, 7, 8])


def test_a_part_has_all_columns() -> None:
    part = batch().part(1, 3)
    assert [offset_of(each) for each in part.records] == [1, 2]
    assert (part.values, part.encoded, part.times) == ([11, 12], ["b", "a"], [6, 7])


def test_the_whole_is_not_copied() -> None:
    whole = batch()
    assert whole.part(0, 4) is whole


def test_records_are_picked_by_their_places() -> None:
    picked = batch().pick([0, 3])
    assert (picked.values, picked.encoded, picked.times) == ([10, 13], ["a", "b"], [5, 8])
    assert batch()._replace(times=None).pick([0]).times is None


def test_the_offset_is_the_one_that_was_consumed() -> None:
    assert offset_of(record(7)) == 7
    assert offset_of(record(7, kafka_offset=9, original_kafka_offset=8)) == 8
