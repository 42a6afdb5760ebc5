# SPDX-License-Identifier: Apache-2.0
"""Parameters in the style of a driver."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors.jdbc.placeholders import translate


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("qmark", "a = ? AND b = ?"),
        ("format", "a = %s AND b = %s"),
        ("pyformat", "a = %s AND b = %s"),
        ("numeric", "a = :1 AND b = :2"),
        ("named", "a = :p1 AND b = :p2"),
        ("dollar", "a = $1 AND b = $2"),
        ("null", "a = NULL AND b = NULL"),
    ],
)
def test_each_driver_has_its_style(style: str, expected: str) -> None:
    assert translate("a = ? AND b = ?", style) == expected


@pytest.mark.parametrize(
    "region",
    [
        "'a?''b?'",
        '"a?""b"',
        "`a?`",
        "-- why?\n",
        "/* why\n? */",
        "$$ ? $$",
        "$tag$ ? $$ ? $tag$",
    ],
)
def test_what_is_quoted_or_said_in_comments_stays(region: str) -> None:
    assert translate(f"? {region} ?", "numeric") == f":1 {region} :2"


def test_percent_is_doubled_everywhere_where_it_means_something() -> None:
    sql = "SELECT a % 2, '50%' WHERE b LIKE ?"
    assert translate(sql, "pyformat") == "SELECT a %% 2, '50%%' WHERE b LIKE %s"
    assert translate(sql, "qmark") == sql


def test_two_question_marks_are_an_operator() -> None:
    assert (
        translate("j ?? 'k' AND j ??| a AND x = ?", "pyformat") == "j ? 'k' AND j ?| a AND x = %s"
    )


def test_brackets_quote_in_sql_server_only() -> None:
    assert translate("[why?] = ?", "numeric", brackets=True) == "[why?] = :1"
    assert translate("a[?] = ?", "numeric") == "a[:1] = :2"


def test_backslashes_escape_in_mysql_only() -> None:
    assert translate(r"'it\'s?' = ?", "numeric", backslashes=True) == r"'it\'s?' = :1"
    assert translate(r"'\' = ?", "numeric") == r"'\' = :1"


def test_a_dollar_that_begins_no_tag_quotes_nothing() -> None:
    assert translate("a$b = ? AND c$d = ?", "numeric") == "a$b = :1 AND c$d = :2"


@given(st.text(alphabet="ab'\"`?%$-/* \n").filter(lambda sql: "??" not in sql))
def test_to_question_marks_nothing_changes(sql: str) -> None:
    assert translate(sql, "qmark") == sql
