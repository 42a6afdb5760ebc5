# SPDX-License-Identifier: Apache-2.0
"""How many rows are fetched at once."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.source.fetch_size import FetchSize


def sizes(most: int, *widths: int) -> list[int]:
    made = FetchSize(most)
    found = [made.rows]
    for width in widths:
        made.learn([(1, "x" * width)] * made.rows)
        found.append(made.rows)
    return found


def test_narrow_rows_soon_come_in_full_batches() -> None:
    assert sizes(5000, 20, 20, 20) == [100, 1000, 5000, 5000]


def test_a_small_batch_is_full_at_once() -> None:
    assert sizes(7, 20) == [7, 7]


@pytest.mark.parametrize(("width", "expected"), [(100_000, 83), (50 << 20, 1)])
def test_wide_rows_come_few_at_a_time(width: int, expected: int) -> None:
    assert sizes(5000, width)[1] == expected


def test_rows_that_become_narrow_come_in_larger_batches_again() -> None:
    assert sizes(5000, 50 << 20, 20, 20, 20, 20) == [100, 1, 10, 100, 1000, 5000]


def test_one_wide_row_at_the_end_is_seen() -> None:
    made = FetchSize(5000)
    made.learn([(b"",)] * 99 + [(b"x" * (4 << 20),)])
    assert made.rows == 1


def test_nothing_is_learnt_from_nothing() -> None:
    made = FetchSize(5000)
    made.learn([])
    assert made.rows == 100
