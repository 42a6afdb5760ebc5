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
