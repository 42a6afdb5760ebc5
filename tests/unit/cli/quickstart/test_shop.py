# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from barnabas.cli.quickstart.shop import Shop


def test_orders_are_counted_and_stay(tmp_path: Path):
    for rows in (2, 4):
        with Shop(tmp_path / "shop.db") as shop:
            shop.order()
            shop.order()
            assert shop.count() == rows


def test_columns_have_one_type_in_every_row(tmp_path: Path):
    """SQLite's types are those of the values; another type in a later row would fail the source."""
    with Shop(tmp_path / "shop.db") as shop:
        for _ in range(40):
            shop.order()
    with contextlib.closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        columns = "typeof(id), typeof(customer), typeof(item), typeof(price), typeof(placed)"
        types = connection.execute(f"SELECT DISTINCT {columns} FROM orders").fetchall()
    assert types == [("integer", "text", "text", "real", "integer")]
