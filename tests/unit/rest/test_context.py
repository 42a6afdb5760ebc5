# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest

from barnabas.errors import ConnectError, DeadlineError
from barnabas.rest.context import TIMEOUT_HEADER, RestContext
from barnabas.runtime.herder.deadlines import remaining_s


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


async def test_the_herder_knows_how_long_it_is_waited_for():
    async def left() -> float:
        return remaining_s(-1)

    assert 45 < await context(50).within(left()) < 50
    assert 4 < await context(50).within(left(), 5) < 5


@pytest.mark.parametrize(
    ("told", "seconds"), [("1500", 1.5), ("100000", 50), ("", 50), ("-1", 50), ("²", 50), ("x", 50)]
)
def test_another_worker_can_leave_a_request_less_time(told: str, seconds: float):
    class Told:
        headers: ClassVar = {TIMEOUT_HEADER: told}

    assert context(50).timeout_s(Told()) == seconds  # type: ignore[arg-type]  # its headers only


def test_a_worker_of_java_hangs_up_early():
    class Told:
        headers: ClassVar = {"user-agent": "kafka-connect"}

    assert context(50).timeout_s(Told()) == 28  # type: ignore[arg-type]  # its headers only
    Told.headers[TIMEOUT_HEADER] = "40000"
    assert context(50).timeout_s(Told()) == 40  # type: ignore[arg-type]  # its headers only
