# SPDX-License-Identifier: Apache-2.0
"""Workers of one group die, freeze, leave and come back; work goes on somewhere, and only there."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.services.connect_cluster import JAVA, OURS, ConnectCluster, StatusRecord
from tests.services.growing_file import GrowingFile
from tests.services.kafka import KafkaCluster

pytestmark = pytest.mark.timeout(200)
Task = tuple[str, int]


def source(topic: str, file: Path) -> dict[str, str]:
    return {"connector.class": "FileStreamSource", "topic": topic, "file": str(file)}


def sink(topic: str, file: Path, tasks: int = 1, **more: str) -> dict[str, str]:
    config = {"connector.class": "FileStreamSink", "topics": topic, "file": str(file)}
    return {**config, "tasks.max": str(tasks), **more}


@pytest.fixture
def name() -> str:
    """A short name, as it is in many lines of logs."""
    return f"t{uuid.uuid4().hex[:6]}"


@pytest.fixture(scope="module")
def shared_cluster(
    kafka: KafkaCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ConnectCluster]:
    group = f"g{uuid.uuid4().hex[:6]}"
    with ConnectCluster(kafka, group, tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: ConnectCluster) -> Iterator[ConnectCluster]:
    """Three workers and no connectors, whatever an earlier test did."""
    shared_cluster.start(*[OURS] * (3 - len(shared_cluster.live)))
    yield shared_cluster
    shared_cluster.delete_all()


def busy(cluster: ConnectCluster, folder: Path, name: str) -> dict[str, int]:
    """Start three sources and a sink of three tasks, in balance; returns the numbers of tasks."""
    wanted = {f"{name}-{number}": 1 for number in range(3)} | {f"{name}-out": 3}
    for number in range(3):
        topic, file = f"{name}-{number}", folder / f"{number}.txt"
        cluster.kafka.create_topic(topic)
        file.touch()
        cluster.put(topic, source(topic, file))
    cluster.put(f"{name}-out", sink(f"{name}-0", folder / "out.txt", tasks=3))
    cluster.wait_until_running(wanted)
    cluster.wait_until_balanced()
    return wanted


def tasks_of(cluster: ConnectCluster, *but: str) -> list[Task]:
    """The tasks of all workers but some."""
    return [
        (work.connector, work.task)
        for worker, has in cluster.placement().items()
        for work in has
        if worker not in but and work.task is not None
    ]


def histories(cluster: ConnectCluster, tasks: list[Task]) -> dict[Task, list[StatusRecord]]:
    return {task: cluster.history(*task) for task in tasks}


def turns(lines: list[str]) -> list[tuple[int, int]]:
    """Where numbered lines do not follow each other: each last one and what came instead."""
    numbers = [int(line.removeprefix("line ")) for line in lines]
    return [(one, other) for one, other in pairwise(numbers) if other != one + 1]


# -- workers die -----------------------------------------------------------------------------------


def test_the_work_of_a_killed_worker_moves_and_the_rest_is_undisturbed(
    cluster: ConnectCluster, tmp_path: Path, name: str
):
    wanted = busy(cluster, tmp_path, name)
    killed = next(worker for worker in cluster.live if worker is not cluster.leader)
    staying = tasks_of(cluster, killed.worker_id)
    before = histories(cluster, staying)

    killed.kill()
    cluster.wait_until_running(wanted)

    assert len(staying) == 4
    assert histories(cluster, staying) == before
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(f"{number}\n")
        cluster.wait_for_lines(f"{name}-{number}", [str(number)])


@pytest.mark.skipif(OURS == JAVA, reason="Java answers 500 until there is a new leader")
def test_a_change_asked_for_while_the_leader_is_gone_waits_for_the_next(
    cluster: ConnectCluster, tmp_path: Path, name: str
):
    wanted = busy(cluster, tmp_path, name)
    leader = cluster.leader
    follower = next(worker for worker in cluster.live if worker is not leader)
    config = sink(f"{name}-1", tmp_path / "late.txt")

    leader.kill()
    answer = cluster.request("PUT", f"/connectors/{name}-late/config", config, on=follower)

    assert answer.status_code == 201, answer.text
    cluster.wait_until_running({**wanted, f"{name}-late": 1})


def test_a_worker_that_returns_within_the_delay_gets_its_own_work_back(
    kafka: KafkaCluster, tmp_path: Path, name: str
):
    # Java gives it back when the delay ends; ours at once.
    delay_ms = 15_000 if OURS == JAVA else 120_000
    settings = {"scheduled.rebalance.max.delay.ms": str(delay_ms)}
    with ConnectCluster(kafka, name, tmp_path / "workers", settings=settings) as cluster:
        cluster.start(OURS)
        cluster.start(OURS)
        wanted = busy(cluster, tmp_path, name)
        before = cluster.placement()
        (returning,) = (worker for worker in cluster.live if worker is not cluster.leader)
        staying = tasks_of(cluster, returning.worker_id)
        undisturbed = histories(cluster, staying)

        returning.kill()
        returning.launch()
        returning.wait_until_healthy()
        cluster.wait_until_running(wanted)

        assert cluster.placement() == before
        assert histories(cluster, staying) == undisturbed


# -- workers come and go ---------------------------------------------------------------------------


def test_a_worker_that_joins_takes_its_part_and_the_rest_is_undisturbed(
    cluster: ConnectCluster, tmp_path: Path, name: str
):
    assert cluster.live[-1].terminate() in (0, 143)
    cluster.wait_until_joined()
    wanted = busy(cluster, tmp_path, name)
    before = cluster.placement()
    recorded = histories(cluster, tasks_of(cluster))

    (new,) = cluster.start(OURS)
    cluster.wait_until_balanced()
    cluster.wait_until_running(wanted)

    after = cluster.placement()
    moved = after[new.worker_id]
    assert len(moved) == 3  # of 4 connectors and 6 tasks
    assert all(after[worker] == has - moved for worker, has in before.items())
    stayed = tasks_of(cluster, new.worker_id)
    assert histories(cluster, stayed) == {task: recorded[task] for task in stayed}


def test_workers_are_restarted_one_by_one_and_each_line_comes_once(
    cluster: ConnectCluster, tmp_path: Path, name: str
):
    cluster.kafka.create_topic(name, partitions=1)
    shelf = tmp_path / "shelf.txt"
    with GrowingFile(tmp_path / "lines.txt") as lines:
        cluster.put(f"{name}-in", source(name, lines.path))
        cluster.put(f"{name}-out", sink(name, shelf, tasks=3))
        wanted = {f"{name}-in": 1, f"{name}-out": 3}
        cluster.wait_until_running(wanted)
        for worker in cluster.live:
            assert worker.terminate() in (0, 143)
            worker.launch()
            cluster.wait_until_joined()
            cluster.wait_until_running(wanted)
        written = lines.stop()
    cluster.wait_for_lines(name, written)
    cluster.wait_until(
        lambda: len(shelf.read_text().splitlines()) >= len(written), "all lines on the shelf"
    )
    assert cluster.lines(name) == written
    assert shelf.read_text().splitlines() == written


# -- workers freeze --------------------------------------------------------------------------------


def test_a_frozen_worker_loses_its_work_and_writes_nothing_when_it_thaws(
    cluster: ConnectCluster, tmp_path: Path, name: str
):
    cluster.kafka.create_topic(name)
    with GrowingFile(tmp_path / "lines.txt") as lines:
        cluster.put(name, source(name, lines.path))
        cluster.wait_until_running({name: 1})
        cluster.wait_until(lambda: cluster.source_offsets(name) != [], "source offsets")
        frozen = cluster.owner(name, 0)
        cluster.pause(frozen, with_children=True)
        cluster.wait_until_running({name: 1})
        cluster.wait_for_lines(name, lines.written[-1:])

        cluster.resume(frozen)
        cluster.wait_until_joined()
        cluster.wait_until_balanced()
        cluster.wait_until_running({name: 1})
        written = lines.stop()
    cluster.wait_for_lines(name, written)
    # It repeats what was read and not committed when the work moved, and nothing else.
    assert [back <= last for last, back in turns(cluster.lines(name))] in ([], [True])
    positions = [offset["position"] for offset in cluster.source_offsets(name)]
    assert positions == sorted(positions)


# -- tasks fail ------------------------------------------------------------------------------------


def test_a_failed_task_stays_failed_and_causes_no_rebalance(
    cluster: ConnectCluster, tmp_path: Path, name: str
):
    other = f"{name}-other"
    for topic in (name, other):
        cluster.kafka.create_topic(topic)
    json_values = {"value.converter": "org.apache.kafka.connect.json.JsonConverter"}
    cluster.put(name, {**sink(name, tmp_path / "out.txt"), **json_values})
    cluster.put(other, sink(other, tmp_path / "other.txt"))
    cluster.wait_until_running({name: 1, other: 1})
    cluster.wait_until_balanced()
    before = cluster.generation()

    cluster.kafka.produce(name, ["this is not JSON"])

    cluster.wait_for_states(name, "RUNNING", ["FAILED"])
    # Other requests are carried out meanwhile.
    assert cluster.request("PUT", f"/connectors/{other}/pause").status_code == 202
    cluster.wait_for_states(other, "PAUSED", ["PAUSED"])
    assert cluster.request("PUT", f"/connectors/{other}/resume").status_code == 202
    cluster.wait_for_states(other, "RUNNING", ["RUNNING"])
    assert cluster.history(name, 0)[-1].state == "FAILED"
    assert cluster.statuses()[name]["tasks"][0]["trace"]
    assert cluster.generation() == before


def test_a_restart_of_what_failed_leaves_the_rest_alone(
    cluster: ConnectCluster, tmp_path: Path, name: str
):
    missing, other = tmp_path / "not" / "there", f"{name}-other"
    cluster.kafka.create_topic(name)
    cluster.put(name, sink(name, missing / "out.txt", tasks=2))
    cluster.put(other, sink(name, tmp_path / "out.txt"))
    cluster.wait_for_states(name, "RUNNING", ["FAILED", "FAILED"])
    cluster.wait_until_running({other: 1})
    connector, undisturbed = cluster.history(name), cluster.history(other, 0)
    missing.mkdir(parents=True)

    path = f"/connectors/{name}/restart?includeTasks=true&onlyFailed=true"
    for worker in cluster.live:  # only the first of these finds something failed
        assert cluster.request("POST", path, on=worker).status_code == 202
        cluster.wait_until_running({name: 2})

    assert cluster.history(name) == connector
    assert cluster.history(other, 0) == undisturbed
    for task in range(2):
        states = [record.state for record in cluster.history(name, task)]
        assert states[-3:] == ["FAILED", "RESTARTING", "RUNNING"]
