# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio

import pytest

from barnabas.errors import ConnectError, DeadlineError
from barnabas.rest.context import RestContext


class Herder:
    stage: str | None = "The worker is currently stopping connector c, which began at T."


def context(timeout_s: float) -> RestContext:
    return RestContext(Herder(), request_timeout_s=timeout_s)  # type: ignore[arg-type]  # its stage only


async def test_what_the_herder_returns_or_raises_is_passed_on():
    async def answer() -> int:
        return 7

    async def fail() -> None:
        raise ConnectError("no")

    assert await context(5).within(answer()) == 7
    with pytest.raises(ConnectError, match="no"):
        await context(5).within(fail())


async def test_an_operation_that_takes_too_long_goes_on_after_the_answer(caplog):
    release, done = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        await release.wait()
        done.set()
        raise ConnectError("too late")

    with pytest.raises(DeadlineError, match=r"^Request timed out\. The worker is currently stop"):
        await context(0).within(slow())
    release.set()
    await done.wait()
    await asyncio.sleep(0)
    assert "failed after its request had timed out: too late" in caplog.text


async def test_without_a_stage_the_text_is_short(monkeypatch):
    monkeypatch.setattr(Herder, "stage", None)
    with pytest.raises(DeadlineError, match=r"^Request timed out$"):
        await context(0).within(asyncio.sleep(60))
