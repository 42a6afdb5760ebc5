# SPDX-License-Identifier: Apache-2.0
"""What bad records cost a sink task: none, and one in a hundred, which are left out.

    python -m benchmarks.dead_letters --bootstrap-servers HOST:PORT [--errors queue log …]

They go to a dead letter queue, or are logged, or both, or neither.

A standalone worker, one partition, one task of the file sink, JSON without schemas; one topic of
good records and one in which each hundredth is no JSON. Runs alternate. The time runs from when
the task is RUNNING until the file has its last record. CPU is that of all processes of the worker,
per million records read. The ratio is the throughput with bad records by that without.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import confluent_kafka
from confluent_kafka.admin import AdminClient, NewTopic

from benchmarks.processes import Meter
from tests.services.standalone_worker import StandaloneWorker

GIVE_UP_S = 300
LOOK_S = 0.02
QUIET_S = 1.5
VARIETY = 20_000


def values(count: int, bad_percent: int) -> Iterator[bytes]:
    """Return records that look a little like orders; the bad ones are at even distances."""
    every = 100 // bad_percent if bad_percent else 0
    for number in range(count):
        if every and number % every == every // 2:
            yield b"no JSON, but about as long as the other records of this topic are: %d" % number
        else:
            row = {"id": number, "customer": f"customer {number}", "amount": number / 100}
            yield json.dumps({**row, "city": "x" * 20}).encode()


def fill(address: str, topic: str, records: int, bad_percent: int) -> None:
    """Write the records of a topic."""
    admin = AdminClient({"bootstrap.servers": address})
    admin.create_topics([NewTopic(topic, 1, 1)], operation_timeout=30)[topic].result()
    producer = confluent_kafka.Producer({"bootstrap.servers": address, "linger.ms": 20})
    few = list(values(VARIETY, bad_percent))
    for number in range(records):
        while True:
            try:
                producer.produce(topic, few[number % VARIETY])
                break
            except BufferError:
                producer.poll(0.1)
    assert producer.flush(120) == 0


def measure(
    worker: StandaloneWorker, folder: Path, topic: str, records: int, settings: dict[str, str]
) -> dict[str, Any]:
    """Run a connector over a topic and delete it."""
    name = f"{topic}-{uuid.uuid4().hex[:6]}"
    out = folder / name
    config = {
        "connector.class": "FileStreamSink",
        "topics": topic,
        "file": str(out),
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
        "errors.tolerance": "all",
        **{key: value.format(name=name) for key, value in settings.items()},
    }
    worker.put_connector(name, config)
    worker.wait_until_running(name)
    meter, began = Meter(worker.process.pid), time.monotonic()
    size, grown_at = 0, began
    while not size or time.monotonic() - grown_at < QUIET_S:
        assert time.monotonic() - began < GIVE_UP_S, f"{name}: nothing comes"
        now = out.stat().st_size if out.exists() else 0
        if now > size:
            size, grown_at = now, time.monotonic()
        time.sleep(LOOK_S)
    took = grown_at - began
    cpu_s, other = meter.stop()
    worker.request("DELETE", f"/connectors/{name}")
    with out.open("rb") as lines:
        written = sum(1 for _ in lines)
    out.unlink()
    return {
        "records_per_s": round(records / took),
        "cpu_s_per_million": round(cpu_s / records * 1e6, 2),
        "other_cores": round(other, 2),
        "lines": written,
    }


def settings_of(errors: list[str]) -> dict[str, str]:
    """Return the settings for what happens to bad records."""
    settings = {}
    if "log" in errors:
        settings["errors.log.enable"] = "true"
    if "queue" in errors or "headers" in errors:
        settings["errors.deadletterqueue.topic.name"] = "{name}-dead"
        settings["errors.deadletterqueue.topic.replication.factor"] = "1"
    if "headers" in errors:
        settings["errors.deadletterqueue.context.headers.enable"] = "true"
    return settings


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--errors",
        nargs="*",
        choices=("queue", "headers", "log"),
        default=["queue"],
        help="what happens to bad records: dead letters, those with headers on the error, log",
    )
    options = parser.parse_args()
    prefix, address = f"bench-{uuid.uuid4().hex[:8]}", options.bootstrap_servers
    folder = Path(tempfile.mkdtemp(prefix="barnabas-bench-dead-"))
    found: dict[int, list[dict[str, Any]]] = {0: [], 1: []}
    try:
        with StandaloneWorker(folder / "worker", address) as worker:
            for percent in found:
                fill(address, f"{prefix}-{percent}", options.records, percent)
            for _ in range(options.runs):
                for percent, results in found.items():
                    topic, settings = f"{prefix}-{percent}", settings_of(options.errors)
                    result = measure(worker, folder, topic, options.records, settings)
                    good = options.records * (100 - percent) // 100
                    assert result["lines"] == good, (result, good)
                    results.append(result)
                    print(json.dumps({"bad_percent": percent, **result}), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for figure in ("records_per_s", "cpu_s_per_million"):
        none, one = (statistics.median(row[figure] for row in rows) for rows in found.values())
        print(json.dumps({"figure": figure, "none": none, "one": one, "ratio": one / none}))


if __name__ == "__main__":
    main()
