# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import datetime
import logging
import time

import pytest

from barnabas.errors import (
    ConnectError,
    NotLeaderError,
    PrivilegedWriteError,
    RetriableError,
)
from barnabas.runtime.group.listener import Assigned
from barnabas.runtime.group.protocol import Assignment, ConnectProtocol
from barnabas.runtime.herder import config_writing
from barnabas.runtime.herder.config_writing import ConfigWriter
from barnabas.runtime.herder.membership import Membership
from barnabas.runtime.herder.stages import Stages
from barnabas.runtime.stores import ConfigStore

a_moment = asyncio.sleep


class Topic:
    """A config topic whose right to write may be refused."""

    def __init__(self) -> None:
        self.refusals: list[ConnectError] = []
        self.claims = 0

    async def claim_write_privileges(self) -> None:
        self.claims += 1
        if self.refusals:
            raise self.refusals.pop(0)


class Written:
    """What is written; may fail."""

    def __init__(self) -> None:
        self.fails: ConnectError | None = None
        self.count = 0

    async def __call__(self) -> None:
        if self.fails is not None:
            raise self.fails
        self.count += 1


@pytest.fixture
def topic() -> Topic:
    return Topic()


@pytest.fixture
def membership() -> Membership:
    stages = Stages(lambda: datetime.datetime.now(datetime.UTC))
    membership = Membership(stages, patience_s=1.0)
    membership.settle(assigned(is_leader=True))
    membership.lease = time.monotonic() + 60
    return membership


@pytest.fixture
def fenced() -> list[str]:
    return []


@pytest.fixture
def writer(topic: ConfigStore, membership: Membership, fenced: list[str]) -> ConfigWriter:
    return ConfigWriter(topic, membership, lambda: fenced.append("fenced"))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses that were made; they take no time."""
    made: list[float] = []

    async def pause(seconds: float) -> None:
        made.append(seconds)
        await a_moment(0)

    monkeypatch.setattr(config_writing.asyncio, "sleep", pause)
    return made


def assigned(*, is_leader: bool) -> Assigned:
    return Assigned(
        assignment=Assignment(2, "m1", "http://leader:8083/", 5),
        work_connectors=frozenset(),
        work_tasks=frozenset(),
        generation=1,
        member_id="m1",
        protocol=ConnectProtocol.SESSIONED,
        is_leader=is_leader,
        owners=None,
    )


async def test_only_the_leader_writes(writer: ConfigWriter, membership: Membership) -> None:
    membership.settle(assigned(is_leader=False))
    write = Written()
    with pytest.raises(NotLeaderError):
        await writer.write(write, "writing")
    assert write.count == 0


async def test_a_newly_elected_leader_claims_the_right_before_it_writes(
    writer: ConfigWriter, topic: Topic
) -> None:
    write = Written()
    await writer.write(write, "writing")
    assert topic.claims == 0
    writer.elected()
    await writer.write(write, "writing")
    await writer.write(write, "writing")
    assert (topic.claims, write.count) == (1, 3)


async def test_a_right_that_cannot_be_had_now_is_waited_for(
    writer: ConfigWriter, topic: Topic, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    topic.refusals = [RetriableError("no coordinator yet")] * 8
    writer.elected()
    write = Written()
    await writer.write(write, "writing")
    assert write.count == 1
    assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    told = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert told == [
        "The right to write to the config topic: it could not be had, so no configuration can be "
        "changed; trying again: no coordinator yet"
    ]


async def test_a_right_that_is_denied_is_told_at_once_and_tried_for_in_the_background(
    writer: ConfigWriter, topic: Topic, pauses: list[float]
) -> None:
    topic.refusals = [ConnectError("give the principal WRITE")] * 3
    writer.elected()
    write = Written()
    with pytest.raises(ConnectError, match="give the principal WRITE"):
        await writer.write(write, "writing")
    assert write.count == 0
    await writer.claim()
    await writer.write(write, "writing")
    assert (topic.claims, write.count) == (4, 1)


async def test_who_leads_no_more_claims_no_more(
    writer: ConfigWriter, membership: Membership, topic: Topic, pauses: list[float]
) -> None:
    topic.refusals = [RetriableError("no coordinator yet")] * 1000
    writer.elected()
    claim = asyncio.create_task(writer.claim())
    await a_moment(0.01)
    membership.settle(assigned(is_leader=False))
    await asyncio.wait_for(claim, 5)


async def test_who_lost_the_lead_while_claiming_does_not_write(
    writer: ConfigWriter, membership: Membership, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def depose() -> None:
        membership.settle(assigned(is_leader=False))
        text = "no coordinator yet"
        raise RetriableError(text)

    monkeypatch.setattr(topic, "claim_write_privileges", depose)
    writer.elected()
    write = Written()
    with pytest.raises(NotLeaderError):
        await writer.write(write, "writing")
    assert write.count == 0


async def test_a_leader_that_was_fenced_says_so_and_claims_again(
    writer: ConfigWriter, topic: Topic, fenced: list[str]
) -> None:
    write = Written()
    write.fails = PrivilegedWriteError("a newer producer")
    with pytest.raises(ConnectError, match="the request can be safely retried"):
        await writer.write(write, "writing")
    assert fenced == ["fenced"]
    write.fails = None
    await writer.write(write, "writing")
    assert topic.claims == 1


async def test_changes_of_one_connector_follow_each_other(writer: ConfigWriter) -> None:
    order: list[str] = []

    async def change(name: str, connector: str) -> None:
        async with writer.changing(connector):
            order.append(f"{name} begins")
            await a_moment(0)
            order.append(f"{name} ends")

    await asyncio.gather(change("a", "c"), change("b", "c"), change("x", "other"))
    assert [event for event in order if event[0] != "x"] == [
        "a begins",
        "a ends",
        "b begins",
        "b ends",
    ]
    assert order.index("x begins") < order.index("a ends")
