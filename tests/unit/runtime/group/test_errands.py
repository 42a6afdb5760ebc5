# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio

import pytest

from barnabas.runtime.group.attention import Attention, VoidError
from barnabas.runtime.group.errands import ErrandFailedError, Errands, LateError
from tests.unit.runtime.group.member_doubles import SameLoop
from tests.unit.runtime.group.virtual_time import now, run


def errands() -> Errands:
    return Errands("g", SameLoop(), Attention())


async def fail() -> None:
    message = "out of wits"
    raise RuntimeError(message)


def test_an_errand_is_waited_for() -> None:
    async def act() -> None:
        began = now()
        await errands().run(asyncio.sleep(5), 10, lambda: False)
        assert now() - began == 5

    run(act())


def test_an_errand_that_is_late_is_cancelled() -> None:
    async def act() -> None:
        ended: list[str] = []

        async def errand() -> None:
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                ended.append("cancelled")
                raise

        with pytest.raises(LateError):
            await errands().run(errand(), 10, lambda: False)
        assert ended == ["cancelled"]

    run(act())


def test_an_errand_that_cannot_be_cancelled_is_not_waited_for() -> None:
    async def act() -> None:
        async def errand() -> None:
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                await asyncio.sleep(100)

        began = now()
        with pytest.raises(LateError):
            await errands().run(errand(), 10, lambda: False)
        assert now() - began == 11

    run(act())


def test_an_errand_that_fails_is_logged_with_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    async def act() -> None:
        with pytest.raises(ErrandFailedError):
            await errands().run(fail(), 10, lambda: False)

    run(act())
    assert "out of wits" in caplog.text
    assert "Traceback" in caplog.text


def test_stopping_is_waited_for_past_its_limit_before_anything_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def act() -> None:
        some, began = errands(), now()
        await some.stop_all(asyncio.sleep(100), 5)
        assert now() - began == 5
        await some.finished(lambda: False)
        assert now() - began == 100
        await some.finished(lambda: False)

    run(act())
    assert sum("still being stopped" in line for line in caplog.messages) == 3


def test_waiting_for_a_stop_ends_when_it_makes_no_sense() -> None:
    async def act() -> None:
        some = errands()
        await some.stop_all(asyncio.sleep(100))
        with pytest.raises(VoidError):
            await some.finished(lambda: True)

    run(act())
