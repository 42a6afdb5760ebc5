# SPDX-License-Identifier: Apache-2.0
"""Offsets in Java's format, both ways."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source.offsets import (
    BEFORE_ALL,
    QUERY_PARTITION,
    Position,
    bulk_partition,
    check_offset,
    check_partition,
    first_found,
    possible_partitions,
    split_partition,
    table_partition,
    timestamp_offset,
)
from barnabas.errors import ConnectError
from barnabas.runtime.stores.offset_format import offset_key, offset_value

USERS = TableId(None, "public", "users")


@pytest.mark.parametrize(
    ("position", "size"),
    [
        (Position(), 0),
        (Position(timestamp_ns=0), 2),
        (Position(incrementing=0), 1),
        (Position(timestamp_ns=0, incrementing=0), 3),
    ],
)
def test_only_what_is_known_is_stored(position: Position, size: int) -> None:
    assert len(position.to_offset()) == size


def test_an_offset_has_the_bytes_java_writes() -> None:
    position = Position(1_700_000_000_123_456_000, 42)
    expected = b'{"timestamp_nanos":123456000,"incrementing":42,"timestamp":1700000000123}'
    assert offset_value(position.to_offset()) == expected


def test_a_partition_has_the_bytes_java_writes() -> None:
    expected = b'["pg-src",{"protocol":"1","table":"public.users"}]'
    assert offset_key("pg-src", table_partition(USERS)) == expected
    assert offset_key("pg-src", QUERY_PARTITION) == b'["pg-src",{"query":"query"}]'
    assert bulk_partition(USERS) == {"table": "users"}


def test_an_old_offset_has_no_nanoseconds() -> None:
    assert Position.of_offset({"timestamp": 1234}) == Position(timestamp_ns=1_234_000_000)


def test_nothing_stored_begins_at_the_epoch_and_at_minus_one() -> None:
    assert Position.of_offset(None) == BEFORE_ALL
    assert (BEFORE_ALL.begin_ns, BEFORE_ALL.last_id) == (0, -1)


def test_nanoseconds_repeat_the_milliseconds_also_before_1970() -> None:
    assert timestamp_offset(-1_500_000) == {"timestamp_nanos": 998_500_000, "timestamp": -2}


@given(st.none() | st.integers(-(10**19), 10**19), st.none() | st.integers())
def test_an_offset_is_read_as_it_was_written(ns: int | None, number: int | None) -> None:
    position = Position(ns, number)
    assert Position.of_offset(position.to_offset()) == position


@pytest.mark.parametrize("value", ["12", 1.5, True])
def test_an_offset_that_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ConnectError, match="whole number"):
        Position.of_offset({"incrementing": value})


def test_protocol_1_is_looked_up_before_protocol_0() -> None:
    assert possible_partitions(USERS) == [
        {"protocol": "1", "table": "public.users"},
        {"protocol": "1", "table": "users"},
        {"table": "users"},
    ]


def test_names_with_the_catalog_of_older_connectors_are_looked_up() -> None:
    names = [each["table"] for each in possible_partitions(USERS, catalog="shop")]
    assert names == ["public.users", "shop.public.users", "users", "users"]


def test_the_first_offset_found_counts() -> None:
    found = first_found([None, {"incrementing": 2}, {"incrementing": 1}])
    assert found == Position(incrementing=2)
    assert first_found([None, {}]) is None


@pytest.mark.parametrize(
    "partition",
    [
        table_partition(USERS),
        bulk_partition(USERS),
        split_partition(USERS, 1),
        QUERY_PARTITION,
    ],
)
def test_partitions_of_our_own_may_be_altered(partition: dict[str, str]) -> None:
    check_partition(partition)


@pytest.mark.parametrize(
    "partition",
    [{}, {"file": "x"}, {"query": "SELECT 1"}, {"protocol": "2", "table": "t"}, {"table": 1}],
)
def test_foreign_partitions_may_not(partition: dict[str, Any]) -> None:
    with pytest.raises(ConnectError, match="none of this connector"):
        check_partition(partition)


def test_an_offset_of_our_own_may_be_stored() -> None:
    check_offset({"timestamp_nanos": 5, "incrementing": 1, "timestamp": 0})


@pytest.mark.parametrize(
    ("offset", "message"),
    [
        ({"position": 1}, "Unknown member 'position'"),
        ({"incrementing": "1"}, "whole number"),
        ({"incrementing": 1 << 63}, "64 bits"),
        ({"timestamp": 1, "timestamp_nanos": 10**9}, "0 to 999999999"),
        ({"timestamp_nanos": 1}, "needs 'timestamp'"),
    ],
)
def test_other_offsets_may_not(offset: dict[str, Any], message: str) -> None:
    with pytest.raises(ConnectError, match=message):
        check_offset(offset)
