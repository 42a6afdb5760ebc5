# SPDX-License-Identifier: Apache-2.0
"""What exactly-once delivery costs a file source: the rates of both, side by side in one run.

    python -m benchmarks.exactly_once --bootstrap-servers HOST:PORT [--java-libs DIR]

A distributed worker of its own for each cell, one task, one partition, lines of 100 bytes. Cells:
``at least once`` (``exactly.once.source.support=disabled``), and with it enabled the boundaries
``poll`` and ``interval`` (of a second). A round has each cell once; the figures are the medians of
the rounds, the ratios those of the medians.

Counted are the records after the first one on the topic that a consumer of committed records can
read; looked at every 20 ms. ``sustained`` is the rate up to the last but one time that their number
was seen to grow, for all cells alike. ``to the end`` is the rate until all can be read. That of
``interval`` says more about the length of the file than about throughput: the last transaction ends
with its interval, up to a second after its last record. CPU is that of all processes of the worker
from the creation of the connector to the last record.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import math
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    sustained_per_s: float
    to_the_end_per_s: float
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
        grown: list[tuple[float, int]] = []
        while not grown or grown[-1][1] < bench.records:
            readable = committed.get_watermark_offsets(where, timeout=10)[1]
            if readable > (grown[-1][1] if grown else first):
                grown.append((time.monotonic() - began, readable))
            check(deadline, peer, cell)
        cpu_s, other = meter.stop()
        seen.close()
        committed.close()
    sustained, to_the_end = (
        (readable - first) / after_s for after_s, readable in (grown[-2:][0], grown[-1])
    )
    cpu_s_per_million = cpu_s / bench.records * 1e6
    return Run(peer, converter, cell, sustained, to_the_end, cpu_s_per_million, other)


def check(deadline: float, peer: str, cell: str) -> None:
    if time.monotonic() > deadline:
        raise SystemExit(f"{peer} {cell}: not all records in {GIVE_UP_S} s")
    time.sleep(LOOK_S)


def summary(runs: list[Run]) -> list[dict[str, Any]]:
    """Medians of each cell, and their ratios to at-least-once delivery of the same peer."""
    rows: list[dict[str, Any]] = []
    keys = dict.fromkeys((one.peer, one.converter) for one in runs)
    for peer, converter in keys:
        own = [one for one in runs if (one.peer, one.converter) == (peer, converter)]
        least = medians(own, LEAST)
        for cell in CELLS:
            sustained, to_the_end = medians(own, cell)
            row: dict[str, Any] = {"peer": peer, "converter": converter, "cell": cell}
            row |= {"sustained_per_s": sustained, "ratio": sustained / least[0]}
            row |= {"to_the_end_per_s": to_the_end, "ratio_to_the_end": to_the_end / least[1]}
            rows.append(row)
    return rows


def medians(runs: list[Run], cell: str) -> tuple[float, float]:
    """Of both rates of a cell."""
    chosen = [one for one in runs if one.cell == cell]
    return (
        statistics.median(one.sustained_per_s for one in chosen),
        statistics.median(one.to_the_end_per_s for one in chosen),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--java-libs", help="directory of Java Connect's jars, to compare with")
    parser.add_argument("--records", type=int, default=4_000_000)
    parser.add_argument("--converters", default="String,JSON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--calm",
        type=float,
        default=math.inf,
        help="make a run again during which others, brokers included, took more cores than this",
    )
    parser.add_argument("--tries", type=int, default=4, help="most tries of a run for --calm")
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
                            for _ in range(options.tries):
                                one = run(bench, peer, command, converter, cell)
                                print(one, flush=True)
                                if one.other_cores <= options.calm:
                                    break
                            runs.append(one)
        finally:
            bench.clean_up()
    rows = summary(runs)
    for row in rows:
        text = "{peer:10}{converter:8}{cell:15}{sustained_per_s:12,.0f}{ratio:7.2f}"
        print((text + "{to_the_end_per_s:12,.0f}{ratio_to_the_end:7.2f}").format(**row))
    told = {
        "python": platform.python_version(),
        "librdkafka": confluent_kafka.libversion()[0],
        "summary": rows,
        "runs": [dataclasses.asdict(one) for one in runs],
    }
    options.json.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
