# SPDX-License-Identifier: Apache-2.0
"""What is known of a column."""

from __future__ import annotations

from barnabas.connectors.jdbc.columns import Column, JdbcType, TableDefinition
from barnabas.connectors.jdbc.identifiers import TableId


def column(name: str, *, key: bool = False, nullable: bool | None = None) -> Column:
    return Column(name, name, JdbcType.INTEGER, nullable=nullable, primary_key=key)


def table(*columns: Column) -> TableDefinition:
    return TableDefinition(TableId(None, None, "t"), columns)


def test_what_is_not_known_to_be_not_null_is_optional() -> None:
    found = {item: column("a", nullable=item).is_optional for item in (True, False, None)}
    assert found == {True: True, False: False, None: True}


def test_a_column_is_found_by_its_exact_name_first() -> None:
    upper, lower = column("ID"), column("id")
    both = table(upper, lower)
    assert both.column("id") is lower
    assert both.column("Id") is upper
    assert both.column("other") is None


def test_the_primary_key_is_in_the_order_of_columns() -> None:
    found = table(column("b", key=True), column("x"), column("a", key=True))
    assert found.primary_key == ("b", "a")


def test_numbers_are_those_of_java() -> None:
    assert (JdbcType.BIT, JdbcType.OTHER, JdbcType.TIMESTAMP) == (-7, 1111, 93)
