# SPDX-License-Identifier: Apache-2.0
"""A cluster of the other kind is started in the place of one that was stopped, and goes on."""

from __future__ import annotations

import contextlib
import functools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.services.connect_cluster import JAVA, OURS, ConnectCluster
from tests.services.kafka import KafkaCluster
from tests.services.worker_process import WorkerProcess

WAYS = list(dict.fromkeys([(JAVA, OURS), (OURS, JAVA)]))
pytestmark = pytest.mark.parametrize(("before", "after"), WAYS)
TOPICS = ("configs", "offsets", "status")


def source(topic: str, file: Path) -> dict[str, str]:
    return {"connector.class": "FileStreamSource", "topic": topic, "file": str(file)}


def sink(topic: str, file: Path) -> dict[str, str]:
    return {"connector.class": "FileStreamSink", "topics": topic, "file": str(file)}


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def numbered(first: int, last: int) -> str:
    return "".join(f"{number}\n" for number in range(first, last))


def stop(worker: WorkerProcess) -> None:
    """Stop a worker as its owner would; Java ends with the number of the signal."""
    assert worker.terminate() in (0, 143)


def told(cluster: ConnectCluster, path: str) -> Any:
    answer = cluster.request("GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json()


@dataclass
class Takeover:
    """A cluster after its worker was stopped and one of the other kind was started.

    There are a file source whose file ended within a line when the first worker stopped, a sink,
    one connector that is paused, one that is stopped, and one that was deleted.
    """

    cluster: ConnectCluster
    folder: Path
    name: str
    said: dict[str, Any]
    """What the first worker answered, by path."""
    topics: dict[str, dict[str, str]]
    """The settings of the internal topics as the first worker made them."""

    def connector(self, role: str) -> str:
        return f"{self.name}-{role}"

    def put(self, role: str, config: dict[str, str]) -> None:
        self.cluster.put(self.connector(role), config)

    def path(self, role: str, rest: str = "") -> str:
        return f"/connectors/{self.connector(role)}{rest}"

    def topic_settings(self) -> dict[str, dict[str, str]]:
        kafka = self.cluster.kafka
        return {kind: kafka.topic_config(f"{self.name}-{kind}") for kind in TOPICS}

    def committed(self) -> int:
        """How many records the sink has committed."""
        rows = told(self.cluster, self.path("out", "/offsets"))["offsets"]
        return sum(row["offset"]["kafka_offset"] for row in rows)


def prepare(one: Takeover) -> None:
    """Have the first worker make connectors and bring them into their states."""
    cluster, folder, topic = one.cluster, one.folder, one.name
    append(folder / "lines.txt", numbered(0, 1000) + "10")
    append(folder / "resting.txt", "one\n")
    one.put("in", {**source(topic, folder / "lines.txt"), "note": "Grüße, ${env:HOME} = #1"})
    one.put("out", {**sink(topic, folder / "shelf.txt"), "tasks.max": "2"})
    one.put("paused", source(f"{topic}-resting", folder / "resting.txt"))
    one.put("stopped", sink(topic, folder / "other.txt"))
    one.put("deleted", source(f"{topic}-deleted", folder / "resting.txt"))
    cluster.wait_for_lines(f"{topic}-resting", ["one"])
    cluster.wait_for_lines(f"{topic}-deleted", ["one"])
    cluster.wait_until_running({one.connector("in"): 1, one.connector("out"): 2})
    other = folder / "other.txt"
    cluster.wait_until(lambda: len(lines_of(other)) == 1000, "1000 lines in the other file")
    assert cluster.request("PUT", one.path("paused", "/pause")).status_code == 202
    assert cluster.request("PUT", one.path("stopped", "/stop")).status_code == 204
    assert cluster.request("DELETE", one.path("deleted")).status_code == 204
    cluster.wait_until(lambda: one.committed() == 1000, "1000 records on the shelf")
    paths = [one.path(role, rest) for role in ("in", "out") for rest in ("", "/tasks", "/topics")]
    one.said |= {path: told(cluster, path) for path in paths}
    one.topics |= one.topic_settings()


@pytest.fixture(scope="module")
def take_over(
    kafka: KafkaCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, str], Takeover]]:
    """Have one kind of worker take over from the other; once for all tests of this module."""
    with contextlib.ExitStack() as ends:

        @functools.cache
        def play(before: str, after: str) -> Takeover:
            folder = tmp_path_factory.mktemp(f"{before}-{after}")
            name = f"t{uuid.uuid4().hex[:6]}"
            for topic in (name, f"{name}-resting", f"{name}-deleted"):
                kafka.create_topic(topic)
            cluster = ends.enter_context(ConnectCluster(kafka, name, folder))
            one = Takeover(cluster, folder, name, {}, {})
            (first,) = cluster.start(before)
            prepare(one)
            stop(first)
            append(folder / "lines.txt", "00\n" + numbered(1001, 2000))
            append(folder / "resting.txt", "two\n")
            cluster.start(after)
            cluster.wait_until_running({one.connector("in"): 1, one.connector("out"): 2})
            return one

        yield play


