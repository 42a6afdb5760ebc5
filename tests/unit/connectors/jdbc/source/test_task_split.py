# SPDX-License-Identifier: Apache-2.0
"""Sharing out tables and ranges."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors.jdbc.source.task_split import (
    KeyRange,
    group,
    parse_bounds,
    split_range,
    write_bounds,
)
from barnabas.errors import ConnectError


@pytest.mark.mirrors("connect/api ConnectorUtilsTest#testGroupPartitions")
@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, [[1, 2, 3, 4, 5]]),
        (2, [[1, 2, 3], [4, 5]]),
        (3, [[1, 2], [3, 4], [5]]),
        (7, [[1], [2], [3], [4], [5], [], []]),
    ],
)
def test_the_first_groups_get_one_more(count: int, expected: list[list[int]]) -> None:
    assert group([1, 2, 3, 4, 5], count) == expected


@given(st.integers(-1000, 1000), st.integers(0, 1000), st.integers(1, 9), st.integers(-50, 50))
def test_ranges_cover_all_values_once(lowest: int, width: int, count: int, start: int) -> None:
    highest = lowest + width
    bounds = split_range(lowest, highest, count, start=start)
    if bounds is None:
        assert count == 1 or highest - max(start, lowest - 1) < 2
        return
    assert bounds[0] == max(start, lowest - 1)
    assert bounds[-1] == highest
    widths = [b - a for a, b in itertools.pairwise(bounds)]
    assert len(widths) <= count
    assert max(widths) - min(widths) <= 1


def test_a_range_lies_between_its_bounds() -> None:
    key_range = KeyRange(1, (0, 10, 20))
    assert (key_range.after, key_range.up_to, key_range.count) == (10, 20, 2)
    assert key_range.is_last
    assert not KeyRange(0, (0, 10, 20)).is_last


def test_bounds_are_read_as_they_were_written() -> None:
    assert parse_bounds(write_bounds((-5, 0, 7))) == (-5, 0, 7)


@pytest.mark.parametrize("text", ["", "5", "1:a", "3:2"])
def test_other_bounds_are_refused(text: str) -> None:
    with pytest.raises(ConnectError, match="ascending whole numbers"):
        parse_bounds(text)
