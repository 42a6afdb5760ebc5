# SPDX-License-Identifier: Apache-2.0
"""When a request is repeated, and after which wait. No clock and no dice in here.

Source:
    Reference page *Schema Registry*, section 3.
"""

from __future__ import annotations

import dataclasses

__all__ = ["Backoff", "is_retriable"]

_FOR_GOOD = frozenset({501, 505})


def is_retriable(status: int) -> bool:
    """Tell whether a status may be another one next time: 408, 429 and what a server excuses."""
    return status in {408, 429} or (status >= 500 and status not in _FOR_GOOD)


@dataclasses.dataclass(frozen=True, slots=True)
class Backoff:
    """How often to repeat and how long to wait before."""

    retries: int
    """Repetitions after the first try."""
    wait_ms: int
    """Longest wait before the first repetition; doubles with each."""
    max_wait_ms: int

    def wait_s(self, repetition: int, share: float, asked_s: float = 0.0) -> float:
        """Say how long to wait before a repetition, in seconds.

        Args:
            repetition: 0 for the first.
            share: A random number from 0 to 1, so that many clients do not come back at once.
            asked_s: What the server asked for (``Retry-After``); heeded up to ``max_wait_ms``.
        """
        longest_ms = min(self.wait_ms * (1 << min(repetition, 32)), self.max_wait_ms)
        return max(longest_ms * share, min(asked_s * 1000, self.max_wait_ms)) / 1000
