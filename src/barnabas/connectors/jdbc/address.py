# SPDX-License-Identifier: Apache-2.0
"""Where a database is: JDBC URLs and URLs of SQLAlchemy, read for Python's drivers.

What a JDBC driver reads from its URL or from ``connection.*`` settings is translated for the Python
driver; values of the URL win over settings, as with JDBC drivers.

Source: reference page ``jdbc``, sections 1, 5 and 7.
"""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from barnabas.connectors.jdbc.dialects import choose_dialect
from barnabas.connectors.jdbc.urls import Target, read_jdbc_url
from barnabas.connectors.jdbc.urls.shown import without_secrets
from barnabas.errors import ConfigError

if TYPE_CHECKING:
    import sqlalchemy

__all__ = ["Address"]

_MODULES: Mapping[str, tuple[str, str]] = {
    "postgresql+psycopg": ("psycopg", "postgresql"),
    "mysql+pymysql": ("pymysql", "mysql"),
    "mssql+pymssql": ("pymssql", "sqlserver"),
    "oracle+oracledb": ("oracledb", "oracle"),
    "db2+ibm_db": ("ibm_db_sa", "db2"),
}
"""SQLAlchemy's name of dialect and driver to (module to import, extra of Barnabas)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """A database, with the credentials to log in."""

    url: str = dataclasses.field(repr=False)
    """As the user wrote it: it may hold a password."""
    dialect_name: str
    """Name of the dialect, such as ``PostgreSqlDatabaseDialect``."""
    target: Target = dataclasses.field(repr=False)

    @classmethod
    def parse(
        cls,
        url: str,
        user: str | None = None,
        password: str | None = None,
        properties: Mapping[str, str] | None = None,
        dialect_name: str = "",
    ) -> Address:
        """Read a URL.

        Args:
            url: ``jdbc:…``, or a URL of SQLAlchemy such as ``postgresql://host/database``.
            user: ``connection.user``.
            password: ``connection.password``.
            properties: The other ``connection.*`` settings without their prefix.
            dialect_name: ``dialect.name``; empty to go by the URL.

        Raises:
            ConfigError: It is no URL of a database, or it says something Barnabas cannot do. The
                message shows no secret.
        """
        dialect = choose_dialect(url, dialect_name)
        target = read_jdbc_url(url, user, password, dict(properties or {}))
        return cls(url, dialect.name, target)

    @property
    def shown(self) -> str:
        """The URL without secrets, for logs and messages."""
        return without_secrets(self.url)

    @property
    def connect_args(self) -> dict[str, Any]:
        """Arguments for the driver's ``connect`` besides those SQLAlchemy makes of the URL."""
        return dict(self.target.connect_args)

    @property
    def sqlalchemy_url(self) -> sqlalchemy.URL:
        """The same address as SQLAlchemy writes it, with the password.

        Raises:
            ConfigError: SQLAlchemy is not installed.
        """
        _require("sqlalchemy", "jdbc", "SQLAlchemy")
        import sqlalchemy

        target = self.target
        if target.sqlalchemy_text is not None:
            return _sqlalchemy_url(target, self.shown)
        return sqlalchemy.URL.create(
            target.driver,
            target.user,
            target.password,
            target.host,
            target.port,
            target.database,
            target.query,
        )

    def require_driver(self) -> None:
        """Check that SQLAlchemy and the driver are installed.

        Raises:
            ConfigError: One is missing; the message says what to install.
        """
        _require("sqlalchemy", "jdbc", "SQLAlchemy")
        module, extra = _MODULES.get(self.target.driver, ("", ""))
        if module:
            _require(module, extra, f"the database driver {module}")
        import sqlalchemy

        try:
            self.sqlalchemy_url.get_dialect().import_dbapi()
        except (sqlalchemy.exc.NoSuchModuleError, ImportError) as error:
            name = self.target.driver
            message = (
                f"{self.shown} needs the SQLAlchemy dialect {name} and its driver, which cannot be"
                f" loaded: {error}; pip install the package that has it"
            )
            raise ConfigError(message) from error


def _require(module: str, extra: str, what: str) -> None:
    if importlib.util.find_spec(module) is None:
        message = f"This database needs {what}: pip install 'barnabas[{extra}]'"
        raise ConfigError(message)


def _sqlalchemy_url(target: Target, shown: str) -> sqlalchemy.URL:
    import sqlalchemy

    try:
        url = sqlalchemy.make_url(target.sqlalchemy_text or "")
    except (sqlalchemy.exc.ArgumentError, ValueError):
        message = f"Not a valid URL of a database: {shown}"
        raise ConfigError(message) from None
    return url.set(
        drivername=target.driver,
        username=target.user if target.user is not None else url.username,
        password=target.password if target.password is not None else url.password,
    )
