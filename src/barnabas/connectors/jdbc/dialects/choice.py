# SPDX-License-Identifier: Apache-2.0
"""Which dialect a database speaks: by the name a user gave, or by the URL."""

from __future__ import annotations

import functools

from barnabas.connectors.jdbc.dialects.db2 import Db2Dialect, DerbyDialect
from barnabas.connectors.jdbc.dialects.dialect import Dialect
from barnabas.connectors.jdbc.dialects.generic import GenericDialect
from barnabas.connectors.jdbc.dialects.mysql import MySqlDialect
from barnabas.connectors.jdbc.dialects.oracle import OracleDialect
from barnabas.connectors.jdbc.dialects.postgresql import PostgreSqlDialect
from barnabas.connectors.jdbc.dialects.saphana import SapHanaDialect
from barnabas.connectors.jdbc.dialects.sqlite import SqliteDialect
from barnabas.connectors.jdbc.dialects.sqlserver import SqlServerDialect, SybaseDialect
from barnabas.connectors.jdbc.dialects.vertica import VerticaDialect
from barnabas.errors import ConfigError

__all__ = ["choose_dialect", "dialect_names"]

_DIALECTS: tuple[type[Dialect], ...] = (
    Db2Dialect,
    DerbyDialect,
    GenericDialect,
    MySqlDialect,
    OracleDialect,
    PostgreSqlDialect,
    SapHanaDialect,
    SqliteDialect,
    SqlServerDialect,
    SybaseDialect,
    VerticaDialect,
)


def dialect_names() -> list[str]:
    """List what may stand in ``dialect.name``, in the order of names."""
    return sorted(dialect.name for dialect in _DIALECTS)


def choose_dialect(url: str, dialect_name: str = "") -> type[Dialect]:
    """Choose the dialect of that name, else the one whose URLs begin like this one.

    Args:
        url: A JDBC URL or a URL of SQLAlchemy.
        dialect_name: ``dialect.name``; the case does not matter; empty to go by the URL.

    Raises:
        ConfigError: No dialect has that name.
    """
    if dialect_name:
        found = _by_name().get(dialect_name.lower())
        if found is None:
            message = (
                f"Invalid value '{dialect_name}' for configuration dialect.name: expected one of"
                f" {', '.join(dialect_names())}"
            )
            raise ConfigError(message)
        return found
    return _by_url(url)


@functools.cache
def _by_name() -> dict[str, type[Dialect]]:
    return {dialect.name.lower(): dialect for dialect in _DIALECTS}


def _by_url(url: str) -> type[Dialect]:
    lowered = url.lower()
    if lowered.startswith("jdbc:"):
        rest = lowered.removeprefix("jdbc:")
        fits = [
            (len(start), dialect)
            for dialect in _DIALECTS
            for start in dialect.subprotocols
            if rest.startswith(start + ":")
        ]
    else:
        backend = lowered.partition(":")[0].partition("+")[0]
        fits = [(1, dialect) for dialect in _DIALECTS if backend in dialect.backends]
    return max(fits, key=lambda fit: fit[0])[1] if fits else GenericDialect
