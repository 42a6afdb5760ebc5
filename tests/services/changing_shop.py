# SPDX-License-Identifier: Apache-2.0
"""Two tables of PostgreSQL that change while things happen to whoever copies them."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from tests.services.database_server import ServerDatabase

__all__ = ["ChangingShop"]

_TEXTS = ["", "Käfer 🪲", "it's", 'two "words"', "a\\b", "tab\there", "0" * 300, None]
_TABLES = (
    """CREATE TABLE orders (
        id BIGSERIAL PRIMARY KEY,
        note TEXT,
        pieces INTEGER,
        price NUMERIC(12, 2) NOT NULL,
        rate NUMERIC(30, 12),
        weight DOUBLE PRECISION,
        paid BOOLEAN,
        content BYTEA,
        day DATE,
        hour TIME(3),
        placed TIMESTAMP(3) NOT NULL,
        seen TIMESTAMPTZ(3)
    )""",
    """CREATE TABLE customers (
        id BIGSERIAL PRIMARY KEY,
        updated TIMESTAMP(3) NOT NULL,
        name VARCHAR(40),
        credit NUMERIC(12, 2) NOT NULL
    )""",
)
_EVERY_S = 0.02
_CHANCE_OF_NULL = 0.2


class ChangingShop:
    """Orders are added by two threads, customers are added and changed by a third.

    Transactions of the two overlap, so that rows are committed in another order than that of their
    numbers. A context manager; `end` ends the threads.

    Args:
        database: Where the tables are made.
    """

    def __init__(self, database: ServerDatabase) -> None:
        self._database = database
        self._is_over = threading.Event()
        self._has_coupons = False
        self._threads = [
            self._thread(self._add_orders, seed=1, pause_s=0.0),
            self._thread(self._add_orders, seed=2, pause_s=0.05),
            self._thread(self._change_customers, seed=3, pause_s=0.0),
        ]
        database.execute(*_TABLES)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """Change nothing more."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def add_column(self) -> None:
        """Give orders a coupon; those to come have one, at times."""
        self._database.execute("ALTER TABLE orders ADD COLUMN coupon VARCHAR(20)")
        self._has_coupons = True

    def count(self, table: str) -> int:
        """How many rows a table has."""
        ((rows,),) = self._database.query(f"SELECT count(*) FROM {table}")
        return int(rows)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table, by their columns."""
        with contextlib.closing(self._database.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _thread(
        self, write: Callable[[Any, random.Random, float], None], *, seed: int, pause_s: float
    ) -> threading.Thread:
        def work() -> None:
            numbers = random.Random(seed)
            connection = self._database.connect(autocommit=False)
            with contextlib.closing(connection):
                while not self._is_over.wait(_EVERY_S):
                    write(connection.cursor(), numbers, pause_s)
                    connection.commit()

        return threading.Thread(target=work, name=f"shop {seed}", daemon=True)

    def _add_orders(self, cursor: Any, numbers: random.Random, pause_s: float) -> None:
        for _ in range(numbers.randint(1, 6)):
            row = _order(numbers)
            if self._has_coupons and numbers.random() < 0.5:
                row["coupon"] = f"C{numbers.randint(0, 99)}"
            _insert(cursor, "orders", row)
            self._is_over.wait(pause_s)

    def _change_customers(self, cursor: Any, numbers: random.Random, _: float) -> None:
        name, credit = numbers.choice(_TEXTS[:5]), f"{numbers.randint(0, 10**6) / 100:.2f}"
        if numbers.random() < 0.4:
            cursor.execute(
                "INSERT INTO customers (updated, name, credit) VALUES (clock_timestamp(), %s, %s)",
                (name, credit),
            )
        cursor.execute(
            "UPDATE customers SET updated = clock_timestamp(), name = %s, credit = credit + 1 "
            "WHERE id = (SELECT id FROM customers ORDER BY random() LIMIT 1)",
            (name,),
        )


def _order(numbers: random.Random) -> dict[str, Any]:
    row: dict[str, Any] = {
        "note": numbers.choice(_TEXTS),
        "pieces": numbers.choice([0, -1, 2**31 - 1, -(2**31)]),
        "rate": f"{numbers.randint(-(10**17), 10**17)}.{numbers.randint(0, 10**12 - 1):012}",
        "weight": numbers.choice([0.1, -0.0, 1e300, 2.5]),
        "paid": numbers.random() < 0.5,
        "content": numbers.randbytes(numbers.randint(0, 9)),
        "day": f"{numbers.randint(1600, 2200)}-02-{numbers.randint(1, 28):02}",
        "hour": f"{numbers.randint(0, 23):02}:59:07.{numbers.randint(0, 999):03}",
        "seen": f"{numbers.randint(1900, 2100)}-06-05 04:03:02.{numbers.randint(0, 999):03}+03",
    }
    row = {name: None if numbers.random() < _CHANCE_OF_NULL else row[name] for name in row}
    row["price"] = f"{numbers.randint(-(10**9), 10**9) / 100:.2f}"
    row["placed"] = f"2026-11-23 16:{numbers.randint(0, 59):02}:00.{numbers.randint(0, 999):03}"
    return row


def _insert(cursor: Any, table: str, row: Mapping[str, Any]) -> None:
    marks = ", ".join(["%s"] * len(row))
    cursor.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
