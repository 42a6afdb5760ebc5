# SPDX-License-Identifier: Apache-2.0
"""Records and the ones they were made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.api import SourceRecord
from barnabas.runtime.pipeline.expansion import Changed, siblings
from tests.unit.runtime.pipeline.doubles import source_record


@given(st.lists(st.integers(0, 3), max_size=12), st.integers(0, 3))
def test_each_record_has_what_was_made_of_it_in_order(sizes: list[int], again: int) -> None:
    changed = Changed[SourceRecord].begin([source_record([n]) for n in range(len(sizes))])
    for times in (sizes, [again] * sum(sizes)):
        made = [
            [record.replace(value=[*record.value, n]) for n in range(count)]
            for record, count in zip(changed.records, times, strict=True)
            if record is not None
        ]
        changed.expand(range(len(made)), made)
    expected = [
        [n, a, b] for n, size in enumerate(sizes) for a in range(size) for b in range(again)
    ]
    assert [record and record.value for record in changed.records] == expected
    assert list(changed.owners) == [value[0] for value in expected]


def test_owners_stay_places_where_nothing_is_a_list() -> None:
    changed = Changed[SourceRecord].begin([source_record("a"), source_record("b")])
    changed.expand([1], [None])
    assert changed.is_one_to_one
    assert changed.records[1] is None


def test_all_of_an_owner_is_dropped() -> None:
    record = source_record()
    changed = Changed[SourceRecord]([record] * 4, [0, 1, 1, 3])
    changed.drop({1, 3})
    assert changed.records == [record, None, None, None]


@pytest.mark.parametrize(("place", "expected"), [(0, [0]), (1, [1, 2]), (2, [1, 2]), (3, [3])])
def test_siblings_are_neighbours_with_the_same_owner(place: int, expected: list[int]) -> None:
    one, other = [0], [0]
    assert list(siblings([one, other, other, one], place)) == expected
