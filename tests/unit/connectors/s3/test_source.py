# SPDX-License-Identifier: Apache-2.0
"""The S3 source."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pytest

from barnabas.connectors._storage.s3 import S3Storage
from barnabas.connectors.s3.source import S3SourceConfig, S3SourceConnector, S3SourceTask
from tests.unit.connectors._storage.memory_bucket import Bucket, MemoryStore
from tests.unit.connectors._storage.reading.source_harness import LakeTask, MemoryContext

GOOD = {
    "s3.bucket.name": "lake",
    "format.class": "io.confluent.connect.s3.format.bytearray.ByteArrayFormat",
    "store.url": "http://minio:9000",
    "aws.access.key.id": "me",
    "aws.secret.access.key": "hidden",
}


class ReadableBucket(Bucket):
    """A bucket whose objects can be read."""

    def get_object(self, key: str, told: dict[str, Any]) -> dict[str, Any]:
        first, last = told["Range"].removeprefix("bytes=").split("-")
        return {"Body": io.BytesIO(self.objects[key][int(first) : int(last) + 1])}


def problems(**changes: str) -> list[str]:
    props = {**GOOD, **{key.replace("_", "."): value for key, value in changes.items()}}
    return [value.name for value in S3SourceConnector().validate(props) if value.errors]


def test_new_objects_are_looked_for_as_often_as_by_java() -> None:
    assert S3SourceConfig(GOOD).look_interval_ms == 60_000


def test_the_client_is_told_what_the_sink_is_told() -> None:
    settings = S3SourceConfig({**GOOD, "s3.region": "eu-west-1", "flush.size": "nonsense"})
    told = settings.s3_settings()
    assert (told.endpoint, told.region, told.secret_access_key) == (
        "http://minio:9000",
        "eu-west-1",
        "hidden",
    )
    assert settings.url == "s3://lake"


def test_bytes_have_the_extension_of_the_setting() -> None:
    settings = S3SourceConfig({**GOOD, "format.bytearray.extension": ".raw"})
    assert settings.file_names().parse("t", "t+0+5.raw") == (0, 5)
    assert settings.file_names().parse("t", "t+0+5.bin") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mode", "GENERIC"),
        ("directory.delim", "_"),
        ("store.url", "minio:9000"),
        ("format.class", "OrcFormat"),
        ("s3.bucket.name", ""),
    ],
)
def test_problems_are_told_where_they_are(name: str, value: str) -> None:
    assert problems(**{name.replace(".", "_"): value}) == [name]


def test_good_settings_have_no_problem() -> None:
    assert problems() == []


def test_the_task_reads_the_bucket() -> None:
    task = S3SourceTask()
    store = task.open_store(task.read_settings(GOOD))
    assert isinstance(store, S3Storage)
    assert store.url == "s3://lake"
    store.close()
    assert S3SourceConnector().task_class is S3SourceTask


def test_objects_of_the_sinks_names_are_read_wherever_the_topics_are() -> None:
    bucket = ReadableBucket()
    lines = b'{"n":0}\n{"n":1}\n'
    for directory in ("clicks/year=2026", "topics/clicks/partition=0"):
        bucket.put(f"{directory}/clicks+0+0000000000.json.gz", gzip.compress(lines))
        bucket.put(f"{directory}/clicks+0+0000000002.json", b'{"n":2}\n')
        bucket.put(f"{directory}/clicks+0+0000000002.keys.avro", b"a key")
    for topics_dir in ("", "topics"):
        task = LakeTask(MemoryStore(bucket))
        task.context = MemoryContext()
        task.start(
            {"format.class": "JsonFormat", "store.url": "file:///", "topics.dir": topics_dir}
        )
        read = [record for _ in range(9) for record in task.poll() or []]
        assert [record.value["n"] for record in read] == [0, 1, 2]
        task.stop()
