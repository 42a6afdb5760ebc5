# SPDX-License-Identifier: Apache-2.0
"""Exactly-once sources: whoever reads committed records has each line once, in order.

Whatever is killed or frozen, by whichever kind of worker the tasks and the group are led.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.services.connect_cluster import JAVA, OURS, ConnectCluster
from tests.services.growing_file import GrowingFile
from tests.services.kafka import KafkaCluster
from tests.services.worker_process import WorkerProcess

pytestmark = pytest.mark.timeout(300)

ENABLED = {
    "exactly.once.source.support": "enabled",
    "producer.transaction.timeout.ms": "10000",
    "offset.storage.partitions": "1",
    "config.providers": "file",
    "config.providers.file.class": "org.apache.kafka.common.config.provider.FileConfigProvider",
}


@pytest.fixture
def name() -> str:
    """A short name, as it is in many lines of logs."""
    return f"x{uuid.uuid4().hex[:6]}"


@pytest.fixture
def cluster(kafka: KafkaCluster, tmp_path: Path, name: str) -> Iterator[ConnectCluster]:
    with ConnectCluster(kafka, name, tmp_path / "workers", settings=ENABLED) as cluster:
        yield cluster


def source(topic: str, file: Path, **more: str) -> dict[str, str]:
    """The file source in Java's spelling; ``_`` stands for a dot."""
    others = {key.replace("_", "."): value for key, value in more.items()}
    return {
        "connector.class": "FileStreamSource",
        "topic": topic,
        "file": str(file),
        "exactly.once.support": "required",
        **others,
    }


def reader_of(worker: WorkerProcess, file: Path) -> psutil.Process:
    """The process of the task that has a file open."""
    return next(
        process
        for process in worker.descendants()
        if any(opened.path == str(file) for opened in process.open_files())
    )


def check_lines(cluster: ConnectCluster, topic: str, written: list[str]) -> None:
    cluster.wait_for_lines(topic, written)
    assert cluster.lines(topic) == written


@pytest.mark.parametrize("boundary", ["poll", "interval"])
def test_each_line_counts_once_whatever_is_killed(
    kafka: KafkaCluster, cluster: ConnectCluster, tmp_path: Path, name: str, boundary: str
):
    kafka.create_topic(name)
    cluster.start(OURS, OURS)
    chance = random.Random(name)
    with GrowingFile(tmp_path / "lines.txt", every_s=0.002) as lines:
        cluster.put(
            name,
            source(
                name,
                lines.path,
                transaction_boundary=boundary,
                transaction_boundary_interval_ms="70",
            ),
        )
        cluster.wait_until_running({name: 1})
        for victim in ("task", "worker", "task"):
            before = kafka.end_offsets(name)[0]
            more = chance.randrange(50, 400)
            cluster.wait_until(
                lambda before=before, more=more: kafka.end_offsets(name)[0] > before + more, "lines"
            )
            owner = cluster.owner(name, 0)
            if victim == "worker":
                owner.kill()
                cluster.start(OURS)
            else:
                reader_of(owner, lines.path).kill()
                owner.wait_until_failed(name)
                path = f"/connectors/{name}/tasks/0/restart"
                assert cluster.request("POST", path, on=owner).status_code == 204
            cluster.wait_until_running({name: 1})
        written = lines.stop()
    check_lines(cluster, name, written)


