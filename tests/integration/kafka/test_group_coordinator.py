# SPDX-License-Identifier: Apache-2.0
"""The requests of a member, answered by a real coordinator."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import confluent_kafka
import pytest

from barnabas.kafka import layering
from barnabas.kafka.group_coordinator import CoordinatorSettings, GroupCoordinator, Joined
from barnabas.kafka.group_errors import (
    CoordinatorLostError,
    GenerationLostError,
    GroupRefusedError,
    MembershipLostError,
)
from tests.services.kafka import KafkaCluster, KafkaClusterFactory
from tests.services.ports import free_port

WAIT_S = 30.0
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


def coordinator(servers: str, group: str, **changes: str) -> GroupCoordinator:
    given = {name.replace("_", "."): value for name, value in changes.items()}
    session_ms = int(given.pop("session.timeout.ms", "10000"))
    return GroupCoordinator(
        CoordinatorSettings(
            group_id=group,
            protocol_type="connect",
            session_timeout_ms=session_ms,
            rebalance_timeout_ms=20_000,
            heartbeat_timeout_ms=4_000,
            client=layering.admin({"bootstrap.servers": servers, **given}, "x"),
            client_id="connect-me",
        )
    )


async def join(member: GroupCoordinator, word: bytes = b"hello") -> Joined:
    """Join, as soon as there is a coordinator, which a new cluster takes a moment to have."""
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            return await member.join(lambda: [("best", word), ("second", word)], "a test")
        except CoordinatorLostError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


async def join_and_sync(member: GroupCoordinator, word: bytes = b"hello") -> bytes:
    joined = await join(member, word)
    told = {name: b"for " + said for name, said in joined.members.items()}
    return (await member.sync(told)).assignment


@contextlib.asynccontextmanager
async def open_member(member: GroupCoordinator) -> AsyncIterator[GroupCoordinator]:
    try:
        yield member
    finally:
        await member.leave("the test ends", 5.0)
        member.close()


def test_a_member_joins_and_hears_what_the_leader_decided(kafka: KafkaCluster, name: str) -> None:
    async def act() -> None:
        async with open_member(coordinator(kafka.bootstrap_servers, name)) as member:
            joined = await join(member)
            assert joined.is_leader
            assert joined.protocol == "best"
            assert joined.members == {joined.member_id: b"hello"}
            assert joined.member_id.startswith("connect-me-")
            synced = await member.sync({joined.member_id: b"\0\1\2"})
            assert synced.assignment == b"\0\1\2"
            assert joined.sent_at_s < synced.sent_at_s < time.monotonic()
            assert kafka.group(name).protocol == "best"

    asyncio.run(act())


def test_joining_again_keeps_the_name_and_is_quick(kafka: KafkaCluster, name: str) -> None:
    async def act() -> None:
        async with open_member(coordinator(kafka.bootstrap_servers, name)) as member:
            await join_and_sync(member)
            before, times = (member.member_id, member.generation), []
            for _ in range(5):
                began = time.monotonic()
                await join_and_sync(member)
                times.append(time.monotonic() - began)
            assert (member.member_id, member.generation) == (before[0], before[1] + 5)
            assert min(times) < 0.1

    asyncio.run(act())


def test_heartbeats_are_answered_while_a_join_is_held_back(kafka: KafkaCluster, name: str) -> None:
    async def act() -> None:
        servers = kafka.bootstrap_servers
        async with (
            open_member(coordinator(servers, name)) as first,
            open_member(coordinator(servers, name)) as second,
        ):
            await join_and_sync(first)
            joining = asyncio.create_task(join(second))
            beat = None
            while beat is None or not beat.is_rebalancing:
                beat = await first.heartbeat()
                assert beat is not None
                await asyncio.sleep(0.05)
            assert not joining.done()  # its answer waits for the first member
            first_joined, second_joined = await asyncio.gather(join(first), joining)
            assert first_joined.generation == second_joined.generation
            leader, other = (first, second) if first_joined.is_leader else (second, first)
            told = {leader.member_id: b"a", other.member_id: b"b"}
            both = await asyncio.gather(leader.sync(told), other.sync({}))
            assert [one.assignment for one in both] == [b"a", b"b"]

    asyncio.run(act())


def test_a_join_that_is_given_up_is_replaced_by_the_next(kafka: KafkaCluster, name: str) -> None:
    async def act() -> None:
        servers = kafka.bootstrap_servers
        async with (
            open_member(coordinator(servers, name)) as first,
            open_member(coordinator(servers, name)) as second,
        ):
            await join_and_sync(first)
            joining = asyncio.create_task(join(second, b"old"))
            await asyncio.sleep(0.5)
            joining.cancel()
            again = asyncio.create_task(join(second, b"new"))
            await asyncio.sleep(0.5)
            joined = await join(first)
            await again
            leader = joined if joined.is_leader else again.result()
            assert set(leader.members.values()) == {b"hello", b"new"}

    asyncio.run(act())


def test_a_member_the_coordinator_does_not_know_hears_it(kafka: KafkaCluster, name: str) -> None:
    async def act() -> None:
        async with open_member(coordinator(kafka.bootstrap_servers, name)) as member:
            await join_and_sync(member)
            known = member.member_id
            member.member_id = "somebody-else"
            with pytest.raises(MembershipLostError):
                await member.heartbeat()
            assert not member.is_member
            member.member_id = known

    asyncio.run(act())


def test_a_member_of_an_older_round_hears_it(kafka: KafkaCluster, name: str) -> None:
    async def act() -> None:
        async with open_member(coordinator(kafka.bootstrap_servers, name)) as member:
            await join_and_sync(member)
            member.generation = 77
            with pytest.raises(GenerationLostError):
                await member.heartbeat()
            assert member.member_id
            assert not member.is_member
            await join_and_sync(member)

    asyncio.run(act())


def test_who_leaves_is_gone_at_once(kafka: KafkaCluster, name: str) -> None:
    async def act() -> None:
        member = coordinator(kafka.bootstrap_servers, name)
        await join_and_sync(member)
        assert await member.leave("enough", 5.0)
        assert kafka.group(name).members == {}
        assert await member.leave("twice", 5.0)  # nothing to leave
        member.close()

    asyncio.run(act())


def test_a_group_of_consumers_is_told_with_what_to_change(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": kafka.bootstrap_servers, "group.id": name}
    )
    consumer.subscribe([name])
    try:
        deadline = time.monotonic() + WAIT_S
        while not consumer.assignment() and time.monotonic() < deadline:
            consumer.poll(0.1)

        async def act() -> None:
            async with open_member(coordinator(kafka.bootstrap_servers, name)) as member:
                with pytest.raises(GroupRefusedError, match=r"group\.id of its own") as caught:
                    await join(member)
                assert name in caught.value.message

        asyncio.run(act())
    finally:
        consumer.close()


def test_a_session_the_broker_does_not_allow_is_told(kafka: KafkaCluster, name: str) -> None:
    async def act() -> None:
        member = coordinator(kafka.bootstrap_servers, name, session_timeout_ms="10")
        async with open_member(member):
            with pytest.raises(GroupRefusedError, match=r"group\.min\.session\.timeout\.ms"):
                await join(member)

    asyncio.run(act())


def test_no_broker_at_all_is_told_with_all_addresses() -> None:
    servers = f"127.0.0.1:{free_port()},127.0.0.1:{free_port()}"

    async def act() -> None:
        with pytest.raises(CoordinatorLostError) as caught:
            await coordinator(servers, "g").find()
        for server in servers.split(","):
            assert server in caught.value.message

    asyncio.run(act())


def test_one_broker_that_answers_is_enough(kafka: KafkaCluster, name: str) -> None:
    async def act() -> None:
        servers = f"127.0.0.1:{free_port()},{kafka.bootstrap_servers}"
        async with open_member(coordinator(servers, name)) as member:
            await join(member)
            assert str(member.address) == kafka.bootstrap_servers

    asyncio.run(act())


@pytest.fixture
def strict(kafka_cluster: KafkaClusterFactory) -> KafkaCluster:
    """A cluster where only the principal without a login may do anything."""
    listener = "listener.name.login."
    return kafka_cluster(
        listeners={"LOGIN": "SASL_PLAINTEXT"},
        settings={
            f"{listener}sasl.enabled.mechanisms": "PLAIN",
            f"{listener}plain.sasl.jaas.config": f'{PLAIN} required user_bob="pw";',
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        },
    )


def test_a_principal_without_rights_is_told(strict: KafkaCluster, name: str) -> None:
    member = coordinator(
        strict.addresses("LOGIN"),
        name,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="PLAIN",
        sasl_jaas_config=f'{PLAIN} required username="bob" password="pw";',
    )
    with pytest.raises(GroupRefusedError, match="give it READ on the group"):
        asyncio.run(member.find())


def test_membership_outlives_a_restart_of_the_coordinator(
    spare_kafka: KafkaCluster, name: str
) -> None:
    async def act() -> None:
        async with open_member(
            coordinator(spare_kafka.bootstrap_servers, name, session_timeout_ms="60000")
        ) as member:
            await join_and_sync(member)
            before = (member.member_id, member.generation)
            await asyncio.to_thread(spare_kafka.brokers[0].stop)
            with pytest.raises(CoordinatorLostError):
                await member.heartbeat()
            await asyncio.to_thread(spare_kafka.start)
            deadline = time.monotonic() + WAIT_S
            beat = None
            while beat is None:
                assert time.monotonic() < deadline
                with contextlib.suppress(CoordinatorLostError):
                    beat = await member.heartbeat()
                await asyncio.sleep(0.1)
            assert not beat.is_rebalancing
            assert (member.member_id, member.generation) == before

    asyncio.run(act())