@pytest.fixture
def taken(take_over: Callable[[str, str], Takeover], before: str, after: str) -> Takeover:
    return take_over(before, after)


def test_lines_go_on_without_a_lost_or_doubled_one(taken: Takeover):
    shelf = taken.folder / "shelf.txt"

    taken.cluster.wait_until(lambda: len(lines_of(shelf)) >= 2000, "2000 lines on the shelf")

    assert lines_of(shelf) == [str(number) for number in range(2000)]
    assert taken.cluster.lines(taken.name) == [str(number) for number in range(2000)]


def test_what_was_paused_stays_so_until_it_is_resumed(taken: Takeover):
    cluster, topic = taken.cluster, f"{taken.name}-resting"
    worker = cluster.live[0]
    path = taken.path("paused", "/status")
    worker.wait_for(path, lambda answer: answer.text.count("PAUSED") == 2)
    assert cluster.lines(topic) == ["one"]

    assert cluster.request("PUT", taken.path("paused", "/resume")).status_code == 202

    cluster.wait_until_running({taken.connector("paused"): 1})
    cluster.wait_for_lines(topic, ["one", "two"])
    assert cluster.lines(topic) == ["one", "two"]


def test_what_was_stopped_stays_so_until_it_is_resumed(taken: Takeover):
    cluster = taken.cluster
    path = taken.path("stopped", "/status")
    cluster.live[0].wait_for(path, lambda answer: '"STOPPED"' in answer.text)
    assert told(cluster, path)["tasks"] == []

    assert cluster.request("PUT", taken.path("stopped", "/resume")).status_code == 202

    cluster.wait_until_running({taken.connector("stopped"): 1})
    other = taken.folder / "other.txt"
    cluster.wait_until(lambda: len(lines_of(other)) >= 2000, "2000 lines in the other file")
    assert lines_of(other) == [str(number) for number in range(2000)]


def test_configurations_and_topics_are_told_alike(taken: Takeover):
    assert {path: told(taken.cluster, path) for path in taken.said} == taken.said


def test_offsets_go_on_where_they_were(taken: Takeover):
    bytes_of_all_lines = (taken.folder / "lines.txt").stat().st_size
    end = {"offset": {"position": bytes_of_all_lines}}
    end["partition"] = {"filename": str(taken.folder / "lines.txt")}
    path = taken.path("in", "/offsets")

    taken.cluster.wait_until(lambda: told(taken.cluster, path)["offsets"] == [end], f"{end}")

    positions = [one["position"] for one in taken.cluster.source_offsets(taken.connector("in"))]
    assert positions == sorted(positions)
    taken.cluster.wait_until(lambda: taken.committed() == 2000, "2000 records on the shelf")


def test_a_deleted_connector_stays_deleted_and_its_offsets_are_kept(taken: Takeover):
    cluster, topic = taken.cluster, f"{taken.name}-deleted"
    assert taken.connector("deleted") not in told(cluster, "/connectors")
    assert taken.connector("deleted") not in cluster.statuses()

    taken.put("deleted", source(topic, taken.folder / "resting.txt"))

    cluster.wait_for_lines(topic, ["one", "two"])
    assert cluster.lines(topic) == ["one", "two"]
    assert cluster.request("DELETE", taken.path("deleted")).status_code == 204


def test_the_internal_topics_stay_as_they_were_made(taken: Takeover):
    kafka = taken.cluster.kafka
    partitions = {kind: len(kafka.end_offsets(f"{taken.name}-{kind}")) for kind in TOPICS}
    assert partitions == {"configs": 1, "offsets": 5, "status": 2}
    assert {settings["cleanup.policy"] for settings in taken.topics.values()} == {"compact"}
    assert taken.topic_settings() == taken.topics


def test_a_killed_worker_is_replaced_and_no_line_is_lost(
    kafka: KafkaCluster, tmp_path: Path, before: str, after: str
):
    name = f"t{uuid.uuid4().hex[:6]}"
    kafka.create_topic(name)
    lines = tmp_path / "lines.txt"
    with ConnectCluster(kafka, name, tmp_path) as cluster:
        (first,) = cluster.start(before)
        append(lines, numbered(0, 500))
        cluster.put(name, source(name, lines))
        cluster.wait_until(lambda: cluster.source_offsets(name) != [], "source offsets")
        append(lines, numbered(500, 1000))
        first.kill()

        cluster.start(after)

        cluster.wait_for_lines(name, [str(number) for number in range(1000)])
        assert cluster.lines(name).count("0") == 1, "offsets were not continued"
        positions = [offset["position"] for offset in cluster.source_offsets(name)]
        assert positions == sorted(positions)
