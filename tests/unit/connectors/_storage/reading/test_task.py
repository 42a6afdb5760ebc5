# SPDX-License-Identifier: Apache-2.0
"""The task that reads files, on a local directory with a context in memory."""

from __future__ import annotations

import datetime
import itertools
import os
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from barnabas import data
from barnabas.connectors._storage.formats.format import FormatSettings
from barnabas.connectors._storage.reading.open_file import OpenFile
from barnabas.connectors._storage.reading.task import owner_of
from barnabas.connectors._storage.storage import (
    FileChangedError,
    StorageAccessError,
    StorageUnavailableError,
)
from barnabas.data import Field, Schema, Type
from barnabas.errors import ConnectError
from tests.unit.connectors._storage.reading.source_harness import Lake, values

ORDER = Schema(
    Type.STRUCT,
    name="org.example.Order",
    version=3,
    fields=[
        Field("id", 0, data.INT64),
        Field("small", 1, data.INT8),
        Field("note", 2, data.OPTIONAL_STRING),
        Field("price", 3, data.decimal_schema(2)),
        Field("day", 4, data.DATE),
        Field("time", 5, data.TIME),
        Field("at", 6, data.TIMESTAMP),
        Field("tags", 7, Schema(Type.ARRAY, value_schema=data.STRING)),
        Field("raw", 8, data.BYTES),
    ],
)


def order(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "small": number % 100,
        "note": None if number % 2 else f"note {number}",
        "price": Decimal(number).scaleb(-2),
        "day": datetime.date(2026, 11, 23),
        "time": datetime.time(1, 2, 3, 4000),
        "at": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        + datetime.timedelta(ms_of(number)),
        "tags": ["a", str(number)],
        "raw": bytes([number % 256]),
    }


def ms_of(number: int) -> float:
    return number / 86400


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def numbers(first: int, last: int) -> list[dict[str, int]]:
    return [{"n": number} for number in range(first, last + 1)]


@pytest.mark.parametrize("form", ["ParquetFormat", "AvroFormat"])
def test_values_come_back_with_their_schema(tmp_path: Path, form: str) -> None:
    lake = Lake(tmp_path, form)
    rows = [order(number) for number in range(50)]
    lake.put("orders/partition=0/orders+0+0+49", rows, ORDER)
    records = lake.read(record_batch_max_size="20")
    assert values(records) == rows
    assert {record.value_schema for record in records} == {ORDER}
    assert {(record.topic, record.kafka_partition) for record in records} == {("orders", 0)}


def test_values_come_back_from_plain_columns(tmp_path: Path) -> None:
    lake = Lake(tmp_path, "ParquetFormat")
    rows = [order(number) for number in range(5)]
    plain = FormatSettings(keeps_logical_types=False, parquet_codec="zstd")
    lake.put("orders/partition=0/orders+0+0+4", rows, ORDER, plain)
    assert values(lake.read()) == rows


def test_a_field_that_avro_cannot_name_comes_back(tmp_path: Path) -> None:
    lake = Lake(tmp_path, "ParquetFormat")
    schema = Schema(Type.STRUCT, fields=[Field("order-id", 0, data.INT64)])
    lake.put("t/partition=0/t+0+0", [{"order-id": 7}], schema)
    (record,) = lake.read()
    assert record.value == {"order-id": 7}
    assert record.value_schema is not None
    assert [field.name for field in record.value_schema.fields] == ["order-id"]


@pytest.mark.parametrize(
    ("form", "rows", "schema"),
    [
        ("JsonFormat", [{"a": 1, "b": [None, "x"]}, "text", None], None),
        ("StringFormat", ["one", "zwölf", ""], data.STRING),
        ("ByteArrayFormat", [b"\x00\xff", b"x"], data.BYTES),
    ],
)
def test_values_without_a_schema_in_the_file(
    tmp_path: Path, form: str, rows: list[Any], schema: Schema | None
) -> None:
    lake = Lake(tmp_path, form)
    lake.put("t/partition=0/t+0+0+2", rows, schema)
    records = lake.read()
    assert values(records) == rows
    assert {record.value_schema for record in records} == {schema}


def test_records_come_in_the_order_of_offsets_and_once(lake: Lake) -> None:
    for start in (20, 0, 10, 100):
        lake.put(f"t/day={start % 3}/t+5+{start}+{start + 9}", numbers(start, start + 9))
    expected = [*numbers(0, 29), *numbers(100, 109)]
    assert values(lake.read()) == expected
    assert lake.read() == []


def test_new_files_are_noticed(lake: Lake) -> None:
    task = lake.task()
    assert lake.read_on(task) == []
    lake.put("t/partition=0/t+0+0+1", numbers(0, 1))
    assert values(lake.read_on(task)) == numbers(0, 1)
    lake.put("t/partition=0/t+0+2+3", numbers(2, 3))
    lake.put("u/partition=1/u+1+0+0", numbers(9, 9))
    assert values(lake.read_on(task)) == [*numbers(9, 9), *numbers(2, 3)]


