# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import threading

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from barnabas import errors
from barnabas.runtime.group import session_keys
from barnabas.runtime.group.protocol import ConnectProtocol
from barnabas.runtime.herder.peers import PeerAnswer
from barnabas.runtime.model import RestartRequest, SessionKey, State, TargetState, TaskId
from tests.unit.runtime.herder.cluster_doubles import Cluster, Node, refusal
from tests.unit.runtime.herder.doubles import SINK, config, until


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


# -- who carries out what

CHANGES_OF_THE_LEADER = {
    "create": lambda herder: herder.create_connector("e", config(name="e"), replace=False),
    "replace": lambda herder: herder.create_connector("c", config(linger="5"), replace=True),
    "patch": lambda herder: herder.patch_connector("c", {"linger": "5"}),
    "delete": lambda herder: herder.delete_connector("c"),
    "stop": lambda herder: herder.stop_connector("c"),
    "restart all": lambda herder: herder.restart_connector_and_tasks(
        RestartRequest("c", include_tasks=True)
    ),
    "alter offsets": lambda herder: herder.alter_offsets("c", []),
    "reset offsets": lambda herder: herder.reset_offsets("c"),
}
CHANGES_OF_THE_OWNER = {
    "restart": lambda herder: herder.restart_connector("c"),
    "restart task": lambda herder: herder.restart_task(TaskId("c", 0)),
}
CHANGES_OF_ANY = {
    "pause": lambda herder: herder.pause_connector("c"),
    "resume": lambda herder: herder.resume_connector("c"),
    "log level": lambda herder: herder.set_logger_level("x", "INFO", cluster=True),
}
CHANGES = {**CHANGES_OF_THE_LEADER, **CHANGES_OF_THE_OWNER, **CHANGES_OF_ANY}
READS = {
    "list": lambda herder: herder.connectors(),
    "info": lambda herder: herder.connector_info("c"),
    "config": lambda herder: herder.connector_config("c"),
    "status": lambda herder: herder.connector_status("c"),
    "task status": lambda herder: herder.task_status(TaskId("c", 0)),
    "tasks": lambda herder: herder.task_infos("c"),
    "topics": lambda herder: herder.active_topics("c"),
}


def of(operations):
    """Run a test for each of these."""
    return pytest.mark.parametrize(
        "operation", [pytest.param(each, id=name) for name, each in operations.items()]
    )


@of(CHANGES_OF_THE_LEADER)
async def test_a_follower_names_the_leader_for_all_that_only_it_does(operation):
    async with Cluster() as cluster:
        leader, follower = await cluster.begin("a", "b")
        await cluster.create()
        with pytest.raises(errors.NotLeaderError, match="Only the leader") as raised:
            await operation(follower.herder)
        assert raised.value.forward_url == leader.url


@of(CHANGES_OF_ANY)
async def test_any_worker_writes_what_needs_no_order(operation):
    async with Cluster() as cluster:
        _, follower = await cluster.begin("a", "b")
        await cluster.create()
        before = len(cluster.configs.records)
        await operation(follower.herder)
        assert len(cluster.configs.records) == before + 1


async def test_whoever_runs_it_restarts_it():
    async with Cluster() as cluster:
        await cluster.begin("a", "b")
        await cluster.create(tasks_max="2")
        for task in (TaskId("c", 0), TaskId("c", 1)):
            owner = cluster.owner(task)
            owner.worker.calls.clear()
            await owner.herder.restart_task(task)
            assert owner.worker.calls == [f"stop {task}", f"start {task} STARTED"]
        owner = cluster.owner("c")
        owner.worker.calls.clear()
        await owner.herder.restart_connector("c")
        assert owner.worker.calls[:2] == ["stop c", "start c STARTED"]


async def test_who_does_not_run_it_names_the_owner_if_it_knows_it_else_the_leader():
    async with Cluster() as cluster:
        leader, _, _ = await cluster.begin("a", "b", "c")
        await cluster.create(tasks_max="3")
        task = next(TaskId("c", n) for n in range(3) if TaskId("c", n) not in leader.worker.tasks)
        owner = cluster.owner(task)
        with pytest.raises(errors.NotOwnerError) as raised:
            await leader.herder.restart_task(task)
        assert raised.value.forward_url == owner.url
        other = next(node for node in cluster.others(owner) if node is not leader)
        with pytest.raises(errors.NotLeaderError) as raised:
            await other.herder.restart_task(task)
        assert raised.value.forward_url == leader.url


