# SPDX-License-Identifier: Apache-2.0
"""The Java worker of the tests does what the tests will ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.services.java_worker import JavaWorker
from tests.services.kafka import KafkaCluster


@pytest.fixture(scope="module")
def worker(kafka: KafkaCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JavaWorker]:
    folder = tmp_path_factory.mktemp("java")
    with JavaWorker(folder, kafka.bootstrap_servers, folder.name) as worker:
        yield worker


def test_a_worker_moves_lines(
    kafka: KafkaCluster, worker: JavaWorker, tmp_path: Path, name: str
) -> None:
    (tmp_path / "lines.txt").write_text("one\ntwo\n")
    source = {"connector.class": "FileStreamSource", "topic": name}

    worker.put_connector(name, {**source, "file": str(tmp_path / "lines.txt")})

    worker.wait_until_running(name)
    assert [record.value for record in kafka.consume(name, 2)] == [b"one", b"two"]


def test_a_worker_is_called_by_its_address(worker: JavaWorker, tmp_path: Path, name: str) -> None:
    sink = {"connector.class": "FileStreamSink", "topics": name, "file": str(tmp_path / "out")}

    worker.put_connector(name, sink)

    worker.wait_until_running(name)
    status = worker.request("GET", f"/connectors/{name}/status").json()
    assert status["connector"]["worker_id"] == worker.worker_id


def test_a_paused_worker_answers_only_when_it_goes_on(worker: JavaWorker) -> None:
    worker.pause()
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(worker.url, timeout=0.5)
    worker.resume()

    assert worker.request("GET", "/").json()["version"].startswith("4.")


def test_a_terminated_worker_leaves_its_group(
    kafka: KafkaCluster, tmp_path: Path, name: str
) -> None:
    worker = JavaWorker(tmp_path, kafka.bootstrap_servers, name)
    with worker:
        worker.wait_for_log("Joined group")

        assert worker.terminate() == 143

        assert not worker.is_alive
        assert "Kafka Connect stopped" in worker.log.read_text()
    assert kafka.group(name).members == {}


def test_a_worker_that_ends_early_tells_its_log(kafka: KafkaCluster, tmp_path: Path) -> None:
    worker = JavaWorker(
        tmp_path, kafka.bootstrap_servers, "g", settings={"key.converter": "no.such.Converter"}
    )

    with pytest.raises(AssertionError, match=r"(?s)exit code 2.*no\.such\.Converter"):
        worker.start()
