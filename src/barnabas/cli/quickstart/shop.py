# SPDX-License-Identifier: Apache-2.0
"""The table of the quickstart: a small shop in SQLite that gets an order now and then."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

from barnabas.cli.quickstart.layout import TABLE

__all__ = ["Shop"]

_CUSTOMERS = ("Amalia", "Frieda", "Gardena", "Hans", "Klamm", "Momus", "Olga", "Pepi")
_ITEMS = {"beer": 3.2, "boots": 84.0, "candle": 1.15, "lamp": 23.5, "letter": 0.95}
_TABLE = f"""\
CREATE TABLE IF NOT EXISTS {TABLE} (
  id INTEGER NOT NULL PRIMARY KEY,
  customer TEXT NOT NULL,
  item TEXT NOT NULL,
  price DOUBLE NOT NULL,
  placed TIMESTAMP NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
)"""
"""A time in SQLite is what one takes for it: here, as JDBC does it, ms since 1970."""
_BUSY_TIMEOUT_S = 30.0


class Shop:
    """The table, made when it is missing; a context manager.

    Args:
        database: The file.
        seed: Of who orders what.
    """

    def __init__(self, database: Path, seed: int = 1922) -> None:
        self._random = random.Random(seed)  # noqa: S311 - who orders beer is no secret
        self._connection = sqlite3.connect(database, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        self._connection.execute(_TABLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def order(self) -> None:
        """Add a row."""
        item = self._random.choice(list(_ITEMS))
        self._connection.execute(
            f"INSERT INTO {TABLE} (customer, item, price) VALUES (?, ?, ?)",  # noqa: S608 - ours
            (self._random.choice(_CUSTOMERS), item, _ITEMS[item]),
        )

    def count(self) -> int:
        """How many rows there are."""
        ((rows,),) = self._connection.execute(f"SELECT count(*) FROM {TABLE}")  # noqa: S608 - ours
        return int(rows)