def test_a_task_that_was_frozen_writes_nothing_any_more(
    kafka: KafkaCluster, cluster: ConnectCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    cluster.start(OURS, OURS)
    with GrowingFile(tmp_path / "lines.txt", every_s=0.005) as lines:
        cluster.put(name, source(name, lines.path))
        cluster.wait_until_running({name: 1})
        owner = cluster.owner(name, 0)
        cluster.pause(owner, with_children=True)
        cluster.wait_until_joined()
        cluster.wait_until_running({name: 1})
        cluster.resume(owner)
        cluster.wait_until_joined()
        cluster.wait_until_running({name: 1})
        written = lines.stop()
    check_lines(cluster, name, written)


def test_a_cluster_is_rolled_to_exactly_once_while_lines_flow(
    kafka: KafkaCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    with (
        ConnectCluster(kafka, name, tmp_path / "workers") as cluster,
        GrowingFile(tmp_path / "lines.txt") as lines,
    ):
        olds = cluster.start(OURS, OURS)
        config = source(name, lines.path, exactly_once_support="requested")
        cluster.put(name, config)
        cluster.wait_until_running({name: 1})
        for support in ("preparing", "enabled"):
            news = []
            for old in olds:
                news.append(cluster.launch(OURS, exactly_once_source_support=support))
                cluster.wait_until_joined()
                assert old.terminate() == 0
                cluster.wait_until_joined()
                cluster.wait_until_running({name: 1})
            olds = news
        cluster.put(name, {**config, "exactly.once.support": "required"})
        cluster.wait_until_running({name: 1})
        written = lines.stop()
        check_lines(cluster, name, written)


@pytest.mark.parametrize("kinds", [(JAVA, OURS), (OURS, JAVA)], ids=lambda kinds: kinds[0])
def test_java_and_ours_take_exactly_once_tasks_from_each_other(
    kafka: KafkaCluster, cluster: ConnectCluster, tmp_path: Path, name: str, kinds: tuple[str, str]
):
    kafka.create_topic(name)
    first, second = [cluster.start(kind)[0] for kind in kinds]  # who starts first leads
    assert cluster.leader is first
    with GrowingFile(tmp_path / "lines.txt") as lines:
        names = [f"{name}-{number}" for number in range(2)]
        for one in names:
            kafka.create_topic(one)
            cluster.put(one, source(one, lines.path))
        cluster.wait_until_running(dict.fromkeys(names, 1))
        cluster.wait_until_balanced()
        assert {cluster.owner(one, 0) for one in names} == {first, second}
        for number, one in enumerate(names):  # new tasks, so that the leader fences for each kind
            cluster.put(one, source(one, lines.path, batch_size=str(100 + number)))
        cluster.wait_until_running(dict.fromkeys(names, 1))
        first.kill()
        cluster.wait_until_joined()
        cluster.wait_until_running(dict.fromkeys(names, 1))
        written = lines.stop()
    for one in names:
        check_lines(cluster, one, written)


def test_offsets_are_in_the_connectors_own_topic_and_users_change_them_there(
    kafka: KafkaCluster, cluster: ConnectCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    (worker,) = cluster.start(OURS)
    file = tmp_path / "lines.txt"
    file.write_text("".join(f"line {number}\n" for number in range(100)))
    secrets = tmp_path / "secrets.properties"
    secrets.write_text(f"servers={kafka.bootstrap_servers}\n")
    reached = {
        f"{client}.override.bootstrap.servers": f"${{file:{secrets}:servers}}"
        for client in ("producer", "consumer", "admin")
    }
    cluster.put(name, {**source(name, file, offsets_storage_topic=f"{name}-own"), **reached})
    cluster.wait_for_lines(name, ["line 99"])
    path = f"/connectors/{name}/offsets"
    partition = {"filename": str(file)}
    told = [{"partition": partition, "offset": {"position": file.stat().st_size}}]
    worker.wait_for(path, lambda answer: answer.json() == {"offsets": told})
    assert kafka.topic_config(f"{name}-own")["cleanup.policy"] == "compact"

    worker.request("PUT", f"/connectors/{name}/stop")
    cluster.wait_for_states(name, "STOPPED", [])
    body = {"offsets": [{"partition": partition, "offset": {"position": 0}}]}
    answer = worker.request("PATCH", path, body)
    assert answer.status_code == 200, answer.text
    own = [json.loads(one.value) for one in kafka.records(f"{name}-own") if one.value]
    assert own[-1] == {"position": 0}
    worker.request("PUT", f"/connectors/{name}/resume")
    cluster.wait_until(lambda: len(cluster.lines(name)) == 200, "all lines again")

    worker.request("PUT", f"/connectors/{name}/stop")
    cluster.wait_for_states(name, "STOPPED", [])
    assert worker.request("DELETE", path).status_code == 200
    assert worker.request("GET", path).json() == {"offsets": []}
