# SPDX-License-Identifier: Apache-2.0
"""Which tables pass the filters."""

from __future__ import annotations

import re

import pytest

from barnabas.connectors.jdbc.identifiers import IdentifierRules, TableId
from barnabas.connectors.jdbc.source.table_filter import (
    TableFilter,
    check_distinct_names,
    column_of_mapping,
    parse_column_mapping,
)
from barnabas.errors import ConfigError

USERS = TableId(None, "public", "users")
ORDERS = TableId(None, "public", "orders")
OTHER = TableId(None, "archive", "users")
TABLES = [USERS, ORDERS, OTHER]


def chosen(**lists: list[str]) -> list[TableId]:
    return TableFilter.of(**lists).chosen(TABLES, IdentifierRules().quoted)


def test_without_lists_all_tables_pass_each_once_in_order() -> None:
    table_filter = TableFilter.of()
    assert table_filter.is_empty
    assert table_filter.chosen([*TABLES, USERS], IdentifierRules().quoted) == TABLES


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("users", [USERS, OTHER]),
        ("public.users", [USERS]),
        ('"archive"."users"', [OTHER]),
        ("USERS", []),
    ],
)
def test_the_whitelist_knows_bare_full_and_quoted_names(name: str, expected: list[TableId]) -> None:
    assert chosen(whitelist=[name]) == expected


def test_the_blacklist_is_its_opposite() -> None:
    assert chosen(blacklist=["users"]) == [ORDERS]


def test_the_whitelist_wins_over_the_blacklist() -> None:
    assert chosen(whitelist=["users"], blacklist=["users"]) == [USERS, OTHER]


def test_regular_expressions_match_the_whole_full_name() -> None:
    assert chosen(includes=["public\\..*"]) == [USERS, ORDERS]
    assert chosen(includes=["users"]) == []
    assert chosen(includes=[".*"], excludes=["public\\.users"]) == [ORDERS, OTHER]


@pytest.mark.parametrize(
    "lists",
    [
        {"whitelist": ["a"], "includes": ["b"]},
        {"blacklist": ["a"], "includes": ["b"]},
        {"excludes": ["b"]},
        {"includes": ["("]},
    ],
)
def test_lists_that_contradict_each_other_are_refused(lists: dict[str, list[str]]) -> None:
    with pytest.raises(ConfigError):
        TableFilter.of(**lists)


def test_tables_of_one_name_are_refused_and_named() -> None:
    with pytest.raises(ConfigError, match="duplicate unqualified") as caught:
        check_distinct_names(TABLES)
    assert caught.value.message.endswith("public.users, archive.users")


def test_tables_of_different_names_pass() -> None:
    check_distinct_names([USERS, ORDERS])


def test_a_mapping_names_columns_by_table() -> None:
    entries = ["public\\.users:[updated|created]", ".*orders:[ts]"]
    mapping = parse_column_mapping("timestamp.columns.mapping", entries, many=True)
    assert column_of_mapping("k", mapping, USERS) == ("updated", "created")
    assert column_of_mapping("k", mapping, ORDERS) == ("ts",)
    assert column_of_mapping("k", mapping, OTHER) is None


def test_a_column_without_brackets_is_taken_as_well() -> None:
    mapping = parse_column_mapping("incrementing.column.mapping", [".*users:id"], many=False)
    assert column_of_mapping("k", mapping, USERS) == ("id",)


@pytest.mark.parametrize("entry", ["users", ":id", "users:", "users:[a|b]", "users:[|]"])
def test_a_mapping_of_another_form_is_refused(entry: str) -> None:
    with pytest.raises(ConfigError, match=re.escape("expected <regex>:<column>")):
        parse_column_mapping("incrementing.column.mapping", [entry], many=False)


def test_a_table_matched_twice_is_refused() -> None:
    mapping = parse_column_mapping("k", [".*:a", "public.*:b"], many=True)
    with pytest.raises(ConfigError, match="2 regular expressions"):
        column_of_mapping("k", mapping, USERS)
