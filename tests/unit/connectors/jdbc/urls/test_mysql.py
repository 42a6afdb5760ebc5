# SPDX-License-Identifier: Apache-2.0
"""URLs of MySQL and MariaDB."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from barnabas.connectors.jdbc.urls.mysql import read_mysql_url
from barnabas.errors import ConfigError


def args(query: str) -> dict[str, Any]:
    return read_mysql_url(f"//h/db?{query}", {}).connect_args


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("//h:3307/db", ("h", 3307, "db")),
        ("//h", ("h", 3306, None)),
        ("//", ("localhost", 3306, None)),
        ("//a:1,b:2/db", ("a", 1, "db")),
        ("loadbalance://a:1,b:2/db", ("a", 1, "db")),
        ("replication://a,b/db", ("a", 3306, "db")),
        ("//[(host=a,port=1,user=u),(host=b,port=2)]/db", ("a", 1, "db")),
        ("//address=(host=a)(port=1)/db", ("a", 1, "db")),
        ("//(host=a)/db", ("a", 3306, "db")),
    ],
)
def test_the_first_place_is_read(rest: str, expected: tuple[str, int, str | None]) -> None:
    target = read_mysql_url(rest, {})
    assert (target.host, target.port, target.database) == expected


@pytest.mark.parametrize(
    "rest",
    ["//me:p%40s@h/db", "//h/db?user=me&password=p%40s", "//(host=h,user=me,password=p@s)/db"],
)
def test_the_login_may_stand_in_three_places(rest: str) -> None:
    target = read_mysql_url(rest, {})
    assert (target.user, target.password, target.host) == ("me", "p@s", "h")


def test_times_are_in_milliseconds() -> None:
    found = args("connectTimeout=1500&socketTimeout=2500")
    assert (found["connect_timeout"], found["read_timeout"], found["write_timeout"]) == (
        1.5,
        2.5,
        2.5,
    )
    assert args("")["connect_timeout"] == 40


def test_files_of_the_client_are_never_sent() -> None:
    assert args("allowLoadLocalInfile=true")["local_infile"] is False


def test_variables_of_the_session_are_set() -> None:
    found = args("sessionVariables=sql_mode%3D'ANSI,TRADITIONAL',@x%3D1")
    assert found["init_command"] == "SET SESSION sql_mode='ANSI,TRADITIONAL', @x=1"


@pytest.mark.parametrize("query", ["", "sslMode=PREFERRED", "useSSL=true"])
def test_tls_is_taken_where_the_server_has_it(query: str) -> None:
    assert not {"ssl", "ssl_disabled"} & args(query).keys()


@pytest.mark.parametrize("query", ["sslMode=DISABLED", "sslMode=disable", "useSSL=false"])
def test_tls_can_be_switched_off(query: str) -> None:
    assert args(query)["ssl_disabled"] is True


@pytest.mark.parametrize(
    ("query", "verifies", "checks_name"),
    [
        ("sslMode=REQUIRED", False, False),
        ("requireSSL=true", False, False),
        ("sslMode=trust", False, False),
        ("sslMode=VERIFY_CA", True, False),
        ("verifyServerCertificate=true", True, False),
        ("sslMode=VERIFY_IDENTITY", True, True),
        ("sslMode=verify-full", True, True),
    ],
)
def test_tls_can_be_demanded(query: str, verifies: bool, checks_name: bool) -> None:
    context = args(query)["ssl"]
    assert (context.verify_mode == ssl.CERT_REQUIRED) is verifies
    assert context.check_hostname is checks_name


@pytest.mark.parametrize("rest", ["h/db", "//h/db?sslMode=maybe", "//h:x/db"])
def test_wrong_urls_are_refused(rest: str) -> None:
    with pytest.raises(ConfigError):
        read_mysql_url(rest, {})
