# SPDX-License-Identifier: Apache-2.0
"""Which driver module serves an address."""

from __future__ import annotations

from barnabas.connectors.jdbc.address import Address
from barnabas.connectors.jdbc.drivers.driver import Driver

__all__ = ["choose_driver"]


def choose_driver(address: Address) -> Driver:
    """Make the driver for an address; imports the database's module.

    Raises:
        ConfigError: The module is not installed.
    """
    address.require_driver()
    if address.target.driver == "postgresql+psycopg":
        from barnabas.connectors.jdbc.drivers.postgresql import PostgreSqlDriver

        return PostgreSqlDriver(address)
    if address.target.driver in {"sqlite", "sqlite+pysqlite"}:
        from barnabas.connectors.jdbc.drivers.sqlite import SqliteDriver

        return SqliteDriver(address)
    if address.target.driver == "mysql+pymysql":
        from barnabas.connectors.jdbc.drivers.mysql import MySqlDriver

        return MySqlDriver(address)
    if address.target.driver == "oracle+oracledb":
        from barnabas.connectors.jdbc.drivers.oracle import OracleDriver

        return OracleDriver(address)
    if address.target.driver == "mssql+pymssql":
        from barnabas.connectors.jdbc.drivers.sqlserver import SqlServerDriver

        return SqlServerDriver(address)
    return Driver(address)
