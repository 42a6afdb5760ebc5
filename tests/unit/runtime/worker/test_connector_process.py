# SPDX-License-Identifier: Apache-2.0
"""Whose fault it is when a shared process hangs or dies, and where the others go."""

from __future__ import annotations

import asyncio

import pytest

from barnabas.errors import ConnectError, DeadlineError
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.runners.messages import (
    Done,
    GenerateTaskConfigs,
    StartConnector,
    StateReport,
    StopConnector,
)
from barnabas.runtime.worker import connector_process
from tests.unit.runtime.worker.doubles import until
from tests.unit.runtime.worker.shared_processes import CRASH, Bench


@pytest.fixture
async def bench():
    return Bench()


# -- one hangs -------------------------------------------------------------------------------------


async def test_who_hangs_fails_and_the_others_start_again_elsewhere(bench):
    await bench.start("moon", "sun", "star")
    bench.hanging.add(("sun", GenerateTaskConfigs))
    with pytest.raises(DeadlineError, match=r"Connector sun did not return from .*task_configs"):
        await bench.ask("sun", deadline_s=0.01)
    await until(lambda: bench.of("star").states[-1] is State.RUNNING)
    assert bench.alive == ["connectors moon, star"]
    [end] = bench.of("sun").ends
    assert end.trace.endswith(f"stack of {bench.heard['sun'][0].thread}")
    assert bench.of("moon").states == [State.RUNNING, State.RESTARTING, State.RUNNING]
    assert bench.of("moon").reports[1].trace == (
        "Started again: connector sun hung and was killed with the process they shared."
    )


async def test_a_call_of_another_is_made_again_in_the_new_process(bench):
    await bench.start("moon", "sun")
    bench.hanging = {("sun", GenerateTaskConfigs), ("moon", GenerateTaskConfigs)}
    hung = asyncio.create_task(bench.ask("sun", deadline_s=0.01))
    await until(lambda: len(bench.runners[0].asked) == 3)
    other = asyncio.create_task(bench.ask("moon"))
    await until(lambda: bench.threads == 104)  # both have begun
    bench.hanging.clear()
    with pytest.raises(DeadlineError):
        await hung
    assert isinstance(await other, Done)
    assert bench.runners[1].asked[-1].seat == bench.heard["moon"][0].number


async def test_a_start_that_another_takes_down_goes_on_elsewhere(bench):
    bench.hanging = {("moon", StartConnector), ("sun", StartConnector)}
    hung = asyncio.create_task(bench.seat("moon").start())
    await until(lambda: bench.runners)
    other = asyncio.create_task(bench.seat("sun").start())
    await until(lambda: len(bench.runners[0].asked) == 2)
    bench.hanging.clear()
    bench.runners[0].die(-11, words=CRASH.format(bench.heard["moon"][0].thread))
    with pytest.raises(ConnectError):
        await hung
    await other
    assert bench.of("sun").states == [State.RESTARTING, State.RUNNING]


async def test_who_hung_once_gets_a_process_of_its_own(bench):
    await bench.start("moon", "sun")
    bench.hanging.add(("sun", GenerateTaskConfigs))
    with pytest.raises(DeadlineError):
        await bench.ask("sun", deadline_s=0.01)
    await bench.start("sun")
    await bench.start("star")
    assert sorted(bench.alive) == ["connector sun", "connectors moon, star"]


async def test_the_deadline_holds_when_the_caller_has_left(bench):
    await bench.start("moon")
    bench.hanging.add(("moon", GenerateTaskConfigs))
    asking = asyncio.create_task(bench.ask("moon", deadline_s=0.02))
    await asyncio.sleep(0)
    asking.cancel()
    async with asyncio.timeout(10):
        while not bench.of("moon").ends:  # noqa: ASYNC110 - the deadline is real
            await asyncio.sleep(0.005)


