# SPDX-License-Identifier: Apache-2.0
"""A table that rows are added to and changed in while things happen to whoever reads it."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from types import TracebackType
from typing import Any, Self

from tests.services.database_server import ServerDatabase

__all__ = ["GrowingTable"]

_TEXTS = ["", "Käfer 🪲", "it's", 'two "words"', "a\\b", "tab\there", None]


class GrowingTable:
    """Rows written by a thread, in transactions of random size, until the context ends.

    Columns: ``id`` (numbers itself), ``updated`` (the database's clock), ``note`` and ``price``.
    A transaction that fails because the database is away is tried again.

    Args:
        database: Where the table is made.
        name: Its name.
        every_s: How long to wait after each transaction.
        seed: Of what is written.
    """

    def __init__(
        self, database: ServerDatabase, name: str = "orders", every_s: float = 0.02, seed: int = 7
    ) -> None:
        self.name = name
        self.outages = 0
        """How often a transaction failed."""
        self._database = database
        self._every_s = every_s
        self._random = random.Random(seed)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._grow, name=f"grow {name}", daemon=True)
        is_postgresql = database.server.subprotocol == "postgresql"
        number = "BIGSERIAL" if is_postgresql else "BIGINT AUTO_INCREMENT"
        self._clock = "clock_timestamp()" if is_postgresql else "SYSDATE(6)"
        time_type = "TIMESTAMP(6)" if is_postgresql else "DATETIME(6)"
        database.execute(
            f"CREATE TABLE {name} (id {number} PRIMARY KEY, updated {time_type} NOT NULL, "
            "note VARCHAR(40), price DECIMAL(10, 2))"
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """Write no more."""
        self._is_over.set()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def count(self) -> int:
        """How many rows there are."""
        ((rows,),) = self._database.query(f"SELECT count(*) FROM {self.name}")
        return int(rows)

    def wait_for_rows(self, more: int, timeout_s: float = 60) -> None:
        """Wait until so many rows were added."""
        wanted = self.count() + more
        deadline = time.monotonic() + timeout_s
        while self.count() < wanted:
            assert time.monotonic() < deadline, f"no {wanted} rows within {timeout_s} s"
            time.sleep(0.05)

    def _grow(self) -> None:
        connection: Any = None
        while not self._is_over.wait(self._every_s):
            try:
                connection = connection or self._database.connect(autocommit=False)
                self._write(connection)
            except Exception:  # each driver has its own errors; the database may be killed
                self.outages += 1
                with contextlib.suppress(Exception):
                    connection.close()
                connection = None
        if connection is not None:
            connection.close()

    def _write(self, connection: Any) -> None:
        cursor = connection.cursor()
        for _ in range(self._random.randint(1, 8)):
            note, price = self._random.choice(_TEXTS), self._random.randint(0, 10**6) / 100
            cursor.execute(
                f"INSERT INTO {self.name} (updated, note, price) VALUES ({self._clock}, %s, %s)",
                (note, price),
            )
        cursor.execute(f"SELECT max(id) FROM {self.name}")
        (last,) = cursor.fetchone()
        cursor.execute(
            f"UPDATE {self.name} SET updated = {self._clock}, price = price + 1 WHERE id = %s",
            (self._random.randint(1, last),),
        )
        connection.commit()
