# SPDX-License-Identifier: Apache-2.0
"""What one round asks and tells (see also test_driver)."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Iterator

import pytest

from barnabas.errors import ConnectError, ProtocolError
from barnabas.kafka.group_coordinator import Joined, Synced
from barnabas.runtime.group.metrics import GroupMetrics
from barnabas.runtime.group.protocol import Assignment, ConnectProtocol
from barnabas.runtime.group.rounds import NotLeadingError, Rounds
from tests.unit.runtime.group.member_doubles import ORDERS, AtOnce, Scene
from tests.unit.runtime.group.virtual_time import now, run


class Anybody:
    """A participant that owns something and is never interrupted."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.is_joining = False
        self.held = Assignment(2, "l", "http://l/", 3, ("mine",))

    def held_now(self) -> Assignment | None:
        assert self.is_joining
        return self.held

    def enter(self, stage: str) -> None:
        self.stages.append(stage)

    @contextlib.contextmanager
    def joining(self) -> Iterator[None]:
        self.is_joining = True
        yield
        self.is_joining = False

    async def unless_void(self, awaitable: Awaitable[object]) -> object:
        return await awaitable


class Table:
    def __init__(self) -> None:
        self.scene, self.anybody, self.joined = Scene(), Anybody(), list[Joined]()
        self.rounds = Rounds(
            self.scene.coordinator,
            self.scene.here,
            self.anybody,  # type: ignore[arg-type]  # less general than the protocol
            GroupMetrics(),
            now=now,
            executor=AtOnce(),
        )


def test_a_leader_decides_and_gets_its_own_decision_back() -> None:
    async def act() -> None:
        table = Table()
        outcome = await table.rounds.take_part("it starts", table.joined.append)
        assert outcome.decided is not None
        assert set(outcome.assignment.tasks) == ORDERS
        assert outcome.protocol is ConnectProtocol.SESSIONED
        assert table.joined == [outcome.joined]
        assert table.scene.coordinator.told[0].assignment == table.anybody.held

    run(act())


def test_a_follower_waits_for_the_leader() -> None:
    async def act() -> None:
        table = Table()
        table.scene.coordinator.leads = False
        outcome = await table.rounds.take_part("it starts", table.joined.append)
        assert outcome.decided is None
        assert outcome.assignment.leader_url == "http://other/"
        assert table.anybody.stages[-1] == "waiting for the leader to share out the work"

    run(act())


def test_a_leader_that_cannot_decide_says_so() -> None:
    async def act() -> None:
        table = Table()

        def fail(**_: object) -> None:
            message = "out of wits"
            raise ConnectError(message)

        table.scene.here.leader.assign = fail  # type: ignore[assignment,method-assign]
        with pytest.raises(NotLeadingError, match="out of wits"):
            await table.rounds.take_part("it starts", table.joined.append)

    run(act())


def test_an_assignment_that_cannot_be_read_is_an_error() -> None:
    async def act() -> None:
        table = Table()

        async def sync(_: object) -> Synced:
            return Synced(b"\0\2\0", now())

        table.scene.coordinator.sync = sync  # type: ignore[assignment,method-assign]
        with pytest.raises(ProtocolError):
            await table.rounds.take_part("it starts", table.joined.append)

    run(act())
