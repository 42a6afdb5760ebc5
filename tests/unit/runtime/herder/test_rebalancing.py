# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import time

import pytest

from barnabas.errors import ConnectError, RebalanceError
from barnabas.testing import MemoryTopic
from tests.unit.runtime.herder.cluster_doubles import Cluster, Node
from tests.unit.runtime.herder.doubles import config, until


async def test_a_worker_with_another_config_topic_leaves_the_work_to_those_who_know_it():
    async with Cluster() as cluster:
        first = await cluster.start("a")
        await cluster.settle()
        for name in ("c", "d"):
            await first.herder.create_connector(name, config(tasks_max="2"), replace=False)
        await cluster.settle()
        cluster.configs = MemoryTopic("other")
        stranger = await cluster.start("b")
        with pytest.raises(ConnectError) as raised:
            await asyncio.wait_for(asyncio.shield(stranger.herder.over), 10)
        assert "its config topic knows nothing of (" in raised.value.message
        assert "same bootstrap.servers and config.storage.topic" in raised.value.message
        await cluster.stop("b")
        await cluster.settle()
        assert cluster.running("c").keys() == cluster.running("d").keys() == {0, 1}
        assert cluster.faults == []


async def test_a_worker_that_has_read_less_of_the_same_topic_works_on(caplog):
    async with Cluster() as cluster:
        first = await cluster.start("a")
        await cluster.settle()
        await first.herder.create_connector("c", config(tasks_max="2"), replace=False)
        await first.herder.create_connector("gone", config(), replace=False)
        await first.herder.delete_connector("gone")
        await cluster.settle()
        ours = MemoryTopic("compacted")  # tombstones at the end are gone some day
        ours.append(
            [(one.key, one.value) for one in cluster.configs.records if b"gone" not in one.key]
        )
        cluster.configs = ours
        await cluster.start("b")
        await cluster.settle()
        assert cluster.load() == [1, 1]
        assert "but the config topic ends at offset" in caplog.text


async def test_addresses_nobody_else_can_use_are_told_by_leader_and_follower(caplog):
    async with Cluster() as cluster:
        await cluster.start("a")
        await cluster.start("localhost")
        await cluster.settle()
        told = [text for text in caplog.messages if "advertises the address localhost:8083" in text]
        assert [text.split(" advertises")[0] for text in told] == [
            "A worker of the group",
            "This worker",
        ]


async def test_a_fault_while_starting_ends_the_worker(monkeypatch):
    async with Cluster() as cluster:
        node = await cluster.start("a")
        await cluster.settle()

        async def fail(_listener):
            text = "bug"
            raise ValueError(text)

        monkeypatch.setattr(node.herder._configs, "start", fail)
        await node.herder._logged(node.herder._begin(), "starting")
        assert isinstance(node.herder.over.exception(), ConnectError)


async def test_who_asks_a_worker_that_gets_no_work_hears_of_the_leader_that_is_behind(caplog):
    async with Cluster() as cluster:
        theirs, cluster.configs = cluster.configs, MemoryTopic("other")
        await cluster.start("wrong")
        await cluster.settle()
        theirs.append([(b"connector-c", b'{"properties":{}}')] * 9)
        cluster.configs = theirs
        node = await cluster.start("right")
        async with asyncio.timeout(10):
            while "no work is handed out" not in (node.herder.stage or ""):  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert "waiting for work: no work is handed out, because the leader http://wrong:8083/" in (
            node.herder.stage
        )
        told = [text for text in caplog.messages if "no work is handed out" in text]
        assert len(told) <= 2  # one by each, however often they try
        await cluster.stop("wrong")
        await cluster.settle()
        assert "waiting for work" not in (node.herder.stage or "")


async def test_a_refused_worker_answers_changes_at_once_but_its_health_may_still_mend():
    async with Cluster() as cluster:
        node = await cluster.start("a")
        node.herder._rebalancing.on_refusal("give READ on the group")
        with pytest.raises(RebalanceError, match="give READ on the group"):
            await node.herder.create_connector("c", config(), replace=False)
        health = asyncio.create_task(node.herder.health_check())
        await asyncio.sleep(0)
        assert not health.done()
        await cluster.settle()
        await health


async def test_a_worker_gets_ready_to_ask_others_when_there_are_any():
    async with Cluster() as cluster:
        first = await cluster.start("a")
        await cluster.settle()
        assert first.prepared == []
        second = await cluster.start("b")
        await cluster.settle()
        assert set(first.prepared) == set(second.prepared) == {first.url}


def has_let_go(node: Node) -> bool:
    return all(log.has_let_go for log in node.logs)


async def test_what_waits_to_be_written_is_dropped_when_others_may_have_the_work():
    async with Cluster() as cluster:
        (only,) = await cluster.begin("a")
        assert not has_let_go(only)
        await only.member.lose_lease()
        assert has_let_go(only)


async def test_until_the_lease_ends_what_waits_may_still_be_written():
    async with Cluster() as cluster:
        (only,) = await cluster.begin("a")
        rebalancing = only.herder._rebalancing
        rebalancing.on_lease(time.monotonic() + 0.1)
        await rebalancing.on_revoked("the coordinator does not answer")
        assert not has_let_go(only)
        await until(lambda: has_let_go(only))


async def test_what_waits_is_kept_when_the_lease_is_extended():
    async with Cluster() as cluster:
        (only,) = await cluster.begin("a")
        rebalancing = only.herder._rebalancing
        rebalancing.on_lease(2000.0)
        rebalancing._let_go_unless_extended(1000.0)
        assert not has_let_go(only)
        rebalancing._let_go_unless_extended(2000.0)
        assert has_let_go(only)