@pytest.mark.parametrize("form", ["JsonFormat", "ParquetFormat", "AvroFormat"])
@pytest.mark.parametrize("done", [1, 7, 29, 30, 31, 45])
def test_a_task_goes_on_at_the_record_where_one_ended(tmp_path: Path, form: str, done: int) -> None:
    lake = Lake(tmp_path, form)
    rows = [order(number) for number in range(60)]
    schema = None if form == "JsonFormat" else ORDER
    if schema is None:
        rows = numbers(0, 59)
    lake.put("t/partition=0/t+0+0+29", rows[:30], schema)
    lake.put("t/partition=0/t+0+30+59", rows[30:], schema)
    task = lake.task(record_batch_max_size="1")
    first = []
    while len(first) < done:
        first += task.poll() or []
    lake.context.store(first)
    task.stop()
    assert values(first + lake.read()) == rows


def test_positions_are_kept_per_directory_not_per_file(lake: Lake) -> None:
    for start in range(0, 40, 2):
        lake.put(f"t/partition={start % 4}/t+{start % 4}+{start}", numbers(start, start + 1))
    lake.read()
    assert len(lake.context.stored) == 2


def test_every_task_reads_its_kafka_partitions(lake: Lake) -> None:
    for partition in range(6):
        lake.put(f"t/partition={partition}/t+{partition}+0", numbers(partition, partition))
    read = [
        sorted(value["n"] for value in values(lake.read(task_id=str(number), task_count="3")))
        for number in range(3)
    ]
    assert sorted(map(len, read)) == [2, 2, 2]
    assert sorted(itertools.chain(*read)) == list(range(6))
    assert owner_of("t", 4, 3) == owner_of("t", 1, 3)


def test_a_damaged_file_fails_the_task_after_what_is_before_it(lake: Lake) -> None:
    lake.put("t/partition=0/t+0+0+1", numbers(0, 1))
    lake.put("t/partition=0/t+0+2+3", numbers(2, 3)).write_text('{"n": 2}\n{"n": \n')
    task = lake.task()
    assert values(lake.next(task)) == numbers(0, 1)
    with pytest.raises(ConnectError, match=r"t\+0\+2\+3\.json cannot be read on after 0 records"):
        lake.next(task)


