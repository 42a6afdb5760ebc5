# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable

import pytest

from barnabas.errors import ConfigError, ConnectError, RetriableError
from barnabas.runtime.herder.stages import Stages
from barnabas.runtime.herder.task_publishing import TaskPublisher
from barnabas.runtime.model import TargetState
from barnabas.runtime.stores import MemoryConfigStore


class Maker:
    """The part of a worker that makes task configurations."""

    def __init__(self) -> None:
        self.configs: list[dict[str, str]] = [{"n": "0"}]
        self.errors: list[ConnectError] = []
        self.is_running = True
        self.meanwhile: list[Callable[[], None]] = []
        self.asked = 0

    async def task_configs(self, name: str) -> list[dict[str, str]]:
        self.asked += 1
        if self.meanwhile:
            self.meanwhile.pop(0)()
        if self.errors:
            raise self.errors.pop(0)
        return self.configs

    def is_connector_running(self, name: str) -> bool:
        return self.is_running


class Bench:
    def __init__(self) -> None:
        self.maker = Maker()
        self.store = MemoryConfigStore()
        self.written: list[list[dict[str, str]]] = []
        self.refusals: list[ConnectError] = []
        self.pauses: list[float] = []
        stages = Stages(lambda: datetime.datetime.now(datetime.UTC))
        self.publisher = TaskPublisher(
            self.maker, self.store, self._write, stages, pause=self._pause
        )

    async def _write(self, name: str, configs) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.written.append(configs)
        await self.store.put_tasks(name, configs)

    async def _pause(self, again: asyncio.Event, pause_s: float) -> None:
        self.pauses.append(pause_s)

    async def publish(self) -> None:
        self.publisher.publish("c")
        async with asyncio.timeout(5):
            while self.publisher._runs:
                await asyncio.gather(*self.publisher._runs.values())


@pytest.fixture
async def bench() -> Bench:
    made = Bench()
    await made.store.put_connector("c", {"name": "c"}, None)
    return made


async def test_what_a_connector_makes_is_written_once(bench: Bench):
    await bench.publish()
    await bench.publish()
    assert bench.written == [[{"n": "0"}]]


async def test_no_tasks_at_all_are_written_too(bench: Bench):
    bench.maker.configs = []
    await bench.publish()
    assert bench.written == [[]]


async def test_trouble_is_tried_again_with_growing_pauses(bench: Bench):
    bench.maker.errors = [ConnectError("no database")] * 2
    bench.refusals = [RetriableError("the leader is away")]
    await bench.publish()
    assert bench.written == [[{"n": "0"}]]
    assert bench.pauses == [0.25, 0.5, 1.0]


async def test_what_only_a_user_can_mend_is_not_tried_again(bench: Bench):
    bench.maker.errors = [ConfigError("too many tasks")]
    await bench.publish()
    assert (bench.written, bench.maker.asked) == ([], 1)


@pytest.mark.parametrize("state", [TargetState.PAUSED, TargetState.STOPPED])
async def test_a_connector_that_is_not_to_run_is_not_asked(bench: Bench, state: TargetState):
    await bench.store.put_target_state("c", state)
    await bench.publish()
    assert bench.maker.asked == 0


async def test_asking_again_meanwhile_makes_one_more_round(bench: Bench):
    bench.maker.meanwhile = [lambda: bench.publisher.publish("c")]
    await bench.publish()
    assert bench.maker.asked == 2


async def test_asking_again_ends_a_pause(bench: Bench):
    failed = asyncio.Event()
    bench.maker.meanwhile = [failed.set]
    bench.maker.errors = [ConnectError("no database")]
    bench.publisher = TaskPublisher(bench.maker, bench.store, bench._write, bench.publisher._stages)
    bench.publisher.publish("c")
    await failed.wait()
    await bench.publish()
    assert bench.written == [[{"n": "0"}]]
