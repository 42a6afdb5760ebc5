# SPDX-License-Identifier: Apache-2.0
"""Throughput of the file connectors through a standalone worker, beside Java's on request.

    python -m benchmarks.file_throughput --bootstrap-servers HOST:PORT [--java-libs DIR]

Cells: file source and file sink, with String and with JSON values (schemas on), and on request
(``--cells chain --converters "JSON without schemas"``) the source with five transformations; 2
million lines of 100 bytes, one partition, one task. Each peer gets one worker process per cell, in
which the cell is run twice: *cold* and *warm*. The rate counts the records after the first ones
seen and the time from then on, looked at every 50 ms: a source by the end of its topic, a sink by
the length of its file. CPU is that of all processes of the worker from the creation of the
connector to the last record; memory is the largest sum of their proportional set sizes (PSS).

``other`` are the cores busy with anything else: the broker, this program and other work.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import http.client
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import confluent_kafka
from confluent_kafka.admin import AdminClient, NewTopic

from benchmarks.processes import Meter
from benchmarks.worker_footprint import request, wait_for_rest
from tests.services.ports import free_port

RESULTS = Path(__file__).parent / "results" / "file_throughput.json"
LINE_BYTES = 100
LOOK_S = 0.05
GIVE_UP_S = 300
CONVERTERS = {
    "String": "org.apache.kafka.connect.storage.StringConverter",
    "JSON": "org.apache.kafka.connect.json.JsonConverter",
    "JSON without schemas": "org.apache.kafka.connect.json.JsonConverter",
}
CHAIN = {
    "transforms": "hoist,insert,time,fields,route",
    "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value",
    "transforms.hoist.field": "line",
    "transforms.insert.type": "org.apache.kafka.connect.transforms.InsertField$Value",
    "transforms.insert.static.field": "origin",
    "transforms.insert.static.value": "file",
    "transforms.insert.timestamp.field": "at",
    "transforms.time.type": "org.apache.kafka.connect.transforms.TimestampConverter$Value",
    "transforms.time.field": "at",
    "transforms.time.target.type": "string",
    "transforms.time.format": "yyyy-MM-dd'T'HH:mm:ss.SSS",
    "transforms.fields.type": "org.apache.kafka.connect.transforms.ReplaceField$Value",
    "transforms.fields.renames": "line:text",
    "transforms.fields.exclude": "origin",
    "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter",
    "transforms.route.regex": "(.*)-before",
    "transforms.route.replacement": "$1",
}
JAVA = ["-Xms256m", "-Xmx2g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"]


@dataclasses.dataclass
class Result:
    """One run of one cell."""

    peer: str
    cell: str
    run: str
    records: int
    records_per_s: float
    first_record_s: float
    cpu_s_per_million: float
    max_pss_mib: float
    other_cores: float


@dataclasses.dataclass
class Bench:
    """What all cells need."""

    bootstrap_servers: str
    records: int
    folder: Path
    prefix: str

    @property
    def lines(self) -> Path:
        """The source's file."""
        return self.folder / "lines.txt"

    def topic(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.bootstrap_servers})

    def prepare(self, cells: Collection[str]) -> None:
        """Write the file, and the topics the sinks read."""
        self.write_lines()
        if "sink" not in cells:
            return
        forms: dict[str, Callable[[str], str]] = {
            "String": lambda text: text,
            "JSON": lambda text: (
                '{"schema":{"type":"string","optional":false},"payload":' + json.dumps(text) + "}"
            ),
        }
        for name, form in forms.items():
            self._fill(self.topic(f"in-{name}"), form)

    def write_lines(self) -> None:
        """Write the source's file."""
        texts = [
            f"{number:09d} {'the quick brown fox jumps over ' * 4}"[:99] for number in range(1000)
        ]
        with self.lines.open("w") as file:
            for start in range(0, self.records, 1000):
                file.writelines(f"{start + i:09d}{texts[i][9:]}\n" for i in range(1000))
        assert self.lines.stat().st_size == self.records * LINE_BYTES

    def _fill(self, topic: str, form: Callable[[str], str]) -> None:
        self.create(topic)
        producer = confluent_kafka.Producer(
            {"bootstrap.servers": self.bootstrap_servers, "linger.ms": 20}
        )
        with self.lines.open() as file:
            for line in file:
                value = form(line[:-1])
                while True:
                    try:
                        producer.produce(topic, value)
                        break
                    except BufferError:
                        producer.poll(0.1)
        assert producer.flush(120) == 0

    def create(self, topic: str) -> None:
        admin = self.admin()
        admin.create_topics([NewTopic(topic, 1, 1)], operation_timeout=30)[topic].result()

    def clean_up(self) -> None:
        admin = self.admin()
        mine = [name for name in admin.list_topics(timeout=30).topics if self.prefix in name]
        deleted = admin.delete_topics(mine, operation_timeout=30) if mine else {}
        for future in deleted.values():
            with contextlib.suppress(confluent_kafka.KafkaException):
                future.result()


@contextlib.contextmanager
def worker(bench: Bench, command: list[str], converter: str) -> Iterator[tuple[int, int]]:
    """A standalone worker: its process id and port."""
    folder = Path(tempfile.mkdtemp(dir=bench.folder))
    port = free_port()
    settings = {
        "bootstrap.servers": bench.bootstrap_servers,
        "key.converter": CONVERTERS[converter],
        "value.converter": CONVERTERS[converter],
        "value.converter.schemas.enable": str("without" not in converter).lower(),
        "offset.storage.file.filename": str(folder / "offsets"),
        "offset.flush.interval.ms": "10000",
        "listeners": f"http://127.0.0.1:{port}",
        "plugin.discovery": "service_load",
    }
    path = folder / "worker.properties"
    path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, str(path)], stdout=log, stderr=log)
    try:
        wait_for_rest(port, process)
        yield process.pid, port
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
        if os.environ.get("BENCH_SHOW_LOG"):
            print((folder / "log").read_text(errors="replace")[-4000:])


