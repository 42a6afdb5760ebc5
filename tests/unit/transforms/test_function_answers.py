# SPDX-License-Identifier: Apache-2.0
"""Answers of functions, and the records they belong to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.errors import ConfigError
from barnabas.transforms.function_answers import align, answers_of, check
from tests.unit.transforms.records import sink, source


@given(st.lists(st.integers(0, 3), max_size=9), st.booleans())
def test_one_list_of_all_that_was_made_is_told_apart(counts: list[int], is_sink: bool) -> None:
    given = [
        sink(n, kafka_offset=n).replace() if is_sink else source(n, source_offset={"n": n})
        for n in range(len(counts))
    ]
    made = [[record.replace()] * count for record, count in zip(given, counts, strict=True)]
    flat = [each for some in made for each in some]
    expected = [{0: None, 1: some and some[0]}.get(len(some), some) for some in made]
    expected = [each if each != [] else None for each in expected]
    assert align("f", given, flat) == expected


def test_an_answer_for_each_may_be_a_list_of_others_without_offset() -> None:
    given = [source("a", source_offset={"n": 1})]
    extra = source("extra", source_offset=None, source_partition=None)
    assert align("f", given, [[given[0], extra]]) == [[given[0], extra]]


def test_offsets_that_are_equal_are_as_good_as_the_same() -> None:
    given = [source("a", source_offset={"n": 1})]
    equal = [source("b", source_offset={"n": 1})]
    assert align("f", given, equal) == equal


@pytest.mark.parametrize("answers", [[1], ["a", "b", "c"], [[1], [2], [3]]])
def test_too_few_or_many_that_are_no_records_are_refused(answers: list[object]) -> None:
    given = [source("a", source_offset={"n": 1}), source("b", source_offset={"n": 2})]
    with pytest.raises(ConfigError, match=f"returned {len(answers)} items for 2 records"):
        align("f", given, answers)


def test_tuples_are_lists() -> None:
    record = source("a")
    assert answers_of("f", (record,), 1) == [record]
    assert check("f", record, (record, record)) == [record, record]
