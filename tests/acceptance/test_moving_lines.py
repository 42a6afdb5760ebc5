# SPDX-License-Identifier: Apache-2.0
"""Lines on their way through a standalone worker: none is lost, whatever happens to the worker."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.services.child import start_child, tail
from tests.services.kafka import KafkaCluster
from tests.services.standalone_worker import PROGRAM, StandaloneWorker

JAVA_OFFSETS = base64.b64decode(
    "rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcAUH2sHDFmDRAwACRgAKbG9hZEZhY3RvckkACXRocmVzaG9sZHhwP0AAAAAA"
    "AAx3CAAAABAAAAABdXIAAltCrPMX+AYIVOACAAB4cAAAAC5bImxvY2FsLWZpbGUtc291cmNlIix7ImZpbGVuYW1lIjoi"
    "bGluZXMudHh0In1ddXEAfgACAAAAD3sicG9zaXRpb24iOjE3fXg="
)
"""Written by a standalone worker of Apache Kafka 4.1.0, whose ``local-file-source`` had read 17
bytes of ``lines.txt``."""


def source_file(folder: Path, name: str, topic: str) -> Path:
    """A connector file as Java's quickstart has it; its path is relative to the worker."""
    path = folder / f"{name}.properties"
    settings = "connector.class=FileStreamSource\ntasks.max=1\nfile=lines.txt\n"
    path.write_text(f"name={name}\n{settings}topic={topic}\n")
    return path


def file_source(topic: str, file: Path) -> dict[str, str]:
    return {"connector.class": "FileStreamSource", "topic": topic, "file": str(file)}


def file_sink(topic: str, file: Path) -> dict[str, str]:
    return {"connector.class": "FileStreamSink", "topics": topic, "file": str(file)}


def values(kafka: KafkaCluster, topic: str, count: int) -> list[str]:
    return [(record.value or b"").decode() for record in kafka.consume(topic, count)]


