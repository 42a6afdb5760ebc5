# SPDX-License-Identifier: Apache-2.0
"""Fetch Apache Kafka and Apicurio into the cache: ``python -m tests.services.kafka``.

Archives of the classes that brokers and Java's workers load are made beside it, once.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.services.apicurio_registry import fetch_apicurio
from tests.services.class_archive import make_archive
from tests.services.java_worker import JavaWorker, fetch_connect
from tests.services.kafka.broker import TEST_JVM, fetch_kafka
from tests.services.kafka.cluster import KafkaCluster


def archive_broker(folder: Path, option: str) -> None:
    """Run a broker and use it a little."""
    cluster = KafkaCluster(folder, jvm=[*TEST_JVM, option])
    try:
        cluster.start()
        cluster.create_topic("t")
        cluster.produce("t", ["one"])
        cluster.consume("t", 1)
        cluster.brokers[0].stop()
    finally:
        cluster.stop()


def archive_worker(folder: Path, option: str) -> None:
    """Run a worker with a connector, on a broker of its own."""
    cluster = KafkaCluster(folder / "kafka")
    try:
        cluster.start()
        worker = JavaWorker(folder / "worker", cluster.bootstrap_servers, "g", options=[option])
        with worker:
            sink = {"connector.class": "FileStreamSink", "topics": "t", "file": "lines.txt"}
            worker.put_connector("sink", sink)
            worker.wait_until_running("sink")
            worker.terminate()
    finally:
        cluster.stop()


def main() -> None:
    """Fetch, and make what is missing."""
    brokers, workers = fetch_kafka(), fetch_connect()
    with tempfile.TemporaryDirectory() as folder:
        try:
            make_archive(brokers, lambda option: archive_broker(Path(folder) / "broker", option))
            make_archive(workers, lambda option: archive_worker(Path(folder) / "worker", option))
        except (AssertionError, RuntimeError, OSError, subprocess.SubprocessError) as error:
            print(f"Java will start slower in tests, without archives: {error}", file=sys.stderr)  # noqa: T201  # a command prints
    fetch_apicurio()
    print(brokers)  # noqa: T201  # a command prints


if __name__ == "__main__":
    main()
