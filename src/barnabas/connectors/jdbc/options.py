# SPDX-License-Identifier: Apache-2.0
"""Settings that the source and the sink have in common, declared once.

Each function makes one option; what the two say differently about it, such as its group, they give
as attributes, which go before those given here.

Source:
    Reference page *jdbc*, sections 1 and 6.
"""

from __future__ import annotations

from typing import Unpack

from barnabas import config
from barnabas.config import ConfigType, Importance, Option, Password
from barnabas.config.option import OptionAttributes
from barnabas.connectors.jdbc.time_zones import TimeZone

__all__ = [
    "calendar_system",
    "connection_attempts",
    "connection_backoff_ms",
    "connection_password",
    "connection_user",
    "credentials_provider",
    "db_timezone",
    "dialect_name",
    "quote_identifiers",
    "sql_quote_identifiers",
    "time_zone",
]


def connection_user(**given: Unpack[OptionAttributes]) -> Option[str | None]:
    """``connection.user``."""
    attributes: OptionAttributes = {
        "importance": Importance.HIGH,
        "display_name": "JDBC User",
        **given,
    }
    return Option("connection.user", str, None, "User of the database.", **attributes)


def connection_password(**given: Unpack[OptionAttributes]) -> Option[Password | None]:
    """``connection.password``."""
    attributes: OptionAttributes = {
        "importance": Importance.HIGH,
        "display_name": "JDBC Password",
        **given,
    }
    return Option("connection.password", Password, None, "Password of the user.", **attributes)


def credentials_provider(**given: Unpack[OptionAttributes]) -> Option[str]:
    """``jdbc.credentials.provider.class``."""
    attributes: OptionAttributes = {
        "importance": Importance.LOW,
        "display_name": "JDBC Credentials Provider Class",
        **given,
    }
    return Option(
        "jdbc.credentials.provider.class",
        ConfigType.CLASS,
        "io.confluent.connect.jdbc.util.DefaultJdbcCredentialsProvider",
        "Class that gives user and password for each connection. Settings that begin with"
        " jdbc.credentials.provider. are handed to it, without that beginning. The default takes"
        " connection.user and connection.password.",
        **attributes,
    )


def connection_attempts(**given: Unpack[OptionAttributes]) -> Option[int]:
    """``connection.attempts``."""
    attributes: OptionAttributes = {
        "validator": config.at_least(1),
        "importance": Importance.LOW,
        "display_name": "JDBC connection attempts",
        **given,
    }
    documentation = "How often to try to connect before giving up."
    return Option("connection.attempts", int, 3, documentation, **attributes)


def connection_backoff_ms(**given: Unpack[OptionAttributes]) -> Option[int]:
    """``connection.backoff.ms``."""
    attributes: OptionAttributes = {"importance": Importance.LOW, **given}
    return Option(
        "connection.backoff.ms",
        ConfigType.LONG,
        10_000,
        "Time between two attempts to connect, in ms.",
        **attributes,
    )


def dialect_name(**given: Unpack[OptionAttributes]) -> Option[str]:
    """``dialect.name``."""
    attributes: OptionAttributes = {
        "importance": Importance.LOW,
        "display_name": "Database Dialect",
        **given,
    }
    return Option(
        "dialect.name",
        str,
        "",
        "Dialect of SQL to use, such as PostgreSqlDatabaseDialect, instead of the one of"
        " connection.url.",
        **attributes,
    )


def calendar_system(**given: Unpack[OptionAttributes]) -> Option[str]:
    """``date.calendar.system``."""
    attributes: OptionAttributes = {
        "importance": Importance.LOW,
        "display_name": "Date Calendar System",
        **given,
    }
    return Option(
        "date.calendar.system",
        str,
        "LEGACY",
        "How days before 1582-10-15 are counted: LEGACY (as Java's Date does, by the Julian"
        " calendar) or PROLEPTIC_GREGORIAN (by today's).",
        **attributes,
    )


def quote_identifiers(**given: Unpack[OptionAttributes]) -> Option[str]:
    """``quote.sql.identifiers``."""
    attributes: OptionAttributes = {"display_name": "Quote Identifiers", **given}
    return Option(
        "quote.sql.identifiers",
        str,
        "ALWAYS",
        "Whether to quote names of tables and columns: always or never.",
        **attributes,
    )


def sql_quote_identifiers(**given: Unpack[OptionAttributes]) -> Option[bool]:
    """``sql.quote.identifiers``."""
    documentation = "The same by its name in Aiven's connector: false stands for never."
    return Option("sql.quote.identifiers", bool, True, documentation, **given)


def db_timezone(**given: Unpack[OptionAttributes]) -> Option[str]:
    """``db.timezone``."""
    attributes: OptionAttributes = {"validator": time_zone(), **given}
    return Option(
        "db.timezone",
        str,
        "UTC",
        "Time zone of columns that hold times without a zone, such as Europe/Berlin.",
        **attributes,
    )


def time_zone() -> config.Validator:
    """A time zone as Java names it."""

    def check(name: str, value: object) -> None:
        if isinstance(value, str):
            TimeZone.of(value, key=name)

    return config.validator(check, "a time zone such as UTC, Europe/Berlin or +02:00")
