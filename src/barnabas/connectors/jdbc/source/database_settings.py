# SPDX-License-Identifier: Apache-2.0
"""What the settings of a source say about its database."""

from __future__ import annotations

from typing import Final

from barnabas.connectors.jdbc.connection import DatabaseSettings
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig

__all__ = ["database_settings"]

_PREFIX: Final = "connection."
_OURS: Final = frozenset({"url", "user", "password", "attempts", "backoff.ms"})


def database_settings(settings: JdbcSourceConfig) -> DatabaseSettings:
    """Collect them; ``connection.*`` settings that are not ours go to the driver.

    Args:
        settings: The connector's or the task's.
    """
    properties = {
        name: str(value)
        for name, value in settings.originals_with_prefix(_PREFIX).items()
        if name not in _OURS
    }
    return DatabaseSettings(
        url=settings.connection_url,
        user=settings.connection_user,
        password=settings.connection_password,
        properties=properties,
        dialect_name=settings.dialect_name.strip(),
        attempts=settings.connection_attempts,
        backoff_ms=settings.connection_backoff_ms,
        isolation=settings.transaction_isolation_mode.upper(),
        quoting=settings.is_quoting,
        zone=settings.zone.zone,
        originals={name: str(value) for name, value in settings.originals.items()},
    )
