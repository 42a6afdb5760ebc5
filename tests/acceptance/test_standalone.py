# SPDX-License-Identifier: Apache-2.0
"""The standalone worker as users meet it: started, killed, misled and stopped."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import psutil
import pytest

from tests.services.child import tail
from tests.services.kafka import KafkaCluster
from tests.services.ports import free_port
from tests.services.standalone_worker import StandaloneWorker

SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector"
SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector"


def values(kafka: KafkaCluster, topic: str, count: int) -> list[str]:
    return [(record.value or b"").decode() for record in kafka.consume(topic, count)]


def connector_file(folder: Path, name: str, topic: str) -> Path:
    """A file source as JSON, with three lines to read."""
    (folder / "lines.txt").write_text("one\ntwo\nthree\n")
    path = folder / f"{name}.json"
    config = {"connector.class": SOURCE, "file": str(folder / "lines.txt"), "topic": topic}
    path.write_text(json.dumps({"name": name, "config": config}))
    return path


def start_that_fails(worker: StandaloneWorker) -> tuple[int, str]:
    """Start a worker that cannot start; returns its exit code and what it said."""
    worker.launch()
    return worker.process.wait(30), worker.log.read_text()


def stored_position(worker: StandaloneWorker, connector: str) -> int | None:
    offsets = worker.request("GET", f"/connectors/{connector}/offsets").json()["offsets"]
    return offsets[0]["offset"]["position"] if offsets else None


# -- killed and stopped


def test_a_killed_worker_goes_on_where_its_offsets_end(
    kafka: KafkaCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    files = [connector_file(tmp_path, name, name)]
    with StandaloneWorker(tmp_path, kafka.bootstrap_servers, files=files) as worker:
        worker.wait_until_running(name)
        assert values(kafka, name, 3) == ["one", "two", "three"]
        worker.wait_for(
            f"/connectors/{name}/offsets", lambda _: stored_position(worker, name) == 14
        )
        runners = worker.descendants()
        worker.kill()
    _, alive = psutil.wait_procs(runners, timeout=10)
    assert alive == []

    with (tmp_path / "lines.txt").open("a") as lines:
        lines.write("four\n")
    with StandaloneWorker(tmp_path, kafka.bootstrap_servers, files=files) as worker:
        worker.wait_until_running(name)
        assert values(kafka, name, 4) == ["one", "two", "three", "four"]
        assert worker.terminate() == 0
    assert kafka.end_offsets(name)[0] == 4


def test_sigterm_ends_all_processes_and_commits_offsets(
    kafka: KafkaCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    files = [connector_file(tmp_path, name, name)]
    settings = {"offset.flush.interval.ms": "3600000"}
    with StandaloneWorker(
        tmp_path, kafka.bootstrap_servers, files=files, settings=settings
    ) as worker:
        values(kafka, name, 3)
        runners = worker.descendants()
        began = time.monotonic()
        assert worker.terminate() == 0, tail(worker.log)
        assert time.monotonic() - began < 15
        assert [runner for runner in runners if runner.is_running()] == []
        assert "ERROR" not in worker.log.read_text()
    with StandaloneWorker(tmp_path, kafka.bootstrap_servers, files=files) as worker:
        worker.wait_until_running(name)
        assert stored_position(worker, name) == 14


def test_a_second_signal_ends_at_once(kafka: KafkaCluster, tmp_path: Path, name: str):
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    config = {"name": name, "config": {"connector.class": "stubborn:Stubborn", "topic": name}}
    (tmp_path / "c.json").write_text(json.dumps(config))
    with StandaloneWorker(
        tmp_path,
        kafka.bootstrap_servers,
        files=[tmp_path / "c.json"],
        settings={"task.shutdown.graceful.timeout.ms": "60000"},
        environment={"PYTHONPATH": str(tmp_path)},
    ) as worker:
        worker.wait_until_running(name)
        runners = worker.descendants()
        worker.process.terminate()
        worker.wait_for_log("Stopping")
        assert worker.terminate() == 128 + 15
        _, alive = psutil.wait_procs(runners, timeout=10)
        assert alive == []


STUBBORN = """
import time
from barnabas.api import SourceConnector, SourceTask


class StubbornTask(SourceTask):
    def start(self, props):
        pass

    def poll(self):
        time.sleep(0.1)

    def stop(self):
        time.sleep(3600)


class Stubborn(SourceConnector):
    task_class = StubbornTask

    def start(self, props):
        pass

    def task_configs(self, max_tasks):
        return [{}]

    def stop(self):
        pass
