# SPDX-License-Identifier: Apache-2.0
"""Turns: many who want to start, a few of whom do at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

__all__ = ["Turns"]


class Turns:
    """Lets a bounded number work at the same time, not counting those that take long.

    So a few that hang hold up the others for a moment only.

    Args:
        count: How many at a time.
        turn_s: Seconds after which somebody no longer counts.
    """

    def __init__(self, count: int, turn_s: float) -> None:
        self._free = asyncio.Semaphore(count)
        self._turn_s = turn_s

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, first come, first served; it ends with the code inside at the latest."""
        await self._free.acquire()
        has_turn = True

        def end() -> None:
            nonlocal has_turn
            if has_turn:
                has_turn = False
                self._free.release()

        timer = asyncio.get_running_loop().call_later(self._turn_s, end)
        try:
            yield
        finally:
            timer.cancel()
            end()
