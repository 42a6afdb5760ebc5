# SPDX-License-Identifier: Apache-2.0
"""Keys of records."""

from __future__ import annotations

import pytest

from barnabas import data
from barnabas.connectors.jdbc.columns import Column, JdbcType, TableDefinition
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source.choices import KeyMode
from barnabas.connectors.jdbc.source.keys import Keys, key_columns
from barnabas.data import Schema
from barnabas.errors import ConfigError

VALUE = Schema.struct({"id": data.INT64, "Region": data.STRING, "x": data.STRING}, name="orders")


def definition(*primary_key: str) -> TableDefinition:
    columns = [
        Column(name, name, JdbcType.INTEGER, primary_key=name in primary_key)
        for name in ("id", "region", "x")
    ]
    return TableDefinition(TableId(None, None, "orders"), tuple(columns))


def test_by_default_there_are_no_keys() -> None:
    assert key_columns(KeyMode.NONE, ["id"], definition("id")) == ()


def test_the_primary_key_is_taken() -> None:
    assert key_columns(KeyMode.PRIMARY_KEY, [], definition("id", "region")) == ("id", "region")


def test_columns_may_be_named() -> None:
    assert key_columns(KeyMode.COLUMNS, [" x ", "id"], None) == ("x", "id")


@pytest.mark.parametrize(
    ("mode", "known", "message"),
    [
        (KeyMode.COLUMNS, None, "key.columns, which is empty"),
        (KeyMode.PRIMARY_KEY, None, "a query is configured"),
        (KeyMode.PRIMARY_KEY, definition(), "the table orders has no primary key"),
    ],
)
def test_what_a_mode_needs_must_be_there(
    mode: KeyMode, known: TableDefinition | None, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        key_columns(mode, [], known)


def test_a_key_is_a_struct_of_its_columns() -> None:
    keys = Keys(VALUE, ["id"])
    assert keys.schema == Schema.struct({"id": data.INT64}, name="orders.Key")
    assert keys.of_values([{"id": 1, "Region": "e", "x": ""}]) == [{"id": 1}]


def test_a_key_of_several_columns_finds_them_in_any_case() -> None:
    keys = Keys(VALUE, ["region", "id"])
    assert keys.of_values([{"id": 1, "Region": "e", "x": ""}]) == [{"Region": "e", "id": 1}]


def test_a_column_that_is_no_field_is_refused() -> None:
    with pytest.raises(ConfigError, match="key column nr is not among"):
        Keys(VALUE, ["nr"])
