# SPDX-License-Identifier: Apache-2.0
"""Oracle through python-oracledb: exact numbers, large objects as values."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from barnabas.connectors.jdbc.drivers.driver import Driver

__all__ = ["OracleDriver", "values_of"]

_CLOCK = "SELECT SYS_EXTRACT_UTC(SYSTIMESTAMP) FROM DUAL"


class OracleDriver(Driver):
    """Oracle."""

    @property
    def style(self) -> str:
        """Parameters are numbered: ``:1``."""
        return "numeric"

    def connect(self, user: str | None, password: str | None) -> Any:
        """Open a connection whose rows hold Python's values alone."""
        raw = super().connect(user, password)
        raw.outputtypehandler = values_of
        return raw

    def now(self, raw: Any, clock_query: str, zone: datetime.tzinfo) -> datetime.datetime:
        """Read the clock of the database; asked in UTC, as the driver drops zones."""
        del clock_query
        return super().now(raw, _CLOCK, datetime.UTC)


def values_of(cursor: Any, metadata: Any) -> Any:
    """Have NUMBER read as Decimal and large objects as texts and bytes.

    python-oracledb calls it for every column of a result; None leaves the column as it is.
    """
    import oracledb

    kind = metadata.type_code
    if kind == oracledb.DB_TYPE_NUMBER:
        return cursor.var(Decimal, arraysize=cursor.arraysize)
    if kind in {oracledb.DB_TYPE_CLOB, oracledb.DB_TYPE_NCLOB}:
        return cursor.var(oracledb.DB_TYPE_LONG, arraysize=cursor.arraysize)
    if kind == oracledb.DB_TYPE_BLOB:
        return cursor.var(oracledb.DB_TYPE_LONG_RAW, arraysize=cursor.arraysize)
    return None
