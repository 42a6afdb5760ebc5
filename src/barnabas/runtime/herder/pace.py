# SPDX-License-Identifier: Apache-2.0
"""A pace for many that set out at the same time, so that they do not stop the event loop."""

from __future__ import annotations

import asyncio
from collections import deque

__all__ = ["Pace"]


class Pace:
    """Lets a bounded number set out in one turn of the event loop. On one loop.

    All that is ready runs before the loop looks for requests again. A thousand coroutines that are
    made ready at once, each with a fraction of a millisecond to do, keep a request waiting for a
    third of a second.

    Args:
        count: How many in one turn.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._gone = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def step(self) -> None:
        """Set out: at once, or in a later turn when many do; first come, first served."""
        loop = asyncio.get_running_loop()
        if self._gone == 0:
            loop.call_soon(self._turn)
        if self._gone < self._count:
            self._gone += 1
            return
        waiter = loop.create_future()
        self._waiting.append(waiter)
        await waiter

    def _turn(self) -> None:
        self._gone = min(self._count, len(self._waiting))
        if self._gone:
            asyncio.get_running_loop().call_soon(self._turn)
        for _ in range(self._gone):
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
