# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
from collections import Counter

from barnabas.runtime.herder.pace import Pace


class Turns:
    """Counts turns of the loop, and who set out in which."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.now = 0
        self.order: list[int] = []
        self.gone: Counter[int] = Counter()

    async def count(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.now += 1

    async def go(self, number: int) -> None:
        await self.pace.step()
        self.order.append(number)
        self.gone[self.now] += 1


async def set_out(turns: Turns, count: int) -> None:
    counting = asyncio.create_task(turns.count())
    await asyncio.gather(*(turns.go(number) for number in range(count)))
    counting.cancel()


async def test_many_set_out_a_few_in_each_turn_in_the_order_they_came():
    turns = Turns(Pace(10))
    await set_out(turns, 35)
    assert turns.order == list(range(35))
    assert list(turns.gone.values()) == [10, 10, 10, 5]


async def test_few_do_not_wait():
    turns = Turns(Pace(10))
    await set_out(turns, 10)
    assert list(turns.gone.values()) == [10]


async def test_one_that_is_cancelled_holds_nobody_up():
    pace = Pace(1)
    await pace.step()
    given_up, next_one = (asyncio.create_task(pace.step()) for _ in range(2))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait_for(next_one, 5)
