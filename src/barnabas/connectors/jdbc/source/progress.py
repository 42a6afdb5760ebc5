# SPDX-License-Identifier: Apache-2.0
"""How far reading has come: the offsets of rows, by mode.

For each result set the reader makes one of these and hands it batch after batch; afterwards
`position` is where the next query goes on. What is in a batch is handled as a whole column.

Source:
    Reference page *jdbc*, sections 2.4 and 2.5.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias, cast

from barnabas.connectors.jdbc.source.commit_rule import CommittableTimestamps
from barnabas.connectors.jdbc.source.offsets import (
    INCREMENTING,
    NANOS_PER_MS,
    NANOS_PER_S,
    SPLIT_BOUNDS,
    TIMESTAMP,
    TIMESTAMP_NANOS,
    Position,
)
from barnabas.errors import DataError

__all__ = [
    "ByBoth",
    "ByIncrementing",
    "ByTimestamp",
    "Moments",
    "NoProgress",
    "Numbers",
    "Progress",
]

Rows: TypeAlias = Sequence[tuple[Any, ...]]
Numbers: TypeAlias = Callable[[Rows], list[int]]
"""Reads the incrementing column of rows."""
Moments: TypeAlias = Callable[[Rows], list[int | None]]
"""Reads the timestamps of rows, in ns since the epoch."""
Offsets: TypeAlias = Sequence[dict[str, Any] | None]

_NO_TIMESTAMP: Final = (
    "A row without any timestamp was returned, although the query asks for rows that have one; is a"
    " timestamp column named like another column of the query?"
)


class Progress(abc.ABC):
    """The offsets of the rows of one result set."""

    position: Position
    """Where a next query goes on: everything before was given offsets."""
    looks_ahead: bool = False
    """Whether the next batch must be known for the offsets of this one."""

    @abc.abstractmethod
    def offsets(self, rows: Rows, following: Rows) -> Offsets:
        """Make the offset of each row of a batch.

        Args:
            rows: The batch.
            following: The next batch when `looks_ahead`; empty for the last one.
        """


class NoProgress(Progress):
    """All rows each time; nothing is stored."""

    def __init__(self, position: Position) -> None:
        self.position = position

    def offsets(self, rows: Rows, following: Rows) -> Offsets:
        """Give no offset to any row."""
        del following
        return [None] * len(rows)


class ByIncrementing(Progress):
    """Rows in the order of the incrementing column.

    Args:
        position: Where the query began.
        numbers: Reads the column.
        bounds: Of the ranges of a split table, kept with each offset; empty otherwise.
    """

    def __init__(self, position: Position, numbers: Numbers, bounds: str = "") -> None:
        self.position = position
        self._numbers = numbers
        self._bounds = bounds

    def offsets(self, rows: Rows, following: Rows) -> Offsets:
        """Give each row its own number."""
        del following
        numbers = self._numbers(rows)
        if numbers:
            self.position = Position(incrementing=numbers[-1])
        if self._bounds:
            bounds = self._bounds
            return [{INCREMENTING: number, SPLIT_BOUNDS: bounds} for number in numbers]
        return [{INCREMENTING: number} for number in numbers]


class ByTimestamp(Progress):
    """Rows in the order of their timestamps, of which several may be equal."""

    looks_ahead = True

    def __init__(self, position: Position, moments: Moments) -> None:
        self.position = position
        self._moments = moments
        self._rule = CommittableTimestamps(position.timestamp_ns)

    def offsets(self, rows: Rows, following: Rows) -> Offsets:
        """Give each row the last timestamp whose rows are all out with it."""
        after = self._moments(following[:1])
        offsets = self._rule.offsets(
            self._moments(rows), after[0] if after else None, is_last=not after
        )
        self.position = Position(timestamp_ns=self._rule.committed_ns)
        return offsets


class ByBoth(Progress):
    """Rows in the order of timestamp and number, which together are never equal."""

    def __init__(self, position: Position, moments: Moments, numbers: Numbers) -> None:
        self.position = position
        self._moments = moments
        self._numbers = numbers

    def offsets(self, rows: Rows, following: Rows) -> Offsets:
        """Give each row its own timestamp and number."""
        del following
        moments = self._moments(rows)
        if None in moments:
            raise DataError(_NO_TIMESTAMP)
        known, numbers = cast("list[int]", moments), self._numbers(rows)
        if known:
            self.position = Position(known[-1], numbers[-1])
        return [
            {
                TIMESTAMP_NANOS: ns % NANOS_PER_S,
                INCREMENTING: number,
                TIMESTAMP: ns // NANOS_PER_MS,
            }
            for ns, number in zip(known, numbers, strict=True)
        ]
