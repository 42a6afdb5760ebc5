# SPDX-License-Identifier: Apache-2.0
"""Splitting the first load, on a SQLite database."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.connectors.jdbc.connection import Database
from barnabas.connectors.jdbc.database_settings import database_settings
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig
from barnabas.connectors.jdbc.source.first_load import FirstLoad
from barnabas.connectors.jdbc.source.offsets import split_partition
from tests.unit.connectors.jdbc.source.source_context import (
    MemoryContext,
    Shop,
    poll_until_idle,
    values,
)

ORDERS = TableId(None, None, "orders")
V1 = {"protocol": "1", "table": "orders"}


@pytest.fixture
def full_shop(shop: Shop) -> Shop:
    for number in range(1, 11):
        shop.add(str(number))
    return shop


def splits(shop: Shop, *stored: Any, most: int = 2, **props: str) -> list[str]:
    given = {name.replace("_", "."): value for name, value in props.items()}
    own = {**shop.settings, "mode": "incrementing", "table.split.min.rows": "2"}
    settings = JdbcSourceConfig({**own, **given})
    connection = Database(database_settings(settings)).connect()
    return FirstLoad(settings, connection, MemoryContext(stored)).splits(ORDERS, most)


def test_a_large_table_is_split_into_equal_ranges(full_shop: Shop) -> None:
    assert splits(full_shop) == ["0/0:5:10", "1/0:5:10"]


@pytest.mark.parametrize(
    ("props", "most"),
    [
        ({"mode": "bulk"}, 2),
        ({"mode": "timestamp"}, 2),
        ({"table_split_min_rows": "100"}, 2),
        ({"incrementing_initial": "9"}, 2),
        ({}, 1),
    ],
)
def test_otherwise_it_is_not_split(full_shop: Shop, props: dict[str, str], most: int) -> None:
    assert splits(full_shop, most=most, **props) == []


def test_an_empty_or_missing_table_is_not_split(shop: Shop) -> None:
    assert splits(shop) == []
    shop.execute("DROP TABLE orders")
    assert splits(shop) == []


def test_a_table_that_was_read_before_is_not_split(full_shop: Shop) -> None:
    assert splits(full_shop, (V1, {"incrementing": 1})) == []


def test_ranges_stay_as_they_were_begun(full_shop: Shop) -> None:
    begun = (split_partition(ORDERS, 1), {"incrementing": 7, "bounds": "0:4:8"})
    full_shop.add("more")
    assert splits(full_shop, begun, most=9) == ["0/0:4:8", "1/0:4:8"]


def test_once_all_ranges_are_read_the_table_is_whole_again(full_shop: Shop) -> None:
    bounds = "0:4:8"
    done = [
        (split_partition(ORDERS, 0), {"incrementing": 4, "bounds": bounds}),
        (split_partition(ORDERS, 1), {"incrementing": 8, "bounds": bounds}),
        (V1, {"incrementing": 10}),
    ]
    assert splits(full_shop, *done) == []


def test_tasks_read_each_range_once_and_the_last_goes_on(full_shop: Shop) -> None:
    first, last = (
        full_shop.task(mode="incrementing", table_split=split, batch_max_rows="2")
        for split in splits(full_shop)
    )
    found = poll_until_idle(first)
    assert values(found) == ["1", "2", "3", "4", "5"]
    assert found[-1].source_partition == split_partition(ORDERS, 0)
    assert found[-1].source_offset == {"incrementing": 5, "bounds": "0:5:10"}
    assert values(poll_until_idle(last)) == ["6", "7", "8", "9", "10"]
    full_shop.add("new")
    (tail,) = poll_until_idle(last)
    assert (tail.value["item"], tail.source_partition) == ("new", V1)
    assert tail.source_offset == {"incrementing": 11}
    assert poll_until_idle(first) == []


def test_a_range_is_gone_on_with_after_a_restart(full_shop: Shop) -> None:
    begun = MemoryContext([(split_partition(ORDERS, 0), {"incrementing": 3, "bounds": "0:5:10"})])
    task = full_shop.task(begun, mode="incrementing", table_split="0/0:5:10")
    assert values(poll_until_idle(task)) == ["4", "5"]


def test_the_tail_is_gone_on_with_after_a_restart(full_shop: Shop) -> None:
    full_shop.add("11")
    full_shop.add("12")
    begun = MemoryContext(
        [
            (split_partition(ORDERS, 1), {"incrementing": 10, "bounds": "0:5:10"}),
            (V1, {"incrementing": 11}),
        ]
    )
    task = full_shop.task(begun, mode="incrementing", table_split="1/0:5:10")
    assert values(poll_until_idle(task)) == ["12"]
