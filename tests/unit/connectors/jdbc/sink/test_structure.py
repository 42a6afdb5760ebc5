# SPDX-License-Identifier: Apache-2.0
"""Tables as records need them, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from barnabas import data
from barnabas.connectors.jdbc.connection import Connection, Database, DatabaseSettings
from barnabas.connectors.jdbc.dialects import SinkField
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.sink.config import PrimaryKeyMode
from barnabas.connectors.jdbc.sink.fields import FieldRules, Fields, fields_of
from barnabas.connectors.jdbc.sink.structure import StructureError, TableStructures, missing_fields

TABLE = TableId(None, None, "things")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = Database(DatabaseSettings(url=f"jdbc:sqlite:{tmp_path / 'shelf.db'}"))
    connection = database.connect()
    yield connection
    connection.close()


def fields(**schemas: data.Schema) -> Fields:
    schema = data.Schema.struct({"id": data.INT64} | schemas)
    return fields_of("things", FieldRules(PrimaryKeyMode.RECORD_VALUE, ("id",)), None, schema)


def structures(connection: Connection, **changes: Any) -> TableStructures:
    usual: dict[str, Any] = {"auto_create": True, "auto_evolve": True, "max_retries": 0}
    return TableStructures(connection, **(usual | changes))


def names(found: Any) -> list[str]:
    return [column.name for column in found.columns]


def test_a_missing_table_is_created(connection: Connection) -> None:
    found = structures(connection).ensure(TABLE, fields(name=data.OPTIONAL_STRING))
    assert names(found) == ["id", "name"]
    assert found.primary_key == ("id",)


def test_a_missing_table_is_told_when_it_may_not_be_created(connection: Connection) -> None:
    with pytest.raises(StructureError, match="Table things is missing and auto-creation is disab"):
        structures(connection, auto_create=False).ensure(TABLE, fields())


def test_a_missing_column_is_added(connection: Connection) -> None:
    known = structures(connection)
    known.ensure(TABLE, fields())
    with_default = data.Schema(data.Type.INT32, default=5)
    found = known.ensure(TABLE, fields(name=data.OPTIONAL_STRING, age=with_default))
    assert names(found) == ["id", "name", "age"]


def test_a_missing_column_is_told_when_it_may_not_be_added(connection: Connection) -> None:
    structures(connection).ensure(TABLE, fields())
    with pytest.raises(
        StructureError, match=r"is missing fields \(name \(string\)\) and auto-evol"
    ):
        structures(connection, auto_evolve=False).ensure(TABLE, fields(name=data.OPTIONAL_STRING))


def test_a_column_that_cannot_be_empty_is_not_added(connection: Connection) -> None:
    known = structures(connection)
    known.ensure(TABLE, fields())
    with pytest.raises(StructureError, match="Cannot ALTER table things to add missing field name"):
        known.ensure(TABLE, fields(name=data.STRING))


def test_names_in_another_case_are_the_same_column(connection: Connection) -> None:
    known = structures(connection)
    known.ensure(TABLE, fields(Name=data.OPTIONAL_STRING))
    assert names(known.ensure(TABLE, fields(name=data.OPTIONAL_STRING))) == ["id", "Name"]


def test_a_table_somebody_else_created_meanwhile_is_taken(connection: Connection) -> None:
    first, second = structures(connection), structures(connection)
    assert second.definition(TABLE) is None
    first.ensure(TABLE, fields())
    second._known.clear()
    second._refresh = _blind_once(second)  # type: ignore[method-assign]  # the race
    assert names(second.ensure(TABLE, fields())) == ["id"]


def _blind_once(known: TableStructures) -> Any:
    look, blind = TableStructures._refresh, [True]

    def refresh(table: TableId) -> Any:
        return None if blind and blind.pop() else look(known, table)

    return refresh


def test_a_view_is_written_to_only_when_that_is_allowed(connection: Connection) -> None:
    connection.execute("CREATE VIEW things AS SELECT 1 AS id")
    connection.commit()
    with pytest.raises(StructureError, match=r"is a VIEW, but table.types allows TABLE only"):
        structures(connection).ensure(TABLE, fields())
    assert structures(connection, kinds=["view"]).ensure(TABLE, fields()).kind == "VIEW"


def test_columns_are_never_added_to_a_view(connection: Connection) -> None:
    connection.execute("CREATE VIEW things AS SELECT 1 AS id")
    connection.commit()
    known = structures(connection, kinds=["VIEW"])
    with pytest.raises(StructureError, match="View things is missing fields"):
        known.ensure(TABLE, fields(name=data.OPTIONAL_STRING))


def test_missing_fields_come_in_their_order() -> None:
    wanted = [SinkField(name, data.INT64) for name in ("b", "A", "c", "D")]
    assert [field.name for field in missing_fields(wanted, ["a", "D"])] == ["b", "c"]
