# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas import data
from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.source.schemas import MappingSettings, UnsupportedColumns
from barnabas.connectors.jdbc.source.values import RowMapping
from barnabas.data import Schema
from barnabas.errors import DataError

ID = Column("id", "id", JdbcType.BIGINT, "int8", nullable=False, auto_increment=True)
NAME = Column("name", "name", JdbcType.VARCHAR, "text")
MADE = Column("made", "made", JdbcType.TIMESTAMP, "timestamp")
TAGS = Column("tags", "tags", JdbcType.ARRAY, "_text")
SETTINGS = MappingSettings()


def test_rows_become_dicts_with_the_schema_of_their_columns() -> None:
    mapping = RowMapping.of([ID, NAME, MADE], SETTINGS, name="orders")
    assert mapping.schema == Schema.struct(
        {"id": data.INT64, "name": data.OPTIONAL_STRING, "made": data.OPTIONAL_TIMESTAMP},
        name="orders",
    )
    made = datetime.datetime(2024, 5, 31, tzinfo=datetime.UTC)
    rows = [(1, "a", "2024-05-31 00:00:00"), (2, None, None)]
    expected = [{"id": 1, "name": "a", "made": made}, {"id": 2, "name": None, "made": None}]
    assert mapping.rows(rows) == expected


def test_a_query_has_a_schema_without_name_or_version() -> None:
    schema = RowMapping.of([ID], SETTINGS).schema
    assert (schema.name, schema.version) == (None, None)


def test_columns_without_type_are_not_in_the_rows() -> None:
    mapping = RowMapping.of([TAGS, ID, TAGS], SETTINGS)
    assert mapping.rows([("{}", 1, "{}")]) == [{"id": 1}]
    assert mapping.unsupported == (TAGS, TAGS)
    assert RowMapping.of([TAGS], SETTINGS).rows([("{}",)]) == [{}]


def test_unsupported_columns_can_be_an_error() -> None:
    with pytest.raises(DataError, match="tags"):
        RowMapping.of([ID, TAGS], MappingSettings(unsupported=UnsupportedColumns.ERROR))


@pytest.mark.parametrize("columns", [[ID], [ID, MADE]])
def test_no_rows_are_no_values(columns: list[Column]) -> None:
    assert RowMapping.of(columns, SETTINGS).rows([]) == []


@pytest.mark.parametrize(
    ("key", "where"), [((), "with id=2"), (("NAME",), "with name=b"), (("id", "name"), "id=2, n")]
)
def test_an_error_names_column_and_row_but_not_the_value(key: Any, where: str) -> None:
    mapping = RowMapping.of([ID, NAME, MADE], SETTINGS, key=key)
    with pytest.raises(DataError, match=r"column made \(timestamp\) is a text") as caught:
        mapping.rows([(1, "a", "2024-05-31 00:00:00"), (2, "b", "secret")])
    assert where in str(caught.value)
    assert "secret" not in str(caught.value)


def test_offsets_are_read_from_the_rows_of_the_driver() -> None:
    mapping = RowMapping.of([ID, MADE], SETTINGS)
    rows = [(7, "1970-01-01 00:00:00.000001")]
    assert mapping.numbers("ID")(rows) == [7]
    assert mapping.moments(["made"])(rows) == [1_000]


@given(st.lists(st.text(min_size=1), min_size=1, unique=True))
def test_any_text_may_be_a_name(names: list[str]) -> None:
    columns = [Column(name, name, JdbcType.INTEGER, "int4") for name in names]
    row = tuple(range(len(names)))
    expected = dict(zip(names, row, strict=True))
    assert RowMapping.of(columns, SETTINGS).rows([row]) == [expected]
