# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barnabas import errors
from barnabas.runtime.model import RestartRequest, State, TaskId
from tests.unit.runtime.herder.cluster_doubles import Cluster, Node
from tests.unit.runtime.herder.doubles import config


async def test_workers_share_a_connectors_tasks():
    async with Cluster() as cluster:
        for name in ("a", "b", "c"):
            await cluster.start(name)
        await cluster.settle()
        await cluster.leader.herder.create_connector("c", config(tasks_max="6"), replace=False)
        await cluster.settle()
        assert cluster.running("c") == dict.fromkeys(range(6), "0")
        assert sorted(cluster.load()) == [2, 2, 2]
        assert cluster.faults == []


async def test_a_follower_names_the_leader():
    async with Cluster() as cluster:
        leader, follower = await cluster.start("a"), await cluster.start("b")
        await cluster.settle()
        assert leader is cluster.leader
        with pytest.raises(errors.NotLeaderError) as raised:
            await follower.herder.create_connector("c", config(), replace=False)
        assert raised.value.forward_url == leader.url


async def test_a_worker_that_joins_gets_its_share_and_disturbs_nothing_else():
    async with Cluster() as cluster:
        first = await cluster.start("a")
        await cluster.settle()
        await first.herder.create_connector("c", config(tasks_max="4"), replace=False)
        await cluster.settle()
        first.worker.calls.clear()
        await cluster.start("b")
        await cluster.settle()
        assert sorted(cluster.load()) == [2, 2]
        assert sum(call.startswith("start") for call in first.worker.calls) == 0
        assert cluster.faults == []


async def test_work_of_a_worker_that_died_goes_to_others():
    async with Cluster() as cluster:
        for name in ("a", "b"):
            await cluster.start(name)
        await cluster.settle()
        await cluster.leader.herder.create_connector("c", config(tasks_max="4"), replace=False)
        await cluster.settle()
        cluster.crash("a")
        await cluster.settle()
        assert cluster.running("c") == dict.fromkeys(range(4), "0")
        assert cluster.faults == []


async def test_new_task_configurations_never_run_beside_old_ones():
    async with Cluster() as cluster:
        for name in ("a", "b", "c"):
            await cluster.start(name)
        await cluster.settle()
        herder = cluster.leader.herder
        await herder.create_connector("c", config(tasks_max="6"), replace=False)
        await cluster.settle()
        await herder.create_connector("c", config(tasks_max="4", revision="1"), replace=True)
        await cluster.settle()
        assert cluster.running("c") == dict.fromkeys(range(4), "1")
        assert cluster.faults == []


async def test_an_unassigned_task_cannot_be_restarted_and_why_is_said():
    async with Cluster(max_delay_ms=60_000) as cluster:
        for name in ("a", "b"):
            await cluster.start(name)
        await cluster.settle()
        await cluster.leader.herder.create_connector("c", config(tasks_max="2"), replace=False)
        await cluster.settle()
        leader = cluster.leader
        lost = next(
            (name, task)
            for name, node in cluster.workers.items()
            for task in node.worker.tasks
            if node is not leader
        )
        cluster.crash(lost[0])
        await cluster.settle()
        with pytest.raises(errors.RebalanceError, match="up to 60 s") as raised:
            await leader.herder.restart_task(lost[1])
        assert raised.value.retry_after_s == 60


async def test_work_that_waits_for_a_lost_worker_is_not_shown_as_running():
    async with Cluster(max_delay_ms=60_000) as cluster:
        for name in ("a", "b"):
            await cluster.start(name)
        await cluster.settle()
        await cluster.leader.herder.create_connector("c", config(tasks_max="2"), replace=False)
        await cluster.settle()
        cluster.crash("b")
        await cluster.settle()
        states = cluster.leader.herder.connector_status("c").tasks
        assert sorted((task.state, task.worker_id) for task in states) == [
            ("RUNNING", "a:8083"),
            ("UNASSIGNED", "b:8083"),
        ]


async def test_each_worker_measures_what_it_runs_and_its_membership():
    async with Cluster() as cluster:
        for name in ("a", "b"):
            await cluster.start(name)
        await cluster.settle()
        await cluster.leader.herder.create_connector("c", config(tasks_max="2"), replace=False)
        await cluster.settle()
        for node in cluster.workers.values():
            measured = node.herder.metrics()
            assert set(measured.tasks) == set(node.worker.tasks) != set()
            assert measured.task_counts["c"]["connector-running-task-count"] == 2
            assert measured.rebalances == {"leader-name": cluster.leader.url}
            assert measured.coordinator == {"assigned-tasks": 1}
            assert measured.client_id == f"connect-{node.url}"


async def test_a_worker_that_has_not_begun_can_be_measured():
    async with Cluster() as cluster:
        measured = Node(cluster, "a").herder.metrics()
        assert (measured.task_counts, measured.rebalances) == ({}, {"leader-name": ""})


