# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio

from barnabas.runtime.herder.deadlines import due_in, remaining_s


def at(second: float):
    return lambda: second


def test_what_nobody_waits_for_has_the_time_it_takes_itself():
    assert remaining_s(30) == 30


def test_the_deadline_comes_nearer_and_is_never_behind():
    with due_in(10, at(100)):
        assert remaining_s(30, at(104)) == 6
        assert remaining_s(30, at(111)) == 0
    assert remaining_s(30, at(104)) == 30


def test_what_is_inside_has_no_more_time_than_what_is_around():
    with due_in(10, at(100)):
        with due_in(60, at(101)):
            assert remaining_s(30, at(101)) == 9
        with due_in(2, at(101)):
            assert remaining_s(30, at(101)) == 2
        assert remaining_s(30, at(101)) == 9


async def test_tasks_made_inside_keep_the_deadline():
    async def ask() -> float:
        await asyncio.sleep(0)
        return remaining_s(30, at(101))

    with due_in(10, at(100)):
        task = asyncio.ensure_future(ask())
    assert remaining_s(30) == 30
    assert await task == 9
