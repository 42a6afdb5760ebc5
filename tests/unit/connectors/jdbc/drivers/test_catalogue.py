# SPDX-License-Identifier: Apache-2.0
"""Tables as SQLAlchemy's reflection tells them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy
from sqlalchemy import types
from sqlalchemy.dialects import mssql, oracle

from barnabas.connectors.jdbc.columns import JdbcType
from barnabas.connectors.jdbc.drivers.catalogue import definition, jdbc_type_of, like, tables
from barnabas.connectors.jdbc.identifiers import TableId


@pytest.fixture
def inspector() -> Iterator[sqlalchemy.Inspector]:
    engine = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.pool.StaticPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE b (id BIGINT PRIMARY KEY, n NUMERIC(10, 2))")
        connection.exec_driver_sql("CREATE TABLE a (x VARCHAR(9) NOT NULL)")
        connection.exec_driver_sql("CREATE VIEW v AS SELECT x FROM a")
    yield sqlalchemy.inspect(engine)
    engine.dispose()


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [("%", "x", True), ("p_b%", "public", True), ("p_b", "public", False), ("a.c", "abc", False)],
)
def test_patterns_are_those_of_sql(pattern: str, name: str, fits: bool) -> None:
    assert like(pattern, name) is fits


def test_tables_come_before_views_in_the_order_of_names(inspector: sqlalchemy.Inspector) -> None:
    found = tables(inspector, None, None, ["VIEW", "table"])
    assert found == [TableId(None, "main", name) for name in ("a", "b", "v")]
    assert tables(inspector, None, "", ["TABLE"])[0] == TableId(None, None, "a")
    assert tables(inspector, None, "x%", ["TABLE"]) == []


def test_a_table_is_described(inspector: sqlalchemy.Inspector) -> None:
    found = definition(inspector, TableId(None, None, "b"))
    assert found is not None
    key, number = found.columns
    assert (key.jdbc_type, key.primary_key, key.nullable) == (JdbcType.BIGINT, True, False)
    assert (number.precision, number.scale, number.nullable) == (10, 2, True)
    assert found.kind == "TABLE"


def test_a_view_is_described_and_what_is_not_there_is_none(
    inspector: sqlalchemy.Inspector,
) -> None:
    found = definition(inspector, TableId(None, None, "v"))
    assert found is not None
    assert found.kind == "VIEW"
    assert definition(inspector, TableId(None, None, "nix")) is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (types.BigInteger(), JdbcType.BIGINT),
        (types.DOUBLE_PRECISION(), JdbcType.DOUBLE),
        (types.TIMESTAMP(), JdbcType.TIMESTAMP),
        (types.LargeBinary(), JdbcType.LONGVARBINARY),
        (mssql.DATETIMEOFFSET(), JdbcType.DATETIMEOFFSET),
        (mssql.UNIQUEIDENTIFIER(), JdbcType.CHAR),
        (mssql.BIT(), JdbcType.BIT),
        (oracle.NUMBER(), JdbcType.NUMERIC),
        (oracle.RAW(), JdbcType.VARBINARY),
        (types.NullType(), JdbcType.OTHER),
    ],
)
def test_types_are_those_of_jdbc(kind: types.TypeEngine[object], expected: JdbcType) -> None:
    assert jdbc_type_of(kind) is expected


def test_names_are_those_of_the_database_where_sqlalchemy_shows_others(
    inspector: sqlalchemy.Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspector.dialect, "requires_name_normalize", True)
    found = tables(inspector, None, "MAIN", ["TABLE"])
    assert found == [TableId(None, "MAIN", "A"), TableId(None, "MAIN", "B")]
    table = definition(inspector, TableId(None, None, "B"))
    assert table is not None
    assert [column.name for column in table.columns] == ["ID", "N"]
    assert table.primary_key == ("ID",)
