# SPDX-License-Identifier: Apache-2.0
"""Options the operator does not allow."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.urls.denied import VARIABLE, check_options, denied_options
from barnabas.errors import ConfigError


@pytest.fixture(autouse=True)
def denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "socketFactory, autoDeserialize,")


def test_names_are_read_without_case() -> None:
    assert denied_options() == {"socketfactory", "autodeserialize"}


@pytest.mark.parametrize(
    "url",
    [
        "jdbc:postgresql://h/db?socketFactory=x",
        "jdbc:postgresql://h/db?ssl=true&SOCKETFACTORY=x",
        "jdbc:postgresql://h/db?ssl=true&socket%46actory=x",
        "jdbc:mysql://(host=h,autoDeserialize=true)/db",
        "jdbc:sqlserver://h;autoDeserialize=true",
        "jdbc:db2://h/db:autoDeserialize=true;",
    ],
)
def test_a_denied_option_is_refused_wherever_it_stands(url: str) -> None:
    with pytest.raises(ConfigError, match="not allowed on this worker"):
        check_options(url, {})


def test_a_denied_setting_is_refused_too() -> None:
    with pytest.raises(ConfigError, match="socketfactory"):
        check_options("jdbc:postgresql://h/db", {"socketFactory": "x"})


def test_other_options_pass() -> None:
    check_options("jdbc:postgresql://h/db?socketTimeout=1", {"ssl": "true"})


def test_nothing_is_denied_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    check_options("jdbc:postgresql://h/db?socketFactory=x", {})
