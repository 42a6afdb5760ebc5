# SPDX-License-Identifier: Apache-2.0
"""Finds the records for which ``put`` refuses a batch, by dividing it. Pure but for ``put``.

The halves are offered in order, each record until ``put`` took it or refused it alone. So records
that ``put`` takes come in their order. What a task kept of a batch it refused comes to it again.

Records that a transformation made of one record are offered together, and refused together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from barnabas.api import SinkRecord
from barnabas.errors import RetriableError

__all__ = ["Isolated", "isolate"]


@dataclasses.dataclass(slots=True)
class Isolated:
    """What became of a batch."""

    refused: list[tuple[SinkRecord, Exception]] = dataclasses.field(default_factory=list)
    """Records that were refused alone, and why; of several made of one, the first."""
    rest: list[SinkRecord] = dataclasses.field(default_factory=list)
    """Records that were not taken yet, in their order."""
    retriable: RetriableError | None = None
    """Why the rest is to be offered again later, if ``put`` said so."""
    is_exhausted: bool = False
    """Whether there were too many calls."""


def isolate(
    put: Callable[[Sequence[SinkRecord]], None],
    batch: Sequence[SinkRecord],
    error: Exception,
    *,
    most_puts: int,
    goes_on: Callable[[], bool],
) -> Isolated:
    """Offer the parts of a batch that ``put`` refused.

    Args:
        put: Takes records or raises; called on the main thread.
        batch: What it refused.
        error: Why.
        most_puts: Most calls.
        goes_on: Asked before each call; when it says no, the rest stays.
    """
    result = Isolated()
    waiting = [list(batch)]
    _divide(waiting, error, result)
    calls = 0
    while waiting and goes_on():
        if calls == most_puts:
            result.is_exhausted = True
            break
        calls += 1
        try:
            put(waiting[-1])
        except RetriableError as reason:
            result.retriable = reason
            break
        except Exception as reason:  # noqa: BLE001 - what the task raises is reported
            _divide(waiting, reason, result)
        else:
            waiting.pop()
    result.rest = [record for part in reversed(waiting) for record in part]
    return result


def _divide(waiting: list[list[SinkRecord]], error: Exception, result: Isolated) -> None:
    """Put the halves of the part offered last in its place, or take it out when it is a record."""
    part = waiting.pop()
    middle = _middle(part)
    if not middle:
        result.refused.append((part[0], error))
        return
    waiting += [part[middle:], part[:middle]]


def _middle(part: Sequence[SinkRecord]) -> int:
    """Find the cut nearest to the middle between records of different messages; 0: there is none.

    Looks beyond the middle only where several were made of one.
    """
    half = len(part) // 2
    for distance in range(half + 1):
        for cut in (half - distance, half + distance):
            if 0 < cut < len(part) and part[cut].original != part[cut - 1].original:
                return cut
    return 0