async def test_what_fails_to_start_again_is_told_who_asked():
    async with Cluster() as cluster:
        (only,) = await cluster.begin("a")
        await cluster.create()
        only.worker.broken |= {"c", "c-0"}
        with pytest.raises(errors.ConnectError, match=r"^Failed to start connector: c$"):
            await only.herder.restart_connector("c")
        with pytest.raises(errors.ConnectError, match=r"^Failed to start task: c-0$"):
            await only.herder.restart_task(TaskId("c", 0))


async def test_a_restart_of_what_goes_meanwhile_is_no_failure_to_start():
    async with Cluster() as cluster:
        leader, follower = await cluster.begin("a", "b")
        await cluster.create(tasks_max="2")
        (task,) = follower.worker.tasks
        follower.worker.stop_gate = asyncio.Event()
        restarting = asyncio.create_task(follower.herder.restart_task(task))
        await until(lambda: f"stop {task}" in follower.worker.calls)
        await leader.herder.delete_connector("c")
        await until(lambda: "c" not in follower.herder.connectors())
        follower.worker.stop_gate.set()
        with pytest.raises(errors.NotFoundError, match="Unknown connector: c"):
            await restarting


# -- while the group is balanced


@of({**CHANGES_OF_THE_LEADER, **CHANGES_OF_THE_OWNER})
async def test_a_change_that_meets_a_rebalance_in_vain_says_what_is_in_the_way(operation):
    async with Cluster(patience_s=0.01) as cluster:
        await cluster.begin("a")
        await cluster.create()
        cluster.group.gate = asyncio.Event()
        late = await cluster.start("b")
        await until(lambda: late.herder._has_loaded)
        with (
            late.herder._stages.during("joining the group"),
            pytest.raises(errors.RebalanceError, match="which began at 2") as raised,
        ):
            await operation(late.herder)
        assert raised.value.retry_after_s > 0
        cluster.group.gate.set()


async def test_a_change_that_meets_a_rebalance_is_held_until_it_is_over():
    async with Cluster() as cluster:
        await cluster.begin("a")
        cluster.group.gate = asyncio.Event()
        late = await cluster.start("b")
        held = asyncio.create_task(late.herder.delete_connector("c"))
        await until(lambda: cluster.group.is_busy)
        assert not held.done()
        cluster.group.gate.set()
        with pytest.raises(errors.NotLeaderError):
            await held


async def test_the_leader_takes_configurations_while_the_group_is_balanced():
    async with Cluster() as cluster:
        (leader,) = await cluster.begin("a")
        cluster.group.gate = asyncio.Event()
        await cluster.start("b")
        await until(lambda: cluster.group.is_busy)
        created, _ = await leader.herder.create_connector("c", config(), replace=False)
        assert created
        cluster.group.gate.set()
        await cluster.settle()
        assert cluster.running("c") == {0: "0"}


async def test_offsets_change_only_when_no_worker_runs_tasks_any_more():
    async with Cluster() as cluster:
        leader, follower = await cluster.begin("a", "b")
        await cluster.create(tasks_max="2")
        follower.worker.stop_gate = asyncio.Event()
        await leader.herder.stop_connector("c")
        altering = asyncio.create_task(leader.herder.reset_offsets("c"))
        await until(lambda: any("stop c-" in call for call in follower.worker.calls))
        for _ in range(200):
            await asyncio.sleep(0)
        assert leader.worker.offset_calls == []
        follower.worker.stop_gate.set()
        assert await altering == "done"
        assert leader.worker.offset_calls == [("c", None)]


async def test_offsets_of_a_running_connector_stay():
    async with Cluster() as cluster:
        (leader,) = await cluster.begin("a")
        await cluster.create()
        with pytest.raises(errors.BadRequestError, match="must be in the STOPPED state"):
            await leader.herder.alter_offsets("c", [])


async def stopped_source(cluster, monkeypatch, error=None):
    """A stopped connector, whose fencing is noted among the changes of its offsets."""
    (leader,) = await cluster.begin("a")
    await cluster.create()
    await leader.herder.stop_connector("c")

    async def fence(name: str) -> None:
        if error is not None:
            raise error
        leader.worker.offset_calls.append(("fence", name))

    monkeypatch.setattr(leader.herder._duties.fencing, "fence", fence)
    return leader


