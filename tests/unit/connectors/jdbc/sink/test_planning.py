# SPDX-License-Identifier: Apache-2.0
"""From records to batches and plans, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from barnabas.connectors.jdbc.connection import Connection, Database, DatabaseSettings
from barnabas.connectors.jdbc.dialects.sqlite import SqliteDialect
from barnabas.connectors.jdbc.sink.config import JdbcSinkConfig
from barnabas.connectors.jdbc.sink.planning import Planner
from barnabas.connectors.jdbc.sink.record_errors import RecordError
from tests.unit.connectors.jdbc.sink.sink_records import thing, tombstone


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = Database(DatabaseSettings(url=f"jdbc:sqlite:{tmp_path / 'shelf.db'}"))
    connection = database.connect()
    yield connection
    connection.close()


def planner(**more: str) -> Planner:
    props = {"connection.url": "jdbc:sqlite:x", "auto.create": "true", "pk.mode": "record_key"}
    props |= {"pk.fields": "id", "delete.enabled": "true"}
    changes = {name.replace("_", "."): value for name, value in more.items()}
    return Planner(JdbcSinkConfig(props | changes), "shelf", SqliteDialect())


def test_plans_are_remembered_until_they_are_forgotten(connection: Connection) -> None:
    found = planner()
    records = [thing(1), thing(2)]
    assert found.plan_from_memory(records) is None
    (first,) = found.plan(records, connection)
    (again,) = found.plan_from_memory(records) or ()
    assert again.plan is first.plan
    age = found.age
    found.forget()
    assert found.plan_from_memory(records) is None
    assert found.age != age


def test_records_go_to_the_table_of_their_topic(connection: Connection) -> None:
    records = [thing(1, topic="a"), thing(2, topic="b"), thing(3, topic="a")]
    found = planner().plan(records, connection)
    sorted_out = {str(each.plan.table): [r.key for r in each.batch.written] for each in found}
    assert sorted_out == {"a": [1, 3], "b": [2]}


def test_deletions_from_a_table_that_is_missing_need_no_plan(connection: Connection) -> None:
    assert planner().plan([tombstone(1)], connection) == []


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_record_that_cannot_be_taken_is_found(connection: Connection, place: int) -> None:
    records = [thing(1), thing(2), thing(3)]
    records[place] = records[place].replace(key=None)
    with pytest.raises(RecordError) as caught:
        planner().plan(records, connection)
    assert caught.value.record is records[place]


def test_a_key_of_none_is_found_when_all_are() -> None:
    with pytest.raises(RecordError):
        planner().plan_from_memory([thing(1, key=None), thing(2, key=None)])


def test_columns_of_a_record_are_told() -> None:
    fields = planner().fields_for(thing(1))
    assert fields is not None
    assert fields.columns == ("id", "name")
