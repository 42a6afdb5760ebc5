# SPDX-License-Identifier: Apache-2.0
"""Names of tables and columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors.jdbc.identifiers import IdentifierRules, TableId
from barnabas.errors import ConfigError

RULES = IdentifierRules()
BRACKETS = IdentifierRules("[", "]")
NAMES = st.text(min_size=1)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (TableId(None, None, "users"), "users"),
        (TableId(None, "public", "users"), "public.users"),
        (TableId("mydb", None, "users"), "mydb.users"),
        (TableId("mydb", "dbo", "users"), "mydb.dbo.users"),
        (TableId("", "", "users"), "users"),
    ],
)
def test_the_name_in_offsets_joins_the_parts_there_are(table: TableId, expected: str) -> None:
    assert table.fqn == str(table) == expected


@pytest.mark.parametrize(
    ("rules", "text", "expected"),
    [
        (RULES, "users", TableId(None, None, "users")),
        (RULES, "public.users", TableId(None, "public", "users")),
        (RULES, "db.public.users", TableId("db", "public", "users")),
        (RULES, '"pub.lic"."us""ers"', TableId(None, "pub.lic", 'us"ers')),
        (RULES, 'public."Users"', TableId(None, "public", "Users")),
        (RULES, '"db".public."Users"', TableId("db", "public", "Users")),
        (BRACKETS, "[a.b].[c]", TableId(None, "a.b", "c")),
        (IdentifierRules("`", "`"), "`a`.b", TableId(None, "a", "b")),
        (IdentifierRules(separator=":"), "a:b", TableId(None, "a", "b")),
    ],
)
def test_names_are_read(rules: IdentifierRules, text: str, expected: TableId) -> None:
    assert rules.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('"users', "lacks its closing quote"),
        ('"a"b', "goes on after a closing quote"),
        ("a.b.c.d", "it has 4 parts"),
        ("", "is no name of a table"),
        ("public.", "is no name of a table"),
    ],
)
def test_wrong_names_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        RULES.parse(text)


def test_a_column_can_have_its_table_in_front() -> None:
    table = TableId(None, "public", "users")
    assert RULES.column("id", table) == '"public"."users"."id"'
    assert RULES.column("id") == '"id"'


def test_nothing_is_quoted_when_told_so() -> None:
    bare = IdentifierRules(quoting=False)
    assert bare.column("id", TableId(None, "public", "users")) == "public.users.id"


@pytest.mark.parametrize("rules", [RULES, BRACKETS])
@given(st.none() | NAMES, NAMES, NAMES)
def test_what_is_quoted_can_be_read_again(
    rules: IdentifierRules, catalog: str | None, schema: str, name: str
) -> None:
    table = TableId(catalog, schema, name)
    assert rules.parse(rules.quoted(table)) == table
