# SPDX-License-Identifier: Apache-2.0
"""What exactly-once delivery costs a file source: the rates of both, side by side in one run.

    python -m benchmarks.exactly_once --bootstrap-servers HOST:PORT [--java-libs DIR]

A distributed worker of its own for each cell, one task, one partition, lines of 100 bytes. Cells:
``at least once`` (``exactly.once.source.support=disabled``), and with it enabled the boundaries
``poll`` and ``interval`` (of a second). A round has each cell once; the figures are the medians of
the rounds, the ratios those of the medians. The rate counts the records after the first one on the
topic, until all can be read by a consumer of committed records; looked at every 20 ms. CPU is that
of all processes of the worker from the creation of the connector to the last record.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import confluent_kafka

from benchmarks.file_throughput import CONVERTERS, JAVA, Bench, call
from benchmarks.processes import Meter
from benchmarks.worker_footprint import wait_for_rest
from tests.services.ports import free_port

RESULTS = Path(__file__).parent / "results" / "exactly_once.json"
LOOK_S = 0.02
GIVE_UP_S = 240
LEAST, POLL, INTERVAL = "at least once", "poll", "interval"
CELLS = {
    LEAST: ("disabled", {}),
    POLL: ("enabled", {"transaction.boundary": "poll"}),
    INTERVAL: (
        "enabled",
        {"transaction.boundary": "interval", "transaction.boundary.interval.ms": "1000"},
    ),
}
PEERS = {"Barnabas": [sys.executable, "-m", "barnabas", "distributed"]}


@dataclasses.dataclass
class Run:
    """One run of one cell."""

    peer: str
    converter: str
    cell: str
    records_per_s: float
    cpu_s_per_million: float
    other_cores: float


@contextlib.contextmanager
def worker(bench: Bench, command: list[str], converter: str, support: str) -> Iterator[Meter]:
    """A distributed worker, alone in its group; its meter knows the port."""
    group = bench.topic(uuid.uuid4().hex[:6])
    folder = Path(tempfile.mkdtemp(dir=bench.folder))
    port = free_port()
    settings = {
        "bootstrap.servers": bench.bootstrap_servers,
        "group.id": group,
        "key.converter": CONVERTERS[converter],
        "value.converter": CONVERTERS[converter],
        "offset.flush.interval.ms": "10000",
        "listeners": f"http://127.0.0.1:{port}",
        "plugin.discovery": "service_load",
        "exactly.once.source.support": support,
        "offset.storage.partitions": "5",
    }
    for kind in ("config", "offset", "status"):
        settings[f"{kind}.storage.topic"] = f"{group}-{kind}"
        settings[f"{kind}.storage.replication.factor"] = "1"
    path = folder / "worker.properties"
    path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, str(path)], stdout=log, stderr=log)
    try:
        wait_for_rest(port, process)
        wait_until_member(port)
        meter = Meter(process.pid)
        meter.port = port  # type: ignore[attr-defined]
        yield meter
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_until_member(port: int) -> None:
    """Wait until the worker is a member of its group."""
    deadline = time.monotonic() + 60
    while call(port, "GET", "/health") != 200:
        if time.monotonic() > deadline:
            raise SystemExit("the worker did not become healthy")
        time.sleep(0.1)


def ends(bench: Bench, topic: str, isolation: str) -> confluent_kafka.Consumer:
    """A consumer that sees so much of a topic's end."""
    settings = {
        "bootstrap.servers": bench.bootstrap_servers,
        "group.id": f"{bench.prefix}-{isolation}",
        "isolation.level": isolation,
    }
    return confluent_kafka.Consumer(settings)


def run(bench: Bench, peer: str, command: list[str], converter: str, cell: str) -> Run:
    """Create a connector and watch it until all records can be read."""
    support, boundary = CELLS[cell]
    connector = uuid.uuid4().hex[:6]
    topic = bench.topic(f"out-{connector}")
    bench.create(topic)
    config = {
        "connector.class": "FileStreamSource",
        "file": str(bench.lines),
        "topic": topic,
        "tasks.max": "1",
        **boundary,
    }
    where = confluent_kafka.TopicPartition(topic, 0)
    with worker(bench, command, converter, support) as meter:
        seen = ends(bench, topic, "read_uncommitted")
        committed = ends(bench, topic, "read_committed")
        port: int = meter.port  # type: ignore[attr-defined]
        assert call(port, "POST", "/connectors", {"name": connector, "config": config}) == 201
        deadline = time.monotonic() + GIVE_UP_S
        while not (first := seen.get_watermark_offsets(where, timeout=10)[1]):
            check(deadline, peer, cell)
        began = time.monotonic()
        while committed.get_watermark_offsets(where, timeout=10)[1] < bench.records:
            check(deadline, peer, cell)
        took = time.monotonic() - began
        cpu_s, other = meter.stop()
        seen.close()
        committed.close()
    return Run(
        peer, converter, cell, (bench.records - first) / took, cpu_s / bench.records * 1e6, other
    )


def check(deadline: float, peer: str, cell: str) -> None:
    if time.monotonic() > deadline:
        raise SystemExit(f"{peer} {cell}: not all records in {GIVE_UP_S} s")
    time.sleep(LOOK_S)


def summary(runs: list[Run]) -> list[dict[str, object]]:
    """Medians of each cell, and their ratios to at-least-once delivery of the same peer."""
    rows: list[dict[str, object]] = []
    keys = dict.fromkeys((one.peer, one.converter) for one in runs)
    for peer, converter in keys:
        rates = {
            cell: statistics.median(
                one.records_per_s
                for one in runs
                if (one.peer, one.converter, one.cell) == (peer, converter, cell)
            )
            for cell in CELLS
        }
        for cell, rate in rates.items():
            ratio = rate / rates[LEAST]
            row = {"peer": peer, "converter": converter, "cell": cell}
            rows.append({**row, "records_per_s": rate, "ratio": ratio})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--java-libs", help="directory of Java Connect's jars, to compare with")
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--converters", default="String,JSON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, default=RESULTS, help="write the figures here")
    options = parser.parse_args()
    peers = dict(PEERS)
    if options.java_libs:
        main_class = "org.apache.kafka.connect.cli.ConnectDistributed"
        peers["Java"] = ["java", *JAVA, "-cp", f"{options.java_libs}/*", main_class]
    runs: list[Run] = []
    with tempfile.TemporaryDirectory(prefix="barnabas-bench-") as temporary:
        bench = Bench(
            options.bootstrap_servers,
            options.records,
            Path(temporary),
            f"bench-{uuid.uuid4().hex[:8]}",
        )
        bench.write_lines()
        try:
            for _ in range(options.rounds):
                for converter in options.converters.split(","):
                    for peer, command in peers.items():
                        for cell in CELLS:
                            runs.append(run(bench, peer, command, converter, cell))
                            print(runs[-1], flush=True)
        finally:
            bench.clean_up()
    rows = summary(runs)
    for row in rows:
        print("{peer:10}{converter:8}{cell:15}{records_per_s:12,.0f}{ratio:7.2f}".format(**row))
    told = {
        "python": platform.python_version(),
        "librdkafka": confluent_kafka.libversion()[0],
        "summary": rows,
        "runs": [dataclasses.asdict(one) for one in runs],
    }
    options.json.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