async def test_unknown_things_are_not_found():
    async with Cluster() as cluster:
        herder = (await cluster.start("a")).herder
        await cluster.settle()
        await herder.create_connector("c", config(), replace=False)
        await cluster.settle()
        with pytest.raises(errors.NotFoundError, match="Unknown connector: x"):
            await herder.restart_connector("x")
        with pytest.raises(errors.NotFoundError, match="Unknown task: c-7"):
            await herder.restart_task(TaskId("c", 7))
        with pytest.raises(errors.NotFoundError, match="Unknown connector x"):
            await herder.pause_connector("x")
        with pytest.raises(errors.NotFoundError, match="Connector x not found"):
            await herder.delete_connector("x")
        with pytest.raises(errors.AlreadyExistsError, match="Connector c already exists"):
            await herder.create_connector("c", config(), replace=False)


# -- what holds whatever users do and whichever workers come, go and die

CONNECTORS = st.sampled_from(["c", "d"])
COUNTS = st.integers(1, 5)
STEPS = st.one_of(
    st.tuples(st.just("start")),
    st.tuples(st.just("stop"), st.integers(0, 4)),
    st.tuples(st.just("crash"), st.integers(0, 4)),
    st.tuples(st.just("put"), CONNECTORS, COUNTS),
    st.tuples(st.sampled_from(["delete", "pause", "resume", "halt", "restart"]), CONNECTORS),
    st.tuples(st.just("settle")),
    st.tuples(st.just("turn"), st.integers(1, 6)),
)


class Story:
    """Does what Hypothesis says, and remembers what should be."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.names = (f"w{number}" for number in range(1_000))
        self.revision = 0
        self.wanted: dict[str, tuple[int, str]] = {}
        self.halted: set[str] = set()
        self.paused: set[str] = set()

    async def do(self, step: tuple) -> None:
        match step:
            case ("start",) if len(self.cluster.workers) < 4:
                await self.cluster.start(next(self.names))
            case ("stop" | "crash" as how, index) if len(self.cluster.workers) > 1:
                name = list(self.cluster.workers)[index % len(self.cluster.workers)]
                await self.cluster.stop(name) if how == "stop" else self.cluster.crash(name)
            case ("put", name, count):
                self.revision += 1
                revision = str(self.revision)
                wanted = config(name=name, tasks_max=str(count), revision=revision)
                await self.lead(lambda herder: herder.create_connector(name, wanted, replace=True))
                self.wanted[name] = (count, revision)
            case ("settle",):
                await self.cluster.settle()
            case ("turn", turns):
                for _ in range(turns):
                    await asyncio.sleep(0)
            case (how, name) if name in self.wanted and isinstance(name, str):
                await self.change(how, name)

    async def change(self, how: str, name: str) -> None:
        match how:
            case "delete":
                await self.lead(lambda herder: herder.delete_connector(name))
                del self.wanted[name]
                self.halted.discard(name)
                self.paused.discard(name)
            case "pause":
                await self.lead(lambda herder: herder.pause_connector(name))
                self.halted.discard(name)
                self.paused.add(name)
                self.halted.discard(name)  # no tasks are made until it is resumed
            case "resume":
                await self.lead(lambda herder: herder.resume_connector(name))
                self.halted.discard(name)
                self.paused.discard(name)
            case "halt":
                await self.lead(lambda herder: herder.stop_connector(name))
                self.halted.add(name)
                self.paused.discard(name)
            case "restart":
                request = RestartRequest(name, include_tasks=True)
                with contextlib.suppress(errors.NotFoundError):  # it never ran, there is no status
                    await self.lead(lambda herder: herder.restart_connector_and_tasks(request))

    async def lead(self, operation) -> None:
        """Have the leader do something; whoever leads by then."""
        async with asyncio.timeout(20):
            while True:
                leaders = [
                    node.herder
                    for node in self.cluster.workers.values()
                    if node.herder._membership.leads
                ]
                if leaders and leaders[0]._has_loaded:
                    await operation(leaders[0])
                    return
                await asyncio.sleep(0.0005)


async def tell(steps: list[tuple]) -> None:
    async with Cluster() as cluster:
        story = Story(cluster)
        await cluster.start("first")
        for step in steps:
            await story.do(step)
        await cluster.settle()
        check(story)


def check(story: Story) -> None:
    cluster = story.cluster
    assert cluster.faults == []
    herder = cluster.leader.herder
    assert set(herder.connectors()) == set(story.wanted)
    for name, (count, revision) in story.wanted.items():
        running = cluster.running(name)
        info = herder.connector_status(name)
        if name in story.halted:
            assert running == {}
            assert info.connector.state == State.STOPPED.value
            assert info.tasks == []
        elif name in story.paused:
            assert info.connector.state == State.PAUSED.value
        else:
            assert running == dict.fromkeys(range(count), revision)
            assert info.connector.state == State.RUNNING.value
            assert [task.state for task in info.tasks] == ["RUNNING"] * count
    load = cluster.load()
    assert max(load) - min(load) <= 1


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, max_size=14))
def test_every_task_runs_once_as_configured_in_the_end_and_never_twice(steps: list[tuple]):
    asyncio.run(tell(steps))