def wait_until(is_so: Callable[[], bool], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, f"not within {timeout_s} s"
        time.sleep(0.05)


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


# -- the worker ends


def test_lines_written_while_the_worker_is_killed_again_and_again_arrive_at_least_once(
    kafka: KafkaCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    lines = tmp_path / "lines.txt"
    lines.touch()
    files = [source_file(tmp_path, name, name)]
    written: list[str] = []
    is_over = threading.Event()

    def write() -> None:
        with lines.open("w") as file:
            while not is_over.wait(0.01):
                batch = [f"line {len(written) + number}" for number in range(20)]
                file.write("\n".join(batch) + "\n")
                file.flush()
                written.extend(batch)

    writer = threading.Thread(target=write)
    writer.start()
    settings = {"offset.flush.interval.ms": "50"}
    try:
        worker = StandaloneWorker(tmp_path, kafka.bootstrap_servers, files=files, settings=settings)
        for _ in range(3):
            before = kafka.end_offsets(name)[0]
            worker.launch()
            wait_until(lambda before=before: kafka.end_offsets(name)[0] > before + 200)
            wait_until((tmp_path / "connect.offsets").exists)
            worker.kill()
    finally:
        is_over.set()
        writer.join()
    with worker:
        wait_until(lambda: values(kafka, name, kafka.end_offsets(name)[0])[-1] == written[-1])
    arrived = Counter(values(kafka, name, kafka.end_offsets(name)[0]))
    assert set(arrived) == set(written)
    # Offsets were stored before the first kill, so nobody began at the first line again.
    assert arrived["line 0"] == 1, "offsets were not continued"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_lines_arrive_once_over_a_clean_stop(
    kafka: KafkaCluster, tmp_path: Path, name: str, number: signal.Signals
):
    kafka.create_topic(name)
    lines = tmp_path / "lines.txt"
    lines.write_text("".join(f"{n}\n" for n in range(5000)))
    files = [source_file(tmp_path, name, name)]
    settings = {
        "offset.flush.interval.ms": "3600000",
        "task.shutdown.graceful.timeout.ms": "20000",  # a task that is killed repeats lines
    }
    worker = StandaloneWorker(tmp_path, kafka.bootstrap_servers, files=files, settings=settings)
    with worker:
        wait_until(lambda: kafka.end_offsets(name)[0] > 0)
        runners = worker.descendants()
        worker.process.send_signal(number)
        assert worker.process.wait(30) == 0, tail(worker.log)
        _, alive = psutil.wait_procs(runners, timeout=10)
        assert alive == []
    append(lines, "last\n")
    with worker:
        wait_until(lambda: kafka.end_offsets(name)[0] > 5000)
        assert worker.terminate() == 0
    assert values(kafka, name, 5001) == [*map(str, range(5000)), "last"]
    assert kafka.end_offsets(name)[0] == 5001


def test_a_worker_goes_on_where_javas_stopped_and_writes_as_java_does(
    kafka: KafkaCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    (tmp_path / "lines.txt").write_text("alpha\nbeta\ngamma\ndelta\n")
    (tmp_path / "connect.offsets").write_bytes(JAVA_OFFSETS)
    files = [source_file(tmp_path, "local-file-source", name)]
    with StandaloneWorker(tmp_path, kafka.bootstrap_servers, files=files) as worker:
        assert values(kafka, name, 1) == ["delta"]
        assert worker.terminate() == 0
    written = JAVA_OFFSETS.replace(b'{"position":17}', b'{"position":23}')
    assert (tmp_path / "connect.offsets").read_bytes() == written


# -- the file changes


def test_a_file_that_is_rotated_is_read_on_and_the_new_one_after_a_restart(
    kafka: KafkaCluster, worker: StandaloneWorker, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    lines = tmp_path / "lines.txt"
    lines.write_text("one\n")
    worker.put_connector(name, file_source(name, lines))
    assert values(kafka, name, 1) == ["one"]
    moved = lines.rename(tmp_path / "lines.txt.1")
    lines.write_text("new\nnewer\n")
    append(moved, "two\n")
    assert values(kafka, name, 2) == ["one", "two"]
    # A task that has not stopped within a second is killed, and nothing more is committed then.
    worker.wait_for(f"/connectors/{name}/offsets", lambda answer: '"position":8' in answer.text)
    assert worker.request("POST", f"/connectors/{name}/tasks/0/restart").status_code == 204
    assert values(kafka, name, 3)[2:] == ["r"]  # what follows the 8 bytes read, as Java's


def test_a_file_that_is_truncated_is_read_on_where_it_was(
    kafka: KafkaCluster, worker: StandaloneWorker, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    lines = tmp_path / "lines.txt"
    lines.write_text("one\ntwo\n")
    worker.put_connector(name, file_source(name, lines))
    assert values(kafka, name, 2) == ["one", "two"]
    with lines.open("r+") as file:
        file.truncate(0)
    append(lines, "1234567\nthree\n")
    assert values(kafka, name, 3)[2] == "three"
    worker.wait_until_running(name)


def test_a_file_that_is_not_there_yet_is_waited_for(
    kafka: KafkaCluster, worker: StandaloneWorker, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    lines = tmp_path / "lines.txt"
    worker.put_connector(name, file_source(name, lines))
    worker.wait_for_log(f"Couldn't find file {lines}")
    lines.write_text("here\n")
    assert values(kafka, name, 1) == ["here"]


def test_a_paused_source_reads_on_when_it_is_resumed(
    kafka: KafkaCluster, worker: StandaloneWorker, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    lines = tmp_path / "lines.txt"
    lines.write_text("one\n")
    worker.put_connector(name, file_source(name, lines))
    assert values(kafka, name, 1) == ["one"]
    assert worker.request("PUT", f"/connectors/{name}/pause").status_code == 202
    worker.wait_for(f"/connectors/{name}/status", lambda answer: answer.text.count("PAUSED") == 2)
    append(lines, "two\n")
    time.sleep(0.5)  # more than the longest wait of an idle source
    assert kafka.end_offsets(name)[0] == 1
    assert worker.request("PUT", f"/connectors/{name}/resume").status_code == 202
    assert values(kafka, name, 2) == ["one", "two"]


@pytest.mark.timeout(300)
def test_memory_stays_flat_while_a_million_lines_flow(
    kafka: KafkaCluster, worker: StandaloneWorker, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    block = "".join(f"{number:099}\n" for number in range(10_000))
    lines, out = tmp_path / "lines.txt", tmp_path / "out.txt"
    with lines.open("w") as file:
        for _ in range(100):
            file.write(block)
    worker.put_connector(name, file_source(name, lines))
    worker.put_connector(f"{name}-out", file_sink(name, out))
    largest: Counter[int] = Counter()
    while not out.exists() or out.stat().st_size < 100_000_000:
        for process in [psutil.Process(worker.process.pid), *worker.descendants()]:
            with contextlib.suppress(psutil.NoSuchProcess):
                used = process.memory_info().rss
                largest[process.pid] = max(largest[process.pid], used)
        time.sleep(0.2)
    assert max(largest.values()) < 200e6, largest


# -- ways in and out


def test_standard_input_goes_through_kafka_to_standard_output(
    kafka: KafkaCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    worker = StandaloneWorker(tmp_path, kafka.bootstrap_servers)
    worker.write_settings()
    (tmp_path / "in.properties").write_text(
        f"name={name}-in\nconnector.class=FileStreamSource\ntopic={name}\n"
    )
    sink = {"name": f"{name}-out", "connector.class": "FileStreamSink", "topics": name}
    (tmp_path / "out.json").write_text(json.dumps(sink))
    command = [PROGRAM, "standalone", "worker.properties", "in.properties", "out.json"]
    with (
        worker.log.open("wb") as log,
        subprocess.Popen(
            command,
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        ) as process,
    ):
        try:
            process.stdin.write(b"one\ntwo\n")
            process.stdin.close()
            assert [process.stdout.readline() for _ in range(2)] == [b"one\n", b"two\n"]
            process.terminate()
            assert process.stdout.read() == b""
            assert process.wait(30) == 0, tail(worker.log)
        finally:
            process.kill()


def test_a_plain_environment_will_do_and_java_class_names_and_all_forms_of_files(
    kafka: KafkaCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    (tmp_path / "lines.txt").write_text("one\ntwo\n")
    package = "org.apache.kafka.connect.file"
    request = {
        "name": f"{name}-a",
        "config": {"connector.class": f"{package}.FileStreamSinkConnector", "topics": name},
        "initial_state": "STOPPED",
    }
    request["config"]["file"] = str(tmp_path / "a.txt")
    (tmp_path / "a.json").write_text(json.dumps(request))
    flat = {"name": f"{name}-b", "connector.class": "FileStreamSinkConnector", "topics": name}
    flat["file"] = str(tmp_path / "b.txt")
    (tmp_path / "b.json").write_text(json.dumps(flat))
    worker = StandaloneWorker(tmp_path, kafka.bootstrap_servers)
    worker.write_settings()
    source = source_file(tmp_path, name, name)
    command = [PROGRAM, "standalone", "worker.properties", source, "a.json", "b.json"]
    process = start_child(
        ["env", "-i", *command], log=worker.log, folder=tmp_path, environment=os.environ
    )
    try:
        wait_until(
            lambda: (tmp_path / "b.txt").exists() and (tmp_path / "b.txt").stat().st_size > 7
        )
        assert (tmp_path / "b.txt").read_text() == "one\ntwo\n"
        status = worker.request("GET", f"/connectors/{name}-a/status").json()
        assert (status["connector"]["state"], status["tasks"]) == ("STOPPED", [])
        process.terminate()
        assert process.wait(30) == 0, tail(worker.log)
    finally:
        process.kill()
