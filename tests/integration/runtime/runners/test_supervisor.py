# SPDX-License-Identifier: Apache-2.0
"""The runners of a worker together."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time

import pytest

from barnabas.runtime.runners import supervisor as supervisor_module
from barnabas.runtime.runners.messages import DescribePlugin
from barnabas.runtime.runners.supervisor import Supervisor

JSON = "org.apache.kafka.connect.json.JsonConverter"


@pytest.fixture
async def supervisor():
    supervisor = Supervisor()
    await supervisor.start()
    yield supervisor
    await supervisor.stop(1.0)


async def up(supervisor, order, listener):
    """Start a runner and wait until it has answered once."""
    runner = await supervisor.run(order, listener)
    await runner.call(
        lambda number: DescribePlugin(number, JSON, None), call="config", deadline_s=20
    )
    return runner


async def test_use_is_known_of_runners_and_forkserver(supervisor, order, listener):
    runner = await up(supervisor, order, listener)
    usage = {use.what: use for use in supervisor.usage()}
    assert usage["inspection"].pid == runner.pid
    assert usage["inspection"].rss_bytes > 1_000_000
    assert usage["forkserver"].cpu_seconds > 0


async def test_use_is_sampled_the_workers_own_included(monkeypatch, order, listener):
    monkeypatch.setattr(supervisor_module, "_SAMPLE_INTERVAL_S", 0.01)
    supervisor = Supervisor()
    await supervisor.start()
    try:
        runner = await up(supervisor, order, listener)
        async with asyncio.timeout(20):
            while [use.pss_bytes is None for use in supervisor.sampled] != [False] * 3:  # noqa: ASYNC110 - a sample is no event
                await asyncio.sleep(0.01)
        sampled = {use.what: use for use in supervisor.sampled}
        assert sampled["inspection"].pid == runner.pid
        assert sampled["worker"].pid == os.getpid()
        assert sampled["forkserver"].rss_bytes > 1_000_000
        assert 0 < sampled["inspection"].pss_bytes < sampled["inspection"].rss_bytes
        assert "was last seen using" in runner.hint
    finally:
        await supervisor.stop(1.0)


async def test_a_runner_that_ended_is_forgotten(supervisor, order, listener):
    runner = await up(supervisor, order, listener)
    await runner.kill()
    await asyncio.sleep(0)
    assert [use.what for use in supervisor.usage()] == ["forkserver"]


async def test_runners_stop_within_one_deadline(supervisor, order, listener):
    runners = [await up(supervisor, order, listener)]
    for _ in range(2):
        other = type(listener)()
        runners.append(await up(supervisor, order, other))
    for runner in runners[1:]:
        os.kill(runner.pid, signal.SIGSTOP)
    began = time.monotonic()
    ends = await supervisor.stop_runners(runners, 0.5)
    assert time.monotonic() - began < 2.5
    assert sorted(end.status for end in ends) == [-9, -9, 0]


async def test_levels_of_the_worker_hold_for_later_runners(
    supervisor, order, listener, monkeypatch
):
    monkeypatch.setattr(logging.getLogger(), "level", logging.WARNING)
    supervisor.set_logger_level("a.logger", "ERROR")
    runner = await up(supervisor, order, listener)
    assert runner._order.setup.logger_levels == {"root": "WARN", "a.logger": "ERROR"}


async def test_a_death_tells_the_memory_seen_last(supervisor, order, listener, monkeypatch):
    monkeypatch.setattr("barnabas.runtime.runners.supervisor._SAMPLE_INTERVAL_S", 0.05)
    runner = await up(supervisor, order, listener)
    supervisor._sampler.cancel()
    supervisor._sampler = asyncio.create_task(supervisor._sample())
    async with asyncio.timeout(10):
        while not runner.hint:  # noqa: ASYNC110 - the sampler sends no events
            await asyncio.sleep(0.01)
    os.kill(runner.pid, signal.SIGKILL)
    assert "It was last seen using " in (await listener.ended).trace
