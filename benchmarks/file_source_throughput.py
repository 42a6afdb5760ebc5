# SPDX-License-Identifier: Apache-2.0
"""Throughput of a source of files through a standalone worker, one Kafka partition, one task.

    python -m benchmarks.file_source_throughput --bootstrap-servers HOST:PORT [--store hdfs]

Cells: Parquet and Avro to an Avro topic, JSON to plain JSON, text to text. The files have the 8
columns, the names and the sizes that `hdfs_throughput` makes; here they are written by the sink's
formats alone. The time runs from the moment the task is RUNNING until the topic has all records, so
it has the first look at the directories in it. CPU is that of all processes of the worker, per
million records; memory is the largest sum of their proportional set sizes (PSS).

``--existing`` makes so many files of one record in hourly directories, and measures how long it
takes until the first record is in the topic, and all of them are, and how long a look for new files
takes after that.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import confluent_kafka
from confluent_kafka.admin import AdminClient, NewTopic

from barnabas.connectors._storage.formats.format import FormatSettings
from barnabas.connectors._storage.formats.known import make_format
from barnabas.connectors._storage.hdfs_native import HdfsStorage
from barnabas.connectors._storage.local import LocalStorage
from barnabas.connectors._storage.reading.file_names import FileNames
from barnabas.connectors._storage.reading.tree import Tree
from barnabas.connectors._storage.storage import Storage
from barnabas.converters.avro.from_avro import to_connect
from barnabas.converters.avro.parsing import parse
from barnabas.converters.avro.rules import Rules
from benchmarks.hdfs_throughput import AVRO, PLAIN_JSON, SCHEMA, rows
from benchmarks.processes import Meter
from tests.services.hdfs import HdfsCluster
from tests.services.registry import DevelopmentRegistry
from tests.services.standalone_worker import StandaloneWorker

GIVE_UP_S = 300
LOOK_S = 0.05
STRINGS = {"value.converter": "org.apache.kafka.connect.storage.StringConverter"}
CELLS: dict[str, tuple[str, Mapping[str, str]]] = {
    "parquet-avro": ("ParquetFormat", AVRO),
    "avro-avro": ("AvroFormat", AVRO),
    "json-json": ("JsonFormat", PLAIN_JSON),
    "string-string": ("StringFormat", STRINGS),
}


def write_lake(storage: Storage, topic: str, form: str, options: argparse.Namespace) -> None:
    """Write the files of a topic: a few thousand different records, over and over."""
    file_format = make_format(form)
    schema = None
    values: list[Any] = list(rows(20_000))
    if form in ("ParquetFormat", "AvroFormat"):
        schema = to_connect(parse(json.dumps(SCHEMA)), Rules(enhanced=True))
    else:
        values = [json.loads(json.dumps(value, default=str)) for value in values]
    if form == "StringFormat":
        values = [json.dumps(value) for value in values]
    pieces = [values[at : at + 5000] for at in range(0, len(values), 5000)]
    for start in range(0, options.records, options.flush_size):
        end = start + options.flush_size - 1
        name = f"{topic}+0+{start:010d}+{end:010d}{file_format.extension}"
        target = storage.open_new(f"lake/{topic}/partition=0/{name}")
        writer = file_format.new_writer(target, schema, FormatSettings())
        left = options.flush_size
        for batch in itertools.cycle(pieces):
            writer.write(batch[:left])
            left -= min(left, len(batch))
            if not left:
                break
        writer.close()


def end_of(consumer: confluent_kafka.Consumer, topic: str) -> int:
    """Return how many records a topic has."""
    where = confluent_kafka.TopicPartition(topic, 0)
    return int(consumer.get_watermark_offsets(where, timeout=30)[1])


def create_topic(address: str, topic: str) -> None:
    """Make a topic with one partition."""
    admin = AdminClient({"bootstrap.servers": address})
    admin.create_topics([NewTopic(topic, 1, 1)], operation_timeout=30)[topic].result()


def run(
    worker: StandaloneWorker, config: Mapping[str, str], topic: str, options: argparse.Namespace
) -> dict[str, Any]:
    """Run a source until the topic has all records, and delete it."""
    name = f"{topic}-source"
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": options.bootstrap_servers, "group.id": name}
    )
    worker.put_connector(name, dict(config))
    worker.wait_until_running(name)
    meter, began = Meter(worker.process.pid), time.monotonic()
    first: float | None = None
    while (seen := end_of(consumer, topic)) < options.wanted:
        first = first or (time.monotonic() - began if seen else None)
        assert time.monotonic() - began < GIVE_UP_S, f"{name}: only {seen} records"
        meter.look()
        time.sleep(LOOK_S)
    took = time.monotonic() - began
    cpu_s, other = meter.stop()
    worker.request("DELETE", f"/connectors/{name}")
    consumer.close()
    return {
        "records_per_s": round(options.wanted / took),
        "first_record_s": round(first or took, 2),
        "cpu_s_per_million": round(cpu_s / options.wanted * 1e6, 2),
        "max_pss_mib": round(meter.max_pss_mib),
        "other_cores": round(other, 2),
    }


def settings(storage: Storage, form: str, options: argparse.Namespace) -> dict[str, str]:
    """Return the settings of a source of a lake."""
    return {
        "connector.class": "io.confluent.connect.hdfs3.Hdfs3SourceConnector",
        "store.url": storage.url,
        "topics.dir": "lake",
        "format.class": form,
        "value.converter.schema.registry.url": options.registry,
    }


def measure_existing(
    worker: StandaloneWorker, folder: Path, options: argparse.Namespace
) -> dict[str, Any]:
    """Read many small files, then look for new ones."""
    topic = f"bench-{uuid.uuid4().hex[:8]}-many"
    root = folder / topic
    for number in range(options.existing):
        hour = number * 1000 // options.existing
        place = root / f"lake/{topic}/day={hour // 24:02d}/hour={hour % 24:02d}"
        if number * 1000 % options.existing == 0:
            place.mkdir(parents=True)
        (place / f"{topic}+0+{number:010d}+{number:010d}.json").write_text('{"n":1}\n')
    create_topic(options.bootstrap_servers, topic)
    storage = LocalStorage(root.as_uri())
    options.wanted = options.existing
    result = run(worker, {**settings(storage, "JsonFormat", options), **PLAIN_JSON}, topic, options)
    names = FileNames("+", ".json")
    tree = Tree(storage, "lake", names, lambda *_: True, lambda: 10**13)
    looks = []
    for _ in range(12):
        began = time.monotonic()
        for _found in tree.look(()):
            pass
        looks.append(time.monotonic() - began)
    times = {"first_look_s": round(looks[0], 3), "next_look_s": round(looks[1], 4)}
    return {"existing": options.existing, **result, **times, "tenth_look_s": round(looks[10], 3)}


@contextlib.contextmanager
def stores(kind: str, folder: Path) -> Iterator[Storage]:
    """The store: HDFS of its own, or a local directory."""
    if kind == "file":
        yield LocalStorage((folder / "lake").as_uri())
        return
    hdfs = HdfsCluster(folder / "hdfs")
    try:
        hdfs.start()
        yield HdfsStorage(hdfs.url)
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
    parser.add_argument("--store", choices=["hdfs", "file"], default="hdfs")
    parser.add_argument("--existing", type=int, default=0, help="small files in hourly directories")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="barnabas-bench-source-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        storage = stack.enter_context(stores(options.store, folder))
        registry = stack.enter_context(DevelopmentRegistry(folder / "registry"))
        options.registry = registry.url
        worker = stack.enter_context(StandaloneWorker(folder / "worker", options.bootstrap_servers))
        for cell in filter(None, options.cells.split(",")):
            form, converter = CELLS[cell]
            source = f"bench-{uuid.uuid4().hex[:8]}"
            write_lake(storage, source, form, options)
            options.wanted = options.records
            for _ in range(options.runs):
                topic = f"{source}-{uuid.uuid4().hex[:4]}"
                create_topic(options.bootstrap_servers, topic)
                config = {**settings(storage, form, options), **converter}
                config |= {"target.topic": topic, "topics": source}
                print(json.dumps({"cell": cell, **run(worker, config, topic, options)}), flush=True)
        if options.existing:
            print(json.dumps(measure_existing(worker, folder, options)))


if __name__ == "__main__":
    main()
