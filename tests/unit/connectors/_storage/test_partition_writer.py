# SPDX-License-Identifier: Apache-2.0
"""One partition's writer: schemas, sets, what it says about itself. More is in `test_sink_task`."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from barnabas import data
from barnabas.api import SinkRecord
from barnabas.connectors._storage import partition_writer
from barnabas.connectors._storage.compatibility import Compatibility
from barnabas.connectors._storage.formats.format import FormatSettings
from barnabas.connectors._storage.formats.known import make_format
from barnabas.connectors._storage.local import LocalStorage
from barnabas.connectors._storage.newest import LastFileSearch
from barnabas.connectors._storage.open_files import OpenFiles
from barnabas.connectors._storage.partition_writer import PartitionWriter
from barnabas.connectors._storage.partitioners import (
    DefaultPartitioner,
    FieldPartitioner,
)
from barnabas.connectors._storage.rotation import RotationRules
from barnabas.connectors._storage.storage import StorageUnavailableError
from barnabas.connectors._storage.writer_parts import WriterParts
from barnabas.errors import ConnectError
from tests.unit.connectors._storage.sink_harness import (
    PLACES,
    AtOnce,
    DeadLetters,
    committed,
    offsets_in,
    record,
    records,
)


def schema(version: int, *more: str) -> data.Schema:
    fields = [("offset", data.INT64), *((name, data.OPTIONAL_STRING) for name in more)]
    return data.Schema(data.Type.STRUCT, name="Click", version=version, fields=fields)


OLD, NEW = schema(1), schema(2, "extra")


def of(offset: int, which: data.Schema | None) -> SinkRecord:
    value: dict[str, Any] = {"offset": offset}
    if which is NEW:
        value["extra"] = "x"
    return record(offset, value=value, value_schema=which)


MADE: list[PartitionWriter] = []


@pytest.fixture(autouse=True)
def _given_up() -> Iterator[None]:
    yield
    while MADE:
        MADE.pop().give_up()


def make(root: Path, letters: DeadLetters | None = None, **changes: Any) -> PartitionWriter:
    storage = LocalStorage(f"file://{root}")
    facts = {
        "storage": storage,
        "pool": AtOnce(),
        "format": make_format("JsonFormat"),
        "format_settings": FormatSettings(),
        "partitioner": DefaultPartitioner(),
        "rules": RotationRules(10),
        "compatibility": Compatibility.NONE,
        "open_files": OpenFiles(0, 0, lambda: 0),
        "report": (letters or DeadLetters()).report,
        "now_ms": lambda: 0,
        "last_files": LastFileSearch(storage),
    }
    writer = PartitionWriter(PLACES, WriterParts(**{**facts, **changes}))
    writer.recover()
    MADE.append(writer)
    return writer


def sets(root: Path) -> list[list[int]]:
    return list(committed(root).values())


def test_without_compatibility_each_change_of_schema_ends_files(tmp_path: Path) -> None:
    make(tmp_path).write([of(0, OLD), of(1, OLD), of(2, NEW), of(3, OLD), of(4, OLD)])
    assert sets(tmp_path) == [[0, 1], [2]]


def test_backward_compatibility_goes_over_to_the_newer_schema_and_stays(tmp_path: Path) -> None:
    writer = make(tmp_path, compatibility=Compatibility.BACKWARD, rules=RotationRules(4))
    writer.write([of(0, OLD), of(1, NEW), of(2, OLD), of(3, NEW), of(4, OLD)])
    assert sets(tmp_path) == [[0], [1, 2, 3, 4]]


def test_forward_compatibility_stays_with_the_older_schema(tmp_path: Path) -> None:
    writer = make(tmp_path, compatibility=Compatibility.FORWARD, rules=RotationRules(3))
    writer.write([of(0, OLD), of(1, NEW), of(2, OLD)])
    assert sets(tmp_path) == [[0, 1, 2]]
    lines = (tmp_path / "topics/clicks" / next(iter(committed(tmp_path)))).read_text()
    assert "extra" not in lines


def test_the_schema_of_the_last_file_goes_on(tmp_path: Path) -> None:
    make(tmp_path).write(records(0, 10))
    with mock.patch.object(type(make_format("JsonFormat")), "read_schema", return_value=NEW):
        writer = make(tmp_path, compatibility=Compatibility.BACKWARD, rules=RotationRules(2))
        writer.write([of(10, OLD), of(11, NEW)])
    assert sets(tmp_path)[-1] == [10, 11]


def test_a_record_without_schema_among_others_is_left_out(tmp_path: Path) -> None:
    letters = DeadLetters()
    writer = make(tmp_path, letters, rules=RotationRules(2))
    writer.write([of(0, OLD), of(1, None), of(2, OLD)])
    assert letters.offsets == [1]
    assert "Switch between schema-based and schema-less" in str(letters.errors[0])
    assert sets(tmp_path) == [[0, 2]]


def test_a_set_waits_for_the_reports_of_what_it_leaves_out(tmp_path: Path) -> None:
    reported: Future[None] = Future()
    writer = make(tmp_path, report=lambda _record, _error: reported, rules=RotationRules(2))
    writer.write([of(0, OLD), of(1, None), of(2, OLD)])
    assert (writer.is_closing, writer.committable, sets(tmp_path)) == (True, 0, [])
    reported.set_result(None)
    writer.tick()
    assert (writer.is_closing, writer.committable, sets(tmp_path)) == (False, 3, [[0, 2]])


def test_what_is_given_up_has_to_be_read_again(tmp_path: Path) -> None:
    writer = make(tmp_path)
    writer.write(records(0, 15))
    assert (writer.position, writer.committable) == (15, 10)
    assert writer.give_up() == 10
    assert writer.recover() == 10
    writer.write(records(10, 20))
    assert offsets_in(tmp_path) == list(range(20))


def test_no_more_than_two_sets_wait_for_being_closed(tmp_path: Path) -> None:
    closings: list[tuple[Future[None], Any]] = []

    class Later(AtOnce):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[None] = Future()
            closings.append((future, fn))
            if len(closings) == 3:  # now it is waited for
                for waiting, close in closings:
                    close()
                    waiting.set_result(None)
            return future

    make(tmp_path, pool=Later()).write(records(0, 30))
    assert offsets_in(tmp_path) == list(range(30))


def test_a_file_that_cannot_be_closed_in_time_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Never(AtOnce):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            return Future()

    monkeypatch.setattr(partition_writer, "_LONGEST_WAIT_S", 0.0)
    writer = make(tmp_path, pool=Never())
    with pytest.raises(StorageUnavailableError, match="none of 1 files could be closed"):
        writer.write(records(0, 30))
    assert writer.give_up() == 0


def test_closing_may_take_long_while_one_file_after_the_other_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closings: list[tuple[Future[None], Any]] = []

    class Slowly(AtOnce):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            closings.append((Future(), fn))
            return closings[-1][0]

    def close_one(awaited: Any, timeout: float) -> Any:
        waiting, close = closings.pop(0)
        close()
        waiting.set_result(None)
        return wait(awaited, timeout=0)

    monkeypatch.setattr(partition_writer, "wait", close_one)
    groups = FieldPartitioner(["group"])
    make(tmp_path, pool=Slowly(), partitioner=groups, rules=RotationRules(6)).write(records(0, 18))
    assert offsets_in(tmp_path) == list(range(6))  # three files, closed one after the other


def test_schemas_that_alternate_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    make(tmp_path).write([of(number, (OLD, NEW)[number % 2]) for number in range(12)])
    (told,) = [one.message for one in caplog.records if one.levelname == "WARNING"]
    assert told.startswith("clicks-0: files ended 10 times within 1 s")


def test_files_do_not_end_between_records_made_of_one_message(tmp_path: Path) -> None:
    writer = make(tmp_path, rules=RotationRules(3))
    writer.write([of(offset, None) for offset in (0, 1, 2, 2, 2, 3, 4, 4)])
    writer.tick()
    assert sets(tmp_path) == [[0, 1, 2, 2, 2], [3, 4, 4]]
    assert writer.committable == 5


def test_a_message_that_became_several_schemas_is_refused_before_it_is_written(
    tmp_path: Path,
) -> None:
    writer = make(tmp_path, rules=RotationRules(1))
    with pytest.raises(ConnectError, match="different schemas of the message at offset 1"):
        writer.write([of(0, OLD), of(1, OLD), of(1, NEW)])
    assert sets(tmp_path) == []
