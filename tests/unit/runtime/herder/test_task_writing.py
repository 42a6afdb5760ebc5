# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
import math

import pytest

from barnabas.errors import BadRequestError, NotFoundError, RetriableError
from barnabas.runtime.group.listener import Assigned
from barnabas.runtime.group.protocol import Assignment, ConnectProtocol
from barnabas.runtime.herder.config_writing import ConfigWriter
from barnabas.runtime.herder.membership import Membership
from barnabas.runtime.herder.stages import Stages
from barnabas.runtime.herder.task_writing import TaskWriter
from barnabas.runtime.model import SessionKey, TargetState, TaskId
from barnabas.runtime.stores import ConfigState

LEADER = "http://leader:8083/"
KEY = SessionKey(b"k" * 32, "HmacSHA256", 7)
CONFIGS = [{"n": "0"}, {"n": "1"}]


class Store:
    """What is configured; remembers what is written."""

    def __init__(self) -> None:
        self.state = ConfigState(configs={"c": {}}, session_key=KEY)
        self.written: list[tuple[str, list[dict[str, str]]]] = []

    async def put_tasks(self, name: str, configs) -> None:
        self.written.append((name, configs))


class Leader:
    """Another worker that leads."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    async def put_tasks(self, *what: object) -> None:
        self.asked.append(what)


class Bench:
    """A worker of a group."""

    def __init__(self) -> None:
        self.store, self.leader = Store(), Leader()
        stages = Stages(lambda: datetime.datetime.now(datetime.UTC))
        self.membership = Membership(stages, patience_s=0.01)
        self.membership.lease = math.inf
        writer = ConfigWriter(self.store, self.membership, lambda: None)
        self.tasks = TaskWriter(self.store, self.membership, writer, self.leader)

    def join(
        self, *, is_leader: bool, protocol: ConnectProtocol = ConnectProtocol.SESSIONED
    ) -> None:
        self.membership.settle(
            Assigned(
                assignment=Assignment(2, "m1", LEADER, 5),
                work_connectors=frozenset(),
                work_tasks=frozenset[TaskId](),
                generation=3,
                member_id="m1",
                protocol=protocol,
                is_leader=is_leader,
                owners=None,
            )
        )


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_leader_writes_itself(bench: Bench):
    bench.join(is_leader=True)
    await bench.tasks.write("c", CONFIGS)
    assert bench.store.written == [("c", CONFIGS)]
    assert bench.leader.asked == []


async def test_a_follower_asks_the_leader_and_signs(bench: Bench):
    bench.join(is_leader=False)
    await bench.tasks.write("c", CONFIGS)
    assert bench.leader.asked == [(LEADER, "c", CONFIGS, KEY)]
    assert bench.store.written == []


@pytest.mark.parametrize("protocol", [ConnectProtocol.EAGER, ConnectProtocol.COMPATIBLE])
async def test_nothing_is_signed_where_the_protocol_has_no_signatures(
    bench: Bench, protocol: ConnectProtocol
):
    bench.join(is_leader=False, protocol=protocol)
    await bench.tasks.write("c", CONFIGS)
    assert bench.leader.asked == [(LEADER, "c", CONFIGS, None)]


async def test_a_follower_that_knows_no_key_yet_asks_nobody(bench: Bench):
    bench.join(is_leader=False)
    bench.store.state = ConfigState(configs={"c": {}})
    with pytest.raises(RetriableError, match=f"no session key yet .* at {LEADER}"):
        await bench.tasks.write("c", CONFIGS)
    assert bench.leader.asked == []


async def test_tasks_of_an_unknown_connector_are_not_written(bench: Bench):
    bench.join(is_leader=True)
    with pytest.raises(NotFoundError, match="Connector x not found"):
        await bench.tasks.write_as_leader("x", CONFIGS)
    assert bench.store.written == []


async def test_a_stopped_connector_gets_no_tasks_but_loses_them(bench: Bench):
    bench.join(is_leader=True)
    bench.store.state = ConfigState(configs={"c": {}}, target_states={"c": TargetState.STOPPED})
    with pytest.raises(BadRequestError, match="non-empty set of task configs for stopped"):
        await bench.tasks.write_as_leader("c", CONFIGS)
    await bench.tasks.write_as_leader("c", [])
    assert bench.store.written == [("c", [])]
