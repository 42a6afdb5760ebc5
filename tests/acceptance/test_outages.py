# SPDX-License-Identifier: Apache-2.0
"""What a worker needs goes away and comes back: the broker, the room for its offsets."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

from tests.services.child import tail
from tests.services.kafka import KafkaCluster
from tests.services.standalone_worker import StandaloneWorker


def values(kafka: KafkaCluster, topic: str, count: int) -> list[str]:
    return [(record.value or b"").decode() for record in kafka.consume(topic, count)]


def source_file(folder: Path, name: str) -> Path:
    path = folder / "source.properties"
    settings = "connector.class=FileStreamSource\nfile=lines.txt\n"
    path.write_text(f"name={name}\ntopic={name}\n{settings}")
    return path


def test_a_worker_waits_for_its_broker_and_moves_lines_over_an_outage(
    spare_kafka: KafkaCluster, tmp_path: Path, name: str
):
    spare_kafka.create_topic(name)
    spare_kafka.stop()
    lines = tmp_path / "lines.txt"
    lines.write_text("".join(f"{number}\n" for number in range(100)))
    worker = StandaloneWorker(
        tmp_path, spare_kafka.bootstrap_servers, files=[source_file(tmp_path, name)]
    )
    worker.launch()
    try:
        worker.wait_for(
            "/health",
            lambda answer: (
                answer.status_code == 503 and spare_kafka.bootstrap_servers in answer.text
            ),
        )
        spare_kafka.start()
        worker.wait_for("/health", lambda answer: answer.status_code == 200)
        worker.wait_until_running(name)
        assert len(values(spare_kafka, name, 100)) == 100

        spare_kafka.stop()
        with lines.open("a") as file:
            file.writelines(f"{number}\n" for number in range(100, 200))
        worker.wait_for_log(f"{spare_kafka.bootstrap_servers}/")
        worker.wait_until_running(name)
        spare_kafka.start()
        worker.wait_until(lambda: spare_kafka.end_offsets(name)[0] >= 200)
        assert worker.terminate() == 0, tail(worker.log)
    finally:
        worker.kill()
    arrived = Counter(values(spare_kafka, name, spare_kafka.end_offsets(name)[0]))
    assert set(arrived) == {str(number) for number in range(200)}
    assert max(arrived.values()) == 1, "the producer is idempotent and the task never failed"
    assert "Traceback" not in worker.log.read_text()


def test_a_worker_that_waits_for_its_broker_ends_at_once_when_asked(tmp_path: Path):
    worker = StandaloneWorker(tmp_path, "127.0.0.1:1")
    worker.launch()
    try:
        worker.wait_for_log("REST API is at")
        worker.process.send_signal(signal.SIGINT)
        assert worker.process.wait(3) == 0
    finally:
        worker.kill()


def test_offsets_that_could_not_be_written_are_written_once_there_is_room(
    kafka: KafkaCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    lines = tmp_path / "lines.txt"
    lines.touch()
    files = [source_file(tmp_path, name)]
    settings = {"offset.flush.interval.ms": "100"}
    with StandaloneWorker(
        tmp_path, kafka.bootstrap_servers, files=files, settings=settings
    ) as worker:
        in_the_way = tmp_path / f".connect.offsets.{worker.process.pid}.tmp"
        in_the_way.mkdir()
        lines.write_text("one\n")
        worker.wait_for_log(f"Source offsets cannot be written to {tmp_path}/connect.offsets")
        worker.wait_until_running(name)
        assert worker.request("GET", f"/connectors/{name}/offsets").json() == {"offsets": []}
        in_the_way.rmdir()
        worker.wait_for(f"/connectors/{name}/offsets", lambda answer: '"position":4' in answer.text)
        assert worker.terminate() == 0
    assert b'{"position":4}' in (tmp_path / "connect.offsets").read_bytes()
