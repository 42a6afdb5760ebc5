# SPDX-License-Identifier: Apache-2.0
"""When an offset may move to a timestamp."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors.jdbc.source.commit_rule import CommittableTimestamps
from barnabas.connectors.jdbc.source.offsets import Position
from barnabas.errors import DataError

MS = 1_000_000


def committed(rule: CommittableTimestamps, *ms: int, following: int | None = None) -> list[int]:
    """Timestamps in ms of the offsets given to rows of these timestamps; -1 for none."""
    offsets = rule.offsets(
        [each * MS for each in ms],
        None if following is None else following * MS,
        is_last=following is None,
    )
    return [offset.get("timestamp", -1) for offset in offsets]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([5], [5]),
        ([5, 5], [1, 5]),
        ([5, 6], [5, 6]),
        ([5, 5, 6], [1, 5, 6]),
        ([5, 6, 6, 6, 7], [5, 5, 5, 6, 7]),
    ],
)
def test_the_offset_moves_behind_the_last_row_of_a_timestamp(
    rows: list[int], expected: list[int]
) -> None:
    assert committed(CommittableTimestamps(1 * MS), *rows) == expected


def test_without_earlier_offset_there_is_none_amid_the_first_timestamp() -> None:
    assert committed(CommittableTimestamps(None), 5, 5) == [-1, 5]


def test_rows_of_one_timestamp_in_two_batches_stay_together() -> None:
    rule = CommittableTimestamps(1 * MS)
    assert committed(rule, 4, 5, following=5) == [4, 4]
    assert committed(rule, 5, 6, following=7) == [5, 6]
    assert committed(rule, 7) == [7]


def test_the_last_row_of_a_batch_may_commit_when_the_next_is_later() -> None:
    assert committed(CommittableTimestamps(None), 5, following=6) == [5]


def test_a_row_without_timestamp_is_refused() -> None:
    with pytest.raises(DataError, match="without any timestamp"):
        CommittableTimestamps(None).offsets([None], None, is_last=True)


@given(st.lists(st.integers(1, 6)).map(sorted), st.integers(1, 4))
def test_no_row_is_skipped_by_a_restart_at_any_offset(rows: list[int], size: int) -> None:
    rule = CommittableTimestamps(None)
    given_offsets: list[dict[str, int]] = []
    for start in range(0, len(rows), size):
        batch, rest = rows[start : start + size], rows[start + size :]
        following = rest[0] if rest else None
        given_offsets += rule.offsets(batch, following, is_last=not rest)
    for place, offset in enumerate(given_offsets):
        begin = Position.of_offset(offset).timestamp_ns
        read_again = [ts for ts in rows if begin is None or ts > begin]
        assert len(read_again) >= len(rows) - place - 1
        assert set(rows[place + 1 :]) <= set(read_again)
