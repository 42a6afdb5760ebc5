# SPDX-License-Identifier: Apache-2.0
"""What is wrong with what came out: pure functions that return sentences, one for each anomaly."""

from __future__ import annotations

import dataclasses
import json
import struct
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

__all__ = [
    "Commit",
    "Passage",
    "backward_commits",
    "examine_topic",
    "missing_lines",
    "read_group_commit",
    "read_source_commit",
    "repeated_lines",
]

_SHOWN = 5


class Commit(NamedTuple):
    """An offset that was committed: for what, how far, and when (ms since 1970)."""

    what: str
    position: int
    at_ms: int


@dataclasses.dataclass(frozen=True)
class Passage:
    """How a source's lines went through a topic."""

    records: int
    repeated: int
    rewinds: int
    anomalies: list[str]


def examine_topic(source: str, lines: Sequence[tuple[int, int]], written: int) -> Passage:
    """Judge the lines of one source in the order of its topic.

    A task that starts again may go back to the last commit and repeat what came after. It never
    jumps forward: then a line was left out, or two tasks were writing at the same time.

    Args:
        source: The source's name.
        lines: Number and time (ms since 1970) of each line.
        written: How many lines the file has.
    """
    numbers = [number for number, _ in lines]
    anomalies = missing_lines(f"topic of {source}", numbers, written)
    rewinds, previous, jumps = 0, 0, []
    for number, at_ms in lines:
        if number > previous + 1:
            jumps.append(f"{number} after {previous} (at {at_ms} ms)")
        rewinds += number <= previous
        previous = number
    if jumps:
        anomalies.append(
            f"topic of {source}: {len(jumps)} jumps forward, two tasks wrote at the same time or "
            f"order was lost: {_some(jumps)}"
        )
    return Passage(len(numbers), len(numbers) - len(set(numbers)), rewinds, anomalies)


def missing_lines(where: str, numbers: Iterable[int], written: int) -> list[str]:
    """Say which of the lines 1 to ``written`` are not there, and which never were written."""
    found = set(numbers)
    lost = sorted(set(range(1, written + 1)) - found)
    strange = sorted(found - set(range(1, written + 1)))
    anomalies = []
    if lost:
        anomalies.append(f"{where}: {len(lost)} of {written} lines are missing: {_some(lost)}")
    if strange:
        anomalies.append(f"{where}: lines that were never written: {_some(strange)}")
    return anomalies


def repeated_lines(where: str, numbers: Iterable[int], after: int) -> list[str]:
    """Say which lines after a number came more than once, when nothing disturbed any more."""
    counts = Counter(number for number in numbers if number > after)
    repeated = [number for number, count in counts.items() if count > 1]
    if not repeated:
        return []
    return [f"{where}: {len(repeated)} lines came twice in the calm: {_some(sorted(repeated))}"]


def backward_commits(commits: Iterable[Commit]) -> list[str]:
    """Say which committed offsets are smaller than one committed before."""
    furthest: dict[str, int] = {}
    anomalies = []
    for what, position, at_ms in commits:
        if position < furthest.get(what, position):
            anomalies.append(f"{what}: {position} committed after {furthest[what]} ({at_ms} ms)")
        furthest[what] = max(position, furthest.get(what, position))
    return anomalies


def read_source_commit(key: bytes, value: bytes | None, at_ms: int) -> Commit | None:
    """Read a record of the offsets topic; None for what file sources do not write."""
    name = json.loads(key)
    if not isinstance(name, list) or len(name) != 2:
        return None
    position = (json.loads(value) or {}).get("position") if value else None
    if not isinstance(position, int):
        return None
    return Commit(f"{name[0]} {json.dumps(name[1])}", position, at_ms)


def read_group_commit(
    key: bytes, value: bytes | None, at_ms: int, groups: Mapping[str, str]
) -> Commit | None:
    """Read a record of ``__consumer_offsets``; None unless it is a commit of one of the groups.

    Layout of a key: version int16 (0 or 1) | group | topic | partition int32; strings have their
    length before them as int16. A value begins with version int16 | offset int64.

    Args:
        key: The record's key.
        value: The record's value.
        at_ms: The record's timestamp.
        groups: Names of groups, and what to call them.
    """
    if not value or struct.unpack_from(">h", key)[0] > 1:
        return None
    group, at = _string(key, 2)
    topic, at = _string(key, at)
    if group not in groups:
        return None
    partition, position = (
        struct.unpack_from(">i", key, at)[0],
        struct.unpack_from(">q", value, 2)[0],
    )
    return Commit(f"{groups[group]} {topic}-{partition}", position, at_ms)


def _string(data: bytes, at: int) -> tuple[str, int]:
    end = at + 2 + struct.unpack_from(">h", data, at)[0]
    return data[at + 2 : end].decode(), end


def _some(values: Sequence[object]) -> str:
    text = ", ".join(map(str, values[:_SHOWN]))
    return text if len(values) <= _SHOWN else f"{text}, …"
