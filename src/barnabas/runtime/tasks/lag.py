# SPDX-License-Identifier: Apache-2.0
"""How far a sink task is behind the ends of its partitions, in records and in seconds.

Records are counted from what was put to the end the client last heard of, without asking a broker.
Seconds are the age of the newest record put of the partition that is behind longest; a partition
that is not behind has none. Looked at when metrics are reported, every few seconds, not per batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from barnabas.api import OffsetAndMetadata, TopicPartition
from barnabas.runtime.pipeline import ConsumedMessage

__all__ = ["SinkLag", "wall_clock_s"]

_MARKERS: Final = 4
"""Offsets at the end of a partition that may be markers of transactions, which nobody reads."""


def wall_clock_s() -> float:
    """Seconds since the epoch."""
    return time.time_ns() / 1e9


class SinkLag:
    """Measures the lag of one sink task. Main thread only.

    Args:
        ends: The offset behind the last record of a partition, as far as the client knows.
        put: How far the task has been given records: the next offset of each partition it reads.
        now_s: Seconds since the epoch.
    """

    def __init__(
        self,
        ends: Callable[[TopicPartition], int | None],
        put: Callable[[], Mapping[TopicPartition, OffsetAndMetadata]],
        now_s: Callable[[], float] = wall_clock_s,
    ) -> None:
        self._ends = ends
        self._put = put
        self._now_s = now_s
        self._reached: dict[TopicPartition, float] = {}
        """Up to which moment the records of a partition were put, seconds since the epoch."""

    def values(
        self, messages: Sequence[ConsumedMessage], *, is_holding: bool = False
    ) -> dict[str, float]:
        """Say how far the task is behind now.

        Args:
            messages: Those read last; none when the client had none.
            is_holding: Whether the task is to be offered records again that it could not take.

        Returns:
            By name of metric; what is not known is left out.
        """
        positions = self._put()
        self._reached = {where: at for where, at in self._reached.items() if where in positions}
        for where, timestamp_ms in _newest(messages).items():
            if where in positions and timestamp_ms > 0:
                self._reached[where] = timestamp_ms / 1000
        lags = self._lags(positions)
        if not lags and positions:
            return {}
        is_at_end = not messages and not is_holding
        now_s = self._now_s()
        for where, lag in lags.items():
            if lag == 0 or (is_at_end and lag <= _MARKERS):
                self._reached[where] = now_s
        ages = [now_s - self._reached[where] for where in lags if where in self._reached]
        return {
            "record-lag": sum(lags.values()),
            "sink-record-lag-max": max(lags.values(), default=0),
            "record-lag-seconds": max(0.0, *ages) if ages else 0.0,
        }

    def _lags(
        self, positions: Mapping[TopicPartition, OffsetAndMetadata]
    ) -> dict[TopicPartition, int]:
        ends = {where: self._ends(where) for where in positions}
        return {
            where: max(0, end - positions[where].offset)
            for where, end in ends.items()
            if end is not None
        }


def _newest(messages: Sequence[ConsumedMessage]) -> dict[TopicPartition, int]:
    """Timestamp of the last message of each partition, in ms since the epoch."""
    found = {(each.topic(), each.partition()): each for each in messages}
    return {TopicPartition(*where): each.timestamp()[1] for where, each in found.items()}
