# SPDX-License-Identifier: Apache-2.0
"""Files of HDFS are read back, by both clients: each format, new files, a task that goes on."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas import data
from barnabas.connectors._storage.formats.format import FormatSettings
from barnabas.connectors._storage.formats.known import make_format
from barnabas.connectors._storage.storage import Storage
from barnabas.data import Field, Schema, Type
from tests.unit.connectors._storage.reading.source_harness import Lake, LakeTask, MemoryContext

ROW = Schema(Type.STRUCT, fields=[Field("n", 0, data.INT64), Field("at", 1, data.OPTIONAL_DATE)])
FORMS: dict[str, tuple[Schema | None, Any]] = {
    "ParquetFormat": (ROW, lambda number: {"n": number, "at": None}),
    "AvroFormat": (ROW, lambda number: {"n": number, "at": None}),
    "JsonFormat": (None, lambda number: {"n": number}),
    "StringFormat": (data.STRING, str),
    "ByteArrayFormat": (data.BYTES, lambda number: str(number).encode()),
}


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


def test_a_store_without_the_directory_is_waited_for(store: Storage) -> None:
    task = LakeTask(store)
    task.context = MemoryContext()
    task.start({"format.class": "JsonFormat", "store.url": "file:///"})
    assert [task.poll() for _ in range(3)] == [None] * 3