@pytest.mark.mirrors(
    "connect/runtime DistributedHerderTest#testAlterOffsetsSourceConnectorExactlyOnceEnabled"
)
async def test_exactly_once_tasks_are_fenced_before_their_offsets_change(monkeypatch):
    async with Cluster(exactly_once_source_support="enabled") as cluster:
        leader = await stopped_source(cluster, monkeypatch)
        await leader.herder.reset_offsets("c")
        assert leader.worker.offset_calls == [("fence", "c"), ("c", None)]


async def test_offsets_stay_when_exactly_once_tasks_cannot_be_fenced(monkeypatch):
    async with Cluster(exactly_once_source_support="enabled") as cluster:
        leader = await stopped_source(cluster, monkeypatch, errors.ConnectError("no right"))
        with pytest.raises(errors.ConnectError, match=r"prior to modifying offsets: no right"):
            await leader.herder.reset_offsets("c")
        assert leader.worker.offset_calls == []


@pytest.mark.parametrize("support", ["disabled", "preparing"])
async def test_at_least_once_tasks_are_not_fenced_before_their_offsets_change(monkeypatch, support):
    async with Cluster(exactly_once_source_support=support) as cluster:
        leader = await stopped_source(cluster, monkeypatch)
        await leader.herder.reset_offsets("c")
        assert leader.worker.offset_calls == [("c", None)]


@pytest.mark.parametrize(("support", "expected"), [("preparing", False), ("enabled", True)])
async def test_tasks_are_guarded_where_delivery_is_exactly_once(support, expected):
    async with Cluster(exactly_once_source_support=support) as cluster:
        (leader,) = await cluster.begin("a")
        await cluster.create()
        assert (leader.worker.guard is not None) is expected
        assert leader.herder._work.restarts_all("c") is expected


@of(CHANGES_OF_THE_LEADER)
async def test_a_worker_that_lost_the_group_carries_out_nothing(operation):
    async with Cluster(patience_s=0.01) as cluster:
        (only,) = await cluster.begin("a")
        await cluster.create()
        cluster.group.gate = asyncio.Event()
        await only.member.lose_lease()
        before = len(cluster.configs.records)
        with pytest.raises(errors.RebalanceError):
            await operation(only.herder)
        assert len(cluster.configs.records) == before
        assert only.worker.offset_calls == []
        cluster.group.gate.set()


@of(READS)
async def test_reads_are_answered_whatever_the_group_does(operation):
    async with Cluster() as cluster:
        (only,) = await cluster.begin("a")
        await cluster.create()
        cluster.group.gate = asyncio.Event()
        await only.member.lose_lease()
        assert operation(only.herder) is not None
        cluster.group.gate.set()


async def answer_of(operation, node: Node) -> object:
    answer = operation(node.herder)
    return await answer if inspect.isawaitable(answer) else answer


# -- before the topics are read, without brokers, at the end


@of({**READS, **CHANGES_OF_THE_OWNER, **CHANGES_OF_ANY})
async def test_nothing_is_answered_before_the_topics_are_read(operation):
    async with Cluster() as cluster:
        brokers_are_back = threading.Event()
        cluster.ask_cluster_id = lambda: str(brokers_are_back.wait(10))
        node = await cluster.start("a")
        await asyncio.sleep(0)
        with pytest.raises(errors.UnavailableError, match=r"still starting up\. .* broker:9092"):
            await answer_of(operation, node)
        brokers_are_back.set()


async def test_a_worker_is_ready_with_its_first_assignment():
    async with Cluster() as cluster:
        cluster.group.gate = asyncio.Event()
        node = await cluster.start("a")
        await until(lambda: cluster.group.is_busy)
        assert not node.herder.is_ready
        health = asyncio.create_task(node.herder.health_check())
        cluster.group.gate.set()
        await health
        assert node.herder.is_ready


async def test_topics_that_cannot_be_used_end_the_worker(monkeypatch):
    async with Cluster() as cluster:
        node = Node(cluster, "a")
        cluster.workers["a"] = node

        async def refuse(_) -> None:
            raise errors.ConfigError("the topic configs is not compacted")

        monkeypatch.setattr(node.logs[0], "start", refuse)
        await node.herder.start()
        with pytest.raises(errors.ConfigError, match="is not compacted"):
            await asyncio.wait_for(asyncio.shield(node.herder.over), 5)