async def test_one_that_failed_stays_failed_when_its_process_goes(bench):
    await bench.start("moon", "sun")
    moon = bench.heard["moon"][0]
    bench.runners[0].listener.on_report(StateReport(State.FAILED, "why", seat=moon.number))
    bench.hanging.add(("sun", GenerateTaskConfigs))
    with pytest.raises(DeadlineError):
        await bench.ask("sun", deadline_s=0.01)
    assert (bench.of("moon").states[-1], bench.of("moon").ends) == (State.FAILED, [])
    assert (moon.is_alive, bench.alive) == (False, [])


async def test_a_connector_that_does_not_stop_is_killed_and_the_others_go_on(bench):
    await bench.start("moon", "sun")
    bench.hanging.add(("moon", StopConnector))
    await bench.stop("moon", seconds=0.01)
    await until(lambda: bench.of("sun").states[-1] is State.RUNNING)
    assert bench.of("sun").states == [State.RUNNING, State.RESTARTING, State.RUNNING]
    assert bench.alive == ["connector sun"]


async def test_of_many_that_do_not_stop_none_is_started_again(bench):
    await bench.start("moon", "sun")
    bench.hanging = {("moon", StopConnector), ("sun", StopConnector)}
    await bench.stop("moon", "sun", seconds=0.01)
    assert (len(bench.runners), bench.alive) == (1, [])


async def test_a_process_that_is_silent_holds_up_no_start(bench, monkeypatch):
    monkeypatch.setattr(connector_process, "_REACTION_S", 0.01)
    await bench.start("moon")
    bench.deaf.add(bench.runners[0])
    await bench.start("sun", "star")
    assert bench.alive == ["connector moon", "connectors sun, star"]
    assert isinstance(bench.runners[0].sent[-1], StopConnector)


async def test_one_that_is_asked_while_another_blocks_its_process_goes_elsewhere(
    bench, monkeypatch
):
    monkeypatch.setattr(connector_process, "_PATIENCE_S", 0.01)
    await bench.start("moon", "sun")
    bench.hanging.add(("moon", GenerateTaskConfigs))
    hung = asyncio.create_task(bench.ask("moon"))
    await until(lambda: bench.threads == 103)
    bench.deaf.add(bench.runners[0])
    assert isinstance(await bench.ask("sun"), Done)
    assert bench.alive == ["connector moon", "connector sun"]
    assert isinstance(bench.runners[0].sent[-1], StopConnector)
    assert bench.of("sun").reports[1].trace == (
        "Started again: connector moon blocks the process they shared."
    )
    await bench.pool.kill()
    with pytest.raises(ConnectError):
        await hung


async def test_who_uses_the_processor_is_who_blocks_the_process(bench, monkeypatch):
    monkeypatch.setattr(connector_process, "_PATIENCE_S", 0.01)
    await bench.start("moon", "sun")
    bench.hanging = {("moon", GenerateTaskConfigs), ("sun", GenerateTaskConfigs)}
    frozen = asyncio.create_task(bench.ask("moon"))
    hung = asyncio.create_task(bench.ask("sun"))
    await until(lambda: bench.threads == 104)
    bench.hanging.clear()
    bench.runners[0].busy = {103: 0.1, 104: 2.0}
    bench.deaf.add(bench.runners[0])
    assert isinstance(await frozen, Done)
    assert bench.alive == ["connector sun", "connector moon"]
    assert not hung.done()
    await bench.pool.kill()
    with pytest.raises(ConnectError):
        await hung


async def test_one_that_takes_its_time_in_a_process_that_reacts_moves_nobody(bench, monkeypatch):
    monkeypatch.setattr(connector_process, "_PATIENCE_S", 0.001)
    await bench.start("moon", "sun")
    bench.hanging.add(("moon", GenerateTaskConfigs))
    with pytest.raises(DeadlineError):
        await bench.ask("moon", deadline_s=0.05)
    await until(lambda: bench.of("sun").states[-1] is State.RUNNING)
    assert bench.of("sun").states == [State.RUNNING, State.RESTARTING, State.RUNNING]
    assert len(bench.runners) == 2


