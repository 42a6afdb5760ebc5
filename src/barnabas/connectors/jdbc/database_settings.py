# SPDX-License-Identifier: Apache-2.0
"""What the settings of a source or a sink say about its database."""

from __future__ import annotations

from typing import Final

from barnabas.config import Config
from barnabas.connectors.jdbc.connection import DatabaseSettings
from barnabas.connectors.jdbc.time_zones import TimeZone

__all__ = ["database_settings"]

_PREFIX: Final = "connection."


def database_settings(settings: Config) -> DatabaseSettings:
    """Pick them; settings under ``connection.`` that were not declared go to the driver.

    Args:
        settings: Those of a connector or a task. Declared must be what `connectors.jdbc.options`
            makes, and ``connection.url``.
    """
    known, values = settings.definition().keys, settings.values
    properties = {
        name: str(value)
        for name, value in settings.originals_with_prefix(_PREFIX).items()
        if _PREFIX + name not in known
    }
    quotes = values["sql.quote.identifiers"] and values["quote.sql.identifiers"].lower() == "always"
    return DatabaseSettings(
        url=values["connection.url"],
        user=values["connection.user"],
        password=values["connection.password"],
        properties=properties,
        dialect_name=values["dialect.name"].strip(),
        attempts=values["connection.attempts"],
        backoff_ms=values["connection.backoff.ms"],
        isolation=values.get("transaction.isolation.mode", "DEFAULT").upper(),
        quoting=quotes,
        zone=TimeZone.of(values["db.timezone"]).zone,
        merge_holdlock=values.get("mssql.use.merge.holdlock", True),
        originals={name: str(value) for name, value in settings.originals.items()},
    )
