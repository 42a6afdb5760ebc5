# SPDX-License-Identifier: Apache-2.0
"""What users and source systems change while a cluster works: only that is started anew."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.connect_cluster import JAVA, OURS, ConnectCluster, StatusRecord
from tests.services.kafka import KafkaCluster

pytestmark = pytest.mark.timeout(200)
PLUGINS = Path(__file__).parents[1] / "services" / "plugins"
WITH_PLUGIN = pytest.mark.skipif(OURS == JAVA, reason="the plugin is written in Python")
Task = tuple[str, int]


def sink(topic: str, file: Path, tasks: int = 1) -> dict[str, str]:
    config = {"connector.class": "FileStreamSink", "topics": topic, "file": str(file)}
    return {**config, "tasks.max": str(tasks)}


@pytest.fixture
def name() -> str:
    """A short name, as it is in many lines of logs."""
    return f"t{uuid.uuid4().hex[:6]}"


@pytest.fixture(scope="module")
def workers(
    kafka: KafkaCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ConnectCluster]:
    """Three workers for all tests of this module."""
    group = f"g{uuid.uuid4().hex[:6]}"
    folder = tmp_path_factory.mktemp("cluster")
    environment = {"PYTHONPATH": str(PLUGINS)}
    with ConnectCluster(kafka, group, folder, environment=environment) as cluster:
        cluster.start(OURS, OURS, OURS)
        yield cluster


@pytest.fixture
def cluster(workers: ConnectCluster) -> Iterator[ConnectCluster]:
    yield workers
    workers.delete_all()


def histories(cluster: ConnectCluster, *tasks: Task) -> dict[Task, list[StatusRecord]]:
    return {task: cluster.history(*task) for task in tasks}


def test_the_number_of_tasks_goes_up_and_down(cluster: ConnectCluster, tmp_path: Path, name: str):
    cluster.kafka.create_topic(name, partitions=6)
    shelf = tmp_path / "out.txt"
    produced = 0
    for tasks, worker in zip((1, 6, 2), cluster.live, strict=True):
        cluster.put(name, sink(name, shelf, tasks=tasks), on=worker)
        cluster.wait_until_running({name: tasks})
        cluster.wait_until_balanced()
        for partition in range(6):
            cluster.kafka.produce(name, [f"{produced}"], partition=partition)
            produced += 1
        cluster.wait_until(
            lambda wanted=produced: len(shelf.read_text().splitlines()) >= wanted, "all lines"
        )
    assert sorted(shelf.read_text().splitlines()) == sorted(map(str, range(18)))


def test_a_changed_configuration_restarts_no_other_connector(
    cluster: ConnectCluster, tmp_path: Path, name: str
):
    cluster.kafka.create_topic(name)
    changed, other = f"{name}-changed", f"{name}-other"
    for one in (changed, other):
        cluster.put(one, sink(name, tmp_path / one, tasks=2))
    cluster.wait_until_running({changed: 2, other: 2})
    cluster.wait_until_balanced()
    before = histories(cluster, (other, 0), (other, 1))

    cluster.put(changed, sink(name, tmp_path / "new", tasks=2))
    cluster.wait_until((tmp_path / "new").exists, "the new file")
    cluster.kafka.produce(name, ["one"])
    cluster.wait_until(lambda: (tmp_path / "new").read_text() == "one\n", "a line")
    cluster.wait_until_running({changed: 2, other: 2})

    assert (tmp_path / changed).read_text() == ""
    assert histories(cluster, (other, 0), (other, 1)) == before


def test_an_unchanged_configuration_and_a_restart_of_the_connector_leave_tasks_alone(
    cluster: ConnectCluster, tmp_path: Path, name: str
):
    cluster.kafka.create_topic(name)
    config = sink(name, tmp_path / "out.txt", tasks=2)
    cluster.put(name, config)
    cluster.wait_until_running({name: 2})
    cluster.wait_until_balanced()
    before, connector = histories(cluster, (name, 0), (name, 1)), cluster.history(name)

    for worker in cluster.live:
        cluster.put(name, config, on=worker)
        assert cluster.request("POST", f"/connectors/{name}/restart").status_code == 204
    cluster.wait_until(lambda: len(cluster.history(name)) > len(connector), "a restart")
    cluster.wait_until_running({name: 2})

    assert histories(cluster, (name, 0), (name, 1)) == before


@WITH_PLUGIN
def test_tasks_follow_the_source_system_and_only_those_that_change_are_started_anew(
    cluster: ConnectCluster, tmp_path: Path, name: str
):
    cluster.kafka.create_topic(name)
    folder = tmp_path / "files"
    folder.mkdir()
    for file in "ac":
        (folder / file).write_text(f"{file}\n")
    config = {"connector.class": "folder_source:FolderSource", "tasks.max": "10"}
    cluster.put(name, {**config, "topic": name, "folder": str(folder)})
    cluster.wait_for_lines(name, ["a", "c"])
    cluster.wait_until_running({name: 2})
    first, second = cluster.history(name, 0), cluster.history(name, 1)

    (folder / "b").write_text("b\n")
    cluster.wait_for_lines(name, ["a", "b", "c"])
    cluster.wait_until_running({name: 3})
    assert cluster.history(name, 0) == first, "its file is the same"
    assert len(cluster.history(name, 1)) > len(second), "it has b now, and the new one c"

    (folder / "c").unlink()
    cluster.wait_until_running({name: 2})
    with (folder / "b").open("a") as file:
        file.write("more\n")
    cluster.wait_for_lines(name, ["more"])
    assert cluster.history(name, 0) == first
    assert sorted(cluster.lines(name)) == ["a", "b", "c", "more"]


def test_a_log_level_is_set_on_the_whole_cluster(cluster: ConnectCluster):
    logger = "org.example.olga"
    for worker, level in zip(cluster.live, ("DEBUG", "ERROR", "WARN"), strict=True):
        answer = worker.request("PUT", f"/admin/loggers/{logger}?scope=cluster", {"level": level})
        assert (answer.status_code, answer.content) == (204, b"")
        for other in cluster.live:
            other.wait_for(
                f"/admin/loggers/{logger}",
                lambda told, level=level: told.status_code == 200 and told.json()["level"] == level,
            )


def test_all_workers_know_which_topics_a_connector_uses(
    cluster: ConnectCluster, tmp_path: Path, name: str
):
    def wait_for_topics(*topics: str) -> None:
        for worker in cluster.live:
            worker.wait_for(
                f"/connectors/{name}/topics",
                lambda told: told.json() == {name: {"topics": list(topics)}},
            )

    cluster.kafka.create_topic(name)
    cluster.put(name, sink(name, tmp_path / "out.txt", tasks=1))
    cluster.kafka.produce(name, ["one"])
    wait_for_topics(name)
    owner = cluster.owner(name, 0)
    another = next(worker for worker in cluster.live if worker is not owner)
    reset = another.request("PUT", f"/connectors/{name}/topics/reset")
    assert reset.status_code == 202
    wait_for_topics()
    cluster.kafka.produce(name, ["two"])
    wait_for_topics(name)
    assert cluster.request("DELETE", f"/connectors/{name}").status_code == 204
    wait_for_topics()
