# SPDX-License-Identifier: Apache-2.0
"""When a member joins, what it tells, when it gives up: a group of one in virtual time."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
from collections.abc import Awaitable, Callable

import pytest

from barnabas.errors import ConnectError
from barnabas.kafka.group_errors import (
    CoordinatorLostError,
    GenerationLostError,
    GroupRefusedError,
    MembershipLostError,
    RebalanceUnderWayError,
)
from barnabas.runtime.group.listener import Assigned
from barnabas.runtime.group.protocol import Assignment, ConnectProtocol, GroupConfig
from barnabas.runtime.model import TaskId
from tests.unit.runtime.group.member_doubles import (
    HEARTBEAT_S,
    ORDERS,
    REBALANCE_S,
    SESSION_S,
    Scene,
)
from tests.unit.runtime.group.virtual_time import now, run

Act = Callable[[Scene], Awaitable[None]]


def play(act: Act, scene: Callable[[], Scene] = Scene) -> None:
    """Run a driver while an act goes on, in virtual time."""

    async def stage() -> None:
        set_up = scene()
        async with set_up.running():
            await act(set_up)

    run(stage())


async def settled(scene: Scene, rounds: int = 1) -> None:
    await scene.until(lambda: scene.driver.metrics.completed >= rounds)


# -- rounds ----------------------------------------------------------------------------------------


def test_the_only_worker_leads_and_gets_everything() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        (assigned,) = scene.worker.assigned
        assert assigned.work_connectors == {"orders"}
        assert assigned.work_tasks == ORDERS
        assert assigned.is_leader
        assert assigned.owners is not None
        assert assigned.summary
        assert (assigned.generation, assigned.member_id) == (1, "me-1")
        assert assigned.protocol is ConnectProtocol.SESSIONED

    play(act)


def test_what_a_worker_owns_is_told_at_the_moment_it_joins() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        scene.config = GroupConfig(9, {"orders": 3})
        scene.driver.wish("a new task")
        await settled(scene, 2)
        first, second = scene.coordinator.told
        assert (first.config_offset, first.assignment) == (7, None)
        assert second.config_offset == 9
        assert second.assignment is not None
        assert set(second.assignment.tasks) == ORDERS

    play(act)


def test_new_work_is_added_to_what_a_worker_keeps() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        scene.config = GroupConfig(9, {"orders": 3})
        scene.driver.wish("a new task")
        await settled(scene, 2)
        assigned = scene.worker.assigned[-1]
        assert assigned.assignment.tasks == (TaskId("orders", 2),)
        assert assigned.work_tasks == {*ORDERS, TaskId("orders", 2)}
        assert scene.worker.revoked == []

    play(act)


def test_what_was_taken_away_is_not_told_as_taken_away_again() -> None:
    async def act(scene: Scene) -> None:
        scene.coordinator.leads = False
        scene.coordinator.assignment = Assignment(2, "o", "http://o/", 1, ("a", "b"))
        await settled(scene)
        scene.coordinator.assignment = Assignment(2, "o", "http://o/", 1, revoked_connectors=("a",))
        scene.driver.wish("it is time")
        await settled(scene, 2)
        assert scene.worker.assigned[-1].work_connectors == {"b"}
        scene.driver.wish("the rest")
        await settled(scene, 3)
        held = scene.coordinator.told[-1].assignment
        assert held is not None
        assert (held.connectors, held.revoked_connectors) == (("b",), ())

    play(act)


def test_wishes_before_the_request_goes_out_are_one_round() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        for number in range(5):
            scene.driver.wish(f"wish {number}")
        await asyncio.sleep(1)
        assert scene.coordinator.reasons[1:] == ["wish 0"]

    play(act)


def test_a_wish_while_others_are_waited_for_makes_one_more_round() -> None:
    async def act(scene: Scene) -> None:
        scene.coordinator.join_gate.clear()
        await scene.until(lambda: scene.coordinator.told)
        scene.driver.wish("later news")
        scene.coordinator.join_gate.set()
        await settled(scene, 2)
        assert scene.coordinator.reasons[-1] == "later news"

    play(act)


def test_a_rebalance_of_the_others_brings_this_worker_along_once() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        await asyncio.sleep(HEARTBEAT_S * 3)
        scene.coordinator.is_rebalancing = True
        await scene.until(lambda: len(scene.coordinator.told) == 2, HEARTBEAT_S + 0.1)
        await asyncio.sleep(HEARTBEAT_S * 3)
        assert len(scene.coordinator.told) == 2

    play(act)


def test_a_failed_assignment_makes_another_round() -> None:
    async def act(scene: Scene) -> None:
        scene.coordinator.leads = False
        scene.coordinator.assignment = Assignment(2, "o", "http://o/", 20, error=1)
        await settled(scene)
        scene.coordinator.assignment = Assignment(2, "o", "http://o/", 20)
        await settled(scene, 2)
        assert scene.coordinator.reasons[-1] == "the leader had not read all configurations"

    play(act)


def test_the_eager_protocol_stops_everything_before_each_join() -> None:
    async def act(scene: Scene) -> None:
        scene.coordinator.protocol = "default"
        await settled(scene)
        scene.driver.wish("once more")
        await settled(scene, 2)
        assert len(scene.worker.revoked) == 1
        assert scene.worker.assigned[-1].work_tasks == ORDERS

    play(act, lambda: Scene("eager"))


def test_going_back_to_the_eager_protocol_stops_what_ran_on() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        scene.coordinator.protocol = "default"
        scene.driver.wish("an old worker came")
        await settled(scene, 2)
        assert len(scene.worker.revoked) == 1
        assert scene.worker.assigned[-1].protocol is ConnectProtocol.EAGER

    play(act)


def test_before_each_join_the_worker_may_finish_something() -> None:
    async def act(scene: Scene) -> None:
        order: list[str] = []

        async def before_join() -> None:
            order.append(f"before join {len(scene.coordinator.told) + 1}")

        scene.worker.before_join = before_join  # type: ignore[method-assign]  # watched
        await settled(scene)
        scene.driver.wish("again")
        await settled(scene, 2)
        assert order == ["before join 1", "before join 2"]

    play(act)


@pytest.mark.parametrize("step", ["join", "sync"])
@pytest.mark.parametrize(
    "error",
    [RebalanceUnderWayError("again"), GenerationLostError("gone on"), CoordinatorLostError()],
)
def test_a_round_that_does_not_work_out_is_tried_again_with_the_same_work(
    step: str, error: ConnectError
) -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        scene.coordinator.errors[step] = [error]
        scene.driver.wish("again")
        await settled(scene, 2)
        assert scene.worker.revoked == []
        assert scene.coordinator.told[-1].assignment is not None

    play(act)


def test_a_leader_that_cannot_decide_tries_again_and_then_lets_another_lead() -> None:
    async def act(scene: Scene) -> None:
        tries: list[float] = []

        def fail(**_: object) -> None:
            tries.append(now())
            message = "out of wits"
            raise ConnectError(message)

        scene.here.leader.assign = fail  # type: ignore[assignment,method-assign]
        await scene.until(lambda: scene.coordinator.left)
        assert len(tries) == 3
        assert "cannot share out" in scene.coordinator.left[0][1]

    play(act)


def test_a_leader_that_is_behind_asks_for_the_configurations_once() -> None:
    async def act(scene: Scene) -> None:
        asked: list[float] = []

        def refresh() -> GroupConfig:
            asked.append(now())
            message = "the topic does not answer"
            raise ConnectError(message)

        object.__setattr__(scene.here, "refresh_configs", refresh)
        real = scene.coordinator.join

        async def join(offers: Callable[[], list[tuple[str, bytes]]], reason: str) -> object:
            joined = await real(offers, reason)
            ahead = Scene.metadata_of("http://other/", 99)
            object.__setattr__(joined, "members", {**joined.members, "other": ahead})
            scene.coordinator.join = real  # type: ignore[method-assign]
            return joined

        scene.coordinator.join = join  # type: ignore[assignment,method-assign]
        await settled(scene, 2)
        assert len(asked) == 1
        assert scene.worker.assigned[0].assignment.is_failed
        assert not scene.worker.assigned[1].assignment.is_failed

    play(act)


# -- the way to the group --------------------------------------------------------------------------


def test_a_broker_that_is_down_is_tried_until_it_answers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def act(scene: Scene) -> None:
        scene.coordinator.is_silent = True
        await asyncio.sleep(100)
        assert scene.driver.trouble.text is not None
        assert scene.driver.stage is not None
        assert scene.driver.stage.endswith(f"(in vain so far: {scene.driver.trouble.text})")
        scene.coordinator.is_silent = False
        await settled(scene)
        assert scene.driver.trouble.text is None

    caplog.set_level(logging.INFO)
    play(act)
    told = [line for line in caplog.messages if "nobody answers" in line]
    assert 2 <= len(told) <= 5  # the first time, then every half minute
    assert any("works again" in line for line in caplog.messages)


def test_a_group_that_refuses_is_told_as_an_error_and_tried_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def act(scene: Scene) -> None:
        refusals: list[ConnectError] = [GroupRefusedError("give READ on the group")] * 8
        scene.coordinator.errors["join"] = refusals
        await settled(scene)

    play(act)
    (told,) = {line for line in caplog.messages if "give READ" in line}
    assert "The worker goes on trying" in told
    assert {each.levelname for each in caplog.records if "READ" in each.message} == {"ERROR"}


def test_the_worker_hears_once_that_the_group_refuses_it_and_once_that_this_is_over() -> None:
    async def act(scene: Scene) -> None:
        refusals: list[ConnectError] = [GroupRefusedError("give READ on the group")] * 3
        scene.coordinator.errors["join"] = refusals
        await settled(scene)
        assert scene.worker.refusals == ["give READ on the group", None]

    play(act)


def test_nobody_knows_of_a_refusal_once_the_coordinator_is_lost() -> None:
    async def act(scene: Scene) -> None:
        scene.coordinator.errors["find"] = [GroupRefusedError("log in")]
        await scene.until(lambda: scene.worker.refusals)
        scene.coordinator.is_silent = True
        await scene.until(lambda: len(scene.worker.refusals) == 2)
        assert scene.worker.refusals == ["log in", None]

    play(act)


def test_who_asks_what_goes_on_hears_why_the_group_refuses() -> None:
    async def act(scene: Scene) -> None:
        scene.coordinator.errors["join"] = [GroupRefusedError("give READ on the group")]
        await settled(scene)
        waiting, found = "waiting to try again to join the group", "looking for the coordinator"
        assert any(
            stage is not None and stage.startswith(waiting) and "give READ on the group" in stage
            for stage in scene.worker.stages
        )
        assert any(
            stage is not None and stage.startswith(found) and "give READ on the group" in stage
            for stage in scene.worker.stages
        )
        assert scene.worker.stages[-1] is None

    play(act)


@pytest.mark.parametrize(
    ("protocol", "effects"),
    [
        ("compatible", ["is not signed"]),
        ("default", ["is not signed", "each rebalance stops all connectors and tasks"]),
    ],
)
def test_a_lesser_protocol_is_told_in_words_once_and_so_is_its_end(
    protocol: str, effects: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        scene.coordinator.protocol = protocol
        scene.driver.wish("another worker came")
        await settled(scene, 2)
        scene.driver.wish("once more")
        await settled(scene, 3)
        scene.coordinator.protocol = "sessioned"
        scene.driver.wish("it left")
        await settled(scene, 4)

    caplog.set_level(logging.INFO)
    play(act)
    (warning,) = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert "although connect.protocol=sessioned here" in warning
    assert "Set connect.protocol=sessioned on all workers" in warning
    assert all(effect in warning for effect in effects)
    assert len([line for line in caplog.messages if "the protocol sessioned again" in line]) == 1


# -- the lease -------------------------------------------------------------------------------------


def test_the_lease_is_counted_from_the_sending_of_what_was_answered() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        await asyncio.sleep(20)
        assert scene.driver.pulse.session.deadline_s == scene.coordinator.beats[-1] + SESSION_S
        assert scene.worker.leases[-1] == scene.driver.pulse.session.deadline_s

    play(act)


def test_there_is_no_lease_before_the_first_assignment() -> None:
    async def act(scene: Scene) -> None:
        scene.coordinator.join_gate.clear()
        await asyncio.sleep(30)
        assert scene.driver.pulse.session.deadline_s == -math.inf
        assert scene.worker.leases == []

    play(act)


def test_signs_of_life_go_on_while_others_are_waited_for() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        scene.coordinator.join_gate.clear()
        scene.driver.wish("again")
        await asyncio.sleep(55)
        assert scene.driver.pulse.session.deadline_s > now() + SESSION_S / 2
        assert scene.worker.revoked == []

    play(act)


def test_signs_of_life_go_on_while_the_worker_is_busy() -> None:
    async def act(scene: Scene) -> None:
        scene.worker.carry_out = lambda _: asyncio.sleep(50)
        await settled(scene)
        beats = scene.coordinator.beats
        assert max(b - a for a, b in itertools.pairwise(beats)) <= HEARTBEAT_S + 0.01
        assert beats[-1] - beats[0] > 45

    play(act)


def test_a_silent_coordinator_makes_the_worker_give_up_before_its_session_ends() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        await asyncio.sleep(20)
        lease = scene.driver.pulse.session.deadline_s
        scene.coordinator.is_silent = True
        await scene.until(lambda: scene.worker.revoked)
        at, reason = scene.worker.revoked[0]
        assert lease - 0.25 * SESSION_S <= at < lease - 0.2 * SESSION_S
        assert "has not answered for" in reason
        scene.coordinator.is_silent = False
        await settled(scene, 2)
        assert scene.coordinator.told[-1].assignment is None
        assert scene.coordinator.member_id == "me-1"  # its old place, if that is still there

    play(act)


def test_a_coordinator_that_is_away_for_a_moment_does_not_interrupt_the_work() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        await asyncio.sleep(20)
        scene.coordinator.is_silent = True
        await asyncio.sleep(5)
        scene.coordinator.is_silent = False
        await asyncio.sleep(20)
        assert scene.worker.revoked == []
        assert len(scene.coordinator.told) == 1

    play(act)


def test_a_late_answer_does_not_bring_back_what_was_given_up() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        scene.worker.stop_all = lambda: asyncio.sleep(30)
        scene.coordinator.is_silent = True
        await scene.until(lambda: scene.worker.revoked)
        scene.coordinator.is_silent = False
        known = len(scene.worker.leases)
        await asyncio.sleep(10)
        assert scene.worker.leases[known:] == []
        await settled(scene, 2)
        assert scene.worker.leases[known] == -math.inf

    play(act)


def test_a_member_the_coordinator_does_not_know_stops_at_once_and_joins_without_work() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        await asyncio.sleep(20)
        scene.worker.stop_all = lambda: asyncio.sleep(1)
        scene.coordinator.errors["heartbeat"] = [MembershipLostError("who are you?")]
        await scene.until(lambda: scene.worker.revoked)
        assert scene.worker.leases[-1] == -math.inf
        await settled(scene, 2)
        assert scene.coordinator.told[-1].assignment is None
        assert scene.coordinator.member_id == "me-2"

    play(act)


def test_a_member_whose_join_is_not_known_any_more_stops_too() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        scene.coordinator.errors["join"] = [MembershipLostError("who are you?")]
        scene.driver.wish("again")
        await settled(scene, 2)
        assert len(scene.worker.revoked) == 1
        assert scene.coordinator.told[-1].assignment is None

    play(act)


# -- a worker that is slow or fails ----------------------------------------------------------------


def test_a_worker_that_is_too_slow_stops_everything_and_leaves(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def act(scene: Scene) -> None:
        began = now()
        scene.worker.carry_out = lambda _: asyncio.sleep(1000)
        await scene.until(lambda: scene.worker.revoked)
        scene.worker.carry_out = None
        assert now() - began == pytest.approx(REBALANCE_S, abs=2)
        assert scene.worker.cancelled == 1
        await scene.until(lambda: scene.coordinator.left)
        assert scene.coordinator.left[0][1] == "worker poll timeout has expired."
        await settled(scene)

    play(act)
    assert any("worker poll timeout has expired." in line for line in caplog.messages)


def test_a_worker_that_cannot_even_stop_leaves_when_its_session_is_over() -> None:
    async def act(scene: Scene) -> None:
        scene.worker.carry_out = lambda _: asyncio.sleep(1000)
        scene.worker.stop_all = lambda: asyncio.sleep(100)
        await scene.until(lambda: scene.worker.revoked)
        scene.worker.carry_out = None
        lease = scene.driver.pulse.session.deadline_s
        await scene.until(lambda: scene.coordinator.left)
        assert scene.coordinator.left[0][0] == pytest.approx(lease, abs=0.1)
        await settled(scene)
        assert now() - scene.worker.revoked[0][0] >= 100  # it joined only after it had stopped

    play(act)


def test_a_worker_that_fails_gives_everything_up_and_joins_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def act(scene: Scene) -> None:
        async def fail(_: Assigned) -> None:
            scene.worker.carry_out = None
            message = "out of wits"
            raise RuntimeError(message)

        scene.worker.carry_out = fail
        await settled(scene)
        assert len(scene.worker.revoked) == 1
        assert scene.coordinator.told[-1].assignment is None

    play(act)
    assert "out of wits" in caplog.text


def test_a_worker_that_fails_to_stop_is_told_and_joins_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def act(scene: Scene) -> None:
        async def fail() -> None:
            message = "cannot stop"
            raise RuntimeError(message)

        await settled(scene)
        scene.worker.stop_all = fail
        scene.coordinator.errors["join"] = [MembershipLostError("who are you?")]
        scene.driver.wish("again")
        await settled(scene, 2)

    play(act)
    assert "cannot stop" in caplog.text


def test_an_event_loop_that_stands_still_ends_the_membership() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        scene.bridge.is_open = False
        await scene.until(lambda: scene.coordinator.left)
        assert "stood still" in scene.worker.revoked[0][1]
        assert REBALANCE_S < now() - 1000 < REBALANCE_S + 3 * HEARTBEAT_S + SESSION_S

    play(act)


def test_disorder_is_logged_and_survived(caplog: pytest.LogCaptureFixture) -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)

        async def broken(*_: object) -> None:
            del scene.coordinator.sync
            message = "a bug"
            raise ZeroDivisionError(message)

        scene.coordinator.sync = broken  # type: ignore[assignment,method-assign]
        scene.driver.wish("again")
        await settled(scene, 2)
        assert len(scene.worker.revoked) == 1

    play(act)
    assert "a bug" in caplog.text


# -- leaving ---------------------------------------------------------------------------------------


def test_a_worker_that_leaves_for_a_while_stops_its_work_and_comes_back() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        scene.driver.leave_for("taking too long to read the log", 42.0)
        await scene.until(lambda: scene.coordinator.left)
        at, reason = scene.coordinator.left[0]
        assert reason == "taking too long to read the log"
        assert len(scene.worker.revoked) == 1
        assert scene.worker.leases[-1] == -math.inf
        await settled(scene, 2)
        assert now() - at == pytest.approx(42, abs=0.1)
        assert scene.coordinator.told[-1].assignment is None

    play(act)


def test_a_wish_ends_the_pause() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        scene.driver.leave_for("behind", 300.0)
        await scene.until(lambda: scene.coordinator.left)
        await asyncio.sleep(5)
        scene.driver.wish("the configurations are read")
        await settled(scene, 2)
        assert now() - scene.coordinator.left[0][0] == pytest.approx(5, abs=0.1)

    play(act)


def test_leaving_waits_for_the_assignment_that_is_being_carried_out() -> None:
    async def act(scene: Scene) -> None:
        async def leave(_: Assigned) -> None:
            scene.worker.carry_out = None
            scene.driver.leave_for("behind", 1.0)
            await asyncio.sleep(2)

        scene.worker.carry_out = leave
        await scene.until(lambda: scene.coordinator.left)
        assert scene.worker.cancelled == 0
        assert len(scene.worker.revoked) == 1

    play(act)


def test_stopping_leaves_the_group_and_ends_the_lease() -> None:
    async def stage() -> None:
        scene = Scene()
        async with scene.running():
            await settled(scene)
        assert [reason for _, reason in scene.coordinator.left] == ["the worker is shutting down"]
        assert scene.worker.leases[-1] == -math.inf
        assert scene.worker.revoked == []  # the worker stops its work itself
        assert scene.coordinator.is_closed

    run(stage())


@pytest.mark.parametrize("hurdle", ["joining", "busy", "no broker", "away"])
def test_stopping_takes_no_longer_than_leaving_does(hurdle: str) -> None:
    async def stage() -> None:
        scene = Scene()
        async with scene.running():
            if hurdle == "joining":
                scene.coordinator.join_gate.clear()
            elif hurdle == "busy":
                scene.worker.carry_out = lambda _: asyncio.sleep(1000)
            elif hurdle == "no broker":
                scene.coordinator.is_silent = True
            else:
                await settled(scene)
                scene.driver.leave_for("behind", 1000.0)
            await asyncio.sleep(10)
            began = now()
        assert now() - began < 2

    run(stage())


def test_stages_are_told_as_they_come() -> None:
    async def act(scene: Scene) -> None:
        await settled(scene)
        await asyncio.sleep(0.1)
        assert scene.worker.stages == [
            "looking for the coordinator of the group",
            "finishing what must not overlap with a rebalance",
            "joining the group; the other workers are waited for",
            "sharing out the work among the workers",
            "starting and stopping what the rebalance moved",
            None,
        ]

    play(act)
