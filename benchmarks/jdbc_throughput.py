# SPDX-License-Identifier: Apache-2.0
"""Throughput of the JDBC connectors between PostgreSQL and Kafka, beside Java's on request.

    python -m benchmarks.jdbc_throughput --bootstrap-servers HOST:PORT \\
        [--java-libs DIR --java-jdbc DIR [--java-avro DIR]]

One table of eight columns (bigint, text, double, int, timestamp, text, boolean, numeric(10,2)); one
task, one partition. Cells: *source*, a million rows as JSON with schemas, JSON without and Avro in
Confluent's framing, in mode incrementing or bulk; *sink*, 300,000 records of JSON with schemas,
inserted or upserted by the key ``id``. Both peers are given the same configuration. PostgreSQL is
started for the measurement, with all writes to disk deferred.

Each peer gets one worker process per cell, in which the cell is run twice: *cold* and *warm*. The
rate counts the records after the first ones seen and the time from then on, looked at every 50 ms:
a source by the end of its topic, a sink by the greatest ``id`` in its table. CPU is that of all
processes of the worker from the creation of the connector to the last record. ``PSS`` is the
largest sum of the proportional set sizes of all processes, ``task`` the largest of one process.

The Java peer is Aiven's connector (the open fork of Confluent's): ``--java-jdbc`` names a folder
with its jar, pgjdbc and guava; ``--java-avro`` one with Apicurio's Avro converter.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import dataclasses
import decimal
import json
import os
import platform
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import confluent_kafka
import httpx

from benchmarks.broker import broker
from benchmarks.file_throughput import JAVA, Bench, call, watch, worker
from benchmarks.processes import Meter, tree
from tests.services.apicurio_registry import ApicurioRegistry
from tests.services.postgresql import PostgreSQL, ServerDatabase

RESULTS = Path(__file__).parent / "results" / "jdbc_throughput.json"
JSON = "org.apache.kafka.connect.json.JsonConverter"
SETTINGS = {
    "synchronous_commit": "off",
    "autovacuum": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
}
TABLE = """CREATE TABLE rows8 (id BIGINT PRIMARY KEY, name TEXT NOT NULL, price DOUBLE PRECISION,
quantity INT NOT NULL, created TIMESTAMP NOT NULL, note TEXT, active BOOLEAN,
total NUMERIC(10,2))"""
FILL = """INSERT INTO rows8 SELECT n, 'customer-' || n, n * 0.37, n % 1000,
TIMESTAMP '2024-01-01' + n * INTERVAL '1 second', 'some note that belongs to row ' || n, n % 2 = 0,
(n % 1000000) / 100.0 FROM generate_series(1, {}) AS n"""
FIELDS = [
    {"field": "id", "type": "int64", "optional": False},
    {"field": "name", "type": "string", "optional": False},
    {"field": "price", "type": "double", "optional": True},
    {"field": "quantity", "type": "int32", "optional": False},
    {
        "field": "created",
        "type": "int64",
        "optional": False,
        "name": "org.apache.kafka.connect.data.Timestamp",
        "version": 1,
    },
    {"field": "note", "type": "string", "optional": True},
    {"field": "active", "type": "boolean", "optional": True},
    {
        "field": "total",
        "type": "bytes",
        "optional": True,
        "name": "org.apache.kafka.connect.data.Decimal",
        "version": 1,
        "parameters": {"scale": "2", "connect.decimal.precision": "10"},
    },
]
START_MS = 1_704_067_200_000


@dataclasses.dataclass(frozen=True)
class Cell:
    """What is measured: ``source`` with mode and format, or ``sink`` with its insert.mode."""

    kind: str
    mode: str
    format: str

    def __str__(self) -> str:
        return f"{self.kind} {self.mode} {self.format}"


CELLS = [
    *(
        Cell("source", mode, form)
        for mode in ("incr", "bulk")
        for form in ("json", "jsonns", "avro")
    ),
    *(Cell("sink", mode, "json") for mode in ("insert", "upsert")),
]


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
    max_task_mib: float
    other_cores: float


class TaskMeter(Meter):
    """A meter that knows the largest process, too."""

    max_task_mib = 0.0

    def __init__(self, pid: int) -> None:
        super().__init__(pid)
        self._worker = pid
        self._looked_at = 0.0

    def look(self) -> None:
        super().look()
        if time.monotonic() - self._looked_at < 0.5:
            return
        self._looked_at = time.monotonic()
        for process in tree(self._worker):
            with contextlib.suppress(Exception):
                self.max_task_mib = max(self.max_task_mib, process.memory_full_info().pss / 2**20)


@dataclasses.dataclass
class Tables:
    """The database, the topic of the sinks and the registry."""

    database: ServerDatabase
    source_rows: int
    sink_rows: int
    sink_topic: str
    registry: str

    def converter(self, peer: str, form: str) -> Mapping[str, str]:
        if form != "avro":
            schemas = str(form == "json").lower()
            return {"value.converter": JSON, "value.converter.schemas.enable": schemas}
        if peer == "Barnabas":
            settings = {
                "value.converter": "io.confluent.connect.avro.AvroConverter",
                "value.converter.schema.registry.url": f"{self.registry}/apis/ccompat/v7",
            }
        else:
            settings = {
                "value.converter": "io.apicurio.registry.utils.converter.AvroConverter",
                "value.converter.apicurio.registry.url": f"{self.registry}/apis/registry/v2",
                "value.converter.apicurio.registry.auto-register": "true",
                "value.converter.apicurio.registry.as-confluent": "true",
                "value.converter.apicurio.registry.use-id": "contentId",
                "value.converter.apicurio.registry.headers.enabled": "false",
            }
        return settings

    def config(self, peer: str, cell: Cell, name: str) -> dict[str, str]:
        """The configuration of a connector; ``name`` begins its topic or is its table."""
        common = {**self.database.settings, **self.converter(peer, cell.format), "tasks.max": "1"}
        if cell.kind == "source":
            mode = {"mode": "bulk", "poll.interval.ms": "3600000"}
            if cell.mode == "incr":
                mode = {"mode": "incrementing", "incrementing.column.name": "id"}
            return {
                **common,
                **mode,
                "connector.class": "io.aiven.connect.jdbc.JdbcSourceConnector",
                "table.whitelist": "rows8",
                "topic.prefix": f"{name}-",
            }
        return {
            **common,
            "connector.class": "io.aiven.connect.jdbc.JdbcSinkConnector",
            "topics": self.sink_topic,
            "table.name.format": name,
            "insert.mode": cell.mode,
            "pk.mode": "record_value",
            "pk.fields": "id",
            "auto.create": "true",
        }

    def check(self, table: str) -> None:
        """The sink's table must be what was sent."""
        columns = "id, name, price, quantity, created, note, active, total"
        ((count, strange),) = self.database.query(
            f"SELECT count(*), (SELECT count(*) FROM (SELECT {columns} FROM {table} EXCEPT "
            f"SELECT {columns} FROM rows8) AS other) FROM {table}"
        )
        assert (count, strange) == (self.sink_rows, 0), f"{count} rows, {strange} not as sent"
        self.database.execute(f"DROP TABLE {table}")


