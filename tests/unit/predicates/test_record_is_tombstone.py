# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from barnabas.data import OPTIONAL_STRING
from barnabas.predicates.record_is_tombstone import RecordIsTombstone
from tests.unit.transforms.records import sink, source


def test_it_is_true_where_the_value_is_null() -> None:
    predicate = RecordIsTombstone()
    predicate.configure({})
    assert predicate.test(sink())
    assert predicate.test(source(None, OPTIONAL_STRING))
    assert not predicate.test(sink(""))


def test_many_records_are_told_apart_as_one_by_one() -> None:
    records = [source(value) for value in (None, "a", 0, None)]
    assert list(RecordIsTombstone().test_batch(records)) == [True, False, False, True]
