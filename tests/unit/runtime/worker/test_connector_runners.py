# SPDX-License-Identifier: Apache-2.0
"""Which connectors share a process."""

from __future__ import annotations

import asyncio

import pytest

from barnabas.errors import ConnectError, IllegalStateError
from barnabas.runtime.model import State
from barnabas.runtime.runners.messages import (
    ReconfigurationRequest,
    Setup,
)
from tests.unit.runtime.worker.shared_processes import Bench


@pytest.fixture
async def bench():
    return Bench()


async def test_connectors_of_one_plugin_share_a_process(bench):
    await bench.start("moon", "sun")
    assert bench.alive == ["connectors moon, sun"]
    assert bench.of("moon").states == bench.of("sun").states == [State.RUNNING]


async def test_connectors_started_at_once_share_a_process_too(bench):
    await asyncio.gather(*(bench.seat(name).start() for name in "abcde"))
    assert bench.alive == ["connectors a, b, c and 2 others"]


async def test_other_plugins_and_other_folders_have_other_processes(bench):
    await bench.start("moon")
    await bench.start("sun", plugin="pages")
    elsewhere = Setup("connectors", None, ["/x"], {}, is_distributed=False, logger_levels={})
    await bench.start("star", setup=elsewhere)
    assert bench.alive == ["connector moon", "connector sun", "connector star"]


async def test_each_hears_its_own_reports(bench):
    await bench.start("moon", "sun")
    seat, _heard = bench.heard["sun"]
    bench.runners[0].listener.on_report(ReconfigurationRequest(seat.number))
    assert bench.of("sun").reports[-1] == ReconfigurationRequest(seat.number)
    assert bench.of("moon").states == [State.RUNNING]


async def test_a_process_ends_with_its_last_connector(bench):
    await bench.start("moon", "sun")
    await bench.stop("moon")
    assert bench.alive == ["connector sun"]
    await bench.stop("sun")
    assert bench.alive == []


async def test_a_stopped_connector_has_no_process(bench):
    await bench.start("moon", "sun")
    await bench.stop("moon")
    with pytest.raises(IllegalStateError, match="Connector moon has no process"):
        await bench.ask("moon")


async def test_a_process_that_cannot_be_made_fails_those_who_wait_for_it(bench):
    bench.supervisor.refusal = ConnectError("No more processes.")
    results = await asyncio.gather(
        bench.seat("moon").start(), bench.seat("sun").start(), return_exceptions=True
    )
    assert [type(result) for result in results] == [ConnectError, ConnectError]
    [report] = bench.of("sun").reports
    assert (report.state, report.trace) == (
        State.FAILED,
        "No more processes. Restart it with POST /connectors/sun/restart after mending.",
    )
