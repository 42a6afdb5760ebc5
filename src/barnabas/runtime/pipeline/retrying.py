# SPDX-License-Identifier: Apache-2.0
"""When a failed operation is tried again. Pure.

Source:
    KIP-298; Apache Kafka ``connect/runtime`` ``errors/RetryWithToleranceOperator``.
"""

from __future__ import annotations

import dataclasses
from typing import Final

__all__ = ["RetryPolicy"]

_FIRST_DELAY_MS: Final = 300
_MOST_DOUBLINGS: Final = 40


@dataclasses.dataclass(frozen=True, slots=True)
class RetryPolicy:
    """``errors.retry.timeout`` and ``errors.retry.delay.max.ms``."""

    timeout_ms: int = 0
    """How long an operation is tried again; 0 not at all, negative for ever."""
    delay_max_ms: int = 60_000

    def next_delay_ms(self, attempt: int, spent_ms: float, chance: float) -> float | None:
        """Return how long to wait before the next attempt, None when there shall be none.

        The wait doubles from 300 ms on. Where that is longer than the longest wait, any time up to
        that is taken, so that tasks that failed together do not come back together. It ends with
        the deadline: then there is one last attempt.

        Args:
            attempt: How many attempts have failed, from 1.
            spent_ms: Milliseconds since the first attempt began.
            chance: A random number, at least 0 and below 1.
        """
        left_ms = float("inf") if self.timeout_ms < 0 else self.timeout_ms - spent_ms
        if left_ms <= 0:
            return None
        delay_ms = float(_FIRST_DELAY_MS << min(attempt - 1, _MOST_DOUBLINGS))
        if delay_ms > self.delay_max_ms:
            delay_ms = chance * max(self.delay_max_ms, 0)
        return min(delay_ms, left_ms)
