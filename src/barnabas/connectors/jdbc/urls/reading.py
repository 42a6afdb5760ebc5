# SPDX-License-Identifier: Apache-2.0
"""The form of a URL decides who reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from barnabas.connectors.jdbc.urls.postgresql import read_postgresql_url
from barnabas.connectors.jdbc.urls.shown import without_secrets
from barnabas.connectors.jdbc.urls.sqlite import read_sqlite_url
from barnabas.connectors.jdbc.urls.target import Target
from barnabas.errors import ConfigError

__all__ = ["read_jdbc_url"]

Reader = Callable[[str, dict[str, str]], Target]

_READERS: Final[Mapping[str, Reader]] = {
    "postgresql": read_postgresql_url,
    "sqlite": read_sqlite_url,
}
_DRIVERS: Final[Mapping[str, str]] = {
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "mssql": "mssql+pymssql",
    "oracle": "oracle+oracledb",
    "db2": "db2+ibm_db",
}
_SCHEME: Final = re.compile(r"[A-Za-z][\w+.]*://|sqlite:")


def read_jdbc_url(
    url: str, user: str | None, password: str | None, properties: dict[str, str]
) -> Target:
    """Read a JDBC URL or a URL of SQLAlchemy.

    Raises:
        ConfigError: It is neither, or no driver for Python is known.
    """
    rest = url.strip()
    if rest.lower().startswith("jdbc:"):
        target = _jdbc(rest[len("jdbc:") :], properties, url)
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
