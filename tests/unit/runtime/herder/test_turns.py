# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio

import pytest

from barnabas.runtime.herder.turns import Turns


class Crowd:
    """Many who want a turn and keep it until they are told to go."""

    def __init__(self, turns: Turns, count: int) -> None:
        self.inside: list[int] = []
        self.may_go = asyncio.Event()
        self._turns = turns
        self._all = [asyncio.create_task(self._enter(number)) for number in range(count)]

    async def _enter(self, number: int) -> None:
        async with self._turns.turn():
            self.inside.append(number)
            await self.may_go.wait()

    async def all_inside(self) -> None:
        async with asyncio.timeout(10):
            while len(self.inside) < len(self._all):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0)

    async def leave(self) -> None:
        self.may_go.set()
        await asyncio.gather(*self._all)


async def test_no_more_than_allowed_are_inside_in_the_order_they_came():
    crowd = Crowd(Turns(2, 60.0), 5)
    for _ in range(20):
        await asyncio.sleep(0)
    assert crowd.inside == [0, 1]
    await crowd.leave()
    assert crowd.inside == [0, 1, 2, 3, 4]


async def test_those_who_take_long_hold_up_nobody():
    crowd = Crowd(Turns(1, 0.0), 5)
    await crowd.all_inside()
    await crowd.leave()


async def test_a_turn_is_given_back_once():
    turns = Turns(1, 0.0)
    first = Crowd(turns, 3)
    await first.all_inside()
    await first.leave()
    turns._turn_s = 60.0
    second = Crowd(turns, 2)
    for _ in range(20):
        await asyncio.sleep(0)
    assert second.inside == [0]
    await second.leave()


async def test_a_turn_that_ends_with_an_error_is_given_back():
    turns = Turns(1, 60.0)
    with pytest.raises(ValueError, match="ours"):
        async with turns.turn():
            raise ValueError("ours")
    async with turns.turn():
        pass
