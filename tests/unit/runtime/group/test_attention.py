# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio

import pytest

from barnabas.runtime.group.attention import Attention, VoidError
from tests.unit.runtime.group.virtual_time import run


def test_what_is_done_is_returned() -> None:
    async def act() -> None:
        assert await Attention().unless(lambda: False, asyncio.sleep(5, "done")) == "done"

    run(act())


def test_what_makes_no_sense_any_more_is_cancelled() -> None:
    async def act() -> None:
        attention = Attention()
        void: list[bool] = []
        waited_for = asyncio.ensure_future(asyncio.sleep(1000))
        asyncio.get_running_loop().call_later(1, attention.call)  # something else came up
        asyncio.get_running_loop().call_later(2, void.append, True)
        asyncio.get_running_loop().call_later(3, attention.call)
        with pytest.raises(VoidError):
            await attention.unless(lambda: bool(void), waited_for)
        assert waited_for.cancelled()

    run(act())


def test_what_made_no_sense_from_the_start_is_not_waited_for() -> None:
    async def act() -> None:
        with pytest.raises(VoidError):
            await Attention().unless(lambda: True, asyncio.sleep(1000))

    run(act())


def test_a_call_before_the_waiting_counts() -> None:
    async def act() -> None:
        attention = Attention()
        attention.call()
        await attention.next_call()

    run(act())


def test_errors_come_through() -> None:
    async def act() -> None:
        async def fail() -> None:
            message = "no"
            raise ValueError(message)

        with pytest.raises(ValueError, match="no"):
            await Attention().unless(lambda: False, fail())

    run(act())
