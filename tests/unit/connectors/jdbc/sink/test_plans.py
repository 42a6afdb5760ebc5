# SPDX-License-Identifier: Apache-2.0
"""How records of one table are written."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas import data
from barnabas.connectors.jdbc.columns import Column, JdbcType, TableDefinition
from barnabas.connectors.jdbc.dialects import Dialect
from barnabas.connectors.jdbc.dialects.postgresql import PostgreSqlDialect
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.sink.config import JdbcSinkConfig
from barnabas.connectors.jdbc.sink.plans import PlanRules, TablePlan, plan_fields, plan_table
from barnabas.errors import ConnectError
from tests.unit.connectors.jdbc.sink.sink_records import THING, thing

TABLE = TableId(None, None, "things")


def plan(
    dialect: Dialect | None = None, names: tuple[str, ...] = ("id", "name"), **props: Any
) -> TablePlan:
    settings = {"connection.url": "jdbc:postgresql:x", "pk.mode": "record_key", "pk.fields": "id"}
    changed = {name.replace("_", "."): value for name, value in props.items()}
    rules = PlanRules.of(JdbcSinkConfig(settings | changed))
    fields = plan_fields(TABLE, rules, data.INT64, THING)
    columns = tuple(Column(name, name, JdbcType.VARCHAR) for name in names)
    return plan_table(
        TABLE, fields, TableDefinition(TABLE, columns), rules, dialect or PostgreSqlDialect()
    )


def test_insert_binds_keys_first() -> None:
    found = plan()
    assert found.write_sql == 'INSERT INTO "things" ("id","name") VALUES (?,?)'
    assert found.bind_written([thing(1, "a")]) == [(1, "a")]


def test_update_binds_keys_last() -> None:
    found = plan(insert_mode="update")
    assert found.write_sql == 'UPDATE "things" SET "name" = ? WHERE "id" = ?'
    assert found.bind_written([thing(1, "a")]) == [("a", 1)]


def test_delete_binds_keys_only() -> None:
    found = plan()
    assert found.delete_sql == 'DELETE FROM "things" WHERE "id" = ?'
    assert found.bind_keys([thing(1, "a")]) == [(1,)]


def test_upsert_needs_a_key() -> None:
    found = plan(insert_mode="upsert", pk_mode="none", pk_fields="")
    with pytest.raises(ConnectError, match="in UPSERT mode requires key field names to be known"):
        _ = found.write_sql


def test_an_upsert_the_dialect_lacks_is_told() -> None:
    found = plan(Dialect(), insert_mode="upsert")
    with pytest.raises(ConnectError, match="in UPSERT mode is not supported with the Generic"):
        _ = found.write_sql


def test_columns_are_spelt_as_the_table_spells_them() -> None:
    assert plan(names=("ID", "Name")).statement.columns == ("ID", "Name")


def test_deletion_needs_a_key() -> None:
    with pytest.raises(ConnectError, match="Deletes in table 'things' need a key"):
        _ = plan(pk_mode="none", pk_fields="").delete_sql
