# SPDX-License-Identifier: Apache-2.0
"""The way of one instance; what many do together is in ``test_local_work.py``."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from barnabas.errors import ConnectError
from barnabas.runtime.herder.local_connector import ConnectorDeclaration, LocalConnector
from barnabas.runtime.herder.local_instance import Surroundings
from barnabas.runtime.herder.pace import Pace
from barnabas.runtime.herder.turns import Turns
from barnabas.runtime.model import TargetState
from tests.unit.runtime.herder.local_doubles import WatchfulWorker

STARTED = ConnectorDeclaration({}, TargetState.STARTED)
PAUSED = ConnectorDeclaration({}, TargetState.PAUSED)


class Bench:
    """One instance over a worker without processes."""

    def __init__(self) -> None:
        self.worker = WatchfulWorker()
        self.idle: list[object] = []
        self.fails = False
        around = Surroundings(
            self.worker,
            Turns(1, 60.0),
            Pace(1),
            0.0,
            contextlib.nullcontext,
            self.tell,
            self.tell,
            self.idle.append,
        )
        self.instance = LocalConnector("c", around)

    def tell(self, item: object) -> None:
        if self.fails:
            raise ValueError("ours")
        self.worker.calls.append(item)


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_an_instance_tells_when_it_is_idle_and_when_it_is_gone(bench: Bench):
    assert bench.instance.is_gone
    bench.instance.want(STARTED)
    assert (bench.instance.is_idle, bench.instance.is_gone) == (False, False)
    await bench.instance.carried_out()
    assert (bench.instance.is_idle, bench.idle) == (True, ["c"])
    await bench.instance.drop()
    await bench.instance.idle()
    assert bench.instance.is_gone


async def test_what_is_only_forgotten_goes_on_until_somebody_says_proceed(bench: Bench):
    bench.instance.want(STARTED)
    await bench.instance.carried_out()
    bench.instance.forget()
    assert (bench.instance.is_wanted, bench.instance.is_idle) == (False, True)
    bench.instance.proceed()
    await bench.instance.idle()
    assert bench.worker.running == {}


async def test_who_waits_for_what_failed_hears_so_also_later(bench: Bench):
    bench.worker.broken.add("c")
    bench.instance.want(STARTED)
    for _ in range(2):
        with pytest.raises(ConnectError, match="c is broken"):
            await bench.instance.carried_out()


async def test_who_waits_hears_of_the_newest_declaration_only(bench: Bench):
    bench.worker.broken.add("c")
    bench.instance.want(STARTED)
    waiting = asyncio.create_task(bench.instance.carried_out())
    await asyncio.sleep(0)
    bench.worker.broken.clear()
    bench.instance.restart()
    await waiting
    assert bench.worker.running["c"] == ({}, TargetState.STARTED)


async def test_a_stop_that_fails_is_logged_and_counts_as_one(bench: Bench, caplog, monkeypatch):
    async def fail(name):
        raise ConnectError("it clings")

    bench.instance.want(STARTED)
    await bench.instance.carried_out()
    monkeypatch.setattr(bench.worker, "stop_connector", fail)
    await bench.instance.drop()
    assert "Error while stopping connector c: it clings" in caplog.text


async def test_who_is_told_may_fail_without_harm(bench: Bench, caplog):
    bench.fails = True
    bench.instance.want(STARTED)
    await bench.instance.carried_out()
    bench.instance.restart(announced=True)
    await bench.instance.carried_out()
    assert caplog.text.count("Unexpected error while telling of connector c") == 3
    assert "c" in bench.worker.running


async def test_an_instance_that_is_to_be_in_two_states_in_turn_ends_in_the_second(bench: Bench):
    for declaration in (PAUSED, STARTED, PAUSED):
        bench.instance.want(declaration)
        await asyncio.sleep(0)
    await bench.instance.carried_out()
    assert bench.worker.running["c"] == ({}, TargetState.PAUSED)


async def test_a_cancelled_wait_harms_nobody(bench: Bench):
    bench.worker.hanging.add("c")
    bench.instance.want(STARTED)
    waiting = asyncio.create_task(bench.instance.carried_out())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    bench.worker.release("c")
    await bench.instance.carried_out()
