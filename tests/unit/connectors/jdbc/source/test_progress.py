# SPDX-License-Identifier: Apache-2.0
"""Offsets of rows, by mode."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.source.offsets import Position
from barnabas.connectors.jdbc.source.progress import (
    ByBoth,
    ByIncrementing,
    ByTimestamp,
    NoProgress,
    Rows,
)
from barnabas.errors import DataError

MS = 1_000_000


def first(rows: Rows) -> list[int | None]:
    return [row[0] for row in rows]


def second(rows: Rows) -> list[int]:
    return [row[1] for row in rows]


def test_bulk_gives_no_offsets() -> None:
    progress = NoProgress(Position())
    assert progress.offsets([(1,), (2,)], ()) == [None, None]
    assert progress.position == Position()


def test_each_row_has_its_own_number() -> None:
    progress = ByIncrementing(Position(), second)
    assert progress.offsets([(0, 4), (0, 9)], ()) == [{"incrementing": 4}, {"incrementing": 9}]
    assert progress.position == Position(incrementing=9)


def test_offsets_of_a_split_table_hold_its_bounds() -> None:
    progress = ByIncrementing(Position(), second, "0:5:9")
    assert progress.offsets([(0, 4)], ()) == [{"incrementing": 4, "bounds": "0:5:9"}]


def test_a_batch_without_rows_leaves_the_position() -> None:
    progress = ByIncrementing(Position(incrementing=3), second)
    assert progress.offsets([], ()) == []
    assert progress.position == Position(incrementing=3)


def test_a_timestamp_counts_when_the_next_batch_begins_later() -> None:
    progress = ByTimestamp(Position(timestamp_ns=1 * MS), first)
    same = progress.offsets([(5 * MS,)], [(5 * MS,)])
    assert [offset and offset["timestamp"] for offset in same] == [1]
    assert progress.position == Position(timestamp_ns=1 * MS)
    later = progress.offsets([(5 * MS,)], [(6 * MS,)])
    assert [offset and offset["timestamp"] for offset in later] == [5]
    assert progress.position == Position(timestamp_ns=5 * MS)


def test_the_last_timestamp_counts() -> None:
    progress = ByTimestamp(Position(), first)
    assert progress.offsets([(5 * MS,)], ()) == [{"timestamp_nanos": 5 * MS, "timestamp": 5}]


def test_timestamp_and_number_are_exact_for_each_row() -> None:
    progress = ByBoth(Position(), first, second)
    offsets = progress.offsets([(5 * MS, 1), (5 * MS, 2)], ())
    assert offsets == [
        {"timestamp_nanos": 5 * MS, "incrementing": 1, "timestamp": 5},
        {"timestamp_nanos": 5 * MS, "incrementing": 2, "timestamp": 5},
    ]
    assert list(offsets[0] or ()) == ["timestamp_nanos", "incrementing", "timestamp"]
    assert progress.position == Position(5 * MS, 2)


def test_a_row_without_timestamp_is_an_error() -> None:
    with pytest.raises(DataError, match="without any timestamp"):
        ByBoth(Position(), first, second).offsets([(None, 1)], ())
