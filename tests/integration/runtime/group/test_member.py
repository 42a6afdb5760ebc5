# SPDX-License-Identifier: Apache-2.0
"""Members of real groups: sharing, leaving, and losing touch in every way there is."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import os
import signal
import sys
import time
from pathlib import Path

import confluent_kafka
import pytest

from barnabas.errors import ConnectError
from barnabas.kafka.group_coordinator import GroupCoordinator
from barnabas.runtime.group.protocol import ConnectProtocol, GroupConfig
from tests.integration.runtime.group.proxy import Wire
from tests.integration.runtime.group.station import WAIT_S, everything, settings, station
from tests.services.child import start_child, tail
from tests.services.kafka import KafkaCluster, KafkaClusterFactory

SESSION_S = 4.0
ROOT = Path(__file__).parents[4]


# -- sharing ---------------------------------------------------------------------------------------


async def test_work_is_shared_and_what_stays_is_not_touched(kafka: KafkaCluster, name: str) -> None:
    given = settings(kafka.bootstrap_servers, name)
    async with station("one", given) as one:
        await one.until(lambda: one.tasks == everything())
        async with station("two", given) as two:
            await two.until(lambda: len(two.tasks) == 3)
            await one.until(lambda: len(one.tasks) == 3)
            assert one.tasks | two.tasks == everything()
            assert one.revoked == two.revoked == []
            assert one.running.generation == two.running.generation
            leader = next(each for each in (one, two) if each.assigned[-1].is_leader)
            owners = leader.assigned[-1].owners
            assert owners is not None
            assert {owners.task_url(task) for task in two.tasks} == {two.url}
        await one.until(lambda: one.tasks == everything(), SESSION_S / 2)


async def test_joining_again_takes_no_time(kafka: KafkaCluster, name: str) -> None:
    async with station("one", settings(kafka.bootstrap_servers, name)) as one:
        await one.until(lambda: one.tasks)
        took = []
        for _ in range(5):
            began, known = time.monotonic(), len(one.assigned)
            one.running.request_rejoin("a test wants it")
            await one.until(lambda known=known: len(one.assigned) > known)
            took.append(one.assigned_at[-1] - began)
            await asyncio.sleep(0.05)
        assert min(took) < 0.1
        assert one.running.rebalance_metrics()["completed-rebalances-total"] == 6


async def test_one_eager_worker_makes_the_group_eager(kafka: KafkaCluster, name: str) -> None:
    servers = kafka.bootstrap_servers
    async with station("one", settings(servers, name)) as one:
        await one.until(lambda: one.tasks)
        assert one.running.protocol is ConnectProtocol.SESSIONED
        async with station("old", settings(servers, name, connect_protocol="eager")) as old:
            await old.until(lambda: len(old.tasks) == 3)
            await one.until(lambda: len(one.tasks) == 3)
            assert one.running.protocol is ConnectProtocol.EAGER
            assert one.tasks | old.tasks == everything()
            assert len(one.revoked) == 1
        await one.until(lambda: one.running.protocol is ConnectProtocol.SESSIONED)
        await one.until(lambda: one.tasks == everything())


async def test_workers_wait_for_a_leader_that_has_read_less_until_it_has_read_on(
    kafka: KafkaCluster, name: str
) -> None:
    given, newer = settings(kafka.bootstrap_servers, name), GroupConfig(9, {"orders": 1})
    older, asked = GroupConfig(5, {}), list[float]()

    def refresh(timeout_s: float) -> GroupConfig:
        asked.append(timeout_s)
        if len(asked) == 1:
            message = "the topic does not answer"
            raise ConnectError(message)
        return newer

    async with station("old", given, config=lambda: older, refresh=refresh) as leader:
        await leader.until(lambda: leader.assigned)
        async with station("new", given, config=lambda: newer) as other:
            await other.until(lambda: other.assigned)
            assert other.assigned[0].assignment.is_failed
            assert other.assigned[0].assignment.config_offset == 9
            await leader.until(lambda: leader.tasks or other.tasks)
            assert asked[:2] == [3.0, 3.0]


# -- losing touch ----------------------------------------------------------------------------------


async def test_a_cut_wire_ends_the_work_before_others_can_get_it(
    kafka: KafkaCluster, name: str
) -> None:
    given = settings(kafka.bootstrap_servers, name)
    async with Wire() as wire, station("far", given) as far:
        await far.until(lambda: far.tasks == everything())
        lease = far.last_lease
        await far.until(lambda: far.last_lease > lease + 1)
        assert far.revoked == []
        wire.is_cut = True
        await far.until(lambda: far.revoked)
        gave_up_at, reason = far.revoked[0]
        assert "has not answered for" in reason
        assert gave_up_at < far.last_lease
        await far.until(lambda: far.running.lease == -math.inf)
        members = [name]
        while members:  # the coordinator finds out by itself, but not before
            members = list((await asyncio.to_thread(kafka.group, name)).members)
            ended_at = time.monotonic()
            assert ended_at < gave_up_at + WAIT_S
            await asyncio.sleep(0.1)
        assert ended_at > far.last_lease
        wire.is_cut = False
        await far.until(lambda: far.tasks == everything())
        assert far.running.trouble is None


async def test_a_paused_worker_gives_up_at_once_when_it_wakes(
    kafka: KafkaCluster, name: str, tmp_path: Path
) -> None:
    log = tmp_path / "paused.log"
    module = "tests.integration.runtime.group.pausable_worker"
    command = [sys.executable, "-m", module, kafka.bootstrap_servers, name]
    process = start_child(command, log=log, folder=ROOT)

    def said(what: str) -> list[tuple[float, object]]:
        lines = [json.loads(line) for line in log.read_text().splitlines() if line[:1] == "["]
        return [(at, value) for kind, at, value in lines if kind == what]

    try:
        async with station("awake", settings(kafka.bootstrap_servers, name)) as awake:
            await awake.until(lambda: said("assigned") and len(awake.tasks) == 3)
            await asyncio.sleep(1)
            os.kill(process.pid, signal.SIGSTOP)
            lease = max(float(str(value)) for _, value in said("lease"))
            assert said("revoked") == []
            await awake.until(lambda: awake.tasks == everything())
            assert awake.assigned_at[-1] > lease  # nobody had the work before the lease was over
            woken_at = time.monotonic()
            os.kill(process.pid, signal.SIGCONT)
            await awake.until(lambda: said("revoked"))
            assert said("revoked")[0][0] - woken_at < 2
            await awake.until(lambda: len(awake.tasks) == 3)  # it came back, and got its share
    except TimeoutError as error:
        raise AssertionError(tail(log)) from error
    finally:
        process.kill()
        process.wait()


async def test_a_member_that_was_thrown_out_stops_and_comes_back(
    kafka: KafkaCluster, name: str
) -> None:
    given = settings(kafka.bootstrap_servers, name)
    async with station("one", given) as one:
        await one.until(lambda: one.tasks)
        outsider = GroupCoordinator(one.running._coordinator.settings)
        outsider.member_id = lost = one.running.member_id
        await outsider.leave("thrown out by a test", 5.0)
        await one.until(lambda: one.revoked)
        assert -math.inf in one.leases
        await one.until(lambda: one.tasks == everything())
        assert one.running.member_id != lost
        assert len(one.revoked) == 1


async def test_the_workers_own_loop_may_be_busy_for_longer_than_a_session(
    kafka: KafkaCluster, name: str
) -> None:
    async with station("one", settings(kafka.bootstrap_servers, name)) as one:
        await one.until(lambda: one.tasks)
        generation = one.running.generation
        time.sleep(SESSION_S + 2)  # noqa: ASYNC251 - that is the point
        assert one.last_lease > time.monotonic() + SESSION_S / 2
        await asyncio.sleep(1)
        assert (one.revoked, one.running.generation) == ([], generation)


async def test_a_worker_that_takes_its_time_stays_a_member_until_the_rebalance_timeout(
    kafka: KafkaCluster, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    given = settings(kafka.bootstrap_servers, name, rebalance_timeout_ms=7_000)
    async with station("one", given) as one:
        one.busy_s = SESSION_S + 1
        await one.until(lambda: one.tasks)
        assert one.revoked == []
        one.busy_s = 1000
        began = time.monotonic()
        one.running.request_rejoin("a test wants it")
        await one.until(lambda: one.revoked)
        assert 6 < time.monotonic() - began < 10
        one.busy_s = 0
        await one.until(lambda: len(one.assigned) > 1)
    assert "worker poll timeout has expired." in caplog.text


# -- brokers that come and go ----------------------------------------------------------------------


async def test_a_worker_may_start_before_its_broker_and_stop_after_it(
    spare_kafka: KafkaCluster, name: str
) -> None:
    await asyncio.to_thread(spare_kafka.brokers[0].stop)
    async with station("one", settings(spare_kafka.bootstrap_servers, name)) as one:
        await one.until(lambda: one.running.trouble)
        assert "Connection refused" in str(one.running.trouble)
        assert "Connection refused" in str(one.running.stage)
        await asyncio.to_thread(spare_kafka.start)
        await one.until(lambda: one.tasks == everything())
        assert one.running.trouble is None
        spare_kafka.brokers[0].kill()
        await one.until(lambda: one.revoked)
        assert one.revoked[0][0] < one.last_lease
        began = time.monotonic()
        await one.running.stop()
        assert time.monotonic() - began < 6


async def test_a_broker_that_is_back_in_time_does_not_interrupt_the_work(
    spare_kafka: KafkaCluster, name: str
) -> None:
    given = settings(spare_kafka.bootstrap_servers, name, session_timeout_ms=60_000)
    async with station("one", given) as one:
        await one.until(lambda: one.tasks)
        generation, lease = one.running.generation, one.last_lease
        await asyncio.to_thread(spare_kafka.restart)
        await one.until(lambda: one.last_lease > lease + 1 and one.running.trouble is None)
        await asyncio.sleep(2)
        assert (one.revoked, one.running.generation) == ([], generation)


async def test_a_coordinator_that_moves_is_followed(
    kafka_cluster: KafkaClusterFactory, name: str
) -> None:
    cluster = kafka_cluster(brokers=3)
    given = settings(cluster.bootstrap_servers, name, session_timeout_ms=30_000)
    async with station("one", given) as one:
        await one.until(lambda: one.tasks)
        address = str(one.running._coordinator.address)
        generation = one.running.generation
        servers = cluster.bootstrap_servers.split(",")
        cluster.brokers[servers.index(address)].kill()
        await one.until(lambda: str(one.running._coordinator.address) not in {address, "None"})
        lease = one.last_lease
        await one.until(lambda: one.last_lease > lease)
        assert (one.revoked, one.running.generation) == ([], generation)


# -- groups that do not let one in


async def test_the_group_of_a_consumer_is_told_and_tried_until_it_is_free(
    kafka: KafkaCluster, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    kafka.create_topic(name)
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": kafka.bootstrap_servers, "group.id": name}
    )
    consumer.subscribe([name])
    with contextlib.closing(consumer):
        deadline = time.monotonic() + WAIT_S
        while not consumer.assignment() and time.monotonic() < deadline:
            consumer.poll(0.1)
        async with station("one", settings(kafka.bootstrap_servers, name)) as one:
            await one.until(lambda: one.running.trouble)
            assert f"group.id={name} is in use by a group of another kind" in caplog.text
            assert "The worker goes on trying" in caplog.text
            consumer.unsubscribe()
            consumer.close()
            await one.until(lambda: one.tasks == everything())
    errors = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert 1 <= len(errors) <= 2
