# SPDX-License-Identifier: Apache-2.0
"""The form of a URL decides who reads it."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.urls import read_jdbc_url
from barnabas.connectors.jdbc.urls.denied import VARIABLE
from barnabas.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("jdbc:postgresql://h/db", "postgresql+psycopg"),
        ("jdbc:mysql://h/db", "mysql+pymysql"),
        ("jdbc:mysql:loadbalance://h/db", "mysql+pymysql"),
        ("jdbc:mariadb://h/db", "mysql+pymysql"),
        ("jdbc:sqlite:x", "sqlite+pysqlite"),
        ("jdbc:sqlserver://h", "mssql+pymssql"),
        ("jdbc:jtds:sqlserver://h/db", "mssql+pymssql"),
        ("jdbc:oracle:thin:@h:1/x", "oracle+oracledb"),
        ("jdbc:db2://h/db", "db2+ibm_db"),
        ("jdbc:sap://h", "hana+hdbcli"),
        ("JDBC:POSTGRESQL://h/db", "postgresql+psycopg"),
        ("postgresql://h/db", "postgresql+psycopg"),
        ("mariadb://h/db", "mysql+pymysql"),
        ("mariadb+pymysql://h/db", "mysql+pymysql"),
        ("mysql+mysqldb://h/db", "mysql+pymysql"),
        ("postgresql+psycopg2://h/db", "postgresql+psycopg"),
        ("postgresql+pg8000://h/db", "postgresql+pg8000"),
        ("sqlite:///x", "sqlite"),
    ],
)
def test_each_form_has_its_driver(url: str, driver: str) -> None:
    assert read_jdbc_url(url, None, None, {}).driver == driver


def test_the_login_of_the_url_wins_over_the_settings() -> None:
    target = read_jdbc_url("jdbc:postgresql://h/db?user=a", "b", "p", {})
    assert (target.user, target.password) == ("a", "p")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "Not a valid JDBC URL"),
        ("h:5432/db", "Not a valid JDBC URL"),
        ("jdbc:nothing", "Not a valid JDBC URL"),
        ("jdbc:snowflake://h", "No Python driver is known"),
        ("jdbc:derby:sample", "no driver for Python"),
    ],
)
def test_other_urls_are_refused(url: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        read_jdbc_url(url, None, None, {})


def test_a_refused_url_is_shown_without_its_password() -> None:
    with pytest.raises(ConfigError) as caught:
        read_jdbc_url("jdbc:snowflake://h?password=hunter2", None, None, {})
    assert "hunter2" not in str(caught.value)


def test_what_the_operator_denies_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "sslfactory")
    with pytest.raises(ConfigError, match="not allowed"):
        read_jdbc_url("jdbc:postgresql://h/db?sslfactory=x", None, None, {})
