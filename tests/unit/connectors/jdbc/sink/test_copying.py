# SPDX-License-Identifier: Apache-2.0
"""How PostgreSQL's COPY is used; that it works is tested with a server."""

from __future__ import annotations

import types
from typing import Any

import pytest

from barnabas.connectors.jdbc.columns import Column, JdbcType, TableDefinition
from barnabas.connectors.jdbc.dialects.postgresql import PostgreSqlDialect
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.sink.config import JdbcSinkConfig
from barnabas.connectors.jdbc.sink.copy_rows import OPTIONS
from barnabas.connectors.jdbc.sink.copying import CopyPlan, copier_for
from barnabas.connectors.jdbc.sink.plans import PlanRules, TablePlan, plan_fields, plan_table
from tests.unit.connectors.jdbc.sink.sink_records import THING

TABLE = TableId(None, "shop", "things")


def plan(mode: str) -> TablePlan:
    props = {"connection.url": "jdbc:postgresql:x", "insert.mode": mode}
    rules = PlanRules.of(JdbcSinkConfig(props | {"pk.mode": "record_value", "pk.fields": "id"}))
    fields = plan_fields(TABLE, rules, None, THING)
    columns = (Column("id", "id", JdbcType.BIGINT, "int8"), Column("name", "name", JdbcType.CLOB))
    return plan_table(TABLE, fields, TableDefinition(TABLE, columns), rules, PostgreSqlDialect())


def copy(mode: str) -> CopyPlan:
    rows: Any = None
    return CopyPlan(plan(mode), rows, 4)


def test_insert_copies_into_the_table() -> None:
    found = copy("insert")
    assert found.script == f'COPY "shop"."things" ("id","name") FROM STDIN WITH ({OPTIONS})'
    assert (found.preparation, found.ending) == ([], "")


def test_upsert_copies_beside_the_table_and_goes_on_from_there() -> None:
    found = copy("upsert")
    assert found.script == (
        f'COPY pg_temp.barnabas_rows_4 ("id","name") FROM STDIN WITH ({OPTIONS});'
        'INSERT INTO "shop"."things" ("id","name")'
        ' SELECT "id","name" FROM pg_temp.barnabas_rows_4'
        ' ON CONFLICT ("id") DO UPDATE SET "name"=EXCLUDED."name"'
    )
    assert found.preparation[1].startswith(
        "CREATE TEMPORARY TABLE barnabas_rows_4 ON COMMIT DELETE"
    )


@pytest.mark.parametrize(
    ("version", "is_enabled", "has_pgconn"),
    [(150_000, False, True), (80_002, True, True), (150_000, True, False)],
)
def test_copy_needs_a_server_that_has_it(version: int, is_enabled: bool, has_pgconn: bool) -> None:
    raw = types.SimpleNamespace(info=types.SimpleNamespace(server_version=version))
    if has_pgconn:
        raw.pgconn = None
    connection: Any = types.SimpleNamespace(raw=raw)
    assert copier_for(connection, lambda: False, is_enabled=is_enabled) is None


def test_other_databases_have_none() -> None:
    connection: Any = types.SimpleNamespace(raw=object())
    assert copier_for(connection, lambda: False, is_enabled=True) is None
