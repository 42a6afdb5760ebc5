# SPDX-License-Identifier: Apache-2.0
"""The form of a URL decides who reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from barnabas.connectors.jdbc.urls.denied import check_options
from barnabas.connectors.jdbc.urls.mysql import read_mysql_url
from barnabas.connectors.jdbc.urls.oracle import read_oracle_url
from barnabas.connectors.jdbc.urls.others import (
    read_db2_url,
    read_hana_url,
    read_vertica_url,
    refuse_url,
)
from barnabas.connectors.jdbc.urls.postgresql import (
    CONNECTION_DEFAULTS,
    LOGIN_TIMEOUT_S,
    read_postgresql_url,
)
from barnabas.connectors.jdbc.urls.shown import without_secrets
from barnabas.connectors.jdbc.urls.sqlite import read_sqlite_url
from barnabas.connectors.jdbc.urls.sqlserver import read_jtds_url, read_sqlserver_url
from barnabas.connectors.jdbc.urls.target import Target
from barnabas.errors import ConfigError

__all__ = ["read_jdbc_url"]

Reader = Callable[[str, dict[str, str]], Target]

_READERS: Final[Mapping[str, Reader]] = {
    "db2": read_db2_url,
    "derby": refuse_url,
    "jtds:sqlserver": read_jtds_url,
    "jtds:sybase": refuse_url,
    "mariadb": read_mysql_url,
    "microsoft:sqlserver": read_sqlserver_url,
    "mysql": read_mysql_url,
    "oracle": read_oracle_url,
    "postgresql": read_postgresql_url,
    "sap": read_hana_url,
    "sqlite": read_sqlite_url,
    "sqlserver": read_sqlserver_url,
    "sybase": refuse_url,
    "vertica": read_vertica_url,
}
# Where a URL of SQLAlchemy names a driver that loads whole results, its streaming sibling is taken.
_DRIVERS: Final[Mapping[str, str]] = {
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg2": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mysql+mysqldb": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "mariadb+pymysql": "mysql+pymysql",
    "mariadb+mysqldb": "mysql+pymysql",
    "mssql": "mssql+pymssql",
    "oracle": "oracle+oracledb",
    "db2": "db2+ibm_db",
}
_DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "postgresql+psycopg": CONNECTION_DEFAULTS,
    "mysql+pymysql": {"connect_timeout": LOGIN_TIMEOUT_S, "local_infile": False},
    "sqlite": {"check_same_thread": False},
}
"""What a connection has when a URL of SQLAlchemy does not say otherwise."""
_SCHEME: Final = re.compile(r"[A-Za-z][\w+.]*://|sqlite:")


def read_jdbc_url(
    url: str, user: str | None, password: str | None, properties: dict[str, str]
) -> Target:
    """Read a JDBC URL or a URL of SQLAlchemy.

    Raises:
        ConfigError: It is neither, no driver for Python is known, or an option is denied.
    """
    rest = url.strip()
    check_options(rest, properties)
    if rest.lower().startswith("jdbc:") and ":" in rest[len("jdbc:") :]:
        target = _jdbc(rest[len("jdbc:") :], properties, url)
        if not target.driver.startswith("sqlite"):  # which has neither
            target.user = target.user if target.user is not None else user
            target.password = target.password if target.password is not None else password
        return target
    if not _SCHEME.match(rest):
        message = (
            f"Not a valid JDBC URL: {without_secrets(url)!r}; expected"
            " jdbc:<database>://<host>:<port>/<name>, or a URL of SQLAlchemy"
        )
        raise ConfigError(message)
    scheme = rest.partition(":")[0]
    target = Target(_DRIVERS.get(scheme, scheme), user, password, sqlalchemy_text=rest)
    target.connect_args.update(_DEFAULTS.get(target.driver, {}))
    target.connect_args.update(properties)
    return target


def _jdbc(rest: str, properties: dict[str, str], url: str) -> Target:
    lowered = rest.lower()
    starts = [start for start in _READERS if lowered.startswith(start + ":")]
    if not starts:
        message = (
            f"No Python driver is known for the URL {without_secrets(url)}: use a URL of SQLAlchemy"
            " and install the SQLAlchemy dialect of this database"
        )
        raise ConfigError(message)
    start = max(starts, key=len)
    return _READERS[start](rest[len(start) + 1 :], properties)
