# SPDX-License-Identifier: Apache-2.0
"""Records into tables, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from barnabas import data
from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.connection import Database
from barnabas.connectors.jdbc.database_settings import database_settings
from barnabas.connectors.jdbc.errors import DatabaseError
from barnabas.connectors.jdbc.sink.config import JdbcSinkConfig
from barnabas.connectors.jdbc.sink.record_errors import RecordError
from barnabas.connectors.jdbc.sink.structure import StructureError
from barnabas.connectors.jdbc.sink.writer import Writer
from tests.unit.connectors.jdbc.sink.sink_records import THING, Shelf, thing, tombstone

UPSERT = {"insert.mode": "upsert", "pk.mode": "record_key", "pk.fields": "id"}
ALL = "SELECT * FROM things ORDER BY 1"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf.db")


class Writers:
    """Makes writers and closes them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.made: list[Writer] = []
        self.time = 0.0

    def __call__(self, props: dict[str, str] | None = None, **more: str) -> Writer:
        changes = {name.replace("_", "."): value for name, value in more.items()}
        base = {"connection.url": self._url, "auto.create": "true", "auto.evolve": "true"}
        settings = JdbcSinkConfig(base | (props or {}) | changes)
        database = Database(database_settings(settings))
        writer = Writer(settings, database, "shelf", lambda _s: False, lambda: self.time)
        self.made.append(writer)
        return writer


@pytest.fixture
def writers(shelf: Shelf) -> Iterator[Writers]:
    made = Writers(shelf.url)
    yield made
    for each in made.made:
        each.close()


def test_records_are_inserted_into_a_table_made_for_them(writers: Writers, shelf: Shelf) -> None:
    writers().write([thing(1, "a"), thing(2, None)])
    assert shelf.run(ALL) == [(1, "a"), (2, None)]


@pytest.mark.parametrize("size", ["1", "2", "100"])
def test_the_last_record_of_a_key_stays(writers: Writers, shelf: Shelf, size: str) -> None:
    records = [thing(1, "a"), thing(2, "b"), thing(1, "c"), thing(2, "d"), thing(2, "e")]
    writers(UPSERT, batch_size=size).write(records)
    assert shelf.run(ALL) == [(1, "c"), (2, "e")]


def test_an_update_changes_what_is_there(writers: Writers, shelf: Shelf) -> None:
    writers(UPSERT).write([thing(1, "a")])
    writers(UPSERT, insert_mode="update").write([thing(1, "b"), thing(2, "c")])
    assert shelf.run(ALL) == [(1, "b")]


@pytest.mark.parametrize("size", ["1", "3", "100"])
def test_records_without_value_delete_in_order(writers: Writers, shelf: Shelf, size: str) -> None:
    records = [thing(1, "a"), thing(2, "b"), tombstone(1), thing(3, "c"), tombstone(2)]
    records += [thing(1, "d"), tombstone(3), tombstone(9)]
    writers(UPSERT, delete_enabled="true", batch_size=size).write(records)
    assert shelf.run(ALL) == [(1, "d")]


def test_deletions_before_there_is_a_table_wait_for_it(writers: Writers, shelf: Shelf) -> None:
    writer = writers(UPSERT, delete_enabled="true")
    writer.write([tombstone(1)])
    writer.write([thing(2, "b")])
    assert shelf.run(ALL) == [(2, "b")]


def test_a_schema_that_grows_adds_columns(writers: Writers, shelf: Shelf) -> None:
    wider = data.Schema.struct(
        {**{f.name: f.schema for f in THING.fields}, "n": data.OPTIONAL_INT32}
    )
    later = thing(2, value={"id": 2, "name": "b", "n": 5}, value_schema=wider)
    writers().write([thing(1, "a"), later, thing(3, "c")])
    assert shelf.run(ALL) == [(1, "a", None), (2, "b", 5), (3, "c", None)]


def test_topics_have_tables_of_their_own(writers: Writers, shelf: Shelf) -> None:
    others = [thing(2, "b", topic="b"), thing(3, "c", topic="a")]
    writers(table_name_format="t_${topic}").write([thing(1, "a", topic="a"), *others])
    assert shelf.run("SELECT id FROM t_a ORDER BY 1") == [(1,), (3,)]
    assert shelf.run("SELECT id FROM t_b") == [(2,)]


def test_kafka_coordinates_can_be_the_key(writers: Writers, shelf: Shelf) -> None:
    writers(UPSERT, pk_mode="kafka", pk_fields="").write([thing(7, "a"), thing(7, "b")])
    columns = '"__connect_topic", "__connect_partition", "__connect_offset", name'
    assert shelf.run(f"SELECT {columns} FROM things") == [("things", 0, 7, "b")]


def test_texts_get_a_column(writers: Writers, shelf: Shelf) -> None:
    record = thing(1, value="hello", value_schema=data.STRING)
    writers(UPSERT).write([record])
    assert shelf.run("SELECT id, record_value FROM things") == [(1, "hello")]


def test_a_record_that_cannot_be_taken_is_named(writers: Writers, shelf: Shelf) -> None:
    bad = thing(5, value_schema=None)
    with pytest.raises(RecordError, match="requires records with a non-null Struct") as caught:
        writers().write([thing(1), bad, thing(2)])
    assert caught.value.record is bad


def test_nothing_of_a_refused_list_stays(writers: Writers, shelf: Shelf) -> None:
    writer = writers(UPSERT, insert_mode="insert", batch_size="1")
    with pytest.raises(DatabaseError):
        writer.write([thing(1), thing(2), thing(1)])
    writer.rollback()
    assert shelf.run(ALL) == []


def test_a_missing_table_is_told(writers: Writers) -> None:
    with pytest.raises(StructureError, match="Table things is missing and auto-creation"):
        writers(auto_create="false").write([thing(1)])


def test_after_a_rollback_tables_are_looked_at_anew(writers: Writers, shelf: Shelf) -> None:
    writer = writers()
    writer.write([thing(1)])
    shelf.run("DROP TABLE things")
    with pytest.raises(DatabaseError):
        writer.write([thing(2)])
    writer.rollback()
    writer.write([thing(3, "c")])
    assert shelf.run(ALL) == [(3, "c")]


def test_a_connection_that_broke_while_idle_is_opened_anew(writers: Writers, shelf: Shelf) -> None:
    writer = writers()
    writer.write([thing(1)])
    writer.connected().raw.close()
    writers.time = 11.0
    writer.write([thing(2)])
    assert len(shelf.run(ALL)) == 2


def test_null_stays_null_when_defaults_are_off(writers: Writers, shelf: Shelf) -> None:
    name = data.Schema(data.Type.STRING, optional=True, default="nobody")
    schema = data.Schema.struct({"id": data.INT64, "name": name})
    record = thing(1, None, value_schema=schema)
    writers().write([record])
    writers(replace_null_with_default="false").write([record])
    assert sorted(shelf.run(ALL), key=str) == [(1, "nobody"), (1, None)]


def test_a_record_names_its_columns(writers: Writers) -> None:
    fields: Any = writers(UPSERT).fields_for(thing(1))
    assert fields.columns == ("id", "name")
    odd = SinkRecord(topic="t", kafka_partition=0, kafka_offset=0, value_schema=data.INT64)
    assert writers(UPSERT).fields_for(odd) is None


def test_without_copy_nothing_is_prepared_and_nothing_waits(writers: Writers) -> None:
    writer = writers(UPSERT)
    assert writer.prepare([thing(1)]) is None
    assert writer.begin([thing(1)]) is False
    assert not writer.is_begun
    assert writer.prepare([thing(2)]) is None
