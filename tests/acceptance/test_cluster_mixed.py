# SPDX-License-Identifier: Apache-2.0
"""Java's workers and ours in one live group, with either kind as its leader."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.connect_cluster import BARNABAS, JAVA, OURS, ConnectCluster
from tests.services.growing_file import GrowingFile
from tests.services.kafka import KafkaCluster
from tests.services.worker_process import WorkerProcess

# Who starts first leads.
LED_BY = pytest.mark.parametrize(
    "kinds",
    list(dict.fromkeys([(JAVA, OURS, OURS), (OURS, JAVA, OURS)])),
    ids=lambda kinds: f"led-by-{kinds[0]}",
)
pytestmark = pytest.mark.timeout(300)


def source(topic: str, file: Path) -> dict[str, str]:
    return {"connector.class": "FileStreamSource", "topic": topic, "file": str(file)}


def sink(topic: str, file: Path, tasks: int = 1) -> dict[str, str]:
    config = {"connector.class": "FileStreamSink", "topics": topic, "file": str(file)}
    return {**config, "tasks.max": str(tasks)}


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def start_one_by_one(cluster: ConnectCluster, kinds: tuple[str, ...]) -> list[WorkerProcess]:
    """Start workers so that the first leads."""
    return [cluster.start(kind)[0] for kind in kinds]


@pytest.fixture
def name() -> str:
    """A short name, as it is in many lines of logs."""
    return f"t{uuid.uuid4().hex[:6]}"


@pytest.fixture
def cluster(kafka: KafkaCluster, tmp_path: Path, name: str) -> Iterator[ConnectCluster]:
    with ConnectCluster(kafka, name, tmp_path / "workers") as cluster:
        yield cluster


def make_through_each(cluster: ConnectCluster, folder: Path, topic: str) -> list[str]:
    """Create a sink of two tasks through each worker; returns their names."""
    names = []
    for number, worker in enumerate(cluster.live):
        names.append(f"{topic}-{number}")
        answer = cluster.request(
            "POST",
            "/connectors",
            {"name": names[-1], "config": sink(topic, folder / f"{number}.txt", tasks=2)},
            on=worker,
        )
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"].endswith(f"/connectors/{names[-1]}")
    return names


@LED_BY
def test_every_worker_carries_out_every_request(
    kafka: KafkaCluster,
    cluster: ConnectCluster,
    tmp_path: Path,
    name: str,
    kinds: tuple[str, ...],
):
    kafka.create_topic(name)
    workers = start_one_by_one(cluster, kinds)
    assert cluster.leader is workers[0]

    names = make_through_each(cluster, tmp_path, name)

    # Connectors are on all workers, so each kind sends signed task configurations to the leader.
    cluster.wait_until_running(dict.fromkeys(names, 2))
    cluster.wait_until_balanced()
    assert {len(work) for work in cluster.placement().values()} == {3}
    for worker in workers:
        check_requests_through(cluster, worker, names)
    for worker, one in zip(workers, names, strict=True):
        answer = cluster.request("DELETE", f"/connectors/{one}", on=worker)
        assert answer.status_code == 204, answer.text
    for worker in workers:
        cluster.wait_until(lambda on=worker: cluster.statuses(on) == {}, "nothing left")
        assert cluster.request("GET", "/connectors", on=worker).json() == []


def check_requests_through(cluster: ConnectCluster, worker: WorkerProcess, names: list[str]):
    """Ask one worker for what the leader, and what the owner of each connector, carries out."""
    for one in names:
        path = f"/connectors/{one}"
        assert cluster.request("POST", f"{path}/restart", on=worker).status_code == 204
        assert cluster.request("POST", f"{path}/tasks/1/restart", on=worker).status_code == 204
        cluster.wait_until_running({one: 2})
        told = cluster.request("POST", f"{path}/restart?includeTasks=true", on=worker)
        assert told.status_code == 202
        assert told.json()["name"] == one
        cluster.wait_until_running({one: 2})
        patched = cluster.request("PATCH", f"{path}/config", {"note": worker.url}, on=worker)
        assert patched.status_code == 200
        assert patched.json()["config"]["note"] == worker.url
        everywhere = [cluster.request("GET", f"{path}/config", on=other) for other in cluster.live]
        assert {answer.json()["note"] for answer in everywhere} == {worker.url}
        cluster.wait_until_running({one: 2})


def reset_offsets(cluster: ConnectCluster, name: str, worker: WorkerProcess) -> bool:
    """Reset offsets; False while tasks are still leaving their group, which is to be tried again.

    Both kinds of workers show a connector as STOPPED before all of its tasks have stopped.
    """
    answer = cluster.request("DELETE", f"/connectors/{name}/offsets", on=worker)
    if answer.status_code == 500 and "this operation can be safely retried" in answer.text:
        return False
    assert answer.status_code == 200, answer.text
    return True


@LED_BY
def test_a_connector_is_paused_stopped_and_resumed_through_any_worker(
    kafka: KafkaCluster,
    cluster: ConnectCluster,
    tmp_path: Path,
    name: str,
    kinds: tuple[str, ...],
):
    kafka.create_topic(name)
    workers = start_one_by_one(cluster, kinds)
    cluster.put(name, sink(name, tmp_path / "shelf.txt", tasks=3))
    cluster.wait_until_running({name: 3})

    for worker in workers:
        for verb, state, tasks in (("pause", "PAUSED", 3), ("stop", "STOPPED", 0)):
            answer = cluster.request("PUT", f"/connectors/{name}/{verb}", on=worker)
            assert answer.status_code in (202, 204), answer.text
            for other in workers:
                other.wait_for(
                    f"/connectors/{name}/status",
                    lambda told, state=state, tasks=tasks: (
                        told.json()["connector"]["state"] == state
                        and [one["state"] for one in told.json()["tasks"]] == [state] * tasks
                    ),
                )
        reset = functools.partial(reset_offsets, cluster, name, worker)
        cluster.wait_until(reset, "offsets reset")
        assert cluster.request("PUT", f"/connectors/{name}/resume", on=worker).status_code == 202
        cluster.wait_until_running({name: 3})


def test_any_worker_may_be_killed_while_lines_flow(
    kafka: KafkaCluster, cluster: ConnectCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    shelf = tmp_path / "shelf.txt"
    start_one_by_one(cluster, (JAVA, OURS, OURS))
    with GrowingFile(tmp_path / "lines.txt") as lines:
        cluster.put(f"{name}-in", source(name, lines.path))
        cluster.put(f"{name}-out", sink(name, shelf, tasks=2))
        wanted = {f"{name}-in": 1, f"{name}-out": 2}
        cluster.wait_until_running(wanted)
        # Java's leader; then ours, while a worker of Java follows; then whoever has the source.
        for kind in (JAVA, JAVA):
            cluster.leader.kill()
            cluster.wait_until_joined()
            cluster.wait_until_running(wanted)
            cluster.start(kind)
        cluster.owner(f"{name}-in", 0).kill()
        cluster.wait_until_joined()
        cluster.wait_until_running(wanted)
        written = lines.stop()
    cluster.wait_for_lines(name, written)
    cluster.wait_until(lambda: set(lines_of(shelf)) == set(written), "all lines on the shelf")
    positions = [offset["position"] for offset in cluster.source_offsets(f"{name}-in")]
    assert positions == sorted(positions)


def test_a_cluster_is_rolled_from_java_to_ours_and_back_while_lines_flow(
    kafka: KafkaCluster, cluster: ConnectCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    shelf = tmp_path / "shelf.txt"
    olds = cluster.start(JAVA, JAVA)
    with GrowingFile(tmp_path / "lines.txt") as lines:
        cluster.put(f"{name}-in", source(name, lines.path))
        cluster.put(f"{name}-out", sink(name, shelf, tasks=2))
        wanted = {f"{name}-in": 1, f"{name}-out": 2}
        cluster.wait_until_running(wanted)
        for kind in (OURS, JAVA):
            news = []
            for old in olds:
                news += cluster.start(kind)
                cluster.wait_until_balanced()
                assert old.terminate() in (0, 143)
                cluster.wait_until_joined()
                cluster.wait_until_running(wanted)
            if kind == BARNABAS:  # from Java's range, with nobody refused on the way
                cluster.wait_until(
                    lambda: kafka.group(f"connect-{name}-out").protocol == "cooperative-sticky",
                    "a cooperative group of the sink's tasks",
                )
            olds = news
        written = lines.stop()
    cluster.wait_for_lines(name, written)
    cluster.wait_until(lambda: len(lines_of(shelf)) >= len(written), "all lines on the shelf")
    assert cluster.lines(name) == written, "workers that stop leave nothing to repeat"
    assert sorted(lines_of(shelf)) == sorted(written)
