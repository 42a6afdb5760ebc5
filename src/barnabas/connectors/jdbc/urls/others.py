# SPDX-License-Identifier: Apache-2.0
"""URLs of Db2, SAP HANA and Vertica for the dialects SQLAlchemy has of them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote_plus

from barnabas.connectors.jdbc.urls.parts import flag, options_of, split_hosts
from barnabas.connectors.jdbc.urls.sqlserver import semicolon_options
from barnabas.connectors.jdbc.urls.target import Target
from barnabas.errors import ConfigError

__all__ = ["read_db2_url", "read_hana_url", "read_vertica_url", "refuse_url"]


def read_db2_url(rest: str, properties: dict[str, str]) -> Target:
    """Read ``//host:50000/DATABASE:user=x;password=y;`` as stands behind ``jdbc:db2:``.

    Raises:
        ConfigError: The port or an option is wrong.
    """
    hosts, _, text = rest.removeprefix("//").partition("/")
    database, _, more = text.partition(":")
    options = {**properties, **semicolon_options(more)}
    target = _target("db2+ibm_db", hosts, 50000, database, options)
    if flag("sslConnection", options.get("sslConnection", "false")):
        target.query["Security"] = "SSL"
    if options.get("sslCertLocation"):
        target.query["SSLServerCertificate"] = options["sslCertLocation"]
    if options.get("currentSchema"):
        target.query["CurrentSchema"] = options["currentSchema"]
    return target


def read_hana_url(rest: str, properties: dict[str, str]) -> Target:
    """Read ``//host:30015/?databaseName=X`` as stands behind ``jdbc:sap:``.

    Raises:
        ConfigError: The port or an option is wrong.
    """
    place, _, query = rest.removeprefix("//").partition("?")
    options = {**properties, **options_of(query)}
    hosts, _, database = place.partition("/")
    target = _target("hana+hdbcli", hosts, 30015, options.get("databaseName", database), options)
    for name in ("encrypt", "sslValidateCertificate", "currentSchema"):
        if name in options:
            target.query[name] = options[name]
    return target


def read_vertica_url(rest: str, properties: dict[str, str]) -> Target:
    """Read ``//host:5433/database?option=value`` as stands behind ``jdbc:vertica:``.

    Raises:
        ConfigError: The port is wrong.
    """
    place, _, query = rest.removeprefix("//").partition("?")
    hosts, _, database = place.partition("/")
    options = {**properties, **options_of(query)}
    return _target("vertica+vertica_python", hosts, 5433, database, options)


def refuse_url(_rest: str, _properties: dict[str, str]) -> Target:
    """Say that there is no driver for Python.

    Raises:
        ConfigError: Always.
    """
    message = "There is no driver for Python for this database (Derby, Sybase)"
    raise ConfigError(message)


def _target(
    driver: str, hosts: str, port: int, database: str, options: Mapping[str, str]
) -> Target:
    host, given = split_hosts(hosts)[0]
    return Target(
        driver,
        options.get("user"),
        options.get("password"),
        host or "localhost",
        given or port,
        unquote_plus(database) or None,
    )