def call(port: int, method: str, path: str, body: object = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=95)
    try:
        return request(connection, method, path, body)
    finally:
        connection.close()


def run(bench: Bench, peer: tuple[str, int, int], cell: str, kind: str, converter: str) -> Result:
    """Create a connector, watch it until all records are through, delete it."""
    name, pid, port = peer
    connector = f"{bench.prefix}-{uuid.uuid4().hex[:6]}"
    out = bench.folder / connector
    is_source = cell != "sink"
    topic = bench.topic(f"out-{connector}") if is_source else bench.topic(f"in-{converter}")
    if is_source:
        bench.create(topic)
        config = {"connector.class": "FileStreamSource", "file": str(bench.lines), "topic": topic}
        if cell == "chain":
            config = {**config, **CHAIN, "topic": f"{topic}-before"}
    else:
        config = {"connector.class": "FileStreamSink", "file": str(out), "topics": topic}
    with progress(bench, topic if is_source else None, out) as count:
        meter = Meter(pid)
        began_at = time.monotonic()
        body = {"name": connector, "config": {**config, "tasks.max": "1"}}
        assert call(port, "POST", "/connectors", body) == 201
        first, last = watch(bench, meter, count, f"{name} {cell} {converter}")
        cpu_s, other = meter.stop()
    assert call(port, "DELETE", f"/connectors/{connector}") == 204
    if not is_source:
        check(bench, out)
    return Result(
        peer=name,
        cell=f"file {cell} {converter}",
        run=kind,
        records=bench.records,
        records_per_s=(last[1] - first[1]) / (last[0] - first[0]),
        first_record_s=first[0] - began_at,
        cpu_s_per_million=cpu_s / bench.records * 1e6,
        max_pss_mib=meter.max_pss_mib,
        other_cores=other,
    )


def check(bench: Bench, out: Path) -> None:
    """The sink's file must be the source's."""
    with bench.lines.open("rb") as wanted, out.open("rb") as found:
        while block := wanted.read(1 << 20):
            assert block == found.read(len(block)), f"{out} differs from what was sent"
    out.unlink()


@contextlib.contextmanager
def progress(bench: Bench, topic: str | None, out: Path) -> Iterator[Callable[[], int]]:
    """A function that says how many records are through."""
    if topic is None:
        yield lambda: out.stat().st_size // LINE_BYTES if out.exists() else 0
        return
    settings = {"bootstrap.servers": bench.bootstrap_servers, "group.id": bench.prefix}
    consumer = confluent_kafka.Consumer(settings)
    where = confluent_kafka.TopicPartition(topic, 0)
    try:
        yield lambda: consumer.get_watermark_offsets(where, timeout=10)[1]
    finally:
        consumer.close()


def watch(
    bench: Bench, meter: Meter, count: Callable[[], int], what: str
) -> tuple[tuple[float, int], tuple[float, int]]:
    first: tuple[float, int] | None = None
    deadline = time.monotonic() + GIVE_UP_S
    while True:
        seen = count()
        now = time.monotonic()
        if seen and first is None:
            first = (now, seen)
        if first is not None and seen >= bench.records:
            return first, (now, seen)
        if now > deadline:
            raise SystemExit(f"{what}: only {seen} records in {GIVE_UP_S} s")
        meter.look()
        time.sleep(LOOK_S)


def show(results: list[Result]) -> None:
    head = ("peer", "cell", "run", "rec/s", "1st s", "CPU-s/M", "PSS MiB", "other")
    print("{:10}{:20}{:6}{:>12}{:>8}{:>10}{:>9}{:>7}".format(*head))
    for r in results:
        print(
            f"{r.peer:10}{r.cell:20}{r.run:6}{r.records_per_s:12,.0f}{r.first_record_s:8.2f}"
            f"{r.cpu_s_per_million:10.2f}{r.max_pss_mib:9.0f}{r.other_cores:7.2f}"
        )


def peers(java_libs: str | None) -> dict[str, list[str]]:
    found = {"Barnabas": [sys.executable, "-m", "barnabas", "standalone"]}
    if java_libs:
        path = os.path.join(java_libs, "*")
        main_class = "org.apache.kafka.connect.cli.ConnectStandalone"
        found["Java"] = ["java", *JAVA, "-cp", path, main_class]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--java-libs", help="directory of Java Connect's jars, to compare with")
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--cells", default="source,sink")
    parser.add_argument("--converters", default="String,JSON")
    parser.add_argument("--runs", type=int, default=2, help="runs per cell: cold, then warm ones")
    parser.add_argument("--json", type=Path, default=RESULTS, help="write the results here")
    options = parser.parse_args()
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="barnabas-bench-") as temporary:
        bench = Bench(
            options.bootstrap_servers,
            options.records,
            Path(temporary),
            f"bench-{uuid.uuid4().hex[:8]}",
        )
        try:
            bench.prepare(options.cells.split(","))
            for cell in options.cells.split(","):
                for converter in options.converters.split(","):
                    for name, command in peers(options.java_libs).items():
                        with worker(bench, command, converter) as (pid, port):
                            for number in range(options.runs):
                                kind = "warm" if number else "cold"
                                peer = (name, pid, port)
                                results.append(run(bench, peer, cell, kind, converter))
        finally:
            show(results)
            bench.clean_up()
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report(results), indent=1) + "\n")


def report(results: list[Result]) -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "librdkafka": confluent_kafka.libversion()[0],
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "results": [dataclasses.asdict(result) for result in results],
    }


if __name__ == "__main__":
    main()
