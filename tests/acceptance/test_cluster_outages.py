# SPDX-License-Identifier: Apache-2.0
"""The broker of a cluster is not there yet, goes and comes back, or cannot be reached by one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.services.connect_cluster import OURS, ConnectCluster
from tests.services.growing_file import GrowingFile
from tests.services.kafka import KafkaCluster
from tests.services.ports import free_port
from tests.services.wire import Wire

pytestmark = pytest.mark.timeout(200)
LISTENER = "WIRED"


def source(topic: str, file: Path) -> dict[str, str]:
    return {"connector.class": "FileStreamSource", "topic": topic, "file": str(file)}


@pytest.fixture
def name() -> str:
    """A short name, as it is in many lines of logs."""
    return f"t{uuid.uuid4().hex[:6]}"


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KafkaCluster, Wire]]:
    """A broker of this module's own, and a wire to it."""
    port = free_port()
    kafka = KafkaCluster(
        tmp_path_factory.mktemp("kafka"),
        listeners={LISTENER: "PLAINTEXT"},
        advertised={LISTENER: f"127.0.0.1:{port}"},
    )
    target = int(kafka.addresses(LISTENER).rpartition(":")[2])
    try:
        kafka.start()
        with Wire(port, target) as wire:
            yield kafka, wire
    finally:
        kafka.stop()


@pytest.fixture
def cluster(wire: tuple[KafkaCluster, Wire], tmp_path: Path, name: str) -> Iterator[ConnectCluster]:
    with ConnectCluster(wire[0], name, tmp_path / "workers") as cluster:
        yield cluster


def turns(lines: list[str]) -> list[tuple[int, int]]:
    """Where numbered lines do not follow each other: each last one and what came instead."""
    numbers = [int(line.removeprefix("line ")) for line in lines]
    return [(one, other) for one, other in pairwise(numbers) if other != one + 1]


def test_workers_that_start_before_their_broker_form_a_cluster_when_it_comes(
    cluster: ConnectCluster, tmp_path: Path, name: str
):
    kafka = cluster.kafka
    kafka.create_topic(name)
    (tmp_path / "lines.txt").write_text("one\n")
    (first,) = cluster.start(OURS)
    cluster.put(name, source(name, tmp_path / "lines.txt"))
    cluster.wait_for_lines(name, ["one"])
    first.kill()
    kafka.brokers[0].stop()

    waiting = [cluster.launch(), cluster.launch()]
    for worker in waiting:
        worker.wait_for("/health", lambda answer: answer.status_code == 503)
    kafka.start()
    first.launch()

    cluster.wait_until_joined()
    cluster.wait_until_running({name: 1})
    with (tmp_path / "lines.txt").open("a") as file:
        file.write("two\n")
    cluster.wait_for_lines(name, ["two"])


def test_a_broker_is_restarted_while_lines_flow_and_none_is_lost(
    cluster: ConnectCluster, tmp_path: Path, name: str
):
    kafka = cluster.kafka
    kafka.create_topic(name)
    cluster.start(OURS, OURS)
    with GrowingFile(tmp_path / "lines.txt") as lines:
        cluster.put(name, source(name, lines.path))
        cluster.wait_until(lambda: cluster.source_offsets(name) != [], "source offsets")
        kafka.restart()
        cluster.wait_until_joined()
        cluster.wait_until_running({name: 1})
        written = lines.stop()
    cluster.wait_for_lines(name, written)
    assert all(back <= last for last, back in turns(cluster.lines(name)))
    positions = [offset["position"] for offset in cluster.source_offsets(name)]
    assert positions == sorted(positions)


def test_a_worker_cut_off_from_its_broker_loses_its_work_and_writes_nothing_later(
    cluster: ConnectCluster, wire: tuple[KafkaCluster, Wire], tmp_path: Path, name: str
):
    kafka, cable = wire
    far = cluster.launch(OURS, bootstrap_servers=f"127.0.0.1:{cable.port}")
    far.wait_until_healthy()
    kafka.create_topic(name)
    with GrowingFile(tmp_path / "lines.txt") as lines:
        cluster.put(name, source(name, lines.path))
        cluster.wait_until_running({name: 1})
        cluster.wait_until(lambda: cluster.source_offsets(name) != [], "source offsets")
        (near,) = set(cluster.start(OURS))
        assert cluster.owner(name, 0) is far

        cable.cut()
        cluster.absent.add(far)
        cluster.wait_until_running({name: 1}, on=near.worker_id)
        cluster.wait_for_lines(name, lines.written[-1:])
        cable.mend()
        cluster.absent.discard(far)

        cluster.wait_until_joined()
        cluster.wait_until_running({name: 1})
        written = lines.stop()
    cluster.wait_for_lines(name, written)
    # The near one repeats what the far one did not commit; the far one writes nothing after that.
    assert [back <= last for last, back in turns(cluster.lines(name))] in ([], [True])
    positions = [offset["position"] for offset in cluster.source_offsets(name)]
    assert positions == sorted(positions)