@of(READS)
async def test_reads_are_answered_while_kafka_is_away(operation):
    async with Cluster() as cluster:
        _, follower = await cluster.begin("a", "b")
        await cluster.create()
        cluster.configs.is_away = cluster.statuses.is_away = True
        assert operation(follower.herder) is not None
        cluster.configs.is_away = cluster.statuses.is_away = False


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("replace", "Error writing connector configuration to Kafka"),
        ("patch", "Error writing connector configuration to Kafka"),
        ("delete", "Error removing connector configuration from Kafka"),
        ("restart all", "Error writing restart request for"),
        ("pause", "Error writing target state to Kafka"),
        ("log level", "Error writing logger level to Kafka"),
    ],
)
async def test_what_cannot_be_written_is_said(change: str, text: str):
    async with Cluster() as cluster:
        (leader,) = await cluster.begin("a")
        await cluster.create()
        cluster.configs.error = errors.RetriableError("no broker")
        with pytest.raises(errors.ConnectError, match=f"{text}.*no broker"):
            await CHANGES[change](leader.herder)
        cluster.configs.error = None
        await cluster.settle()
        assert cluster.running("c") == {0: "0"}


@of(CHANGES)
async def test_a_worker_that_shuts_down_changes_nothing_more(operation):
    async with Cluster() as cluster:
        await cluster.begin("a")
        await cluster.create()
        node = cluster.workers.pop("a")
        await node.herder.stop()
        before = len(cluster.configs.records)
        with pytest.raises(errors.ConnectError, match="Worker is shutting down"):
            await operation(node.herder)
        assert len(cluster.configs.records) == before


async def test_who_waits_for_a_worker_that_shuts_down_is_let_go():
    async with Cluster() as cluster:
        cluster.group.gate = asyncio.Event()
        node = await cluster.start("a")
        held = asyncio.create_task(node.herder.delete_connector("c"))
        await until(lambda: cluster.group.is_busy)
        await cluster.stop("a")
        with pytest.raises(errors.ConnectError, match="Worker is shutting down"):
            await held
        cluster.group.gate.set()


async def test_a_worker_that_stops_leaves_its_work_to_others_with_its_last_words():
    async with Cluster() as cluster:
        _, second = await cluster.begin("a", "b")
        await cluster.create(tasks_max="2")
        await cluster.stop("a")
        await cluster.settle()
        assert cluster.running("c") == {0: "0", 1: "0"}
        info = second.herder.connector_status("c")
        assert [(task.state, task.worker_id) for task in info.tasks] == [("RUNNING", "b:8083")] * 2
        assert cluster.faults == []


# -- statuses


async def test_statuses_of_what_is_gone_are_removed_on_all_workers():
    async with Cluster() as cluster:
        leader, follower = await cluster.begin("a", "b")
        await cluster.create(tasks_max="3")
        await cluster.create(tasks_max="1")
        for node in (leader, follower):
            assert [task.id for task in node.herder.connector_status("c").tasks] == [0]
        await leader.herder.delete_connector("c")
        await cluster.settle()
        for node in (leader, follower):
            with pytest.raises(errors.NotFoundError, match="No status found for connector c"):
                node.herder.connector_status("c")
            with pytest.raises(errors.NotFoundError, match="No status found for task c-0"):
                node.herder.task_status(TaskId("c", 0))


async def test_what_starts_again_is_restarting_first_as_its_owner_says():
    async with Cluster() as cluster:
        leader, _ = await cluster.begin("a", "b")
        await cluster.create(tasks_max="2")
        owners = {n: cluster.owner(TaskId("c", n)).worker.worker_id for n in range(2)}
        before = len(cluster.statuses.items)
        await leader.herder.restart_connector_and_tasks(RestartRequest("c", include_tasks=True))
        await cluster.settle()
        said = [
            (key, json.loads(value)["worker_id"])
            for key, value in cluster.statuses.items[before:]
            if value is not None and json.loads(value)["state"] == "RESTARTING"
        ]
        assert sorted(said) == [
            ("status-connector-c", cluster.owner("c").worker.worker_id),
            ("status-task-c-0", owners[0]),
            ("status-task-c-1", owners[1]),
        ]
        assert [task.state for task in leader.herder.connector_status("c").tasks] == ["RUNNING"] * 2


