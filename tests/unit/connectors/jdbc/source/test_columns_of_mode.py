# SPDX-License-Identifier: Apache-2.0
"""Columns that tell new rows."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.columns import Column, JdbcType, TableDefinition
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source.choices import Mode
from barnabas.connectors.jdbc.source.columns_of_mode import (
    check_columns,
    check_not_null,
    chosen_columns,
)
from barnabas.errors import ConfigError


def column(
    name: str, *, nullable: bool | None = False, key: bool = False, auto: bool = False
) -> Column:
    return Column(
        name, name, JdbcType.INTEGER, nullable=nullable, primary_key=key, auto_increment=auto
    )


ID = column("Id", auto=True)
STAMP = column("changed")
LOOSE = column("seen", nullable=True)
TABLE = TableDefinition(TableId(None, "public", "orders"), (ID, STAMP, LOOSE))


def test_a_column_that_numbers_itself_is_found() -> None:
    assert chosen_columns([STAMP, ID], "", ()).incrementing == "Id"
    assert chosen_columns([STAMP], "", ()).incrementing is None


def test_names_are_spelled_as_in_the_database() -> None:
    chosen = chosen_columns(TABLE.columns, "ID", ["CHANGED", "seen"])
    assert (chosen.incrementing, chosen.timestamps) == ("Id", ("changed", "seen"))
    assert chosen.first_timestamp == STAMP


def test_a_mode_without_columns_chooses_none() -> None:
    chosen = chosen_columns(TABLE.columns, None, ())
    assert (chosen.incrementing, chosen.timestamps, chosen.first_timestamp) == (None, (), None)


def test_an_unknown_column_is_left_as_it_is() -> None:
    assert chosen_columns([], "nr", ["ts"]).timestamps == ("ts",)


def test_columns_must_exist() -> None:
    check_columns(TABLE, "ID", ["changed"])
    check_columns(TABLE, "", [])
    with pytest.raises(
        ConfigError, match=r"^Incrementing column: nr does not exist in table 'public\.orders'"
    ):
        check_columns(TABLE, "nr", [])
    with pytest.raises(ConfigError, match=r"^Timestamp columns: a, b do not exist in table"):
        check_columns(TABLE, None, ["a", "changed", "b"])


def test_an_incrementing_column_must_not_be_null() -> None:
    message = (
        r"^Cannot make incremental queries using incrementing column seen on public\.orders"
        r" because this column is nullable\.$"
    )
    with pytest.raises(ConfigError, match=message):
        check_not_null(TABLE, Mode.INCREMENTING, "seen", ())
    check_not_null(TABLE, Mode.INCREMENTING, "Id", ())


def test_one_timestamp_column_must_not_be_null() -> None:
    check_not_null(TABLE, Mode.TIMESTAMP, None, ("seen", "changed"))
    message = (
        r"^Cannot make incremental queries using timestamp columns seen on public\.orders because"
        r" all of these columns are nullable\.$"
    )
    with pytest.raises(ConfigError, match=message):
        check_not_null(TABLE, Mode.TIMESTAMP, None, ("seen",))


def test_a_primary_key_is_never_null_whatever_the_driver_says() -> None:
    table = TableDefinition(TableId(None, None, "t"), (column("id", nullable=None, key=True),))
    check_not_null(table, Mode.INCREMENTING, "id", ())
