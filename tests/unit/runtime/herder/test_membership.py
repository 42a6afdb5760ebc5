# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import datetime

import pytest

from barnabas.errors import ConnectError, NotLeaderError, NotOwnerError, RebalanceError
from barnabas.runtime.group.listener import Assigned
from barnabas.runtime.group.protocol import Assignment, ConnectProtocol, Owners
from barnabas.runtime.herder.membership import Membership
from barnabas.runtime.herder.stages import Stages
from barnabas.runtime.model import TaskId

TASK = TaskId("c", 0)


def assigned(*, is_leader: bool, owners: Owners | None = None, delay_ms: int = 0) -> Assigned:
    return Assigned(
        assignment=Assignment(2, "m1", "http://leader:8083/", 5, delay_ms=delay_ms),
        work_connectors=frozenset(),
        work_tasks=frozenset(),
        generation=3,
        member_id="m1" if is_leader else "m2",
        protocol=ConnectProtocol.SESSIONED,
        is_leader=is_leader,
        owners=owners,
        delay_ms=delay_ms,
    )


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def membership(clock: Clock) -> Membership:
    stages = Stages(lambda: datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    made = Membership(stages, patience_s=0.05, clock=clock)
    made.lease = 110.0
    return made


async def test_a_leader_leads_while_its_lease_lasts(membership: Membership, clock: Clock):
    membership.settle(assigned(is_leader=True))
    await membership.leadership()
    clock.now = 110.0
    assert not membership.leads
    with pytest.raises(RebalanceError):
        await membership.leadership()


async def test_a_follower_names_the_leader_also_during_a_rebalance(membership: Membership):
    membership.settle(assigned(is_leader=False))
    membership.unsettle()
    with pytest.raises(NotLeaderError) as raised:
        await membership.leadership()
    assert raised.value.forward_url == "http://leader:8083/"


async def test_who_asks_during_a_rebalance_waits_for_its_end(membership: Membership):
    waiting = asyncio.create_task(membership.settled())
    await asyncio.sleep(0)
    assert not waiting.done()
    wanted = assigned(is_leader=False)
    membership.settle(wanted)
    assert await waiting is wanted


async def test_who_waited_in_vain_hears_what_is_in_the_way_since_when(membership: Membership):
    with (
        membership.stages.during("joining the group"),
        pytest.raises(RebalanceError, match=r"joining the group, which began at 2026") as raised,
    ):
        await membership.settled()
    assert raised.value.retry_after_s > 0


async def test_nobody_waits_while_the_group_refuses_this_worker(membership: Membership):
    waiting = asyncio.create_task(membership.leadership())
    await asyncio.sleep(0)
    membership.refuse("give READ on the group")
    for request in (waiting, membership.leadership()):
        with pytest.raises(RebalanceError, match=r"worker in.*give READ on the group") as raised:
            await request
        assert raised.value.retry_after_s == 10


async def test_the_end_of_a_refusal_is_waited_for_by_who_wants_to(membership: Membership):
    membership.refuse("give READ on the group")
    waiting = asyncio.create_task(membership.settled(past_refusals=True))
    await asyncio.sleep(0)
    assert not waiting.done()
    membership.refuse(None)
    wanted = assigned(is_leader=True)
    membership.settle(wanted)
    assert await waiting is wanted


async def test_a_member_that_is_refused_at_its_next_join_still_does_what_it_may(
    membership: Membership,
):
    membership.settle(assigned(is_leader=True))
    membership.refuse("give READ on the group")
    await membership.leadership()
    membership.settle(assigned(is_leader=False))
    membership.unsettle()
    with pytest.raises(NotLeaderError):
        await membership.leadership()


async def test_a_worker_that_stops_lets_all_who_wait_go(membership: Membership):
    waiting = asyncio.create_task(membership.settled())
    await asyncio.sleep(0)
    membership.stop()
    with pytest.raises(ConnectError, match="Worker is shutting down"):
        await waiting


async def test_a_worker_without_membership_has_no_assignment(membership: Membership):
    membership.settle(assigned(is_leader=True))
    membership.lose()
    assert (membership.assigned, membership.leads, membership.is_settled) == (None, False, False)


def test_the_leader_names_the_owner(membership: Membership):
    owners = Owners({"m2": "http://other:8083/"}, {"c": "m2"}, {TASK: "m2"})
    membership.settle(assigned(is_leader=True, owners=owners))
    for what in ("c", TASK):
        error = membership.not_owner(what)
        assert isinstance(error, NotOwnerError)
        assert error.forward_url == "http://other:8083/"


def test_a_follower_names_the_leader_for_what_it_does_not_run(membership: Membership):
    membership.settle(assigned(is_leader=False))
    assert isinstance(membership.not_owner("c"), NotLeaderError)


def test_what_nobody_owns_may_wait_for_a_worker_to_return(membership: Membership):
    membership.settle(assigned(is_leader=True, owners=Owners(), delay_ms=60_000))
    error = membership.not_owner(TASK)
    assert isinstance(error, RebalanceError)
    assert "up to 60 s" in error.message
    assert error.retry_after_s == 60
