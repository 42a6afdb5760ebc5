# SPDX-License-Identifier: Apache-2.0
"""URLs of SQL Server."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.connectors.jdbc.urls.sqlserver import (
    read_jtds_url,
    read_sqlserver_url,
    semicolon_options,
)
from barnabas.errors import ConfigError


def args(text: str) -> dict[str, Any]:
    return read_sqlserver_url(f"//h;{text}", {}).connect_args


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("//h:1434;databaseName=db", ("h", 1434, "db")),
        ("//h;DATABASE=db", ("h", 1433, "db")),
        ("//h\\inst;databaseName=db", ("h\\inst", None, "db")),
        ("//h\\inst:1;databaseName=db", ("h", 1, "db")),
        ("//h;instanceName=inst", ("h\\inst", None, None)),
        ("//;serverName=h;portNumber=7", ("h", 7, None)),
        ("//", ("localhost", 1433, None)),
    ],
)
def test_the_place_is_read(rest: str, expected: tuple[str, int | None, str | None]) -> None:
    target = read_sqlserver_url(rest, {})
    assert (target.host, target.port, target.database) == expected


def test_jtds_has_the_database_behind_the_host() -> None:
    target = read_jtds_url("//h:1434/db;user=me;instance=x", {})
    assert (target.host, target.port, target.database, target.user) == ("h", 1434, "db", "me")


def test_values_may_stand_in_braces() -> None:
    assert semicolon_options("a={x;y}}z};b = 1 ;c=") == {"a": "x;y}z", "b": "1", "c": ""}


def test_login_and_options_are_read() -> None:
    target = read_sqlserver_url("//h;userName=me;password={p;w};applicationName=app", {})
    assert (target.user, target.password) == ("me", "p;w")
    assert target.connect_args["appname"] == "app"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("encrypt=true", "require"),
        ("encrypt=false", "off"),
        ("encrypt=strict", "strict"),
        ("", None),
    ],
)
def test_tls_is_demanded_or_not(text: str, expected: str | None) -> None:
    assert args(text).get("encryption") == expected


def test_times_are_read() -> None:
    found = args("loginTimeout=7;socketTimeout=2500;applicationIntent=ReadOnly")
    assert (found["login_timeout"], found["timeout"], found["read_only"]) == (7, 2, True)
    assert args("")["login_timeout"] == 40


def test_a_wrong_option_is_refused() -> None:
    with pytest.raises(ConfigError, match="encrypt"):
        args("encrypt=maybe")