def test_a_damaged_file_is_passed_over_if_that_is_wanted(
    lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    lake.put("t/partition=0/t+0+0+1", numbers(0, 1)).write_text("{")
    lake.put("t/partition=0/t+0+2+3", numbers(2, 3))
    assert values(lake.read(behavior_on_error="ignore")) == numbers(2, 3)
    assert "t+0+0+1.json cannot be read on after 0 records" in caplog.text


def test_a_file_that_vanished_is_told_and_the_next_start_goes_on(lake: Lake) -> None:
    gone = lake.put("t/partition=0/t+0+0+1", numbers(0, 1))
    lake.put("t/partition=0/t+0+2+3", numbers(2, 3))
    task = lake.task(record_batch_max_size="1")
    lake.next(task)
    gone.unlink()
    task._open.close()
    with pytest.raises(ConnectError, match=r"t\+0\+0\+1.json .*behavior\.on\.error"):
        lake.next(task)
    assert values(lake.read()) == numbers(2, 3)


def test_a_file_that_changed_while_it_was_read_is_told(lake: Lake) -> None:
    lake.put("t/partition=0/t+0+0+1", numbers(0, 1))
    lake.context.store(lake.next(lake.task(record_batch_max_size="1")))
    (lake.root / "topics/t/partition=0/t+0+0+1.json").unlink()
    lake.put("t/partition=0/t+0+0+1", numbers(0, 5))
    with pytest.raises(ConnectError, match="bytes now, and had"):
        lake.read()


def test_a_file_that_was_replaced_while_it_was_read_is_told(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = lake.put("t/partition=0/t+0+0", numbers(0, 1))
    task = lake.task()
    error = FileChangedError(path=str(path), reason="PreconditionFailed")
    monkeypatch.setattr(OpenFile, "read", mock.Mock(side_effect=error))
    with pytest.raises(ConnectError, match=r"replaced while.*PreconditionFailed.*behavior\.on"):
        lake.next(task)


def test_a_file_that_was_replaced_after_it_was_read_is_told(lake: Lake) -> None:
    path = lake.put("t/partition=0/t+0+0", numbers(0, 1))
    task = lake.task()
    lake.read_on(task)
    path.write_text(path.read_text() + '{"n": 2}\n')
    for reader in (task, lake.task()):
        reader._next_look_s = 0.0
        with pytest.raises(ConnectError, match="after 2 records: it has 25 bytes now, and had 16"):
            lake.next(reader)
    (position,) = lake.context.stored.values()
    del position["size"], position["complete"]
    assert values(lake.read()) == numbers(2, 2)


def test_a_file_that_was_replaced_may_be_ignored(lake: Lake) -> None:
    path = lake.put("t/partition=0/t+0+0", numbers(0, 1))
    lake.read()
    path.write_text(path.read_text() + '{"n": 2}\n')
    lake.put("t/partition=0/t+0+5", numbers(5, 6))
    assert values(lake.read(behavior_on_error="ignore")) == numbers(5, 6)


def test_a_store_that_is_away_is_waited_for(lake: Lake) -> None:
    lake.put("t/partition=0/t+0+0+9", numbers(0, 9))
    task = lake.task(record_batch_max_size="4", retry_backoff_ms="700")
    lake.storage.list_error = StorageUnavailableError("the store is away")
    with pytest.raises(StorageUnavailableError):
        task.poll()
    assert lake.context.waits == [0.7]
    lake.storage.list_error = None
    lake.storage.open_error = StorageUnavailableError("the store is away")
    with pytest.raises(StorageUnavailableError):
        lake.next(task)
    lake.storage.open_error = None
    assert values(lake.read_on(task)) == numbers(0, 9)


def test_a_store_that_refuses_fails_the_task_whatever_is_ignored(lake: Lake) -> None:
    lake.put("t/partition=0/t+0+0+9", numbers(0, 9))
    lake.storage.open_error = StorageAccessError("not yours")
    with pytest.raises(StorageAccessError):
        lake.next(lake.task(behavior_on_error="ignore"))


def test_records_may_go_elsewhere(lake: Lake) -> None:
    lake.put("t/country=FR/t+3+0+0", [{"n": 1}])
    (record,) = lake.read(target_topic="u", keep_partitions="false", path_fields="headers")
    assert (record.topic, record.kafka_partition) == ("u", None)
    assert record.headers is not None
    assert [(header.key, header.value) for header in record.headers] == [("country", "FR")]


def test_only_wanted_topics_are_read(lake: Lake) -> None:
    for topic in ("ab", "ac", "b"):
        lake.put(f"{topic}/partition=0/{topic}+0+0", [topic])
    assert values(lake.read(topics="ab,b")) == ["ab", "b"]
    assert values(lake.read(topics_regex="a.")) == ["ac"]


def test_more_files_than_are_remembered_are_read_in_order(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("barnabas.connectors._storage.reading.task.MOST_FILES", 5)
    for start in range(40):
        lake.put(f"t/day={start % 7}/t+0+{start}", numbers(start, start))
    assert values(lake.read()) == numbers(0, 39)


def test_files_that_were_forgotten_are_found_although_the_store_failed_meanwhile(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("barnabas.connectors._storage.reading.task.MOST_FILES", 5)
    for start in range(40):
        lake.put(f"t/day={start % 7}/t+0+{start}", numbers(start, start))
    for directory in (lake.root / "topics" / "t").iterdir():
        os.utime(directory, (1e9, 1e9))  # so that only what was forgotten is listed again
    task = lake.task(poll_interval_ms="3600000")
    found: list[Any] = []
    failures = 0
    for _ in range(100):
        if task._backlog.needs_listing:
            lake.storage.list_error = StorageUnavailableError("the store is away")
        try:
            found += values(task.poll() or [])
        except StorageUnavailableError:
            failures += 1
        lake.storage.list_error = None
    assert found == numbers(0, 39)
    assert failures > 1


def test_offsets_are_asked_for_many_places_at_once(lake: Lake) -> None:
    for partition in range(30):
        lake.put(f"t/partition={partition}/t+{partition}+0", [partition])
    lake.read()
    assert lake.context.asked <= 10


def test_files_that_were_read_are_not_listed_again(lake: Lake) -> None:
    for start in range(6):
        lake.put(f"t/x=0/t+{start % 2}+{start:010}", numbers(start, start))
    task = lake.task(poll_interval_ms="3600000")  # looks only when told to
    lake.read_on(task)
    for start in (6, 7, 8):
        lake.put(f"t/x=0/t+{start % 2}+{start:010}", numbers(start, start))
        assert values(lake.read_on(task)) == numbers(start, start)
    assert lake.storage.listed_after[0] == ("topics/t/x=0", "t+0+0000000004.json")
    assert lake.storage.listed_after[-1] == ("topics/t/x=0", "t+0+0000000008.json")


def test_names_that_do_not_sort_as_numbers_are_always_listed(lake: Lake) -> None:
    task = lake.task()
    for start in (9, 10, 100):
        lake.put(f"t/x=0/t+0+{start}", numbers(start, start))
        assert values(lake.read_on(task)) == numbers(start, start)
    assert lake.storage.listed_after == []


def test_nothing_to_read_is_told_once(lake: Lake, caplog: pytest.LogCaptureFixture) -> None:
    lake.read_on(lake.task())
    assert caplog.text.count("There is no file to read yet in") == 1


def test_a_task_that_did_not_start_can_stop(lake: Lake) -> None:
    task = lake.task()
    task.stop()
    task.stop()
