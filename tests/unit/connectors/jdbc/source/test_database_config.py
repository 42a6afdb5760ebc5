# SPDX-License-Identifier: Apache-2.0
"""Which tables of a database."""

from __future__ import annotations

from barnabas.connectors.jdbc.source.database_config import DatabaseConfig


def settings(**props: str) -> DatabaseConfig:
    return DatabaseConfig({name.replace("__", "."): value for name, value in props.items()})


def test_filters_are_read() -> None:
    assert settings().table_filter.is_empty
    assert settings(table__whitelist="a, b").table_filter.whitelist == ("a", "b")