def fill_topic(bench: Bench, tables: Tables) -> None:
    """The first rows of the table, as a source with schemas on would write them."""
    bench.create(tables.sink_topic)
    producer = confluent_kafka.Producer({"bootstrap.servers": bench.bootstrap_servers})
    schema = {"type": "struct", "fields": FIELDS, "optional": False, "name": "rows8"}
    head = b'{"schema":' + json.dumps(schema, separators=(",", ":")).encode() + b',"payload":'
    for n in range(1, tables.sink_rows + 1):
        row = payload(n)
        while True:
            try:
                producer.produce(tables.sink_topic, head + json.dumps(row).encode() + b"}")
                break
            except BufferError:
                producer.poll(0.1)
    assert producer.flush(120) == 0


def payload(n: int) -> dict[str, Any]:
    unscaled = n % 1_000_000
    total = unscaled.to_bytes(unscaled.bit_length() // 8 + 1, "big", signed=True)
    return {
        "id": n,
        "name": f"customer-{n}",
        "price": float(decimal.Decimal(n) * decimal.Decimal("0.37")),
        "quantity": n % 1000,
        "created": START_MS + n * 1000,
        "note": f"some note that belongs to row {n}",
        "active": n % 2 == 0,
        "total": base64.b64encode(total).decode(),
    }


def run(bench: Bench, tables: Tables, peer: tuple[str, int, int], cell: Cell, kind: str) -> Result:
    """Create a connector, watch it until all records are through, delete it."""
    peer_name, pid, port = peer
    connector = f"{bench.prefix}-{uuid.uuid4().hex[:6]}"
    table = f"out_{uuid.uuid4().hex[:8]}"
    records = tables.source_rows if cell.kind == "source" else tables.sink_rows
    name = connector if cell.kind == "source" else table
    if cell.kind == "source":
        bench.create(f"{name}-rows8")
    config = tables.config(peer_name, cell, name)
    with progress(bench, tables, cell, name) as count:
        meter = TaskMeter(pid)
        began_at = time.monotonic()
        body = {"name": connector, "config": config}
        assert call(port, "POST", "/connectors", body) == 201
        counted = dataclasses.replace(bench, records=records)
        first, last = watch(counted, meter, alive(count, port, connector), f"{peer_name} {cell}")
        cpu_s, other = meter.stop()
    assert call(port, "DELETE", f"/connectors/{connector}") == 204
    if cell.kind == "sink":
        tables.check(table)
    return Result(
        peer=peer_name,
        cell=str(cell),
        run=kind,
        records=records,
        records_per_s=(last[1] - first[1]) / (last[0] - first[0]) if last != first else 0.0,
        first_record_s=first[0] - began_at,
        cpu_s_per_million=cpu_s / records * 1e6,
        max_pss_mib=meter.max_pss_mib,
        max_task_mib=meter.max_task_mib,
        other_cores=other,
    )


@contextlib.contextmanager
def progress(bench: Bench, tables: Tables, cell: Cell, name: str) -> Iterator[Callable[[], int]]:
    """A function that says how many records are through."""
    if cell.kind == "source":
        settings = {"bootstrap.servers": bench.bootstrap_servers, "group.id": bench.prefix}
        consumer = confluent_kafka.Consumer(settings)
        where = confluent_kafka.TopicPartition(f"{name}-rows8", 0)
        with contextlib.closing(consumer):
            yield lambda: consumer.get_watermark_offsets(where, timeout=10)[1]
        return
    with contextlib.closing(tables.database.connect()) as connection:

        def greatest() -> int:
            (exists,) = connection.execute("SELECT to_regclass(%s)", (name,)).fetchone()
            if exists is None:
                return 0
            (number,) = connection.execute(f"SELECT max(id) FROM {name}").fetchone()
            return number or 0

        yield greatest


def alive(count: Callable[[], int], port: int, connector: str) -> Callable[[], int]:
    """Count, and from time to time see that no task has failed."""
    looked_at = time.monotonic()

    def look() -> int:
        nonlocal looked_at
        if time.monotonic() - looked_at > 5:
            looked_at = time.monotonic()
            url = f"http://127.0.0.1:{port}/connectors/{connector}/status"
            for task in httpx.get(url, timeout=30).json()["tasks"]:
                if task["state"] == "FAILED":
                    raise SystemExit(str(task["trace"])[:1000])
        return count()

    return look


def peers(options: argparse.Namespace) -> dict[str, list[str]]:
    found = {"Barnabas": [sys.executable, "-m", "barnabas", "standalone"]}
    if options.java_libs and options.java_jdbc:
        folders = [options.java_jdbc, options.java_libs, *filter(None, [options.java_avro])]
        path = ":".join(os.path.join(folder, "*") for folder in folders)
        main_class = "org.apache.kafka.connect.cli.ConnectStandalone"
        found["Java"] = ["java", *JAVA, "-cp", path, main_class]
    return {name: found[name] for name in found if name.lower() in options.peers}


def chosen_cells(options: argparse.Namespace) -> list[Cell]:
    return [cell for cell in CELLS if any(word in str(cell) for word in options.cells.split(","))]


def show(results: list[Result], *, with_head: bool) -> None:
    head = ("peer", "cell", "run", "rec/s", "1st s", "CPU-s/M", "PSS MiB", "task", "other")
    if with_head:
        print("{:10}{:22}{:6}{:>12}{:>8}{:>10}{:>9}{:>7}{:>7}".format(*head))
    for r in results:
        print(
            f"{r.peer:10}{r.cell:22}{r.run:6}{r.records_per_s:12,.0f}{r.first_record_s:8.2f}"
            f"{r.cpu_s_per_million:10.2f}{r.max_pss_mib:9.0f}{r.max_task_mib:7.0f}"
            f"{r.other_cores:7.2f}",
            flush=True,
        )


def measure(options: argparse.Namespace, bench: Bench, tables: Tables) -> list[Result]:
    results: list[Result] = []
    cells = chosen_cells(options)
    try:
        if any(cell.kind == "sink" for cell in cells):
            fill_topic(bench, tables)
        for cell in cells:
            for name, command in peers(options).items():
                with worker(bench, command, "JSON") as (pid, port):
                    for number in range(options.runs):
                        kind = "warm" if number else "cold"
                        peer = (name, pid, port)
                        results.append(run(bench, tables, peer, cell, kind))
                        show(results[-1:], with_head=len(results) == 1)
    finally:
        bench.clean_up()
    return results


@contextlib.contextmanager
def prepared(options: argparse.Namespace, folder: Path) -> Iterator[Tables]:
    """A PostgreSQL with the table, and a registry when Avro is measured."""
    with contextlib.ExitStack() as stack:
        registry = ""
        if any(cell.format == "avro" for cell in chosen_cells(options)):
            apicurio = stack.enter_context(ApicurioRegistry(folder / "registry"))
            registry = f"http://127.0.0.1:{apicurio.port}"
        server = stack.enter_context(PostgreSQL(SETTINGS))
        database = stack.enter_context(server.new_database())
        database.execute(TABLE, FILL.format(max(options.rows, options.sink_rows)), "VACUUM ANALYZE")
        topic = f"in-{uuid.uuid4().hex[:8]}"
        yield Tables(database, options.rows, options.sink_rows, topic, registry)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bootstrap-servers", help="a broker; one is started when absent")
    parser.add_argument("--java-libs", help="directory of Java Connect's jars, to compare with")
    parser.add_argument("--java-jdbc", help="directory of the jars of Aiven's connector")
    parser.add_argument("--java-avro", help="directory of the jars of Apicurio's Avro converter")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the source's table")
    parser.add_argument("--sink-rows", type=int, default=300_000)
    parser.add_argument("--cells", default="source,sink", help="words of the cells to measure")
    parser.add_argument("--peers", default="barnabas,java")
    parser.add_argument("--runs", type=int, default=2, help="runs per cell: cold, then warm ones")
    parser.add_argument("--json", type=Path, default=RESULTS, help="write the results here")
    options = parser.parse_args()
    with (
        broker(options.bootstrap_servers) as address,
        tempfile.TemporaryDirectory(prefix="barnabas-bench-") as temporary,
        prepared(options, Path(temporary)) as tables,
    ):
        bench = Bench(address, options.rows, Path(temporary), f"bench-{uuid.uuid4().hex[:8]}")
        tables.sink_topic = f"{bench.prefix}-{tables.sink_topic}"
        results = measure(options, bench, tables)
    report = {
        "python": platform.python_version(),
        "librdkafka": confluent_kafka.libversion()[0],
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "results": [dataclasses.asdict(result) for result in results],
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
