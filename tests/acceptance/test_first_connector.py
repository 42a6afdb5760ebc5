# SPDX-License-Identifier: Apache-2.0
"""The first connector of the README runs, and counts on where it stopped."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.services.child import start_child, tail
from tests.services.kafka import KafkaCluster
from tests.services.ports import free_port

ROOT = Path(__file__).parents[2]
STRINGS = "org.apache.kafka.connect.storage.StringConverter"


def run_until_ticks(kafka: KafkaCluster, folder: Path, topic: str, count: int) -> list[bytes]:
    """Run a standalone worker with the clock until the topic holds so many records, then end it."""
    (folder / "worker.properties").write_text(
        f"bootstrap.servers={kafka.bootstrap_servers}\n"
        f"key.converter={STRINGS}\nvalue.converter={STRINGS}\n"
        f"listeners=http://127.0.0.1:{free_port()}\n"
        f"offset.storage.file.filename={folder / 'offsets'}\n"
    )
    clock = {"name": topic, "config": {"connector.class": "clock:Clock", "topic": topic}}
    (folder / "clock.json").write_text(json.dumps(clock))
    program = Path(sys.executable).with_name("barnabas")
    log = folder / "worker.log"
    worker = start_child(
        [program, "standalone", "worker.properties", "clock.json"],
        log=log,
        folder=folder,
        environment={**os.environ, "PYTHONPATH": str(ROOT / "examples")},
    )
    try:
        values = [record.value or b"" for record in kafka.consume(topic, count)]
        worker.terminate()
        assert worker.wait(30) == 0, tail(log)
    finally:
        worker.kill()
    return values


def test_clock_ticks_and_counts_on_after_a_restart(
    kafka: KafkaCluster, tmp_path: Path, name: str
) -> None:
    kafka.create_topic(name)

    first = run_until_ticks(kafka, tmp_path, name, 3)
    count = kafka.end_offsets(name)[0] + 2
    second = run_until_ticks(kafka, tmp_path, name, count)

    assert first == [b"tick 1", b"tick 2", b"tick 3"]
    assert second == [f"tick {number}".encode() for number in range(1, count + 1)]