"""

# -- misled


def test_a_port_in_use_ends_the_start(kafka: KafkaCluster, tmp_path: Path):
    worker = StandaloneWorker(tmp_path, kafka.bootstrap_servers)
    with socket.create_server(("127.0.0.1", worker.port)):
        code, said = start_that_fails(worker)
    assert code == 2
    assert f"Cannot listen on http://127.0.0.1:{worker.port}" in said
    assert "another program listens there" in said


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"offset.storage.file.filename": "/nowhere/offsets"}, "there is no directory /nowhere"),
        ({"listeners": "https://127.0.0.1:0"}, "ssl.keystore.location is missing"),
        ({"key.converter": ""}, "key.converter"),
    ],
)
def test_wrong_settings_end_the_start(
    kafka: KafkaCluster, tmp_path: Path, settings: dict[str, str], why: str
):
    worker = StandaloneWorker(tmp_path, kafka.bootstrap_servers, settings=settings)
    code, said = start_that_fails(worker)
    assert code == 2
    assert why in said
    assert "Traceback" not in said


def test_a_damaged_offset_file_ends_the_start_and_stays(kafka: KafkaCluster, tmp_path: Path):
    offsets = tmp_path / "connect.offsets"
    offsets.write_bytes(b"\xac\xed\x00\x05sr\x00\x11java.util.HashMap")
    code, said = start_that_fails(StandaloneWorker(tmp_path, kafka.bootstrap_servers))
    assert code == 2
    assert f"{offsets} is damaged" in said
    assert offsets.read_bytes().startswith(b"\xac\xed")


def test_an_unreadable_connector_file_ends_with_3(kafka: KafkaCluster, tmp_path: Path):
    missing = tmp_path / "missing.json"
    code, said = start_that_fails(
        StandaloneWorker(tmp_path, kafka.bootstrap_servers, files=[missing])
    )
    assert code == 3
    assert f"{missing} cannot be read: No such file" in said


def test_an_unknown_plugin_ends_with_3_and_names_near_ones(
    kafka: KafkaCluster, tmp_path: Path, name: str
):
    path = tmp_path / "c.properties"
    path.write_text(f"name={name}\nconnector.class=FileStreamSuorce\ntopic=t\n")
    code, said = start_that_fails(StandaloneWorker(tmp_path, kafka.bootstrap_servers, files=[path]))
    assert code == 3
    assert f"Failed to create connector {name}" in said
    assert "FileStreamSuorce" in said
    assert "FileStreamSource" in said


def test_an_unreachable_broker_is_said_and_waited_for(
    kafka: KafkaCluster, tmp_path: Path, name: str
):
    nobody = f"127.0.0.1:{free_port()}"
    worker = StandaloneWorker(tmp_path, nobody, files=[connector_file(tmp_path, name, name)])
    worker.launch()
    try:
        answer = worker.wait_for(
            "/health", lambda answer: "no answer yet" in answer.text, timeout_s=40
        )
        assert (answer.status_code, answer.json()["status"]) == (503, "starting")
        assert nobody in answer.json()["message"]
        assert worker.request("GET", "/connectors").json() == []
        assert worker.request("GET", "/").json()["kafka_cluster_id"] is None
        assert (
            worker.request(
                "POST",
                "/connectors",
                {"name": "x", "config": {"connector.class": SINK, "topics": "t"}},
            ).status_code
            == 503
        )
        assert "Trying again in" in worker.log.read_text()
        assert worker.terminate() == 0
    finally:
        worker.kill()


def test_a_worker_whose_disk_is_full_lives_and_says_so(
    kafka: KafkaCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    files = [connector_file(tmp_path, name, name)]
    settings = {"offset.storage.file.filename": "/dev/full"}
    with StandaloneWorker(
        tmp_path, kafka.bootstrap_servers, files=files, settings=settings
    ) as worker:
        values(kafka, name, 3)
        worker.wait_for_log("No space left on device")
        worker.wait_until_running(name)
        assert stored_position(worker, name) is None


# -- REST as a whole


def test_huge_and_malformed_bodies_leave_the_worker_alive(kafka: KafkaCluster, tmp_path: Path):
    with StandaloneWorker(tmp_path, kafka.bootstrap_servers) as worker:
        huge = worker.request(
            "POST", "/connectors", {"name": "x", "config": {"a": "x" * 40_000_000}}
        )
        assert huge.status_code == 413
        assert worker.request("POST", "/connectors", [1, 2]).status_code == 400
        assert worker.request("GET", "/health").status_code == 200


def test_settings_come_from_the_environment_too(kafka: KafkaCluster, tmp_path: Path):
    port = free_port()
    environment = {"CONNECT_LISTENERS": f"http://127.0.0.1:{port}", "BARNABAS_LOG_FORMAT": "json"}
    worker = StandaloneWorker(
        tmp_path,
        kafka.bootstrap_servers,
        settings={"listeners": "http://127.0.0.1:1"},
        environment=environment,
    )
    worker.url = f"http://127.0.0.1:{port}"
    with worker:
        lines = [json.loads(line) for line in worker.log.read_text().splitlines()]
    assert any(line["message"].startswith("REST API is at") for line in lines)
