# SPDX-License-Identifier: Apache-2.0
"""Throughput of the HDFS and S3 sinks through a standalone worker, one partition, one task.

    python -m benchmarks.hdfs_throughput --bootstrap-servers HOST:PORT [--existing 100000]

Cells: an Avro topic of records with 8 columns to Parquet, the same to Avro, plain JSON to JSON,
text to text. HDFS is a NameNode and a DataNode on the same machine; ``--store file`` takes a local
directory instead, ``--store s3`` the S3 sink with S3Proxy over a directory of the same machine. The
time runs from the moment the task is RUNNING until the last record is in a file under its final
name, so it has the start of the consumer in it. CPU is that of all processes of the worker, per
million records; memory is the largest sum of their proportional set sizes (PSS).

``--existing`` makes so many empty files under names of committed ones first, in one directory for
each thousand, and measures the time from the creation of a connector to its first file.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import io
import itertools
import json
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import confluent_kafka
import fastavro
from confluent_kafka.admin import AdminClient, NewTopic

from benchmarks.processes import Meter
from tests.services.hdfs import HdfsCluster
from tests.services.registry import DevelopmentRegistry
from tests.services.s3 import S3Server
from tests.services.standalone_worker import StandaloneWorker

GIVE_UP_S = 300
LOOK_S = 0.1
SCHEMA = {
    "type": "record",
    "name": "Order",
    "namespace": "bench",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "customer", "type": "int"},
        {"name": "name", "type": "string"},
        {"name": "city", "type": ["null", "string"], "default": None},
        {"name": "amount", "type": "double"},
        {"name": "paid", "type": "boolean"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "note", "type": ["null", "string"], "default": None},
    ],
}
AVRO = {"value.converter": "io.confluent.connect.avro.AvroConverter"}
PLAIN_JSON = {
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter.schemas.enable": "false",
}
CELLS: dict[str, tuple[str, str, Mapping[str, str]]] = {
    "avro-parquet": ("avro", "parquet.ParquetFormat", AVRO),
    "avro-avro": ("avro", "avro.AvroFormat", AVRO),
    "json-json": ("json", "json.JsonFormat", PLAIN_JSON),
    "string-string": ("json", "string.StringFormat", {}),
}


class Lake(Protocol):
    """Where files go."""

    url: str

    def files(self, folder: str) -> Mapping[str, int]:
        """Return the files below a folder with their sizes."""


class S3Lake:
    """A bucket."""

    def __init__(self, server: S3Server) -> None:
        self.url = server.url
        self._server = server
        self._bucket = server.make_bucket("bench")

    def files(self, folder: str) -> Mapping[str, int]:
        return self._server.objects(self._bucket, folder.strip("/"))

    def settings(self, format_class: str) -> dict[str, str]:
        """Return what the sink is told of the store and the format."""
        return {
            "connector.class": "io.confluent.connect.s3.S3SinkConnector",
            "s3.bucket.name": self._bucket,
            "aws.access.key.id": self._server.access_key,
            "aws.secret.access.key": self._server.secret_key,
            "format.class": f"io.confluent.connect.s3.format.{format_class}",
        }


class LocalLake:
    """A local directory."""

    def __init__(self, folder: Path) -> None:
        self.url = folder.as_uri()
        self._folder = folder

    def files(self, folder: str) -> Mapping[str, int]:
        top = self._folder / folder.strip("/")
        return {f"/{path}": path.stat().st_size for path in top.rglob("*") if path.is_file()}


def rows(count: int) -> Iterator[dict[str, Any]]:
    """Return records that look a little like orders."""
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    for number in range(count):
        yield {
            "id": number,
            "customer": number * 7919 % 100_000,
            "name": f"customer {number * 7919 % 100_000}",
            "city": None if number % 10 == 0 else f"city {number % 500}",
            "amount": number % 100_000 / 100,
            "paid": number % 3 == 0,
            "at": start + datetime.timedelta(milliseconds=number * 37),
            "note": f"note {number}" if number % 4 == 0 else None,
        }


def encoder(form: str, registry: DevelopmentRegistry, topic: str) -> Callable[[Any], bytes]:
    """Return what makes the bytes of a record."""
    if form == "json":
        return lambda row: json.dumps(row, default=str).encode()
    body = {"schema": json.dumps(SCHEMA)}
    number = registry.request("POST", f"/subjects/{topic}-value/versions", body).json()["id"]
    head, parsed = b"\0" + int(number).to_bytes(4, "big"), fastavro.parse_schema(SCHEMA)

    def encode(row: Any) -> bytes:
        out = io.BytesIO()
        out.write(head)
        fastavro.schemaless_writer(out, parsed, row)
        return out.getvalue()

    return encode


def fill(address: str, topic: str, records: int, encode: Callable[[Any], bytes]) -> None:
    """Write the records of a topic; a few thousand different ones, over and over."""
    admin = AdminClient({"bootstrap.servers": address})
    admin.create_topics([NewTopic(topic, 1, 1)], operation_timeout=30)[topic].result()
    producer = confluent_kafka.Producer({"bootstrap.servers": address, "linger.ms": 20})
    values = list(map(encode, rows(min(records, 20_000))))
    for value in itertools.islice(itertools.cycle(values), records):
        while True:
            try:
                producer.produce(topic, value)
                break
            except BufferError:
                producer.poll(0.1)
    assert producer.flush(120) == 0


def committed(lake: Lake, folder: str, flush_size: int) -> tuple[int, int]:
    """Return how many records files hold, and how many bytes they have."""
    records, size = 0, 0
    if isinstance(lake, S3Lake):  # names do not tell how many records there are
        objects = lake.files(folder)
        return len(objects) * flush_size, sum(objects.values())
    for path, bytes_ in lake.files(folder).items():
        if "/+tmp/" not in path:
            *_, start, end = Path(path).stem.split("+")
            records, size = records + int(end) - int(start) + 1, size + bytes_
    return records, size


def measure(
    worker: StandaloneWorker, lake: Lake, cell: str, topic: str, options: argparse.Namespace
) -> dict[str, Any]:
    """Run a connector over a topic and delete it."""
    _, format_class, converter = CELLS[cell]
    name = f"{topic}-{cell}-{uuid.uuid4().hex[:6]}"
    config = {
        "connector.class": "io.confluent.connect.hdfs.HdfsSinkConnector",
        "topics": topic,
        "store.url": lake.url,
        "topics.dir": name,
        "flush.size": str(options.flush_size),
        "format.class": f"io.confluent.connect.hdfs.{format_class}",
        **(lake.settings(format_class) if isinstance(lake, S3Lake) else {}),
        "consumer.override.auto.offset.reset": "earliest",
        **converter,
        "value.converter.schema.registry.url": options.registry,
    }
    worker.put_connector(name, config)
    worker.wait_until_running(name)
    meter, began = Meter(worker.process.pid), time.monotonic()
    first: float | None = None
    while (seen := committed(lake, f"/{name}/{topic}", options.flush_size))[0] < options.records:
        first = first or (time.monotonic() - began if seen[0] else None)
        assert time.monotonic() - began < GIVE_UP_S, f"{name}: only {seen[0]} records in files"
        meter.look()
        time.sleep(LOOK_S)
    took = time.monotonic() - began
    cpu_s, other = meter.stop()
    worker.request("DELETE", f"/connectors/{name}")
    return {
        "cell": cell,
        "records_per_s": round(options.records / took),
        "first_file_s": round(first or took, 2),
        "cpu_s_per_million": round(cpu_s / options.records * 1e6, 2),
        "max_pss_mib": round(meter.max_pss_mib),
        "other_cores": round(other, 2),
        "mb_written": round(seen[1] / 1e6, 1),
    }


def make_existing(hdfs: HdfsCluster, topic: str, count: int) -> str:
    """Make empty files under names of committed ones; returns the folder they are in."""
    from hdfs_native import Client

    client, root = Client(hdfs.url), f"/existing-{topic}"

    def make(number: int) -> None:
        folder = f"{root}/{topic}/day={number // 1000:05d}"
        client.create(f"{folder}/{topic}+1+{number:010d}+{number:010d}.json").close()

    with ThreadPoolExecutor(16) as pool:
        for _ in pool.map(make, range(count)):
            pass
    return root


def time_start(worker: StandaloneWorker, hdfs: HdfsCluster, topic: str, count: int) -> float:
    """Return the seconds from the creation of a connector to its first file, among many."""
    root = make_existing(hdfs, topic, count)
    name = f"start-{uuid.uuid4().hex[:6]}"
    config = {
        "connector.class": "io.confluent.connect.hdfs.HdfsSinkConnector",
        "topics": topic,
        "store.url": hdfs.url,
        "topics.dir": root,
        "flush.size": "100",
        "partitioner.class": "io.confluent.connect.storage.partitioner.TimeBasedPartitioner",
        "path.format": "'day'=99999",
        "partition.duration.ms": "86400000",
        "locale": "en",
        "timezone": "UTC",
        "timestamp.extractor": "Record",
        "format.class": "io.confluent.connect.hdfs.json.JsonFormat",
        "consumer.override.auto.offset.reset": "earliest",
        **PLAIN_JSON,
    }
    began = time.monotonic()
    worker.put_connector(name, config)
    while not hdfs.files(f"{root}/{topic}/day=99999"):
        assert time.monotonic() - began < GIVE_UP_S, "no file"
        time.sleep(LOOK_S)
    took = time.monotonic() - began
    worker.request("DELETE", f"/connectors/{name}")
    return took


@contextlib.contextmanager
def lakes(kind: str, folder: Path) -> Iterator[Any]:
    """The store: HDFS of its own, a local directory, or a bucket."""
    if kind == "file":
        yield LocalLake(folder / "lake")
        return
    if kind == "s3":
        server = S3Server(folder / "s3")
        try:
            server.start()
            yield S3Lake(server)
        finally:
            server.stop()
        return
    hdfs = HdfsCluster(folder / "hdfs")
    try:
        hdfs.start()
        yield hdfs
    finally:
        hdfs.stop()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--flush-size", type=int, default=250_000)
    parser.add_argument("--cells", default=",".join(CELLS))
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--store", choices=["hdfs", "file", "s3"], default="hdfs")
    parser.add_argument("--existing", type=int, default=0, help="files that are there before")
    options = parser.parse_args()
    if options.records % options.flush_size:
        parser.error("--records must be a multiple of --flush-size, or the last file never ends")
    prefix, address = f"bench-{uuid.uuid4().hex[:8]}", options.bootstrap_servers
    folder = Path(tempfile.mkdtemp(prefix="barnabas-bench-hdfs-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        lake = stack.enter_context(lakes(options.store, folder))
        registry = stack.enter_context(DevelopmentRegistry(folder / "registry"))
        options.registry = registry.url
        worker = stack.enter_context(StandaloneWorker(folder / "worker", address))
        cells = options.cells.split(",")
        topics = {form: f"{prefix}-{form}" for form in {CELLS[cell][0] for cell in cells}}
        for form, topic in topics.items():
            fill(address, topic, options.records, encoder(form, registry, topic))
        for cell, _ in itertools.product(cells, range(options.runs)):
            topic = topics[CELLS[cell][0]]
            print(json.dumps(measure(worker, lake, cell, topic, options)), flush=True)
        if options.existing and "json" in topics and isinstance(lake, HdfsCluster):
            took = time_start(worker, lake, topics["json"], options.existing)
            print(json.dumps({"existing": options.existing, "first_file_s": round(took, 2)}))


if __name__ == "__main__":
    main()
