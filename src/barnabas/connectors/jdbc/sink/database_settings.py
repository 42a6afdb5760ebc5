# SPDX-License-Identifier: Apache-2.0
"""What the sink's settings say about its database."""

from __future__ import annotations

from typing import Final

from barnabas.connectors.jdbc.connection import DatabaseSettings
from barnabas.connectors.jdbc.sink.config import JdbcSinkConfig

__all__ = ["database_settings"]

_PREFIX: Final = "connection."


def database_settings(settings: JdbcSinkConfig) -> DatabaseSettings:
    """Pick them; other names under ``connection.`` go to the driver."""
    known = settings.definition().keys
    properties = {
        name: str(value)
        for name, value in settings.originals_with_prefix(_PREFIX).items()
        if _PREFIX + name not in known
    }
    return DatabaseSettings(
        url=settings.connection_url,
        user=settings.connection_user,
        password=settings.connection_password,
        properties=properties,
        dialect_name=settings.dialect_name,
        attempts=settings.connection_attempts,
        backoff_ms=settings.connection_backoff_ms,
        quoting=settings.quotes_identifiers,
        zone=settings.zone.zone,
        merge_holdlock=settings.merge_holdlock,
        originals={name: str(value) for name, value in settings.originals.items()},
    )
