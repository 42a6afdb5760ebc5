# SPDX-License-Identifier: Apache-2.0
"""URLs of SQLite."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.urls.sqlite import read_sqlite_url
from barnabas.errors import ConfigError


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("/tmp/x.db", "/tmp/x.db"),
        ("x.db", "x.db"),
        (":memory:", ":memory:"),
        ("", ":memory:"),
        ("x.db?busy_timeout=100", "x.db"),
        ("file:x.db?mode=ro", "file:x.db?mode=ro"),
    ],
)
def test_the_file_is_read(rest: str, expected: str) -> None:
    assert read_sqlite_url(rest, {}).database == expected


def test_only_a_uri_is_told_to_be_one() -> None:
    assert read_sqlite_url("file:x", {}).connect_args["uri"] is True
    assert "uri" not in read_sqlite_url("x", {}).connect_args


def test_a_busy_database_is_waited_for() -> None:
    assert read_sqlite_url("x", {}).connect_args["timeout"] == 3
    assert read_sqlite_url("x?busy_timeout=500", {}).connect_args["timeout"] == 0.5


def test_pragmas_are_set_when_connected() -> None:
    target = read_sqlite_url("x?foreign_keys=true", {"journal_mode": "WAL"})
    assert target.session == ["PRAGMA foreign_keys = ON", "PRAGMA journal_mode = WAL"]
    assert read_sqlite_url("x?journal_mode=a;b", {}).session == []


def test_a_wrong_option_is_refused() -> None:
    with pytest.raises(ConfigError, match="busy_timeout"):
        read_sqlite_url("x?busy_timeout=long", {})