async def test_a_stop_that_another_holds_up_is_that_ones_fault(bench, monkeypatch):
    monkeypatch.setattr(connector_process, "_REACTION_S", 0.01)
    await bench.start("moon", "sun")
    bench.hanging.add(("moon", GenerateTaskConfigs))
    hung = asyncio.create_task(bench.ask("moon"))
    await until(lambda: bench.threads == 103)
    bench.deaf.add(bench.runners[0])
    await bench.stop("sun", seconds=0.01)
    assert len(bench.of("moon").ends) == 1
    with pytest.raises(ConnectError):
        await hung


async def test_a_process_that_is_silent_is_killed_at_a_deadline_and_its_connectors_part(
    bench, monkeypatch
):
    monkeypatch.setattr(connector_process, "_REACTION_S", 0.01)
    await bench.start("moon", "sun")
    bench.deaf.add(bench.runners[0])
    answer = await bench.ask("sun", deadline_s=0.01)
    assert isinstance(answer, Done)
    assert sorted(bench.alive) == ["connector moon", "connector sun"]


# -- one takes the process down --------------------------------------------------------------------


@pytest.mark.parametrize("names", [["moon"], ["moon", "sun"]])
async def test_who_crashed_is_known_by_its_thread(bench, names):
    await bench.start(*names)
    bench.runners[0].die(-11, words=CRASH.format(bench.heard["moon"][0].thread))
    [end] = bench.of("moon").ends
    assert end.trace.startswith(
        f"Runner of connector moon (pid {bench.runners[0].pid}) was killed by signal 11"
    )
    assert all(bench.of(name).states[-1] is State.RESTARTING for name in names[1:])


async def test_who_was_called_when_the_process_ended_did_it(bench):
    await bench.start("moon", "sun")
    bench.hanging.add(("sun", GenerateTaskConfigs))
    asking = asyncio.create_task(bench.ask("sun"))
    await until(lambda: bench.threads == 103)
    bench.runners[0].die(3)
    with pytest.raises(ConnectError):
        await asking
    assert len(bench.of("sun").ends) == 1
    assert bench.of("moon").ends == []


async def test_when_nobody_knows_who_did_it_they_part_until_the_guilty_is_alone(bench):
    await bench.start("a", "b", "c", "d")
    bench.runners[0].die(-9)
    await until(lambda: len(bench.alive) == 2)
    assert bench.alive == ["connectors a, c", "connectors b, d"]
    bench.runners[1].die(-9)
    await until(lambda: len(bench.alive) == 3)
    assert bench.alive == ["connectors b, d", "connector a", "connector c"]
    bench.runners[3].die(-9)
    assert len(bench.of("a").ends + bench.of("c").ends) == 1
    assert bench.of("b").states == [State.RUNNING, State.RESTARTING, State.RUNNING]


async def test_a_process_that_never_came_up_fails_all(bench):
    await bench.start("moon", "sun")
    bench.runners[0].is_up = False
    bench.runners[0].die(1, "Install Barnabas there.")
    assert [end.trace for end in bench.of("sun").ends] == ["Install Barnabas there."]
    assert len(bench.runners) == 1


async def test_an_end_for_want_of_a_lease_is_told_as_such(bench):
    await bench.start("moon", "sun")
    bench.runners[0].die(75, has_lapsed=True)
    assert [end.has_lapsed for end in bench.of("moon").ends + bench.of("sun").ends] == [True, True]
    assert len(bench.runners) == 1


async def test_what_is_killed_with_all_says_nothing(bench):
    await bench.start("moon", "sun")
    await bench.pool.kill()
    assert bench.alive == []
    assert (bench.of("moon").ends, bench.heard["moon"][0].is_alive) == ([], False)


async def test_a_new_process_brings_the_connector_where_the_user_wants_it(bench):
    await bench.start("moon", "sun")
    bench.heard["moon"][0].target_state = TargetState.PAUSED
    bench.runners[0].die(-11, words=CRASH.format(bench.heard["sun"][0].thread))
    await until(lambda: len(bench.runners) == 2 and bench.runners[1].asked)
    [question] = bench.runners[1].asked
    assert question.spec.target_state is TargetState.PAUSED
