# SPDX-License-Identifier: Apache-2.0
"""URLs of the databases SQLAlchemy's dialects serve."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.urls.others import (
    read_db2_url,
    read_hana_url,
    read_vertica_url,
    refuse_url,
)
from barnabas.errors import ConfigError


def test_db2_has_its_options_behind_a_colon() -> None:
    target = read_db2_url(
        "//h:50001/SAMPLE:user=me;password=p;sslConnection=true;currentSchema=S;", {}
    )
    assert (target.host, target.port, target.database) == ("h", 50001, "SAMPLE")
    assert (target.user, target.password) == ("me", "p")
    assert target.query == {"Security": "SSL", "CurrentSchema": "S"}


def test_hana_names_the_database_in_an_option() -> None:
    target = read_hana_url("//h:39015/?databaseName=X&encrypt=true", {"user": "me"})
    assert (target.host, target.port, target.database, target.user) == ("h", 39015, "X", "me")
    assert target.query == {"encrypt": "true"}


def test_vertica_looks_like_postgresql() -> None:
    target = read_vertica_url("//h/db?user=me", {})
    assert (target.host, target.port, target.database, target.user) == ("h", 5433, "db", "me")


def test_there_is_no_driver_for_some() -> None:
    with pytest.raises(ConfigError, match="no driver for Python"):
        refuse_url("sample", {})
