# SPDX-License-Identifier: Apache-2.0
"""URLs of PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.connectors.jdbc.urls.postgresql import read_postgresql_url
from barnabas.errors import ConfigError


def args(query: str) -> dict[str, Any]:
    return read_postgresql_url(f"//h/db?{query}", {}).connect_args


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("//h:5433/db", ("h", 5433, "db")),
        ("//h/db", ("h", 5432, "db")),
        ("//h/", ("h", 5432, None)),
        ("//[::1]:1/my%20db", ("::1", 1, "my db")),
        ("db", ("localhost", 5432, "db")),
        ("/", ("localhost", 5432, None)),
    ],
)
def test_the_place_is_read(rest: str, expected: tuple[str, int, str | None]) -> None:
    target = read_postgresql_url(rest, {})
    assert (target.host, target.port, target.database) == expected


def test_several_hosts_are_given_to_libpq() -> None:
    target = read_postgresql_url("//a:1,b/db?targetServerType=secondary", {})
    assert target.connect_args["host"] == "a,b"
    assert target.connect_args["port"] == "1,5432"
    assert target.connect_args["target_session_attrs"] == "standby"


def test_user_and_password_may_stand_in_the_url() -> None:
    target = read_postgresql_url("//h/db?user=me&password=a%26b", {})
    assert (target.user, target.password) == ("me", "a&b")
    assert "user" not in target.connect_args


def test_options_are_renamed_for_psycopg() -> None:
    found = args("ApplicationName=me&connectTimeout=7&socketTimeout=3&tcpKeepAlive=true")
    assert found["application_name"] == "me"
    assert (found["connect_timeout"], found["tcp_user_timeout"], found["keepalives"]) == (
        7,
        3000,
        1,
    )


def test_a_login_has_40_seconds_by_default() -> None:
    assert args("")["connect_timeout"] == 40


def test_the_current_schema_is_the_search_path() -> None:
    assert args("currentSchema=a,my%20b")["options"] == "-csearch_path=a,my\\ b"
    both = args("options=-cstatement_timeout%3D5&currentSchema=a")
    assert both["options"] == "-cstatement_timeout=5 -csearch_path=a"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", None),
        ("ssl=true", "verify-full"),
        ("ssl=false", None),
        ("sslmode=require", "require"),
        ("ssl=true&sslmode=require", "require"),
        ("sslmode=require&ssl=true", "require"),
    ],
)
def test_tls_is_as_in_pgjdbc(query: str, expected: str | None) -> None:
    assert args(query).get("sslmode") == expected


def test_the_url_wins_over_settings() -> None:
    target = read_postgresql_url("//h/db?sslmode=require", {"sslmode": "disable", "sslcert": "c"})
    assert target.connect_args["sslmode"] == "require"
    assert target.connect_args["sslcert"] == "c"


def test_options_without_meaning_here_are_left_out() -> None:
    assert args("prepareThreshold=5&stringtype=unspecified") == args("")


def test_nothing_is_prepared_when_told_so() -> None:
    assert args("prepareThreshold=0")["prepare_threshold"] is None


def test_a_wrong_option_is_refused() -> None:
    with pytest.raises(ConfigError, match="socketTimeout"):
        args("socketTimeout=long")
