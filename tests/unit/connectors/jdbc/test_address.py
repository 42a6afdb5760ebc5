# SPDX-License-Identifier: Apache-2.0
"""Where a database is, and with what it is reached."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from barnabas.connectors.jdbc.address import Address
from barnabas.errors import ConfigError


def test_a_jdbc_url_becomes_one_of_sqlalchemy() -> None:
    address = Address.parse("jdbc:postgresql://db:5433/shop", "me", "p@ss")
    url = address.sqlalchemy_url
    assert url.render_as_string(hide_password=False) == (
        "postgresql+psycopg://me:p%40ss@db:5433/shop"
    )
    assert address.dialect_name == "PostgreSqlDatabaseDialect"


def test_settings_of_the_driver_are_taken_along() -> None:
    address = Address.parse("jdbc:postgresql://db/shop", properties={"sslmode": "require"})
    assert address.connect_args["sslmode"] == "require"


def test_a_url_of_sqlalchemy_gets_the_driver_and_the_login() -> None:
    address = Address.parse("postgresql://db/shop?application_name=x", "me", "secret")
    url = address.sqlalchemy_url
    assert url.drivername == "postgresql+psycopg"
    assert (url.username, url.password, url.host) == ("me", "secret", "db")
    assert url.query == {"application_name": "x"}


def test_a_url_of_sqlalchemy_may_hold_the_login_and_name_another_driver() -> None:
    address = Address.parse("mysql+mysqlconnector://you:hidden@db/shop")
    assert address.sqlalchemy_url.drivername == "mysql+mysqlconnector"
    assert address.sqlalchemy_url.password == "hidden"
    assert address.dialect_name == "MySqlDatabaseDialect"


def test_the_name_of_a_dialect_wins() -> None:
    address = Address.parse("jdbc:mysql://db/shop", dialect_name="GenericDatabaseDialect")
    assert address.dialect_name == "GenericDatabaseDialect"


def test_a_url_that_cannot_be_read_is_shown_without_its_password() -> None:
    with pytest.raises(ConfigError, match="Not a valid") as caught:
        _ = Address.parse("postgresql://me:secret@db:port/shop").sqlalchemy_url
    assert "secret" not in str(caught.value)


def test_no_secret_is_shown() -> None:
    address = Address.parse("jdbc:postgresql://db/shop?user=me&password=secret", "u", "secret2")
    assert address.shown == "jdbc:postgresql://db/shop?user=me&password=****"
    assert "secret" not in repr(address)


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [
        ("jdbc:postgresql://db/shop", "psycopg", "postgresql"),
        ("jdbc:mariadb://db/shop", "pymysql", "mysql"),
        ("jdbc:sqlserver://db", "pymssql", "sqlserver"),
        ("jdbc:oracle:thin:@db:1521/x", "oracledb", "oracle"),
        ("jdbc:db2://db/shop", "ibm_db_sa", "db2"),
        ("jdbc:sqlite:x", "sqlalchemy", "jdbc"),
    ],
)
def test_a_missing_driver_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, url: str, module: str, extra: str
) -> None:
    found = importlib.util.find_spec

    def without(name: str, *args: Any) -> Any:
        return None if name == module else found(name, *args)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    with pytest.raises(ConfigError, match=rf"pip install 'barnabas\[{extra}\]'"):
        Address.parse(url).require_driver()


def test_a_dialect_sqlalchemy_does_not_know_is_named() -> None:
    with pytest.raises(ConfigError, match=r"SQLAlchemy dialect.*hana"):
        Address.parse("jdbc:sap://db:30015/").require_driver()