async def test_the_plan_of_a_restart_is_answered():
    async with Cluster() as cluster:
        (leader,) = await cluster.begin("a")
        await cluster.create(tasks_max="2")
        leader.worker._report_task(TaskId("c", 1), State.FAILED, "why")
        await cluster.settle()
        request = RestartRequest("c", include_tasks=True, only_failed=True)
        planned = await leader.herder.restart_connector_and_tasks(request)
        assert planned.connector.state == "RUNNING"
        assert [task.state for task in planned.tasks] == ["RUNNING", "RESTARTING"]
        await cluster.settle()
        assert cluster.running("c") == {0: "0", 1: "0"}


async def test_a_restart_of_what_never_ran_is_refused():
    async with Cluster() as cluster:
        (leader,) = await cluster.begin("a")
        request = RestartRequest("c", include_tasks=True)
        with pytest.raises(errors.NotFoundError, match="Unknown connector: c"):
            await leader.herder.restart_connector_and_tasks(request)
        await leader.herder.create_connector("c", config(), replace=False)
        with pytest.raises(errors.NotFoundError, match="Status for connector c not found"):
            await leader.herder.restart_connector_and_tasks(request)


async def test_a_restart_somebody_else_asked_for_may_be_of_nothing(caplog):
    async with Cluster() as cluster:
        await cluster.begin("a")
        cluster.configs.append([(b"restart-connector-gone", b'{"only-failed":false}')])
        await cluster.settle()
        assert "Nothing is restarted, as somebody wished: Unknown connector: gone" in caplog.text


async def test_a_task_that_fails_stays_failed_and_disturbs_nobody():
    async with Cluster() as cluster:
        await cluster.begin("a", "b")
        await cluster.create(tasks_max="2")
        rounds = len(cluster.group.rounds)
        cluster.owner(TaskId("c", 1)).worker._report_task(TaskId("c", 1), State.FAILED, "why")
        await cluster.settle()
        states = [task.state for task in cluster.leader.herder.connector_status("c").tasks]
        assert states == ["RUNNING", "FAILED"]
        assert len(cluster.group.rounds) == rounds


async def test_states_users_want_reach_all_workers():
    async with Cluster() as cluster:
        leader, follower = await cluster.begin("a", "b")
        await cluster.create(tasks_max="2")
        await follower.herder.pause_connector("c")
        await cluster.settle()
        states = [*leader.worker.tasks.values(), *follower.worker.tasks.values()]
        assert states == [State.PAUSED] * 2
        await leader.herder.stop_connector("c")
        await cluster.settle()
        assert cluster.load() == [0, 0]
        await follower.herder.resume_connector("c")
        await cluster.settle()
        assert cluster.running("c") == {0: "0", 1: "0"}


async def test_a_connector_can_begin_stopped_and_be_patched():
    async with Cluster() as cluster:
        (leader,) = await cluster.begin("a")
        created, _ = await leader.herder.create_connector(
            "c", config(old="1"), target_state=TargetState.STOPPED, replace=False
        )
        await cluster.settle()
        assert created
        assert cluster.running("c") == {}
        info = await leader.herder.patch_connector("c", {"old": None, "new": "2"})
        assert (info.config.get("old"), info.config["new"]) == (None, "2")
        with pytest.raises(errors.BadRequestError, match="at least 1"):
            await leader.herder.patch_connector("c", {"tasks.max": "0"})
        with pytest.raises(errors.NotFoundError, match="Connector x not found"):
            await leader.herder.patch_connector("x", {})


# -- tasks that another worker's connector made


async def test_a_leader_that_cannot_take_tasks_for_a_moment_is_asked_again():
    async with Cluster() as cluster:
        await cluster.begin("a", "b")
        await cluster.create()
        cluster.refusals = [
            refusal(409, "a rebalance is under way"),
            refusal(403, "Internal request contained invalid signature."),
            refusal(503, "no session key yet"),
            refusal(500, "IO Error trying to forward REST request"),
            PeerAnswer(502, b"<html>", {}),
            errors.PeerUnreachableError("connection refused"),
            errors.PeerLostError("the connection broke"),
        ]
        await cluster.create("d")
        assert cluster.owner("d") is not cluster.leader
        assert cluster.refusals == []
        assert cluster.back_offs == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
        assert cluster.running("d") == {0: "0"}


SIGNED = session_keys.sign(b"[]", SessionKey(b"f" * 32, "HmacSHA256", 0), "HmacSHA256")


