# SPDX-License-Identifier: Apache-2.0
import asyncio

from barnabas.runtime.herder import notices


async def test_what_tasks_tell_is_collected_once():
    async def work():
        notices.tell("b")

    with notices.collect() as told:
        assert notices.is_collecting()
        notices.tell("a")
        await asyncio.create_task(work())
        notices.tell("a")
    assert list(told) == ["a", "b"]


def test_what_nobody_asked_for_is_not_kept():
    assert not notices.is_collecting()
    notices.tell("a")
    with notices.collect() as told:
        pass
    assert not told
