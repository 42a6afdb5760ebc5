# SPDX-License-Identifier: Apache-2.0
"""The record streams of steady sources: how long each task paused, judged by its timestamps."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import confluent_kafka

from benchmarks.clusters import Instance, StatusLog
from benchmarks.topics import read_topic

__all__ = ["Stream", "disturbance", "longest_gap_ms", "read_streams"]

BEFORE_S = 5


@dataclasses.dataclass
class Stream:
    """What one task emitted, in the order of the topic."""

    times_ms: list[int] = dataclasses.field(default_factory=list)
    numbers: list[int] = dataclasses.field(default_factory=list)

    def gaps_ms(self, from_ms: float, to_ms: float) -> list[int]:
        """Times between neighbouring records, of which one at least lies in the window."""
        pairs = zip(self.times_ms, self.times_ms[1:], strict=False)
        return [b - a for a, b in pairs if b >= from_ms and a <= to_ms]

    def breaks(self, from_ms: float, to_ms: float) -> int:
        """How often a number does not follow the one before it: something was lost or repeated."""
        pairs = zip(self.numbers, self.numbers[1:], self.times_ms[1:], strict=False)
        return sum(1 for a, b, at in pairs if b != a + 1 and from_ms <= at <= to_ms)

    def missing(self) -> int:
        """Numbers that never came."""
        return max(self.numbers) - len(set(self.numbers)) if self.numbers else 0


def read_streams(bootstrap_servers: str, topic: str) -> dict[Instance, Stream]:
    """Read a topic from its beginning to its present end."""
    streams: dict[Instance, Stream] = {}
    for message in read_topic(bootstrap_servers, topic):
        _add(streams, message)
    return streams


def longest_gap_ms(streams: Iterable[Stream], from_ms: float, to_ms: float) -> int:
    """The longest pause of any of these tasks in a window."""
    return max((max(s.gaps_ms(from_ms, to_ms), default=0) for s in streams), default=0)


def disturbance(
    streams: Mapping[Instance, Stream],
    statuses: StatusLog,
    moved: set[Instance],
    window_ms: tuple[float, float],
) -> dict[str, Any]:
    """Whether the tasks that did not move went on in a window as if nothing had happened."""
    from_ms, to_ms = window_ms
    others = {task: stream for task, stream in streams.items() if task not in moved}
    told = {status.instance for status in statuses.since(from_ms, to_ms)} & others.keys()
    stayed = others.values()
    before = longest_gap_ms(stayed, from_ms - BEFORE_S * 1000, from_ms)
    return {
        "other tasks": len(others),
        "other tasks with a status written meanwhile": len(told),
        "other tasks: records lost or repeated": sum(s.breaks(from_ms, to_ms) for s in stayed),
        f"other tasks: longest pause in the {BEFORE_S} s before, ms": before,
        "other tasks: longest pause meanwhile, ms": longest_gap_ms(stayed, from_ms, to_ms),
    }


def _add(streams: dict[Instance, Stream], message: confluent_kafka.Message) -> None:
    _, rest = (message.key() or b"").decode().split("-", 1)
    name, task, number = rest.rsplit("-", 2)
    stream = streams.setdefault((name, int(task)), Stream())
    stream.times_ms.append(message.timestamp()[1])
    stream.numbers.append(int(number))