@pytest.mark.parametrize(
    ("headers", "kind", "text"),
    [
        (SIGNED, errors.ForbiddenError, "contained invalid signature"),
        ({}, errors.BadRequestError, "missing required signature"),
        (
            {**SIGNED, session_keys.ALGORITHM_HEADER: "HmacMD5"},
            errors.BadRequestError,
            "does not support the 'HmacMD5' key signing algorithm",
        ),
    ],
)
async def test_who_cannot_sign_writes_no_tasks_and_fences_nobody(headers, kind, text: str):
    async with Cluster() as cluster:
        leader, follower = await cluster.begin("a", "b")
        await cluster.create()
        for node in (leader, follower):
            with pytest.raises(kind, match=text):
                await node.herder.put_task_configs("c", [], body=b"[]", headers=headers)
            with pytest.raises(kind, match=text):
                await node.herder.fence_zombies("c", headers=headers)
        assert cluster.running("c") == {0: "0"}


async def test_before_there_is_a_key_nobody_is_believed():
    async with Cluster() as cluster:
        node = Node(cluster, "a")
        with pytest.raises(errors.UnavailableError, match="session key"):
            await node.herder.put_task_configs("c", [], body=b"[]", headers=SIGNED)


@pytest.mark.parametrize("protocol", [ConnectProtocol.EAGER, ConnectProtocol.COMPATIBLE])
async def test_groups_that_do_not_sign_believe_everybody(protocol: ConnectProtocol):
    async with Cluster(protocol=protocol) as cluster:
        leader, follower = await cluster.begin("a", "b")
        await cluster.create()
        await leader.herder.put_task_configs("c", [], body=b"[]", headers={})
        with pytest.raises(errors.NotLeaderError):
            await follower.herder.put_task_configs("c", [], body=b"[]", headers={})
        assert not any(key == "session-key" for key, _ in cluster.configs.items)


def signed(node: Node, body: bytes = b"") -> dict[str, str]:
    key = node.herder._configs.state.session_key
    assert key is not None
    return session_keys.sign(body, key, "HmacSHA256")


async def test_a_signed_request_is_for_the_leader_and_what_exists():
    async with Cluster() as cluster:
        leader, follower = await cluster.begin("a", "b")
        headers = signed(follower, b"[{}]")
        with pytest.raises(errors.NotLeaderError) as raised:
            await follower.herder.put_task_configs("c", [{}], body=b"[{}]", headers=headers)
        assert raised.value.forward_url == leader.url
        with pytest.raises(errors.NotFoundError, match="Connector c not found"):
            await leader.herder.put_task_configs("c", [{}], body=b"[{}]", headers=headers)


async def test_only_sources_are_fenced_by_the_leader(monkeypatch):
    async with Cluster() as cluster:
        leader, follower = await cluster.begin("a", "b")
        sink = {**config(name="d"), "connector.class": SINK, "topics": "t"}
        await leader.herder.create_connector("d", sink, replace=False)
        await cluster.create()
        fenced: list[str] = []

        async def fence(name: str) -> None:
            fenced.append(name)

        monkeypatch.setattr(leader.herder._duties.fencing, "fence", fence)
        headers = signed(follower)
        with pytest.raises(errors.NotLeaderError):
            await follower.herder.fence_zombies("c", headers=headers)
        with pytest.raises(errors.NotFoundError, match="Connector x not found"):
            await leader.herder.fence_zombies("x", headers=headers)
        with pytest.raises(errors.BadRequestError, match="d is not a source connector"):
            await leader.herder.fence_zombies("d", headers=headers)
        await leader.herder.fence_zombies("c", headers=headers)
        assert fenced == ["c"]


async def test_a_new_leader_keeps_the_key_all_have():
    async with Cluster() as cluster:
        _, second = await cluster.begin("a", "b")
        before = second.herder._configs.state.session_key
        cluster.crash("a")
        await cluster.settle()
        assert cluster.leader is second
        assert second.herder._configs.state.session_key == before
        assert [key for key, _ in cluster.configs.items].count("session-key") == 1


