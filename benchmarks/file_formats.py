# SPDX-License-Identifier: Apache-2.0
"""Measure file formats and partitioners: CPU a record on one core, no store involved.

::

    .venv/bin/python benchmarks/file_formats.py [--records 100000] [--batch 2000] [--json FILE]

Each case writes the same records to a file in memory, a batch at a time, and reports the best of
three runs in process time, so that a busy machine does not count. The struct is that of
``converters.py``: eight flat columns (int64, string, double, int32, timestamp, string, boolean,
decimal). What consuming and converting cost comes on top; see ``hdfs_throughput.py``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from barnabas.api import SinkRecord
from barnabas.connectors._storage.formats.format import FormatSettings
from barnabas.connectors._storage.formats.known import make_format
from barnabas.connectors._storage.partitioners import PartitionerSettings, make_partitioner
from barnabas.connectors._storage.storage import StorageWriter
from barnabas.data import STRING, Schema
from benchmarks.converters import ROW, rows


class Nowhere(StorageWriter):
    """Counts bytes."""

    size = 0

    def write(self, data: bytes | bytearray | memoryview) -> int:
        self.size += len(data)
        return len(data)

    def close(self) -> None:
        """Nothing is kept."""

    def abort(self) -> None:
        """Nothing is kept."""


def write_file(
    name: str, schema: Schema | None, values: list[Any], batch: int, settings: dict[str, Any]
) -> tuple[float, int]:
    """Return process time in seconds and the size of the file."""
    target = Nowhere()
    writer = make_format(name).new_writer(target, schema, FormatSettings(**settings))
    begin = time.process_time()
    for start in range(0, len(values), batch):
        writer.write(values[start : start + batch])
    writer.close()
    return time.process_time() - begin, target.size


def sort_records(name: str, records: list[SinkRecord], batch: int) -> tuple[float, int]:
    """Return process time in seconds and the number of directories."""
    settings = PartitionerSettings(
        field_names=("city",),
        duration_ms=3_600_000,
        path_format="YYYY/MM/dd/HH",
        locale="en",
        timezone="Europe/Berlin",
        timestamp_extractor="RecordField" if name == "TimeBased" else "Record",
        timestamp_field="created",
    )
    partitioner = make_partitioner(f"{name}Partitioner", settings, lambda: 0)
    found: set[str] = set()
    begin = time.process_time()
    for start in range(0, len(records), batch):
        found.update(partitioner.encode_many(records[start : start + batch]))
    return time.process_time() - begin, len(found)


def cases(values: list[dict[str, Any]], batch: int) -> dict[str, Callable[[], tuple[float, int]]]:
    texts = [str(value) for value in values]
    records = [
        SinkRecord(
            topic="t",
            kafka_partition=0,
            kafka_offset=at,
            value=value,
            value_schema=ROW,
            timestamp=1_700_000_000_000 + at * 1000,
        )
        for at, value in enumerate(values)
    ]
    found: dict[str, Callable[[], tuple[float, int]]] = {}
    for codec in ("none", "snappy", "zstd", "gzip"):
        settings = {"parquet_codec": codec}
        found[f"Parquet {codec}"] = lambda s=settings: write_file(
            "ParquetFormat", ROW, values, batch, s
        )
    found["Parquet plain types"] = lambda: write_file(
        "ParquetFormat", ROW, values, batch, {"keeps_logical_types": False}
    )
    for size in (1, 20):
        found[f"Parquet, batches of {size}"] = lambda s=size: write_file(
            "ParquetFormat", ROW, values[: 1000 * s], s, {}
        )
    for codec in ("null", "snappy"):
        settings = {"avro_codec": codec}
        found[f"Avro {codec}"] = lambda s=settings: write_file("AvroFormat", ROW, values, batch, s)
    found["JSON"] = lambda: write_file("JsonFormat", ROW, values, batch, {})
    found["String"] = lambda: write_file("StringFormat", STRING, texts, batch, {})
    for name in ("Default", "Field", "Hourly", "TimeBased", "FieldAndTimeBased"):
        found[f"{name}Partitioner"] = lambda n=name: sort_records(n, records, batch)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=2000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = {}
    for name, case in cases(rows(options.records), options.batch).items():
        count = options.records
        if "batches of" in name:
            count = min(count, 1000 * int(name.rpartition(" ")[2]))
        runs = [case() for _ in range(3)]
        seconds, size = min(runs)
        results[name] = {"us_per_record": round(seconds / count * 1e6, 3), "size": size}
        print(f"{name:24} {seconds / count * 1e6:7.2f} µs  {count / seconds:12,.0f}/s  {size:,}")
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
