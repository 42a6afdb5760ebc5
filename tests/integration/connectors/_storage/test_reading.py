# SPDX-License-Identifier: Apache-2.0
"""Files of HDFS and S3 are read back: each format, new files, a task that goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from barnabas import data
from barnabas.connectors._storage.formats.format import FormatSettings
from barnabas.connectors._storage.formats.known import make_format
from barnabas.connectors._storage.s3 import S3Storage
from barnabas.connectors._storage.s3_settings import S3Settings
from barnabas.connectors._storage.storage import Storage
from barnabas.data import Field, Schema, Type
from tests.integration.connectors._storage.conftest import connect
from tests.services.s3 import S3Server
from tests.unit.connectors._storage.reading.source_harness import Lake, LakeTask, MemoryContext

ROW = Schema(Type.STRUCT, fields=[Field("n", 0, data.INT64), Field("at", 1, data.OPTIONAL_DATE)])
FORMS: dict[str, tuple[Schema | None, Any]] = {
    "ParquetFormat": (ROW, lambda number: {"n": number, "at": None}),
    "AvroFormat": (ROW, lambda number: {"n": number, "at": None}),
    "JsonFormat": (None, lambda number: {"n": number}),
    "StringFormat": (data.STRING, str),
    "ByteArrayFormat": (data.BYTES, lambda number: str(number).encode()),
}


@pytest.fixture(params=["hdfs", "webhdfs", "s3"])
def store(request: pytest.FixtureRequest, name: str) -> Iterator[Storage]:
    """A store with a directory of the test's own as its root."""
    root = re.sub(r"\W+", "-", name).strip("-").lower()
    if request.param == "s3":
        s3: S3Server = request.getfixturevalue("s3")
        settings = S3Settings(
            endpoint=s3.url, access_key_id=s3.access_key, secret_access_key=s3.secret_key
        )
        storage: Storage = S3Storage(f"s3://{s3.make_bucket(root)}/lake", settings)
    else:
        storage = connect(request.param, request.getfixturevalue("hdfs"), root)
    yield storage
    storage.close()


@pytest.mark.parametrize("form", FORMS)
def test_files_come_back(store: Storage, form: str, tmp_path: Any) -> None:
    schema, make = FORMS[form]
    rows = [make(number) for number in range(60)]
    lake = Lake(tmp_path, form)
    lake.storage = store  # type: ignore[assignment]

    def put(start: int, end: int) -> None:
        path = f"topics/t/day={start % 7}/t+0+{start}+{end}{lake.format.extension}"
        writer = make_format(form).new_writer(store.open_new(path), schema, FormatSettings())
        writer.write(rows[start : end + 1])
        writer.close()

    put(0, 19)
    put(20, 39)
    task = lake.task(record_batch_max_size="7")
    first: list[Any] = []
    while len(first) < 28:
        first += lake.next(task)
    lake.context.store(first)
    second = lake.task()
    rest = lake.read_on(second)
    put(40, 59)
    rest += lake.read_on(second)

    assert [record.value for record in first + rest] == rows
    assert {record.value_schema for record in first + rest} == {schema}


def test_the_rest_of_a_directory_is_listed(store: Storage) -> None:
    for name in ("t+0+00", "t+0+01", "t+0+02"):
        writer = store.open_new(f"topics/t/{name}")
        writer.write(b"x")
        writer.close()
    found = {entry.name for entry in store.list_after("topics/t", "t+0+00")}
    assert {"t+0+01", "t+0+02"} <= found <= {"t+0+00", "t+0+01", "t+0+02"}


def test_a_store_without_the_directory_is_waited_for(store: Storage) -> None:
    task = LakeTask(store)
    task.context = MemoryContext()
    task.start({"format.class": "JsonFormat", "store.url": "file:///"})
    assert [task.poll() for _ in range(3)] == [None] * 3