async def test_a_leader_that_was_fenced_has_the_group_balanced_and_claims_again(monkeypatch):
    async with Cluster() as cluster:
        (leader,) = await cluster.begin("a")
        claims, rounds = [], len(cluster.group.rounds)
        store = leader.herder._configs

        async def refuse(*_) -> None:
            raise errors.PrivilegedWriteError("a newer producer")

        async def claim() -> None:
            claims.append("claimed")

        monkeypatch.setattr(store, "claim_write_privileges", claim)
        with monkeypatch.context() as fenced:
            fenced.setattr(store, "put_connector", refuse)
            with pytest.raises(errors.ConnectError, match="can be safely retried"):
                await leader.herder.create_connector("c", config(), replace=False)
        await cluster.settle()
        assert len(cluster.group.rounds) == rounds + 1
        await cluster.create()
        assert claims == ["claimed"]


# -- connectors that make no tasks


async def test_a_connector_that_cannot_make_tasks_is_asked_again_until_its_user_mends_it():
    async with Cluster() as cluster:
        (leader,) = await cluster.begin("a")
        await leader.herder.create_connector("c", config(refuses="yes"), replace=False)
        await until(lambda: len(cluster.back_offs) >= 10)
        assert cluster.back_offs[:10] == [0.25, 0.5, 1, 2, 4, 8, 16, 32, 60, 60]
        assert leader.herder.connector_status("c").connector.state == "RUNNING"
        await cluster.create()
        assert cluster.running("c") == {0: "0"}


async def test_a_connector_that_makes_too_many_tasks_is_not_asked_again(monkeypatch, caplog):
    async with Cluster() as cluster:
        (leader,) = await cluster.begin("a")
        asked = []

        async def make(name: str) -> list[dict[str, str]]:
            asked.append(name)
            raise errors.ConfigError("it has generated 9 tasks")

        monkeypatch.setattr(leader.worker, "task_configs", make)
        await cluster.create()
        assert (asked, cluster.back_offs, cluster.running("c")) == (["c"], [], {})
        assert "Task configurations of c are not used: it has generated 9 tasks" in caplog.text


async def test_a_connector_that_sees_its_source_change_makes_other_tasks():
    async with Cluster() as cluster:
        await cluster.begin("a", "b")
        await cluster.create(tasks_max="1")
        owner = cluster.owner("c")
        owner.worker.configs["c"] = {**owner.worker.configs["c"], "tasks.max": "3"}
        owner.worker.calls.clear()
        owner.herder.on_task_reconfiguration_requested("c")
        await cluster.settle()
        assert cluster.running("c") == {0: "0", 1: "0", 2: "0"}
        assert "stop c-0" not in owner.worker.calls


# -- log levels


async def test_a_level_for_the_cluster_is_set_on_all_workers_and_their_runners(name: str):
    async with Cluster() as cluster:
        nodes = await cluster.begin("a", "b")
        assert await nodes[1].herder.set_logger_level(name, "debug", cluster=True) == []
        await until(lambda: all(name in node.worker.logger_levels for node in nodes))
        assert [node.worker.logger_levels for node in nodes] == [{name: "DEBUG"}] * 2
        assert nodes[0].herder.logger(name).level == "DEBUG"


async def test_a_level_for_one_worker_stays_there(name: str):
    async with Cluster() as cluster:
        first, second = await cluster.begin("a", "b")
        await first.herder.set_logger_level(name, "debug", cluster=False)
        await cluster.settle()
        assert (first.worker.logger_levels, second.worker.logger_levels) == ({name: "debug"}, {})


async def test_a_level_nobody_knows_is_refused_or_when_others_wrote_it_only_logged(
    name: str, caplog
):
    async with Cluster() as cluster:
        (only,) = await cluster.begin("a")
        with pytest.raises(errors.NotFoundError, match="invalid log level 'LOUD'"):
            await only.herder.set_logger_level(name, "LOUD", cluster=True)
        cluster.configs.append([(f"logger-cluster-{name}".encode(), b'{"level":"LOUD"}')])
        await until(lambda: "setting the level of logger" in caplog.text)
        assert f"Error while setting the level of logger {name}: invalid log level" in caplog.text


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


STOP_AMID_A_REBALANCE = [
    ("start",),
    ("put", "c", 2),
    ("settle",),
    ("stop", 0),
    ("start",),
    ("start",),
    ("stop", 1),
    ("stop", 0),
]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, max_size=14))
@example(STOP_AMID_A_REBALANCE)
def test_every_task_runs_once_as_configured_in_the_end_and_never_twice(steps: list[tuple]):
    asyncio.run(tell(steps))
